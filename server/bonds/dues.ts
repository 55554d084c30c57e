import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Bond } from '../storage/stores-bonds.ts'
import { dayOf, daysBetween } from './calendar/day.ts'
import { deadlineOf } from './calendar/deadline.ts'
import { type DeadlineRuleId, deadlineRules } from './calendar/rules.ts'
import type { BondParameters } from './parameters.ts'

/** Until when a bond has to be back, as the law counts. */
export interface Due {
  /** the last day, YYYY-MM-DD; absent where the calendar does not reach so far, or no clock runs */
  day?: string
  /** days that are left; below zero where it is late */
  daysLeft?: number
  article: string
}

export interface Dues {
  /** Of many bonds at once, in their order; undefined where nothing is due. */
  of(bonds: readonly Bond[]): Promise<(Due | undefined)[]>
}

const WAITING = new Set<Bond['state']>(['refund-due', 'returning'])

export function createDues({ parameters, clock }: { parameters: Pick<BondParameters, 'calendar'>; clock: Clock }): Dues {
  return {
    async of(bonds) {
      const calendar = await parameters.calendar()
      const today = dayOf(clock.now())
      return bonds.map(({ decision, state }) => {
        const rule = decision?.rule
        if (decision === undefined || rule === undefined || !WAITING.has(state) || !isRule(rule)) return undefined
        const { basis: article } = deadlineRules[rule]
        try {
          const { day } = deadlineOf(rule, new Date(decision.at), calendar)
          return { day, daysLeft: daysBetween(today, day), article }
        } catch (thrown) {
          if (thrown instanceof BrokerError && thrown.code === 'calendar_not_covered') return { article }
          throw thrown
        }
      })
    },
  }
}

const isRule = (id: string): id is DeadlineRuleId => Object.hasOwn(deadlineRules, id)
