import { BrokerError } from '../../kernel/errors.ts'
import { type Day, weekdayOf } from './day.ts'
import { type CalendarYear, namedDaysOff, readCalendarYear } from './year.ts'
import year2024 from './years/2024.json' with { type: 'json' }
import year2025 from './years/2025.json' with { type: 'json' }
import year2026 from './years/2026.json' with { type: 'json' }

/** The dated calendar: which days are worked, in the years whose notice is known. It owns that nothing is ever guessed for any other day. Where years come from is desk.ts's. */
export interface Calendar {
  /** in order */
  years: readonly number[]
  /** @throws BrokerError `calendar_not_covered` */
  about(day: Day): DayKind
}

export type DayKind =
  | { kind: 'workday' }
  /** a weekend day that is worked, with the number of the notice */
  | { kind: 'moved-workday'; notice: string }
  | { kind: 'weekend' }
  | { kind: 'holiday'; name: string; notice: string }

/** The years that come with the platform. */
export const KNOWN_YEARS: readonly CalendarYear[] = [year2024, year2025, year2026].map(readCalendarYear)

/** @param years of one year the last counts */
export function createCalendar(years: readonly CalendarYear[]): Calendar {
  const held = new Map(years.map(file => [file.year, { notice: file.source.number, off: namedDaysOff(file), worked: new Set(file.workdays) }]))
  const known = [...held.keys()].sort((a, b) => a - b)
  return {
    years: known,
    about(day) {
      const year = held.get(Number(day.slice(0, 4)))
      if (year === undefined)
        throw new BrokerError('calendar_not_covered', `the calendar says nothing about ${day}`, {
          received: day,
          expected: known.length === 0 ? 'a year file' : `a day in ${known.join(', ')}, or the file of ${day.slice(0, 4)}`,
        })
      const { notice } = year
      const name = year.off.get(day)
      if (name !== undefined) return { kind: 'holiday', name, notice }
      if (year.worked.has(day)) return { kind: 'moved-workday', notice }
      return { kind: weekdayOf(day) % 6 === 0 ? 'weekend' : 'workday' }
    },
  }
}

/** @throws BrokerError `calendar_not_covered` */
export function isWorked(calendar: Calendar, day: Day): boolean {
  const { kind } = calendar.about(day)
  return kind === 'workday' || kind === 'moved-workday'
}
