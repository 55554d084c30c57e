import type { Party } from '../../bank-adapters/channel/keys.ts'
import { signMessage, verifyAnswer } from '../../bank-adapters/channel/message.ts'
import { readRefusal } from '../../bank-adapters/channel/refusal.ts'
import type { Trail } from '../audit/events.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { ChannelAnswer, NewOutgoing, OutgoingMessage, OutgoingStore } from '../storage/stores-channel.ts'
import { createBreaker, type Resting } from './breaker.ts'
import type { ChannelKeys } from './own-keys.ts'
import { nextTry } from './retry.ts'

/**
 * Sends what was queued until each bank's signed answer to it is here: at least once on the wire, and once in effect, since a bank knows a message by its id. Any number of processes send beside each
 * other; each message is leased to one, and one who was too slow cannot say how it ended.
 */
export interface Sender {
  /** due at once. @returns false where this receiver was told by this key before */
  queue(message: NewOutgoing): Promise<boolean>
  /** sends all that is due now, what was queued before the call always, and ends when nothing is left that this process may send. Never throws. */
  work(): Promise<void>
  /** banks that this process leaves alone for a while, since they did not answer */
  resting(): Resting[]
  /** A person wants this bank tried with the next work, whether it is left alone or not. */
  wake(receiver: string): void
}

/** A bank that messages go to. */
interface Receiver extends Party {
  /** its address, which the message signs */
  target: string
}

export interface SenderDeps {
  /** our own name in the channel */
  name: string
  receiverOf: (name: string) => Receiver | undefined
  keys: ChannelKeys
  store: OutgoingStore
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
  audit: Trail
  clock: Clock
  /** 0 to 1, for the spread of retries */
  random: () => number
  log: Log
}

/** Milliseconds: of one try, and of the lease, which has to outlast it. */
const TRY = seconds(20)
const LEASE = seconds(60)
const AT_ONCE = 20

export function createSender(deps: SenderDeps): Sender {
  const { name, receiverOf, keys, store, audit, clock, log } = deps
  const breaker = createBreaker(clock)
  let working: Promise<void> | undefined
  /** somebody asked while a run was under way: what was queued just then may have been missed by its last look */
  let again = false

  async function round(): Promise<boolean> {
    const now = clock.now()
    const lease = newId()
    const claimed = await store.claim(
      lease,
      { now, until: new Date(now.getTime() + LEASE) },
      breaker.resting().map(({ receiver }) => receiver),
      AT_ONCE,
    )
    await Promise.all(claimed.map(message => one(message, lease)))
    return claimed.length > 0
  }

  async function one(message: OutgoingMessage, lease: string): Promise<void> {
    try {
      const answer = await attempt(message)
      if (await store.delivered(message.id, lease, answer, clock.now()))
        await audit.append({
          code: 'channel.delivered',
          trace: message.trace,
          facts: { receiver: message.receiver, message: message.id, type: message.type },
        })
    } catch (thrown) {
      await fail(message, lease, thrown)
    }
  }

  async function fail(message: OutgoingMessage, lease: string, thrown: unknown): Promise<void> {
    const { code, facts } = asBrokerError(thrown)
    const deadline = message.deadline === undefined ? undefined : new Date(message.deadline)
    const next = thrown instanceof RefusedMessage && thrown.final ? undefined : nextTry(message.tries, { now: clock.now(), deadline }, deps.random())
    log.info(
      { failure: code, facts, receiver: message.receiver, message: message.id, next: next?.toISOString() },
      'a message to a bank was not taken',
    )
    if ((await store.failed(message.id, lease, thrown instanceof RefusedMessage ? `${code} ${thrown.received}` : code, next)) && next === undefined)
      await audit.append({ code: 'channel.dead', trace: message.trace, facts: { receiver: message.receiver, message: message.id, failure: code } })
  }

  /** @throws BrokerError; a RefusedMessage where the bank itself said no */
  async function attempt(message: OutgoingMessage): Promise<ChannelAnswer> {
    const { receiver, id, idempotencyKey, type, schema, encryptionKey } = message
    const party = receiverOf(receiver)
    if (party === undefined) throw new BrokerError('channel_key_unknown', `no bank is registered as ${receiver}`)
    const sent = { target: party.target, sender: name, receiver, id, idempotencyKey, type, schema, encryptionKey, body: Buffer.from(message.body) }
    const headers = await signMessage(sent, [await keys.sign.current()], clock)
    const answer = await post(party, headers, message.body)
    await verifyAnswer({ status: answer.status, headers: name => answer.headers[name], body: Buffer.from(answer.body) }, sent, party, clock)
    if (answer.status !== 200) throw new RefusedMessage(answer)
    return answer
  }

  async function post({ name: receiver, target }: Receiver, headers: Record<string, string>, body: string): Promise<ChannelAnswer> {
    try {
      const answer = await deps.fetch(target, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(TRY) })
      const text = await answer.text()
      breaker.heard(receiver, answer.status < 500)
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text }
    } catch (thrown) {
      breaker.heard(receiver, false)
      throw new BrokerError('bank_unreachable', `no answer from ${receiver}`, { cause: thrown })
    }
  }

  return {
    queue: message => store.queue(message),
    resting: breaker.resting,
    wake: breaker.wake,
    work() {
      again = true
      working ??= (async () => {
        try {
          while (again) {
            again = false
            while (await round());
          }
        } catch (thrown) {
          log.error({ err: thrown }, 'sending messages to banks failed')
        } finally {
          working = undefined
        }
      })()
      return working
    },
  }
}

/** The bank's own signed no. */
class RefusedMessage extends BrokerError {
  readonly final: boolean

  constructor({ status, body }: ChannelAnswer) {
    const { code, category, final } = readRefusal(body)
    const received = `${status} ${code} ${category}`.trim()
    super('channel_refused_by_bank', `the bank answered ${received}`, { received })
    this.final = final
  }
}
