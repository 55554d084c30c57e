import { isIPv6 } from 'node:net'
import type { Request, RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Meter } from '../kernel/meter.ts'

/**
 * Requests a minute for each client address and scope, counted in this process: with several brokers the whole allows that many times more, which a limit
 * against abuse can bear. Memory is bounded: past `maxClients` addresses in a minute, newcomers share one bucket.
 * Behind a proxy the address is the proxy's unless `trust proxy` is configured.
 */
export interface RateLimitOptions<Scope extends string> {
  /** requests a minute for each scope */
  perMinute: Readonly<Record<Scope, number>>
  meter: Meter
  clock: Clock
  maxClients?: number
}

/** @returns a middleware for a scope. It throws BrokerError too_many_requests and sets Retry-After (RFC 9110 section 10.2.3) in seconds. */
export function createRateLimits<Scope extends string>(options: RateLimitOptions<Scope>): (scope: Scope) => RequestHandler {
  const maxClients = options.maxClients ?? 50_000
  return scope => {
    const points = options.perMinute[scope]
    const limiter = new RateLimiterMemory({ points, duration: 60 })
    const overflow = new RateLimiterMemory({ points: points * 100, duration: 60 })
    const seen = createMinuteSet(options.clock, maxClients)
    return async (req, res, next) => {
      const key = clientKey(req)
      try {
        await (seen.add(key) ? limiter.consume(key) : overflow.consume('all'))
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        options.meter.rateLimited(scope)
        res.set('Retry-After', String(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))))
        throw new BrokerError('too_many_requests', `scope ${scope}`, {
          received: `${refusal.consumedPoints} requests`,
          expected: `${points} a minute`,
        })
      }
      next()
    }
  }
}

/** One household or company holds a whole IPv6 /64; counting single addresses of it would count nothing. */
export function clientKey(req: Pick<Request, 'ip'>): string {
  const address = req.ip ?? 'unknown'
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** Remembers at most `max` keys a minute; answers false for a new key beyond them. */
function createMinuteSet(clock: Clock, max: number): { add(key: string): boolean } {
  let minute = -1
  let keys = new Set<string>()
  return {
    add(key) {
      const now = Math.floor(clock.now().getTime() / 60_000)
      if (now !== minute) {
        minute = now
        keys = new Set()
      }
      if (keys.has(key)) return true
      if (keys.size >= max) return false
      keys.add(key)
      return true
    },
  }
}
