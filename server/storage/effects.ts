import { chinaDay } from '../kernel/china-time.ts'
import { type Clock, minutes } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { createBatch } from './batch.ts'
import { type KnownColumns, knownOf } from './channel.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { ChannelMessage } from './stores-channel.ts'
import type { Effect, EffectStore } from './stores-effects.ts'

/** Effects of messages and acts. Owns that effects of one moment leave in one statement, each all or nothing, and that what somebody else was faster with is judged anew. What a write does stands in the migrations, as effect_<kind>. */
export function createEffectStore(sql: Sql, clock: Clock): EffectStore {
  const writeOne = createBatch<Item, string>({ run: items => writeAll(sql, clock, items), limit: MOST })

  /** Plans and writes until nobody else was faster. @returns the plan that was written; undefined where the message is known */
  async function persist<Planned extends Effect>(plan: () => Promise<Planned>, message?: ChannelMessage): Promise<Planned | undefined> {
    for (let tries = 0, counted = 0; tries < TRIES; tries++) {
      const since = clock.now().getTime()
      const planned = await plan()
      if (planned.writes.length === 0 && message === undefined) return planned
      const { lock, writes } = planned
      const outcome = await writeOne({ lock, writes, since, ...(message === undefined ? {} : { message }) })
      if (outcome === 'done') return planned
      if (outcome === 'known') return undefined
      if (outcome === 'counted' && counted++ > 0) throw new BrokerError('bond_event_conflict', 'an event that counts for something else')
      if (outcome.startsWith(REFUSED)) throw new BrokerError(codeOf(outcome.slice(REFUSED.length)), 'the database refused an effect')
    }
    throw new BrokerError('database_unavailable', `what was to be changed was changed ${TRIES} times meanwhile`)
  }

  return {
    async apply(plan) {
      const planned = await persist(plan)
      if (planned === undefined) throw new Error('an effect without a message is known')
      return planned
    },
    async take(message, plan) {
      const stands = async () => (await sql.query<KnownColumns>(STANDS, [message.sender, message.id, message.idempotencyKey])).map(knownOf)
      try {
        if ((await persist(plan, message)) !== undefined) return undefined
      } catch (thrown) {
        // a message is planned before it is looked up: what was taken once stands, whatever it would be judged by now
        const known = await stands()
        if (known.length === 0) throw thrown
        return known
      }
      return await stands()
    },
  }
}

interface Item extends Effect {
  message?: ChannelMessage
  /** when it began to be planned */
  since: number
}

/** effects in one statement: some tens of milliseconds, in which what they touch is locked */
const MOST = 100
/** how often somebody else may be faster */
const TRIES = 30
/**
 * Milliseconds for which a plan may wait to be sent: a process that was halted for longer plans anew, by what is so now. The list of an opened section's bonds (bonds/secrecy/opened.ts) relies on it.
 */
const FRESH = minutes(1)
const REFUSED = 'refused:'

async function writeAll(sql: Sql, clock: Clock, all: readonly Item[]): Promise<string[]> {
  const now = clock.now()
  const fresh = (item: Item) => now.getTime() - item.since < FRESH
  const items = all.filter(fresh)
  const values = [JSON.stringify(items.map(columnsOf)), now.toISOString(), chinaDay(now)]
  const rows = items.length === 0 ? [] : await sql.query<{ item: number; outcome: string }>(APPLY, values)
  const outcomes = new Map(rows.map(({ item, outcome }) => [items[item], outcome]))
  return all.map(item => {
    const outcome = fresh(item) ? outcomes.get(item) : 'again'
    if (outcome === undefined) throw new Error('an effect was not answered')
    return outcome
  })
}

const columnsOf = ({ lock, writes, message }: Item, n: number) => ({
  n,
  lock,
  writes,
  ...(message === undefined
    ? {}
    : {
        message: {
          sender: message.sender,
          id: message.id,
          idempotency_key: message.idempotencyKey,
          type: message.type,
          digest: message.digest,
          signed: message.signed,
          signatures: message.signatures,
          body: message.body,
          answer_status: message.answer.status,
          answer_headers: JSON.stringify(message.answer.headers),
          answer_body: message.answer.body,
          received_at: message.receivedAt,
          trace: message.trace,
        },
      }),
})

const isCode = (code: string): code is FailureCode => Object.hasOwn(failures, code)
const codeOf = (code: string): FailureCode => (isCode(code) ? code : 'internal')

const STANDS = inLane(
  'swift',
  read(
    'channel_stands',
    `SELECT id, idempotency_key, type, digest, answer_status, answer_headers, answer_body FROM channel_message WHERE id = $2 AND sender = $1
     UNION SELECT id, idempotency_key, type, digest, answer_status, answer_headers, answer_body FROM channel_message WHERE idempotency_key = $3 AND sender = $1`,
  ),
)

/** through the pool: a full statement would hold up the small ones of a lane */
const APPLY = write('effect_apply', `SELECT item, outcome FROM effect_apply($1::text::jsonb, $2::timestamptz, $3::date)`)
