import type { KeyObject } from 'node:crypto'
import express, { Router } from 'express'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import { certificateId, issueOcspError, issueOcspResponse, type OcspAnswer, readOcspRequest } from '../pki/issue-revocation.ts'
import type { RemoteRevocation } from '../storage/stores-remote-signing.ts'

/**
 * Our persons' authority as an OCSP responder (RFC 6960): the same word as its list, one certificate at a time, signed by the authority itself. `good` says that a serial is not revoked, and not that there is such a
 * certificate (2.2); another CA's is `unknown`.
 */
export interface OcspDeps {
  authority(): Promise<{ certificate: Certificate; privateKey: KeyObject }>
  revoked(): Promise<ReadonlyMap<string, { at: string; reason: RemoteRevocation }>>
  now(): Date
  /** how long an answer holds, milliseconds */
  holds: number
}

/** Where it is published: asked by programs without a cookie, and changes nothing. */
export const OCSP_PATH = '/remote-signing/ocsp'
const LIMIT = 16 * 1024

/** `POST /ocsp`, and `GET /ocsp/{request in base64}` (RFC 6960 A.1) */
export function ocspRoutes({ authority, revoked, now, holds }: OcspDeps): Router {
  async function answerTo(request: Buffer): Promise<Buffer> {
    let question: ReturnType<typeof readOcspRequest>
    try {
      question = readOcspRequest(request)
    } catch {
      return issueOcspError('malformedRequest')
    }
    const [issuer, gone, at] = [await authority(), await revoked(), now()]
    const answers = question.ids.map((id): OcspAnswer => {
      const ours = certificateId(issuer.certificate, id.serial, id.hash)
      if (!ours.issuerNameHash.equals(id.issuerNameHash) || !ours.issuerKeyHash.equals(id.issuerKeyHash)) return { id, status: 'unknown' }
      const found = gone.get(id.serial)
      return { id, status: found === undefined ? 'good' : { revokedAt: new Date(found.at), reason: found.reason } }
    })
    const times = { producedAt: at, thisUpdate: at, nextUpdate: new Date(at.getTime() + holds) }
    return issueOcspResponse({ responder: issuer, answers, ...times, nonce: question.nonce, includeCertificate: false })
  }

  const router = Router()
  router.post('/ocsp', express.raw({ type: 'application/ocsp-request', limit: LIMIT }), async (req, res) => {
    if (!Buffer.isBuffer(req.body)) throw new BrokerError('bad_request', 'no OCSP request', { expected: 'Content-Type: application/ocsp-request' })
    res.set({ 'Content-Type': 'application/ocsp-response', 'Cache-Control': 'no-store' }).send(await answerTo(req.body))
  })
  router.get('/ocsp/*request', async (req, res) => {
    // base64 may hold a slash, escaped or not
    const request = req.params.request.join('/')
    if (request.length > LIMIT) throw new BrokerError('too_large', 'an OCSP request of too many octets', { expected: `at most ${LIMIT}` })
    res.set({ 'Content-Type': 'application/ocsp-response', 'Cache-Control': 'no-store' }).send(await answerTo(Buffer.from(request, 'base64')))
  })
  return router
}
