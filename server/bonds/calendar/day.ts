import { CHINA_AHEAD, inChina } from '../../kernel/china-time.ts'

/**
 * Days as people and notices name them: `YYYY-MM-DD` in Asia/Shanghai, which has been UTC+8 without summer time since 1991. Owns reckoning with such days and the instants of a day; which of
 * them are worked is calendar.ts's.
 */
export type Day = `${number}-${number}-${number}`

const DAY = 86_400_000

/** The day in Asia/Shanghai on which an instant falls. */
export const dayOf = (at: Date): Day => write(inChina(at))

/** @returns undefined for what is no day, 2026-02-30 included */
export function readDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const at = new Date(`${text}T00:00:00Z`)
  return Number.isNaN(at.getTime()) || write(at) !== text ? undefined : write(at)
}

/** @param count days, negative for earlier ones */
export const plusDays = (day: Day, count: number): Day => write(new Date(utc(day) + count * DAY))

/** From one day to another, negative when the second is earlier. */
export const daysBetween = (from: Day, to: Day): number => Math.round((utc(to) - utc(from)) / DAY)

/** 0 is Sunday. */
export const weekdayOf = (day: Day): number => new Date(utc(day)).getUTCDay()

/**
 * The instant of a time of day.
 * @param time minutes after midnight in Asia/Shanghai; 1440 is the end of the day
 */
export const instantOf = (day: Day, time: number): Date => new Date(utc(day) - CHINA_AHEAD + time * 60_000)

/** Minutes after midnight in Asia/Shanghai, whole. */
export const minuteOf = (at: Date): number => Math.floor((((inChina(at).getTime() % DAY) + DAY) % DAY) / 60_000)

export const END_OF_DAY = 1440

const utc = (day: Day): number => Date.parse(`${day}T00:00:00Z`)
const write = (at: Date): Day => at.toISOString().slice(0, 10) as Day
