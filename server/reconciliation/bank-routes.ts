import express, { type ErrorRequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { MessageHead } from '../../bank-adapters/channel/head.ts'
import { type Answer, signAnswer, verifyMessage, WINDOW } from '../../bank-adapters/channel/message.ts'
import { refusalOf } from '../../bank-adapters/channel/refusal.ts'
import { hashOf, readManifest, type SignedManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { contextOf } from '../http/context.ts'
import { seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { OnceStore } from '../storage/stores-keys.ts'
import type { Desk } from './desk.ts'
import type { Acts } from './reconciliation.ts'

/** Where banks bring their files and fetch ours, mounted at /reconciliation. Owns that only a bank whose signature verifies learns anything, that of its own files alone, and that every answer is signed. */
export interface BankRoutes {
  desk: Desk
  acts: Acts
  publicUrl: string
  once: OnceStore
}

const MANIFEST_HEADER = 'x-reconciliation-manifest'
const SIGNATURE_HEADER = 'x-reconciliation-signature'
const MOST_HEADER = 12_000
const asked = z.strictObject({ day: z.iso.date(), what: z.enum(['day', 'differences']) })

export function bankRoutes({ desk, acts, publicUrl, once }: BankRoutes): Router {
  const router = Router()

  router.post('/files', async (req, res) => {
    const sealed = sealedOf(req.headers[MANIFEST_HEADER], req.headers[SIGNATURE_HEADER])
    const file = await acts.take(sealed, req.iterator({ destroyOnReturn: false }), contextOf(res).trace)
    const body = { result: 'recorded', bank: file.bank, day: file.day, what: file.what, sequence: file.sequence, receivedAt: file.takenAt }
    send(res, await answered(200, body, answersTo(sealed)))
  })

  router.post('/fetch', express.raw({ type: () => true, limit: 4096, inflate: false }), async (req, res) => {
    const body: unknown = req.body
    const bytes = body instanceof Uint8Array ? body : Buffer.alloc(0)
    const headers = (name: string) => (typeof req.headers[name] === 'string' ? req.headers[name] : undefined)
    const { head } = await verifyMessage(
      { headers, body: bytes },
      { name: desk.platform, target: `${publicUrl}/reconciliation/fetch` },
      desk.partyOf,
      desk.clock,
    )
    const until = new Date(desk.clock.now().getTime() + seconds(3 * WINDOW))
    if (!(await once.claim(`reconciliation ${head.sender} ${head.nonce}`, until)))
      throw new BrokerError('channel_replayed', 'an attempt that came before')
    const { day, what } = readAsked(bytes)
    const whose = { bank: head.sender, sender: desk.platform, what }
    const file = what === 'day' ? await acts.produce(head.sender, day, contextOf(res).trace) : await desk.store.fileOf(whose, day)
    if (file === undefined) throw new BrokerError('reconciliation_file_missing', `no ${what} of ${day}`, { received: day })
    res.set({
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store',
      [MANIFEST_HEADER]: Buffer.from(file.text).toString('base64'),
      [SIGNATURE_HEADER]: file.signature,
    })
    acts
      .open(file)
      .on('error', () => res.destroy())
      .pipe(res)
  })

  const refused: ErrorRequestHandler = (thrown, req, res, next) => {
    const { status, body } = refusalOf(thrown, contextOf(res).trace)
    // what is not read will not be
    req.unpipe()
    answered(status, body, undefined).then(answer => {
      res.set('connection', 'close')
      send(res, answer)
    }, next)
  }
  router.use(refused)

  async function answered(status: number, body: object, to: Pick<MessageHead, 'sender' | 'id' | 'digest'> | undefined): Promise<Answer> {
    return await signAnswer({ status, body }, { sender: desk.platform, to }, [await desk.ownKey()], desk.clock)
  }
  return router
}

function send(res: Response, { status, headers, body }: Answer): void {
  res.status(status).set(headers).set('cache-control', 'no-store').end(body)
}

/** @throws BrokerError reconciliation_manifest */
function sealedOf(text: string | string[] | undefined, signature: string | string[] | undefined): SignedManifest {
  if (typeof text !== 'string' || typeof signature !== 'string' || text.length > MOST_HEADER || signature.length > MOST_HEADER)
    throw new BrokerError('reconciliation_manifest', 'no manifest, or no signature', { expected: `${MANIFEST_HEADER} and ${SIGNATURE_HEADER}` })
  return { text: Buffer.from(text, 'base64').toString('utf8'), signature }
}

/** An answer names the file as an answer to a message names that. */
const answersTo = (sealed: SignedManifest): Pick<MessageHead, 'sender' | 'id' | 'digest'> => {
  const { sender, file } = readManifest(sealed.text)
  return { sender, id: hashOf(sealed).slice(0, 32), digest: `sm3=:${Buffer.from(file, 'hex').toString('base64')}:` }
}

function readAsked(bytes: Uint8Array): z.infer<typeof asked> {
  try {
    return asked.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    throw new BrokerError('channel_content_invalid', 'no question for a file', { expected: '{"day":"YYYY-MM-DD","what":"day" or "differences"}' })
  }
}
