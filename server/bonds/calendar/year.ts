import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { type Day, plusDays, readDay, weekdayOf } from './day.ts'

/**
 * One year's arrangement of days off, as the State Council's notice gives it. Owns reading such a file, whoever wrote it: it has to name its notice, stay within its year, and say only what changes something.
 */
export interface CalendarYear {
  year: number
  source: { title: string; number: string; issued: Day }
  daysOff: { name: string; from: Day; to: Day }[]
  /** weekend days that are worked */
  workdays: Day[]
}

/** characters; a year takes some 1500 */
export const MAX_FILE = 20_000

const day = z.string().transform((text, context) => {
  const read = readDay(text)
  if (read !== undefined) return read
  context.addIssue({ code: 'custom', message: 'not a day such as 2027-01-01' })
  return z.NEVER
})
const words = z.string().min(1).max(100)

const shape = z.strictObject({
  year: z.int().min(1992).max(2200),
  source: z.strictObject({ title: words, number: words, issued: day }),
  daysOff: z
    .array(z.strictObject({ name: words, from: day, to: day }))
    .min(1)
    .max(30),
  workdays: z.array(day).max(60),
})

/** @throws BrokerError `calendar_malformed`, with all that is wrong among the facts */
export function readCalendarYear(file: unknown): CalendarYear {
  const read = shape.safeParse(file)
  if (!read.success) throw malformed(read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  const wrong = wrongsOf(read.data)
  if (wrong.length > 0) throw malformed(wrong)
  return read.data
}

/** Every day off of the year by its holiday's name. */
export function namedDaysOff({ daysOff }: CalendarYear): Map<Day, string> {
  const named = new Map<Day, string>()
  for (const { name, from, to } of daysOff) for (let at = from; at <= to; at = plusDays(at, 1)) named.set(at, name)
  return named
}

function wrongsOf(file: CalendarYear): string[] {
  const within = (at: Day) => at.startsWith(`${file.year}-`)
  const spans = file.daysOff.filter(({ from, to }) => !within(from) || !within(to) || to < from)
  if (spans.length > 0) return spans.map(({ name, from, to }) => `${name}: ${from} to ${to} is no span of ${file.year}`)
  const off = namedDaysOff(file)
  const length = file.daysOff.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1, 0)
  return [
    ...(length === off.size ? [] : ['a day off stands in two spans']),
    ...(new Set(file.workdays).size === file.workdays.length ? [] : ['a workday is named twice']),
    ...file.workdays.filter(at => !within(at)).map(at => `${at} is not in ${file.year}`),
    ...file.workdays.filter(at => off.has(at)).map(at => `${at} is both worked and off`),
    ...file.workdays.filter(at => weekdayOf(at) % 6 !== 0).map(at => `${at} is no weekend day: it is worked anyway`),
  ]
}

const malformed = (wrong: readonly string[]): BrokerError =>
  new BrokerError('calendar_malformed', wrong.slice(0, 10).join('; '), { expected: 'a year file as docs/bonds.md describes it' })
