import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { type Calendar, isWorked } from './calendar.ts'
import { type Day, dayOf, END_OF_DAY, instantOf, minuteOf, plusDays } from './day.ts'

/**
 * A bank's own hours: a holiday list does not say when money moves. Owns from when to when an order takes, and the last moment at which one is still in time. Data of each bank, read through `bankTimes`.
 */
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day such as 16:00')
const settling = z.strictObject({
  /** orders before this time of day, in Asia/Shanghai */
  before: time,
  /** are through on the n-th working day after the day of the order; 0 is the same day */
  workingDays: z.int().min(0).max(10),
})

export const bankTimes = z
  .strictObject({
    bank: z.string().min(1).max(40),
    /** the earliest first, the last one to the end of the day */
    settles: z.array(settling).min(1).max(8),
    /** days without service: given ones, and the last working day of every month */
    closed: z.strictObject({ days: z.array(z.iso.date()).max(100), lastWorkingDayOfMonth: z.boolean() }),
  })
  .refine(
    ({ settles }) =>
      settles.at(-1)?.before === '24:00' && settles.every((row, i) => i === 0 || minutes(row.before) > minutes(settles[i - 1]?.before ?? '')),
    {
      message: 'cut-off times rise and end with 24:00',
    },
  )
export type BankTimes = z.infer<typeof bankTimes>

/**
 * The day on which an order given now is through. An order on a day without service counts as given when the next day of service begins.
 * @throws BrokerError `calendar_not_covered`
 */
export function settlesOn(bank: BankTimes, ordered: Date, calendar: Calendar): Day {
  let day = dayOf(ordered)
  let minute = minuteOf(ordered)
  while (!serves(bank, day, calendar)) {
    day = plusDays(day, 1)
    minute = 0
  }
  const row = bank.settles.find(({ before }) => minute < minutes(before))
  if (row === undefined) throw new BrokerError('internal', 'the cut-off times do not reach the end of the day')
  for (let left = row.workingDays; left > 0; ) {
    day = plusDays(day, 1)
    if (serves(bank, day, calendar)) left--
  }
  return day
}

/**
 * The instant before which an order has to be given to be through on that day or earlier.
 * @throws BrokerError `calendar_not_covered`
 */
export function lastOrder(bank: BankTimes, due: Day, calendar: Calendar): Date {
  for (let day = due, looked = 0; looked < MOST_BACK; day = plusDays(day, -1), looked++) {
    for (const { before } of bank.settles.toReversed()) {
      const end = instantOf(day, minutes(before))
      if (serves(bank, day, calendar) && settlesOn(bank, new Date(end.getTime() - 1), calendar) <= due) return end
    }
  }
  throw new BrokerError('internal', `no order in the ${MOST_BACK} days before ${due} would be in time`)
}
/** days; longer than ten working days and the longest holiday */
const MOST_BACK = 60

function serves({ closed }: BankTimes, day: Day, calendar: Calendar): boolean {
  if (!isWorked(calendar, day) || closed.days.includes(day)) return false
  return !closed.lastWorkingDayOfMonth || !isLastOfMonth(day, calendar)
}

function isLastOfMonth(day: Day, calendar: Calendar): boolean {
  for (let next = plusDays(day, 1); next.slice(0, 7) === day.slice(0, 7); next = plusDays(next, 1)) if (isWorked(calendar, next)) return false
  return true
}

const minutes = (text: string): number => (text === '24:00' ? END_OF_DAY : Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))
