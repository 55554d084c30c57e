import express, { type Request, type Response, Router } from 'express'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newSerial } from '../pki/issue.ts'
import { pem } from '../pki/pem.ts'
import { digestOf } from '../pki/timestamp-algorithms.ts'
import { createTimestampAuthority } from '../pki/timestamp-authority.ts'
import { QUERY_TYPE, REPLY_TYPE } from '../pki/timestamp-client.ts'
import { newNonce, REQUEST_LIMIT, writeTimestampRequest } from '../pki/timestamp-request.ts'
import { readTimestampResponse } from '../pki/timestamp-response.ts'
import type { SealedKeyDeps } from '../storage/sealed-keys.ts'
import { type AuthorityKey, authorityLine, FAMILIES, type Family } from './keys.ts'

/**
 * Our own time-stamp authorities over HTTP, RFC 3161 3.4: `/tsa` stamps with SM2, `/tsa/rsa` with RSA, and their certificates are beside them. For a house without another authority: what such a stamp
 * proves outside of it depends on who trusts our root. Does not own the protocol (pki/timestamp-authority.ts) or where time comes from (the clock).
 */
export interface Timestamps {
  /** mount at `/tsa` after requestContext, before the same-site guard: no cookie is read, and programs post here */
  router: Router
  /** the one that stamps now */
  authority(family: Family): Promise<AuthorityKey>
  /** all whose stamps are ours, those of before too */
  authorities(): Promise<AuthorityKey[]>
  /** The same without HTTP, for a seal of ours. @param trace of what it is for @returns the token, DER. @throws BrokerError timestamp_refused */
  stamp(family: Family, data: Uint8Array, trace: string): Promise<Buffer>
}

export interface TimestampsDeps extends SealedKeyDeps {
  trail: Trail
}

/** Ours (X.667): the time is the clock's, within a second; no more is promised than RFC 3161 asks for. */
const POLICY = '2.25.334740267743280528425683609084871259009'

export function createTimestamps(deps: TimestampsDeps): Timestamps {
  const { trail, clock } = deps
  const lines = { sm2: authorityLine('sm2', deps), rsa: authorityLine('rsa', deps) } as const satisfies Record<Family, unknown>
  const authority = (family: Family): Promise<AuthorityKey> => lines[family].current()
  const authorities = async (): Promise<AuthorityKey[]> => (await Promise.all(FAMILIES.map(family => lines[family].all()))).flat()

  /** The number of a stamp is in the record before the stamp is in anybody's hand. */
  async function answer(family: Family, request: Buffer, trace: string): Promise<Buffer> {
    const { privateKey, certificate } = await authority(family)
    const given: string[] = []
    const nextSerial = () => {
      const serial = newSerial()
      given.push(serial.toString('hex'))
      return serial
    }
    const reply = await createTimestampAuthority({ key: privateKey, certificate, clock, policy: POLICY, nextSerial }).answer(request)
    const [serial] = given
    const facts = { authority: family, ...(serial === undefined ? {} : { serial }) }
    await trail.append({ code: serial === undefined ? 'timestamp.refused' : 'timestamp.given', trace, facts })
    return reply
  }

  async function post(family: Family, req: Request, res: Response): Promise<void> {
    if (!Buffer.isBuffer(req.body))
      throw new BrokerError('bad_request', 'no time-stamp request', { expected: `Content-Type: ${QUERY_TYPE}, and a TimeStampReq` })
    res.type(REPLY_TYPE).send(await answer(family, req.body, contextOf(res).trace))
  }

  const router = Router()
  const body = express.raw({ type: QUERY_TYPE, limit: REQUEST_LIMIT })
  router.post('/', body, (req, res) => post('sm2', req, res))
  router.post('/rsa', body, (req, res) => post('rsa', req, res))
  router.get('/certificates.pem', async (_req, res) => {
    const all = await authorities()
    res.type('application/x-pem-file').send(all.flatMap(({ certificate, root }) => [pem(certificate.der), pem(root.der)]).join(''))
  })
  return {
    router,
    authority,
    authorities,
    async stamp(family, data, trace) {
      const digest = family === 'sm2' ? 'sm3' : 'sha256'
      const request = writeTimestampRequest({ imprint: { digest, hash: digestOf(digest, data) }, nonce: newNonce() })
      const reply = readTimestampResponse(await answer(family, request, trace))
      if (reply.state === 'refused') throw new BrokerError('timestamp_refused', reply.text)
      return reply.token
    },
  }
}
