import { days, hours, minutes, seconds } from '../kernel/clock.ts'

/** When a message that failed is tried again: at first close by, then ever more rarely, for some three days in all. In milliseconds after each failure. */
const WAITS = [seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(14), hours(20), days(1)]
/** While a deadline is near, hours of silence would lose it: no wait is longer than a tenth of what is left, nor shorter than this. */
const TIGHTEST = seconds(20)
/** share of a wait by which it is drawn longer, so that what failed together does not come back together */
const JITTER = 0.1

/**
 * @param tries so far, this one included
 * @param deadline of the message, where it has one
 * @param random 0 to 1
 * @returns when to try next; undefined where it was tried for long enough, and no deadline lies ahead
 */
export function nextTry(tries: number, { now, deadline }: { now: Date; deadline: Date | undefined }, random: number): Date | undefined {
  const left = deadline === undefined ? 0 : deadline.getTime() - now.getTime()
  const wait = WAITS[tries - 1] ?? (left > 0 ? WAITS.at(-1) : undefined)
  if (wait === undefined) return undefined
  const close = left > 0 ? Math.min(wait, Math.max(TIGHTEST, left / 10)) : wait
  return new Date(now.getTime() + close * (1 + JITTER * random))
}
