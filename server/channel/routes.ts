import express, { type ErrorRequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { type Answer, BODY_LIMIT } from '../../bank-adapters/channel/message.ts'
import { contextOf } from '../http/context.ts'
import { BrokerError } from '../kernel/errors.ts'
import { pem } from '../pki/certificate.ts'
import type { ChannelKeys } from './own-keys.ts'
import type { Receiver } from './receive.ts'
import type { Refusals } from './refusals.ts'
import { CONFIDENTIAL, type MessageTypes } from './types.ts'

export interface ChannelRoutes {
  receive: Receiver
  refusals: Refusals
  keys: ChannelKeys
  types: MessageTypes
  /** what the platform sends, as it is published */
  sends: readonly object[]
}

/** Where banks send messages to, and what they must know to do so. */
export function channelRoutes({ receive, refusals, keys, types, sends }: ChannelRoutes): Router {
  const router = Router()
  // the exact bytes are what was signed: nothing parses or inflates them on the way
  router.post('/messages', express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }), async (req, res) => {
    const body: unknown = req.body
    const { trace } = contextOf(res)
    send(res, await receive({ headers: name => headerOf(req.headers[name]), body: body instanceof Uint8Array ? body : Buffer.alloc(0), trace }))
  })

  const refused: ErrorRequestHandler = (thrown, req, res, next) => {
    const request = { headers: (name: string) => headerOf(req.headers[name]), body: Buffer.alloc(0), trace: contextOf(res).trace }
    refusals.answer(tooLarge(thrown), request).then(answer => send(res, answer), next)
  }
  router.use('/messages', refused)

  router.get('/keys', async (_req, res) => {
    const [sign, encrypt] = await Promise.all([keys.sign.all(), keys.encrypt.all()])
    const listed = [...sign, ...encrypt].map(({ key }) => ({ id: key.id, use: key.use, from: key.from, certificate: pem(key.certificate.der) }))
    res.set('cache-control', 'public, max-age=3600').json({ keys: listed })
  })

  const known = [...types.values()].map(({ type, version, what, body, confidential, example }) => ({
    type,
    version,
    what,
    body: z.toJSONSchema(body),
    ...(confidential === undefined ? {} : { [CONFIDENTIAL]: z.toJSONSchema(confidential) }),
    example,
  }))
  router.get('/types', (_req, res) => void res.set('cache-control', 'public, max-age=3600').json({ types: known, sends }))
  return router
}

/** Only a repeated `set-cookie` is a list; of ours, repeated ones come joined by a comma, which none of them may hold. */
const headerOf = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

function send(res: Response, { status, headers, body }: Answer): void {
  res.status(status).set(headers).set('cache-control', 'no-store').end(body)
}

/** What Express' reader throws has `type`; everything else is what it is. */
function tooLarge(thrown: unknown): unknown {
  const type = typeof thrown === 'object' && thrown !== null && 'type' in thrown ? thrown.type : undefined
  if (type === 'entity.too.large') return new BrokerError('too_large', 'a message that is too large', { expected: `at most ${BODY_LIMIT} bytes` })
  if (type === 'encoding.unsupported') return new BrokerError('channel_malformed', 'a compressed body', { expected: 'no content-encoding' })
  return thrown
}
