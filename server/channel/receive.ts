import type { Headers, MessageHead } from '../../bank-adapters/channel/head.ts'
import { isSameMessage, messageText, SIGNATURE_HEADER } from '../../bank-adapters/channel/head.ts'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import { type Answer, signAnswer, verifyMessage, WINDOW } from '../../bank-adapters/channel/message.ts'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { KnownMessage } from '../storage/stores-channel.ts'
import { type EffectStore, NO_EFFECT } from '../storage/stores-effects.ts'
import type { OnceStore } from '../storage/stores-keys.ts'
import { readContent } from './content.ts'
import type { ChannelKeys } from './own-keys.ts'
import type { Refusals } from './refusals.ts'
import { type MessageTypes, typeOf } from './types.ts'

/**
 * Takes messages in. Owns the order of the checks: for whom, which body, when, by whom, whether this very attempt came before, what it says; and then that the message, its signed answer and what follows from it are on
 * disk before the answer leaves. Whoever sends a message again, under a new attempt, gets the answer it got.
 */
export interface ReceiverDeps {
  /** our own name in the channel, and the address as senders know it */
  here: { name: string; target: string }
  partyOf: (name: string) => Party | undefined
  keys: ChannelKeys
  types: MessageTypes
  effects: EffectStore
  once: OnceStore
  refusals: Refusals
  audit: Trail
  clock: Clock
}

export interface Request {
  headers: Headers
  body: Uint8Array
  trace: string
}

export type Receiver = (request: Request) => Promise<Answer>

export function createReceiver(deps: ReceiverDeps): Receiver {
  const { here, partyOf, keys, types, effects, once, refusals, audit, clock } = deps

  async function take({ headers, body, trace }: Request, { head, key }: { head: MessageHead; key: string }): Promise<Answer> {
    const type = typeOf(types, head.type, head.schema)
    const until = new Date(clock.now().getTime() + seconds(3 * WINDOW))
    if (!(await once.claim(`channel ${head.sender} ${head.nonce}`, until)))
      throw new BrokerError('channel_replayed', 'an attempt that came before', { received: `nonce of message ${head.id}` })
    const text = readText(body)
    const content = await readContent(type, head, text, await keys.encrypt.all())
    const receivedAt = clock.now().toISOString()
    const answer = await signAnswer(
      { status: 200, body: { result: 'recorded', type: head.type, receivedAt, trace } },
      { sender: here.name, to: head },
      [await keys.sign.current()],
      clock,
    )
    const said = { sender: head.sender, id: head.id, ...content, receivedAt, trace }
    const plan = async () => (await type.effect?.(said)) ?? NO_EFFECT
    const message = {
      sender: head.sender,
      id: head.id,
      idempotencyKey: head.idempotencyKey,
      type: head.type,
      digest: head.digest,
      signed: messageText(head),
      signatures: headers(SIGNATURE_HEADER) ?? '',
      body: text,
      answer: { ...answer, body: answer.body.toString('utf8') },
      receivedAt,
      trace,
    }
    const known = await effects.take(message, plan)
    if (known !== undefined) return answerOf(head, known)
    type.done?.(said)
    await audit.append({ code: 'channel.taken', trace, facts: { sender: head.sender, message: head.id, type: head.type, key } })
    return answer
  }

  return async request => {
    let head: MessageHead | undefined
    try {
      const incoming = await verifyMessage(request, here, partyOf, clock)
      head = incoming.head
      return await take(request, incoming)
    } catch (thrown) {
      return await refusals.answer(thrown, request, head)
    }
  }
}

/** What the same message got before. @throws BrokerError channel_key_reused where it is another one */
function answerOf(head: MessageHead, known: readonly KnownMessage[]): Answer {
  const [stands, ...more] = known
  if (stands !== undefined && more.length === 0 && isSameMessage(head, stands)) return { ...stands.answer, body: Buffer.from(stands.answer.body) }
  throw new BrokerError('channel_key_reused', 'an id or key that stands for other content', {
    received: `${head.id}, ${head.idempotencyKey}, ${head.digest}`,
    expected: known.map(({ id, idempotencyKey, digest }) => `${id}, ${idempotencyKey}, ${digest}`).join(' and '),
  })
}

/** @throws BrokerError channel_content_invalid */
function readText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new BrokerError('channel_content_invalid', 'a body that is not UTF-8', { expected: 'one JSON object in UTF-8' })
  }
}
