import type { BondCause, BondProject } from '../../storage/stores-bonds.ts'
import type { DeadlineRuleId } from '../calendar/rules.ts'
import type { EvidenceKind } from './events.ts'

/** Why a bond ends, as data: when it may be said, of which money, with which evidence, and which deadline it starts. */
export interface Cause {
  /** `before-deadline`: judged by when it happened. `after-opening`: by the clock and the latest announced time */
  when: 'any-time' | 'before-deadline' | 'after-opening'
  of: 'any-money' | 'bonds' | 'other-money'
  evidence: EvidenceKind
  /** undefined where the law waits for a later event: who refunds now is early */
  rule: Readonly<Record<BondProject['law'], DeadlineRuleId | undefined>>
}

const always = (bidding: DeadlineRuleId, procurement: DeadlineRuleId = bidding): Cause['rule'] => ({
  bidding,
  procurement,
})

export const causes: Readonly<Record<BondCause, Cause>> = {
  withdrawn: {
    when: 'before-deadline',
    of: 'any-money',
    evidence: 'withdrawal-notice',
    rule: always('bidding-withdrawn', 'procurement-withdrawn'),
  },
  abandoned: {
    when: 'any-time',
    of: 'any-money',
    evidence: 'termination-notice',
    rule: always('bidding-terminated', 'procurement-terminated'),
  },
  lost: { when: 'after-opening', of: 'bonds', evidence: 'award-notice', rule: { bidding: undefined, procurement: 'procurement-lost' } },
  // in procurement the winner's alone: those who lost were due by the award notice
  contract: { when: 'after-opening', of: 'bonds', evidence: 'contract', rule: { bidding: 'bidding-contract', procurement: 'procurement-won' } },
  forfeiture: { when: 'after-opening', of: 'bonds', evidence: 'forfeiture-decision', rule: always('no-ground') },
  'no-bond': { when: 'after-opening', of: 'other-money', evidence: 'opening-record', rule: always('no-ground') },
  'validity-ended': { when: 'after-opening', of: 'bonds', evidence: 'opening-record', rule: always('validity-over') },
}
