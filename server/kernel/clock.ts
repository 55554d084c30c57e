/**
 * Time comes in as a parameter everywhere: nothing in server/ or bank-adapters/ calls Date.now() or new Date() without arguments
 * but this file. Libraries that read the global clock are moved together with us by the sandbox's test clock (test-clock.ts).
 */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** A clock that stands still until told otherwise, for tests. */
export function fixedClock(start: Date | string): Clock & { set(to: Date | string): void; advance(milliseconds: number): void } {
  let at = new Date(start).getTime()
  return {
    now: () => new Date(at),
    set: to => {
      at = new Date(to).getTime()
    },
    advance: milliseconds => {
      at += milliseconds
    },
  }
}

export const later = (one: Date, other: Date): Date => (one > other ? one : other)

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000
export const days = (n: number): number => n * 86_400_000

/** Whole seconds until then, 0 where it is over. @param at ISO 8601 */
export const secondsUntil = (at: string, clock: Clock): number => Math.max(0, Math.floor((Date.parse(at) - clock.now().getTime()) / 1000))
