/**
 * Owns the bank's end of the data channel: takes the platform's messages in once, keeps each with its answer in a file of its own that is on disk before the answer leaves, and answers a message that
 * comes again from there. Everything it believes it verified itself.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import express, { Router } from 'express'
import { z } from 'zod'
import { asBrokerError, BrokerError } from '../../server/kernel/errors.ts'
import { readPrivateKey } from '../../server/pki/pkcs8.ts'
import { isSameMessage, type MessageHead } from '../channel/head.ts'
import { type OwnKey, type Party, partyKey } from '../channel/keys.ts'
import { type Answer, BODY_LIMIT, signAnswer, verifyMessage } from '../channel/message.ts'
import { PLATFORM, readPublished } from '../channel/published.ts'
import { refusalOf } from '../channel/refusal.ts'
import { type AccountBook, openAccountBook } from './account-book.ts'
import type { Bank } from './bank.ts'
import { type BondDesk, createBondDesk } from './bond-desk.ts'
import { type BankSender, createBankSender } from './channel-sender.ts'
import { openLines } from './lines-on-disk.ts'
import { type BankReconciliation, createBankReconciliation } from './reconciliation.ts'
import type { Trouble } from './trouble.ts'

const line = z.object({
  id: z.string(),
  idempotencyKey: z.string(),
  type: z.string(),
  digest: z.string(),
  body: z.string(),
  answer: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
})
type Line = z.infer<typeof line>

export interface BankChannel {
  /** the address of messages */
  router: Router
  /** the bond desk over HTTP, for demonstrations */
  desk: Router
  bonds: BondDesk
  book: AccountBook
  sender: BankSender
  reconciliation: BankReconciliation
  setTrouble(trouble: Trouble): void
  close(): void
}

/** milliseconds between tries to tell what was not told */
const AGAIN = 1000

/** @param took told of each message once, when it is on disk */
export function createBankChannel(bank: Bank, took: (head: MessageHead, body: string) => void): BankChannel {
  const { profile, base, clock } = bank
  const folder = join(bank.shields.folder, 'channel')
  const received = openBook(join(folder, 'received.jsonl'))
  const here = { name: profile.id, target: `${base}/channel/messages` }
  let platform: Party | undefined
  let key: Promise<OwnKey> | undefined
  let trouble: Trouble = {}

  const setTrouble = (next: Trouble) => {
    trouble = next
  }
  const own = () => {
    key ??= ownKey(folder)
    return key
  }
  const readAgain = async () => {
    platform = await readPlatform(`${bank.brokerUrl()}/channel/keys`)
    return platform
  }
  const answered = async (status: number, body: object, to?: MessageHead): Promise<Answer> =>
    await signAnswer({ status, body }, { sender: profile.id, to }, [await own()], clock)

  const book = openAccountBook(join(folder, 'accounts.jsonl'), profile.id.toUpperCase())
  const sender = createBankSender(bank, book, {
    platform: async known => (known ? platform : undefined) ?? (await readAgain()),
    own,
    trouble: () => trouble,
  })
  const reconciliation = createBankReconciliation(bank, book, {
    folder: join(folder, 'reconciliation'),
    platform: async () => platform ?? (await readAgain()),
    own,
    trouble: () => trouble,
  })
  const bonds = createBondDesk(bank, book, {
    trouble: { now: () => trouble, set: setTrouble },
    flush: sender.flush,
  })
  // what a crash kept from following
  for (const message of received.all()) bonds.react(message)
  const timer = setInterval(() => void (book.pending().length === 0 ? undefined : sender.flush()), AGAIN)
  timer.unref()

  async function take(headers: (name: string) => string | undefined, body: Buffer): Promise<Answer> {
    let head: MessageHead | undefined
    try {
      // a platform signs with its next key as soon as that is in use, so a key that is not known here is asked for
      const verify = () => verifyMessage({ headers, body }, here, name => (name === PLATFORM ? platform : undefined), clock)
      try {
        ;({ head } = await verify())
      } catch (thrown) {
        if (asBrokerError(thrown).code !== 'channel_key_unknown') throw thrown
        await readAgain()
        ;({ head } = await verify())
      }
      const known = received.find(head)
      if (known !== undefined) return known
      if (trouble.unready === true) throw new BrokerError('channel_content_invalid', 'not set up for it')
      const answer = await answered(200, { result: 'recorded', type: head.type, receivedAt: clock.now().toISOString() }, head)
      const { id, idempotencyKey, type, digest } = head
      const text = body.toString('utf8')
      const written = received.write({ id, idempotencyKey, type, digest, body: text, answer: { ...answer, body: answer.body.toString('utf8') } })
      bonds.react({ id, type, body: text })
      if (written.first) took(head, text)
      void sender.flush()
      return written.answer
    } catch (thrown) {
      const { status, body: said } = refusalOf(thrown)
      return await answered(status, said, head)
    }
  }

  const router = Router()
  router.post('/messages', express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }), async (req, res) => {
    if (trouble.down === true) return void res.status(503).end()
    if (trouble.slow !== undefined) await setTimeout(trouble.slow)
    const body: unknown = req.body
    const lookup = (name: string) => (typeof req.headers[name] === 'string' ? req.headers[name] : undefined)
    const { status, headers, body: text } = await take(lookup, body instanceof Buffer ? body : Buffer.alloc(0))
    res.status(status).set(headers).end(text)
  })
  return {
    ...{ router, desk: bonds.router, bonds, book, sender, reconciliation },
    setTrouble,
    close: () => clearInterval(timer),
  }
}

/** A line a message, each on disk before it counts. */
function openBook(path: string) {
  const { found: lines, append } = openLines<Line>(path, line)
  const byId = new Map(lines.map(each => [each.id, each]))
  const byKey = new Map(lines.map(each => [each.idempotencyKey, each]))
  const answerOf = ({ answer }: Line): Answer => ({ ...answer, body: Buffer.from(answer.body) })
  return {
    all: () => lines,
    /** What the message got before. @throws BrokerError channel_key_reused */
    find(head: MessageHead): Answer | undefined {
      const found = byId.get(head.id) ?? byKey.get(head.idempotencyKey)
      if (found === undefined) return undefined
      if (isSameMessage(found, head)) return answerOf(found)
      throw new BrokerError('channel_key_reused', 'an id or key that stands for other content')
    },
    /** The answer of whoever came first: another of the same message may have been answered meanwhile. */
    write(written: Line): { first: boolean; answer: Answer } {
      const before = byId.get(written.id)
      if (before !== undefined) return { first: false, answer: answerOf(before) }
      append(written)
      lines.push(written)
      byId.set(written.id, written)
      byKey.set(written.idempotencyKey, written)
      return { first: true, answer: answerOf(written) }
    },
  }
}

async function readPlatform(url: string): Promise<Party> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
  return readPublished(await answer.json())
}

async function ownKey(folder: string): Promise<OwnKey> {
  const [privateKey, certificate] = await Promise.all([
    readFile(join(folder, 'sign.key.pem')).then(bytes => readPrivateKey(bytes, undefined)),
    readFile(join(folder, 'sign.pem'), 'utf8'),
  ])
  return { key: partyKey({ certificate, use: 'sign' }), privateKey }
}
