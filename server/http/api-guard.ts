import express, { type RequestHandler, type Response } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { BrokerError } from '../kernel/errors.ts'
import type { Meter } from '../kernel/meter.ts'

/**
 * Before every interface for centers' programs: who may ask, and how much. The access token and its scope (RFC 6750), then the client's share, and only then the body is read. A stranger's ten megabytes stay
 * on the wire. Owns neither tokens (the provider's, through `authenticate`) nor what is asked.
 */
export interface Guard<Scope extends string> {
  /** @throws BrokerError service_token_unusable, service_scope_missing, too_many_requests */
  enter(scope: Scope): RequestHandler[]
  /** the same for a body of bytes of any type @param most bytes */
  raw(scope: Scope, most: number): RequestHandler[]
  /** the same for a request without a body, which is not read */
  look(scope: Scope): RequestHandler[]
  /** of a caller who was let in: a further scope. @throws BrokerError service_scope_missing */
  demand(res: Response, scope: Scope): void
  /** @throws BrokerError too_many_requests when the client's items of this minute are used up */
  charge(res: Response, items: number): Promise<void>
}

/** A center that calls by itself (client credentials, RFC 6749 4.4). */
export interface Caller {
  clientId: string
  scopes: readonly string[]
}

/**
 * Whose access token this is; undefined when it is unknown, expired, revoked, bound to a key that a bearer does not prove, or of a kind that stands for a person.
 * @throws BrokerError database_unavailable
 */
export type Authenticate = (token: string) => Promise<Caller | undefined>

/** Sizes are bytes. */
export interface GuardLimits {
  body: number
  requestsPerMinute: number
  /** what a request costs beyond itself, as `charge` counts it */
  itemsPerMinute: number
  /** under way at a time, of one client and of all: requests, and what their bodies hold in memory */
  underWay: { client: Share; all: Share }
}

export interface GuardDeps {
  /** of the challenges that a refused caller gets, and of the metric */
  realm: string
  authenticate: Authenticate
  meter: Meter
  limits: GuardLimits
}

const callers = new WeakMap<Response, Caller>()
/** Whose request it is, once the guard let it in. */
export const knownCaller = (res: Response): Caller | undefined => callers.get(res)
/** @throws Error where the guard does not stand before this handler */
export function callerOf(res: Response): Caller {
  const caller = callers.get(res)
  if (caller === undefined) throw new Error('the guard is not mounted before this handler')
  return caller
}

export function createGuard<Scope extends string>({ realm, authenticate, meter, limits }: GuardDeps): Guard<Scope> {
  // by client, whose number is the register's: memory is bounded by it
  const requests = new RateLimiterMemory({ points: limits.requestsPerMinute, duration: 60, keyPrefix: 'requests' })
  const items = new RateLimiterMemory({ points: limits.itemsPerMinute, duration: 60, keyPrefix: 'items' })
  const underWay = new Map<string, Share>()
  const all: Share = { requests: 0, bytes: 0 }

  async function consume(limiter: RateLimiterMemory, res: Response, points: number): Promise<void> {
    try {
      await limiter.consume(callerOf(res).clientId, points)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      tooMany(res, Math.ceil(refusal.msBeforeNext / 1000), `${limiter.keyPrefix}: ${refusal.consumedPoints}`, `${limiter.points} a minute`)
    }
  }

  function tooMany(res: Response, wait: number, received: string, expected: string): never {
    meter.rateLimited(realm)
    res.set('Retry-After', String(Math.max(1, wait)))
    throw new BrokerError('too_many_requests', 'the share of one client', { received, expected })
  }

  function demand(res: Response, scope: Scope): void {
    const { scopes } = callerOf(res)
    if (scopes.includes(scope)) return
    res.set('WWW-Authenticate', `Bearer realm="${realm}", error="insufficient_scope", scope="${scope}"`)
    throw new BrokerError('service_scope_missing', 'the token has not the scope', { received: scopes.join(' ').slice(0, 200), expected: scope })
  }

  const admit =
    (scope: Scope): RequestHandler =>
    async (req, res, next) => {
      const caller = await identify(req.headers.authorization, { realm, authenticate }, res)
      callers.set(res, caller)
      demand(res, scope)
      await consume(requests, res, 1)
      next()
    }

  /** A request that is under way holds its body in memory: as much as it announces, or as much as may come. */
  const hold =
    (mostBody: number): RequestHandler =>
    (req, res, next) => {
      const { clientId } = callerOf(res)
      const announced = Number(req.headers['content-length'] ?? Number.NaN)
      const bytes = Number.isSafeInteger(announced) && announced >= 0 ? Math.min(announced, mostBody) : mostBody
      const own = underWay.get(clientId) ?? { requests: 0, bytes: 0 }
      if (!fits(own, bytes, limits.underWay.client) || !fits(all, bytes, limits.underWay.all)) {
        const { requests: most, bytes: mostBytes } = limits.underWay.client
        tooMany(res, 1, `${own.requests} requests and ${own.bytes} bytes under way`, `at most ${most} requests and ${mostBytes} bytes at a time`)
      }
      underWay.set(clientId, own)
      take(own, 1, bytes)
      take(all, 1, bytes)
      let held = true
      const release = () => {
        if (!held) return
        held = false
        take(own, -1, -bytes)
        take(all, -1, -bytes)
        if (own.requests === 0) underWay.delete(clientId)
      }
      // the client has its answer at `finish`, and may ask again before the connection says `close`
      res.once('finish', release)
      res.once('close', release)
      next()
    }

  return {
    enter: scope => [admit(scope), hold(limits.body), express.json({ limit: limits.body, strict: true, inflate: false })],
    raw: (scope, most) => [admit(scope), hold(most), express.raw({ type: () => true, limit: most, inflate: false })],
    look: scope => [admit(scope)],
    demand,
    charge: (res, count) => consume(items, res, count),
  }
}

interface Share {
  requests: number
  bytes: number
}
const fits = ({ requests, bytes }: Share, more: number, most: Share): boolean => requests < most.requests && bytes + more <= most.bytes
const take = (share: Share, requests: number, bytes: number): void => {
  share.requests += requests
  share.bytes += bytes
}

/** The header alone: a token in an address or a body would end up in logs. RFC 6750 2.1. */
async function identify(
  header: string | undefined,
  { realm, authenticate }: Pick<GuardDeps, 'realm' | 'authenticate'>,
  res: Response,
): Promise<Caller> {
  const [, token] = /^Bearer ([A-Za-z0-9\-._~+/]{1,510}={0,2})$/i.exec(header ?? '') ?? []
  const caller = token === undefined ? undefined : await authenticate(token)
  if (caller !== undefined) return caller
  // RFC 6750 3.1: no error code for a request that lacks any token
  res.set('WWW-Authenticate', `Bearer realm="${realm}"${header === undefined ? '' : ', error="invalid_token"'}`)
  throw new BrokerError('service_token_unusable', header === undefined ? 'no access token' : 'an access token that is unknown or over', {
    received: header === undefined ? 'no Authorization header' : 'an Authorization header',
    expected: 'Authorization: Bearer, with a token from the token endpoint (client_credentials)',
  })
}
