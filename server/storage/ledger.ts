import { chinaDay } from '../kernel/china-time.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { createBatch } from './batch.ts'
import { createLedgerChainStore } from './ledger-chain.ts'
import { createLedgerCheckStore } from './ledger-checks.ts'
import { createLedgerReadStore } from './ledger-reads.ts'
import { isRetryable, type Sql, write } from './sql.ts'
import type { LedgerAnswer, LedgerOrder, LedgerStore } from './stores-ledger.ts'

/**
 * The ledger's tables. Owns that orders of one moment leave in one statement, and that what the database undid or lost is sent again: an order's key makes that safe, whether or not the first one arrived,
 * and even if it arrives after the second. What the statement does stands in its migration, in ledger_post.
 */
export function createLedgerStore(sql: Sql, clock: Clock, pause = wait): LedgerStore {
  const post = createBatch<LedgerOrder, LedgerAnswer>({ run: orders => postAll(sql, clock, orders), limit: MOST })
  return {
    post: order => persistently(() => post(order), pause),
    ...createLedgerReadStore(sql),
    ...createLedgerChainStore(sql),
    ...createLedgerCheckStore(sql),
  }
}

/** orders in one statement: some tens of milliseconds, in which their accounts are locked */
const MOST = 200
/** milliseconds before each further try */
const PAUSES = [20, 100, 400]
const wait = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

/** @throws BrokerError ledger_try_again after the last try; anything that is not the database's passing state at once */
async function persistently<T>(work: () => Promise<T>, pause: (milliseconds: number) => Promise<void>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (thrown) {
      if (!isRetryable(thrown)) throw thrown
      const next = PAUSES[tries]
      if (next === undefined) throw new BrokerError('ledger_try_again', `after ${tries + 1} tries`, { cause: thrown })
      await pause(next)
    }
  }
}

interface Row {
  item: number
  outcome: string
  journal: string | number | bigint | null
  bookedAt: string
  bookedOn: string
}

async function postAll(sql: Sql, clock: Clock, orders: readonly LedgerOrder[]): Promise<LedgerAnswer[]> {
  // taken anew for every try: a hold that ends while somebody waits has ended
  const now = clock.now()
  const rows = await sql.query<Row>(POST, [JSON.stringify(orders.map(columnsOf)), now.toISOString(), chinaDay(now)])
  const answers = new Map(rows.map(row => [row.item, answerOf(row)]))
  return orders.map((_, n) => {
    const answer = answers.get(n)
    if (answer === undefined) throw new Error('the ledger did not answer an order')
    return answer
  })
}

/** An order as ledger_post reads it. */
export const columnsOf = (order: LedgerOrder, n: number) => ({
  n,
  key: order.key,
  content: order.content,
  phase: order.phase,
  movement: order.movement,
  value_on: order.valueOn,
  bank_at: order.bankAt,
  evidence_kind: order.evidence.kind,
  evidence_ref: order.evidence.reference,
  evidence_digest: order.evidence.digest,
  expires_at: order.expiresAt,
  hold: order.resolves?.hold,
  outcome: order.resolves?.outcome,
  reverses: order.reverses?.key,
  reason: order.reverses?.reason,
  asked_by: order.reverses?.askedBy,
  agreed_by: order.reverses?.agreedBy,
  trace: order.trace,
  entries: order.lines.map(line => ({ ...line, amount: String(line.amount) })),
})

function answerOf({ outcome, journal, bookedAt, bookedOn }: Row): LedgerAnswer {
  if (outcome !== 'posted' && outcome !== 'same') return { outcome: 'refused', code: REFUSALS[outcome] ?? 'internal' }
  return { outcome, journal: BigInt(journal ?? 0), bookedAt: new Date(bookedAt).toISOString(), bookedOn }
}

const REFUSALS: Readonly<Record<string, FailureCode>> = Object.fromEntries(
  (
    [
      'ledger_key_reused',
      'ledger_account_elsewhere',
      'ledger_insufficient',
      'ledger_hold_unknown',
      'ledger_hold_posted',
      'ledger_hold_voided',
      'ledger_hold_expired',
      'ledger_hold_not_expired',
      'ledger_hold_exceeded',
      'ledger_not_reversible',
      'ledger_reversed_already',
    ] as const
  ).map(code => [code, code]),
)

/** through the pool: a full statement would hold up the small ones of a lane */
const POST = write(
  'ledger_post',
  `SELECT item, outcome, journal, booked_at AS "bookedAt", to_char(booked_on, 'YYYY-MM-DD') AS "bookedOn" FROM ledger_post($1::text::jsonb, $2::timestamptz, $3::date)`,
)
