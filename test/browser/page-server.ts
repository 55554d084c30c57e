import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { agentUrl, pages } from '../web/fixtures.ts'

/** Every page of the fixtures at /pages/NAME, under its real content policy. @param more routes beside them */
export async function servePages(more: (app: Express) => void = () => undefined): Promise<{ base: string; close(): void }> {
  const app = express()
  app.use(securityHeaders({ https: false }))
  app.use('/assets', assetsRouter())
  app.get('/pages/:name', (req, res, next) => {
    const fixture = pages.find(page => page.name === req.params.name)
    if (fixture === undefined) return next()
    allowOnPage(res, { connect: [agentUrl] })
    res.type('html').send(fixture.draw())
  })
  more(app)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
