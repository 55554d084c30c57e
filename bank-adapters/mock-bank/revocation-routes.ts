/** Owns a bank's CRL and OCSP over HTTP: RFC 5280 4.2.1.13, RFC 6960 A.1 (POST, and GET with the request in the path). */
import express, { type Response, Router } from 'express'
import type { Bank } from './bank.ts'
import { refusals } from './refusal.ts'

const LIMIT = 16 * 1024

export function createRevocationRoutes({ shields }: Bank): Router {
  const router = Router()
  router.get('/ca/:name.crl', (req, res) => {
    const crl = shields.crl(String(req.params['name']))
    if (crl === undefined) throw refusals.notFound()
    // short: a revocation is in the next CRL at once, and nobody on the way should keep the one before
    res.set({ 'content-type': 'application/pkix-crl', 'cache-control': 'max-age=10' }).send(crl)
  })

  function answer(res: Response, name: string, request: Buffer): void {
    const response = shields.ocsp(name, request)
    if (response === undefined) throw refusals.notFound()
    res.set({ 'content-type': 'application/ocsp-response', 'cache-control': 'no-store' }).send(response)
  }
  router.post('/ca/:name/ocsp', express.raw({ type: 'application/ocsp-request', limit: LIMIT }), (req, res) => {
    if (!Buffer.isBuffer(req.body)) throw refusals.badRequest('An OCSP request is of type application/ocsp-request.')
    answer(res, req.params.name, req.body)
  })
  router.get('/ca/:name/ocsp/*request', (req, res) => {
    // base64 may hold a slash, escaped or not
    const request = req.params.request.join('/')
    if (request.length > LIMIT) throw refusals.badRequest('The OCSP request is too long.')
    answer(res, req.params.name, Buffer.from(request, 'base64'))
  })
  return router
}
