import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther } from '../http/answers.ts'
import { readQuery } from '../http/forms.ts'
import { offerOnFailure } from '../http/respond.ts'
import { minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newSecret } from '../kernel/ids.ts'
import type { WorkbenchDeps, WorkbenchVisits } from './workbench-room.ts'
import { WORKBENCH } from './workbench-room.ts'

/**
 * The way in: through the ordinary login, as any center's, and back. The code is not redeemed and its PKCE verifier is thrown away: who is there is asked of the provider's session, with every request anew. The
 * state stands in a signed cookie of this browser (RFC 6749 section 10.12), one a login, so that two tabs do not push each other out.
 */
const COOKIE = 'shield_workbench_'
const cookieOf = (state: string): string => `${COOKIE}${state.slice(0, 8)}`
const PATH = '/workbench/in'

export function sendToLogin({ cookies, publicUrl }: Pick<WorkbenchDeps, 'cookies' | 'publicUrl'>, req: Request, res: Response): void {
  const state = newSecret()
  cookies.set(req, res, cookieOf(state), `${state}.${Buffer.from(wayBack(req.originalUrl)).toString('base64url')}`, {
    path: PATH,
    maxAge: minutes(20),
  })
  const ask = new URLSearchParams({
    client_id: WORKBENCH,
    response_type: 'code',
    scope: 'openid enterprise person',
    redirect_uri: `${publicUrl}${PATH}`,
    state,
    code_challenge: createHash('sha256').update(newSecret()).digest('base64url'),
    code_challenge_method: 'S256',
  })
  seeOther(res, `/oidc/auth?${ask}`)
}

/** Where the person wanted to go: a page of the workbench, else its first. */
function wayBack(address: string): string {
  return address.length <= 500 && /^\/workbench(?:[/?][\w\-./?=&%]*)?$/.test(address) && !address.startsWith(PATH) ? address : '/workbench'
}

const answer = z.object({ state: z.string().max(100).optional(), error: z.string().max(100).optional() })

export function sessionRoutes(deps: WorkbenchDeps, visits: Pick<WorkbenchVisits, 'entered'>): Router {
  const router = Router()
  router.get('/in', async (req, res) => {
    offerOnFailure(res, { restart: { href: '/workbench', label: { zh: '重新进入企业工作台', en: 'Enter the workbench again' } } })
    const { state = '', error } = readQuery(req, answer)
    const kept = /^[\w-]{43}$/.test(state) ? deps.cookies.get(req, res, cookieOf(state)) : undefined
    const [known = '', back = ''] = kept?.split('.') ?? []
    if (known.length !== state.length || known === '' || !timingSafeEqual(Buffer.from(known), Buffer.from(state)))
      throw new BrokerError('login_other_browser', 'the state is of no login that this browser began')
    deps.cookies.clear(req, res, cookieOf(state), PATH)
    if (error !== undefined)
      throw new BrokerError('login_cancelled', 'the login for the workbench ended without a person', { received: error.slice(0, 40) })
    await visits.entered(req, res)
    seeOther(res, wayBack(Buffer.from(back, 'base64url').toString('utf8')))
  })
  return router
}
