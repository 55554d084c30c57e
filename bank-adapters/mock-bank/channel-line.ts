/** Owns what the bank itself says through the data channel: opens the confidential parts that came, and sends messages of its own, each until the platform's signed answer to it is verified. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { readPrivateKey } from '../../server/pki/pkcs8.ts'
import { hide, reveal } from '../channel/confidential.ts'
import type { MessageHead } from '../channel/head.ts'
import { encryptionKeyOf, type OwnKey, partyKey } from '../channel/keys.ts'
import { signMessage, verifyAnswer } from '../channel/message.ts'
import { PLATFORM, readPublished } from '../channel/published.ts'
import type { Bank } from './bank.ts'

export interface Line {
  /** the confidential part of a message that came */
  open(head: MessageHead, body: string): Promise<unknown>
  /** @returns the status and body of the platform's answer. @throws where it did not answer, or its answer does not verify */
  send(message: { type: string; code: string; key: string; part: object }): Promise<{ status: number; body: string }>
  sign: () => Promise<OwnKey>
}

export function createLine(bank: Bank): Line {
  const { profile, clock } = bank
  const keys = new Map<OwnKey['key']['use'], Promise<OwnKey>>()
  const own = (use: OwnKey['key']['use']): Promise<OwnKey> => {
    const found = keys.get(use) ?? readOwn(join(bank.shields.folder, 'channel'), use)
    keys.set(use, found)
    return found
  }
  return {
    sign: () => own('sign'),
    async open(head, body) {
      const whole: unknown = JSON.parse(body)
      const hidden = typeof whole === 'object' && whole !== null && 'confidential' in whole ? String(whole.confidential) : ''
      return await reveal(hidden, head, head.encryptionKey, [await own('encrypt')])
    },
    async send({ type, code, key, part }) {
      const id = newId()
      const platform = readPublished(await (await get(`${bank.brokerUrl()}/channel/keys`)).json())
      const to = encryptionKeyOf(platform, clock.now())
      const confidential = await hide(part, { sender: profile.id, receiver: PLATFORM, id }, to)
      const body = Buffer.from(JSON.stringify({ code, confidential }))
      const target = `${bank.brokerUrl()}/channel/messages`
      const sent = { target, sender: profile.id, receiver: PLATFORM, id, idempotencyKey: key, type, schema: '1', encryptionKey: to.id, body }
      const headers = await signMessage(sent, [await own('sign')], clock)
      const answer = await fetch(target, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(10_000) })
      const text = await answer.text()
      await verifyAnswer(
        { status: answer.status, headers: name => answer.headers.get(name) ?? undefined, body: Buffer.from(text) },
        sent,
        platform,
        clock,
      )
      return { status: answer.status, body: text }
    },
  }
}

async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
  if (!answer.ok) throw new BrokerError('bank_unreachable', `${url} answered ${answer.status}`)
  return answer
}

async function readOwn(folder: string, use: OwnKey['key']['use']): Promise<OwnKey> {
  const [privateKey, certificate] = await Promise.all([
    readFile(join(folder, `${use}.key.pem`)).then(bytes => readPrivateKey(bytes, undefined)),
    readFile(join(folder, `${use}.pem`), 'utf8'),
  ])
  return { key: partyKey({ certificate, use }), privateKey }
}
