import type { KoaContextWithOIDC } from 'oidc-provider'
import { clientKey } from '../http/rate-limit.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'

/**
 * Guesses at user codes (RFC 8628 5.1): after a few wrong ones in a session, or some more from an address, nothing is looked up for a while. Counted in this process, as rate limits are; with twenty letters
 * at eight places (2.5e10 codes, each good for ten minutes) the number of processes does not matter. Memory is bounded: where it is full, the oldest count is given up.
 */
export interface Tries {
  /** @throws BrokerError too_many_requests */
  check(ctx: KoaContextWithOIDC | undefined): void
  wrong(ctx: KoaContextWithOIDC | undefined): void
}

export interface TriesOptions {
  clock: Clock
  perSession?: number
  perAddress?: number
  /** for how long a count lasts from its first wrong try */
  seconds?: number
}

const MOST_COUNTS = 20_000

export function createTries({ clock, perSession = 5, perAddress = 30, seconds = 600 }: TriesOptions): Tries {
  const counts = new Map<string, { wrong: number; until: number }>()
  const keysOf = (ctx: KoaContextWithOIDC) => [
    { key: `session ${ctx.oidc.session?.uid ?? ''}`, most: perSession },
    { key: `address ${addressOf(ctx)}`, most: perAddress },
  ]
  const now = () => clock.now().getTime()

  return {
    check(ctx) {
      if (ctx === undefined) return
      for (const { key, most } of keysOf(ctx)) {
        const count = counts.get(key)
        if (count !== undefined && count.until > now() && count.wrong >= most) {
          ctx.set('retry-after', String(Math.ceil((count.until - now()) / 1000)))
          throw new BrokerError('too_many_requests', `wrong user codes, by ${key.split(' ')[0]}`, {
            received: `${count.wrong} wrong codes`,
            expected: `${most} in ${seconds} seconds`,
          })
        }
      }
    },
    wrong(ctx) {
      if (ctx === undefined) return
      for (const { key } of keysOf(ctx)) {
        const before = counts.get(key)
        if (before !== undefined && before.until > now()) before.wrong++
        else {
          counts.delete(key)
          const [oldest] = counts.keys()
          if (counts.size >= MOST_COUNTS && oldest !== undefined) counts.delete(oldest)
          counts.set(key, { wrong: 1, until: now() + seconds * 1000 })
        }
      }
    },
  }
}

/** The client's address as the house counts it: Express has already judged whose word to take for it; the library would believe any header. */
export function addressOf({ req }: KoaContextWithOIDC): string {
  return clientKey({ ip: 'ip' in req && typeof req.ip === 'string' ? req.ip : req.socket.remoteAddress })
}
