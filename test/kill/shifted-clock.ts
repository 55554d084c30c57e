import type { Clock } from '../../server/kernel/clock.ts'

/** The time of several processes, which move together: real time and an offset in milliseconds that their parent gives them. */
export function createShiftedClock(offset: number): Clock & { shift(to: number): void } {
  let shifted = offset
  return {
    now: () => new Date(Date.now() + shifted),
    shift(to) {
      shifted = to
    },
  }
}
