import { BrokerError } from '../../kernel/errors.ts'
import type { Calendar, DayKind } from './calendar.ts'
import { isWorked } from './calendar.ts'
import { type Day, dayOf, daysBetween, END_OF_DAY, instantOf, plusDays } from './day.ts'
import { type DeadlineRule, type DeadlineRuleId, deadlineRules } from './rules.ts'

/** Owns counting a deadline of the law, with every day of the count told so that a person can follow it. */
export interface Deadline {
  rule: DeadlineRuleId
  /** the day of the event, which does not count */
  from: Day
  /** the last day */
  day: Day
  /** the end of that day: done before this instant is in time. ISO 8601 */
  dueAt: string
  reckoning: ReckonedDay[]
}

interface ReckonedDay {
  day: Day
  is: DayKind
  /** its number in the count; without one it did not count */
  number?: number
  /** `event`: the count starts on the next day. `moved`: the last day fell on a day off */
  note?: 'event' | 'moved' | 'due'
}

/** days; no rule of the law and no validity of a bid comes near */
const MOST = 1000

/**
 * @param validity days, for rules that leave the number to the tender documents
 * @throws BrokerError `calendar_not_covered` where any day it has to look at is not covered; `bad_request` without a whole number of days from 1 to 1000 where the rule needs one
 */
export function deadlineOf(id: DeadlineRuleId, event: Date, calendar: Calendar, validity?: number): Deadline {
  const rule: DeadlineRule = deadlineRules[id]
  const count = rule.count === 'validity' ? validity : rule.count
  if (count === undefined || !Number.isInteger(count) || count < 0 || count > MOST || (rule.count === 'validity' && count === 0))
    throw new BrokerError('bad_request', `${id} needs a number of days`, {
      expected: `1 to ${MOST}`,
      ...(count === undefined ? {} : { received: String(count) }),
    })
  const from = dayOf(event)
  const reckoning: ReckonedDay[] = [{ day: from, is: calendar.about(from), note: 'event' }]
  let day = from
  for (let number = 0; number < count; ) {
    day = plusDays(day, 1)
    const counts = rule.unit === 'days' || isWorked(calendar, day)
    if (counts) number++
    reckoning.push({ day, is: calendar.about(day), ...(counts ? { number } : {}) })
  }
  while (rule.endsOnDayOff === 'moves' && !isWorked(calendar, day)) {
    day = plusDays(day, 1)
    reckoning.push({ day, is: calendar.about(day), note: 'moved' })
  }
  const last = reckoning.at(-1)
  if (last !== undefined && last.note === undefined) last.note = 'due'
  return { rule: id, from, day, dueAt: instantOf(day, END_OF_DAY).toISOString(), reckoning }
}

/** Calendar days left until the last day of a deadline: 0 on that day, negative after it. */
export const daysLeft = ({ day }: Pick<Deadline, 'day'>, now: Date): number => daysBetween(dayOf(now), day)
