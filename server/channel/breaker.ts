import { type Clock, minutes, seconds } from '../kernel/clock.ts'

/** Leaves a bank alone for a while that does not answer, so that its messages use up no tries and hold up nobody else's. One in each process: each sees for itself. */
export interface Breaker {
  /** receivers to be passed by now, and until when; one whose rest is over gets one message as a trial */
  resting(): Resting[]
  /** A person wants it tried now. One more failure, and it rests again. */
  wake(receiver: string): void
  heard(receiver: string, answered: boolean): void
}

export interface Resting {
  receiver: string
  /** how often in a row it did not answer */
  failures: number
  until: Date
}

const FAILURES = 5
const SHORTEST = seconds(30)
const LONGEST = minutes(5)

interface Seen {
  failures: number
  restUntil: number
}

export function createBreaker(clock: Clock): Breaker {
  const seen = new Map<string, Seen>()
  return {
    resting() {
      const now = clock.now().getTime()
      return [...seen].flatMap(([receiver, { failures, restUntil }]) => (restUntil > now ? [{ receiver, failures, until: new Date(restUntil) }] : []))
    },
    wake(receiver) {
      const known = seen.get(receiver)
      if (known !== undefined) seen.set(receiver, { ...known, restUntil: 0 })
    },
    heard(receiver, answered) {
      if (answered) return void seen.delete(receiver)
      const failures = (seen.get(receiver)?.failures ?? 0) + 1
      const rest = failures < FAILURES ? 0 : Math.min(LONGEST, SHORTEST * 2 ** (failures - FAILURES))
      seen.set(receiver, { failures, restUntil: clock.now().getTime() + rest })
    },
  }
}
