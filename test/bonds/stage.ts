import { createCalendar, KNOWN_YEARS } from '../../server/bonds/calendar/calendar.ts'
import { BENCHMARK_DEPOSIT, BENCHMARK_LOAN } from '../../server/bonds/calendar/interest.ts'
import type { Context } from '../../server/bonds/state/context.ts'
import type { BondEvent, BondFact, EvidenceKind } from '../../server/bonds/state/events.ts'
import { expectedBond } from '../../server/bonds/state/expected.ts'
import { type Step, step } from '../../server/bonds/state/step.ts'
import type { Bond } from '../../server/storage/stores-bonds.ts'

/** One section whose bids are due on 10 March 2026 at 9:30 in Shanghai and opened then; 200,000 yuan. */
export const DEMANDED = 20_000_000n
export const DEADLINE = '2026-03-10T01:30:00.000Z'
export const section = { id: 'section-1', law: 'bidding', deadline: DEADLINE, opensAt: DEADLINE, validityDays: 90, state: 'open' } as const
export const bidder = { name: 'name-1', basicAccount: 'account-1' }
export const payer = { name: 'name-1', account: 'account-1' }
export const calendar = createCalendar(KNOWN_YEARS)

export const context = (more: Partial<Context> = {}): Context => ({
  section,
  occupied: false,
  calendar,
  depositRates: BENCHMARK_DEPOSIT,
  loanRates: BENCHMARK_LOAN,
  now: new Date('2026-03-20T02:00:00.000Z'),
  ...more,
})

const ALL_EVIDENCE: EvidenceKind[] = [
  'bank-receipt',
  'guarantee',
  'assignment',
  'withdrawal-notice',
  'termination-notice',
  'award-notice',
  'contract',
  'forfeiture-decision',
  'opening-record',
  'fee-agreement',
  'refund-order',
  'reconciliation-file',
]
let told = 0
/** A fact told with every kind of evidence there is. */
export const tell = (fact: BondFact, more: Partial<Pick<BondEvent, 'key' | 'at' | 'evidence'>> = {}): BondEvent => ({
  key: `key-${++told}`,
  at: '2026-03-20T02:00:00.000Z',
  evidence: ALL_EVIDENCE.map(kind => ({ kind, ref: `ref-${kind}` })),
  ...more,
  ...fact,
})

export const arrival = (more: { fen?: bigint; at?: string; serial?: string; from?: Partial<typeof payer> } = {}): BondFact => ({
  kind: 'money-arrived',
  receipt: { bank: 'ccb', serial: more.serial ?? 'S-1', at: more.at ?? '2026-03-02T02:00:00.000Z', fen: more.fen ?? DEMANDED },
  payer: { ...payer, ...more.from },
})
export const decided = (more: Partial<Extract<BondFact, { kind: 'decided' }>> = {}): BondFact => ({
  kind: 'decided',
  cause: 'contract',
  winner: false,
  forfeits: [],
  feeFen: 0n,
  performanceFen: 0n,
  ...more,
})
export const ordered = (more: Partial<Extract<BondFact, { kind: 'refund-ordered' }>> = {}): BondFact => ({
  kind: 'refund-ordered',
  order: 'order-1',
  valueDay: '2026-03-23',
  toAccount: payer.account,
  ...more,
})
export const paid = (fen: bigint, more: Partial<Extract<BondFact, { kind: 'refund-paid' }>> = {}): BondFact => ({
  kind: 'refund-paid',
  order: 'order-1',
  bank: 'ccb',
  serial: 'R-1',
  fen,
  toAccount: payer.account,
  ...more,
})
export const guaranteed: BondFact = {
  kind: 'guarantee-verified',
  way: 'bank-guarantee',
  guarantee: { number: 'G-1', fen: DEMANDED, validUntil: '2026-06-30T16:00:00.000Z' },
}

export const expected = (): Bond => expectedBond('bond-1', bidder, { id: section.id, demandedFen: DEMANDED })

/** Tells one fact after the other; the last step. */
export function walk(facts: readonly (BondFact | BondEvent)[], from: Bond = expected(), under: Context = context()): Step {
  let last: Step = { bond: from, movements: [], evidence: [], repeated: false }
  for (const fact of facts) last = step(last.bond, 'key' in fact ? fact : tell(fact), under)
  return last
}
export const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'done'
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
  }
}
