import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'
import { z } from 'zod'
import type { Assurance } from '../kernel/assurance.ts'
import { minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newSecret } from '../kernel/ids.ts'
import { seeOther } from './answers.ts'
import type { SignedCookies } from './cookies.ts'
import { readQuery } from './forms.ts'

/**
 * The way into pages of our own: through the ordinary login, as any center's, and back. The code is not redeemed and its PKCE verifier is thrown away: who is there is asked of the provider's session, with every request
 * anew. The state stands in a signed cookie of this browser (RFC 6749 section 10.12), one a login, so that two tabs do not push each other out.
 */
export interface OwnLogin {
  /**
   * To the login, and back to the page that was asked for.
   * @param how.back where to, where that is not this page
   * @param how.acr the least proof that will do, made now
   */
  send(req: Request, res: Response, how?: { back?: string; acr?: Assurance }): void
  /** What came back. @returns where the person wanted to go. @throws BrokerError login_other_browser, login_cancelled */
  returned(req: Request, res: Response): string
}

const answer = z.object({ state: z.string().max(100).optional(), error: z.string().max(100).optional() })

/** @param place first part of the pages' path, and of the cookie's name: `/workbench` */
export function createOwnLogin({
  cookies,
  publicUrl,
  clientId,
  place,
}: {
  cookies: SignedCookies
  publicUrl: string
  clientId: string
  place: string
}): OwnLogin {
  const path = `${place}/in`
  const cookieOf = (state: string): string => `shield_${place.slice(1)}_${state.slice(0, 8)}`
  const inside = new RegExp(`^${place}(?:[/?][\\w\\-./?=&%]*)?$`)
  /** Where the person wanted to go: a page of these, else the first. */
  const wayBack = (address: string): string => (address.length <= 500 && inside.test(address) && !address.startsWith(path) ? address : place)

  return {
    send(req, res, { back = req.originalUrl, acr } = {}) {
      const state = newSecret()
      cookies.set(req, res, cookieOf(state), `${state}.${Buffer.from(wayBack(back)).toString('base64url')}`, { path, maxAge: minutes(20) })
      const ask = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        scope: 'openid enterprise person',
        redirect_uri: `${publicUrl}${path}`,
        state,
        code_challenge: createHash('sha256').update(newSecret()).digest('base64url'),
        code_challenge_method: 'S256',
        ...(acr === undefined ? {} : { acr_values: acr, prompt: 'login' }),
      })
      seeOther(res, `/oidc/auth?${ask}`)
    },
    returned(req, res) {
      const { state = '', error } = readQuery(req, answer)
      const kept = /^[\w-]{43}$/.test(state) ? cookies.get(req, res, cookieOf(state)) : undefined
      const [known = '', back = ''] = kept?.split('.') ?? []
      if (known.length !== state.length || known === '' || !timingSafeEqual(Buffer.from(known), Buffer.from(state)))
        throw new BrokerError('login_other_browser', 'the state is of no login that this browser began')
      cookies.clear(req, res, cookieOf(state), path)
      if (error !== undefined)
        throw new BrokerError('login_cancelled', 'the login for our own pages ended without a person', { received: error.slice(0, 40) })
      return wayBack(Buffer.from(back, 'base64url').toString('utf8'))
    },
  }
}
