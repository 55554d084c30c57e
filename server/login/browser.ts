import type { Request, Response } from 'express'
import type { SignedCookies } from '../http/cookies.ts'
import { days, minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'

/**
 * What this room keeps in the browser. The two bindings are the defence against login CSRF: an attacker who begins a login and lures a victim to finish it would
 * take over the session that the victim's proof opens, so every step demands the signed cookie that only the browser which began it has.
 *
 * `shield_interaction` is the provider's, set under `/login/{id}` when the center's request came. A bank sends people back to one fixed address outside of that path, so
 * `shield_attempt` covers the way there and back: the attempts that this browser began, newest first, a few of them because people open two tabs.
 */
export interface Browser {
  /** @throws BrokerError login_other_browser */
  demandLogin(req: Request, res: Response, loginId: string): void
  rememberAttempt(req: Request, res: Response, attemptId: string): void
  /** @throws BrokerError login_other_browser */
  demandAttempt(req: Request, res: Response, attemptId: string): void
  choice(req: Request, res: Response, of: 'bank' | 'company'): string | undefined
  rememberChoice(req: Request, res: Response, of: 'bank' | 'company', value: string): void
  /** where the browser goes once the bank has logged it out, too */
  logoutTarget(req: Request, res: Response): string | undefined
  rememberLogoutTarget(req: Request, res: Response, url: string): void
}

const MOST_ATTEMPTS = 4
const CHOICES = { bank: 'shield_bank', company: 'shield_company' } as const

export function createBrowser(cookies: SignedCookies): Browser {
  const attempts = (req: Request, res: Response) => cookies.get(req, res, 'shield_attempt')?.split('!').slice(0, MOST_ATTEMPTS) ?? []
  const other = (what: string) => new BrokerError('login_other_browser', `the browser has no signed cookie of this ${what}`)
  return {
    demandLogin(req, res, loginId) {
      if (cookies.get(req, res, 'shield_interaction') !== loginId) throw other('login')
    },
    rememberAttempt(req, res, attemptId) {
      const kept = [attemptId, ...attempts(req, res)].slice(0, MOST_ATTEMPTS)
      cookies.set(req, res, 'shield_attempt', kept.join('!'), { path: '/login', sameSite: 'lax', maxAge: minutes(30) })
    },
    demandAttempt(req, res, attemptId) {
      if (!attempts(req, res).includes(attemptId)) throw other('attempt')
    },
    choice: (req, res, of) => cookies.get(req, res, CHOICES[of]),
    rememberChoice(req, res, of, value) {
      if (cookies.get(req, res, CHOICES[of]) === value) return
      cookies.set(req, res, CHOICES[of], value, { path: '/login', sameSite: 'lax', maxAge: days(180) })
    },
    logoutTarget(req, res) {
      const text = cookies.get(req, res, 'shield_leave')
      return text === undefined ? undefined : Buffer.from(text, 'base64url').toString('utf8')
    },
    rememberLogoutTarget(req, res, url) {
      cookies.set(req, res, 'shield_leave', Buffer.from(url).toString('base64url'), { path: '/login/banks', sameSite: 'lax', maxAge: minutes(10) })
    },
  }
}
