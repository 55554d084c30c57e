import type { RequestHandler } from 'express'
import { BrokerError } from '../kernel/errors.ts'

/**
 * Refuses a state-changing request that another site made the browser send. Sec-Fetch-Site decides where the browser sends it (every current one, to https and
 * to localhost); otherwise Origin must be ours. A request with neither is refused too: a program that means to call us can say who it is.
 */
export interface SameSiteOptions {
  publicUrl: string
  /**
   * Paths that are called from elsewhere by design and prove the caller otherwise: a bank's SAML POST, a bank's back-channel logout, the provider's
   * endpoints for centers' back ends. Exact text, or a pattern over the whole path.
   */
  exempt: readonly (string | RegExp)[]
}

/** @throws BrokerError cross_site */
export function sameSiteGuard(options: SameSiteOptions): RequestHandler {
  const ours = new URL(options.publicUrl).origin
  const exempt = (path: string) => options.exempt.some(entry => (typeof entry === 'string' ? entry === path : entry.test(path)))
  return (req, _res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS' || exempt(req.path)) return next()
    const site = one(req.headers['sec-fetch-site'])
    const from = req.headers.origin
    const fine = site === undefined ? from === ours : site === 'same-origin' || site === 'none'
    if (fine) return next()
    next(
      new BrokerError('cross_site', 'a POST that did not come from our own page', {
        received: `Sec-Fetch-Site: ${site ?? 'absent'}, Origin: ${(from ?? 'absent').slice(0, 200)}`,
        expected: `same-origin, or Origin: ${ours}`,
      }),
    )
  }
}

const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(',') : header)
