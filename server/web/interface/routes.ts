import { Router } from 'express'
import { openApiOf } from './openapi.ts'
import type { Described } from './operation.ts'
import { interfacePage } from './page.ts'

/** `GET openapi.json` and `GET /` of an interface: for programs and for people. Public, and the same until the process ends. */
export function documentRoutes(described: Described): Router {
  const document = openApiOf(described)
  const text = JSON.stringify(document)
  const drawn = interfacePage(described, document)
  const router = Router()
  router.get('/openapi.json', (_req, res) => {
    // readable from a developer's own page: it holds nothing but what the site tells everybody
    res.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }).type('json').send(text)
  })
  router.get('/', (_req, res) => {
    res.type('html').send(drawn)
  })
  return router
}
