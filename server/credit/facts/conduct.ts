import { hash } from 'node:crypto'
import { chinaDay } from '../../kernel/china-time.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { CreditStore } from '../../storage/stores-credit.ts'
import type { Facts } from './facts.ts'

/** How a company deals with its bid bonds: facts that the room of bonds adds, and what they come to. */
export interface BondConduct {
  /**
   * Adds one, once for each number. @throws BrokerError credit_fact_conflict
   * @param about.number the bond's own, which tells an outsider nothing
   * @param about.evidence what stands behind it; only its SM3 is kept
   */
  add(
    about: { uscc: Uscc; number: string; level: 'kept' | 'late' | 'forfeited'; on: Date; project?: string; evidence: string },
    trace: string,
  ): Promise<string>
  /** of the facts that count today */
  conductOf(uscc: Uscc): Promise<{ kept: number; late: number; forfeited: number; neverLate: boolean; neverForfeited: boolean }>
}

/** the source of what our own rooms record */
export const PLATFORM = 'platform'

export function createBondConduct({ facts, store, clock }: { facts: Pick<Facts, 'record'>; store: CreditStore; clock: Clock }): BondConduct {
  return {
    async add({ uscc, number, level, on, project, evidence }, trace) {
      const content = {
        number: `bond:${number}`,
        kind: 'bidder' as const,
        subject: uscc,
        type: 'bond.conduct' as const,
        level,
        title: TITLES[level],
        ...(project === undefined ? {} : { project }),
        happened_on: chinaDay(on),
        evidence: hash('sm3', evidence, 'hex'),
      }
      const [made] = await facts.record(PLATFORM, [{ content }], trace)
      if (made === undefined || made.outcome === 'other') throw new BrokerError('credit_fact_conflict', `another fact stands under ${number}`)
      return made.id
    },
    async conductOf(uscc) {
      const { kept = 0, late = 0, forfeited = 0 } = await store.countByLevel({ kind: 'bidder', subject: uscc }, 'bond.conduct', chinaDay(clock.now()))
      return { kept, late, forfeited, neverLate: late === 0, neverForfeited: forfeited === 0 }
    },
  }
}

const TITLES = { kept: '投标保证金按时足额', late: '投标保证金迟交或不足', forfeited: '投标保证金不予退还' } as const
