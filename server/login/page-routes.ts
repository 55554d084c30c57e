import { type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther } from '../http/answers.ts'
import { formBody, readForm } from '../http/forms.ts'
import { BrokerError } from '../kernel/errors.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import type { Authorizing } from './authorizing.ts'
import type { Browser } from './browser.ts'
import { memberOf, membershipOf } from './current.ts'
import { nextStep } from './dispatch.ts'
import type { Flow } from './flow.ts'
import type { Render } from './render.ts'
import type { LoginDeps } from './room.ts'

const bankForm = z.looseObject({ bank: z.string().max(40) })
const base64 = z
  .string()
  .min(1)
  .max(24 * 1024)
const shieldForm = z.looseObject({ certificate: base64, signature: base64, algorithm: z.string().min(1).max(40) })
const signedForm = z.looseObject({
  signature: z
    .base64()
    .min(1)
    .max(48 * 1024),
  algorithm: z.enum(['SM2-P7', 'RSA-P7']),
})
const companyForm = z.looseObject({ uscc: z.string().max(40) })
const consentForm = z.looseObject({ decision: z.enum(['agree', 'refuse']) })

/** The login's own pages and what their forms do. Each route does its one thing and asks for the next step. */
export function pageRoutes(deps: LoginDeps, parts: { flow: Flow; render: Render; browser: Browser; authorizing: Authorizing }): Router {
  const { stores, meter } = deps
  const { flow, render, browser, authorizing } = parts
  const router = Router()
  const small = formBody(8 * 1024)

  router.get('/login/:id', async (req, res) => {
    const at = await flow.open(req, res, req.params.id)
    const before = at.record
    const step = await flow.advance(at)
    // a company bound on the way to a page that a person has to answer: the answer must find it
    if (at.record !== before && step.kind !== 'issue') await flow.save(at)
    await render.step(req, res, at, step)
  })

  router.post('/login/:id/bank', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    const { bank } = readForm(req, bankForm)
    // before the record is touched: a name that is none must not cost the person what they have
    const chosen = flow.bank(bank)
    refuseWhenOver(at.record)
    render.challenge(res, at.record, chosen, await flow.begin(req, res, at, bank))
  })

  router.post('/login/:id/shield', formBody(64 * 1024), async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (sentOn(res, at.record)) return
    const { certificate, signature, algorithm } = readForm(req, shieldForm)
    await flow.complete(req, res, at, { kind: 'signature', certificate, signature, algorithm })
    await flow.dropAsk(at.record)
    await flow.settle(res, at)
  })

  router.post('/login/:id/company', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (sentOn(res, at.record)) return
    const { uscc: chosen } = readForm(req, companyForm)
    const { identity, membershipId } = at.record
    if (identity === undefined || membershipId !== undefined) throw new BrokerError('login_moved_on', 'no company is to be chosen now')
    const uscc = readUscc(chosen)
    if (!identity.seats.some(seat => seat.uscc === uscc)) {
      throw new BrokerError('company_not_offered', 'a company that the bank did not name', {
        received: uscc,
        expected: identity.seats.map(seat => seat.uscc).join(', '),
      })
    }
    at.record = { ...at.record, uscc }
    at.events.push({ code: 'login.company-chosen', trace: at.record.trace, facts: { uscc, bank: identity.bank } })
    browser.rememberChoice(req, res, 'company', uscc)
    meter.stage('company', (performance.now() - at.began) / 1000)
    await flow.settle(res, at)
  })

  router.post('/login/:id/consent', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (sentOn(res, at.record)) return
    const { decision } = readForm(req, consentForm)
    const step = await flow.advance(at)
    // a second click, when the first one's consent is on record and its login not yet finished
    if (step.kind === 'issue' && decision === 'agree') return flow.settle(res, at)
    if (step.kind !== 'consent') throw new BrokerError('login_moved_on', 'nobody is asked for consent now')
    if (decision === 'refuse') return flow.refuse(res, at, 'consent_refused', 'access_denied')
    const { clientId, scopes } = at.record.request
    await stores.consents.grant(memberOf(at), clientId, scopes)
    at.record = { ...at.record, consented: true }
    at.events.push({ code: 'login.consented', trace: at.record.trace, facts: { client: clientId, scopes: scopes.join(' ') } })
    meter.stage('consent', (performance.now() - at.began) / 1000)
    await flow.settle(res, at)
  })

  router.post('/login/:id/reminded', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (sentOn(res, at.record)) return
    if ((await flow.advance(at)).kind === 'remind') {
      const { id: membershipId, enterprise } = await membershipOf(at, stores.parties)
      await deps.reminders.seen({ membershipId, uscc: enterprise.uscc })
      at.facts = { ...at.facts, reminded: 'done' }
    }
    await flow.settle(res, at)
  })

  router.post('/login/:id/authorize', formBody(64 * 1024), async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (sentOn(res, at.record)) return
    const { signature } = readForm(req, signedForm)
    await authorizing.signed(at, signature)
    meter.stage('authorize', (performance.now() - at.began) / 1000)
    await flow.settle(res, at)
  })

  /** Asked by the page that waits for others: it is loaded anew once this changes. */
  router.get('/login/:id/progress', async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    res.json({ stamp: await authorizing.stamp(at) })
  })

  /** Another bank, from the beginning: whatever was proven, hinted or remembered of a session no longer counts. */
  router.post('/login/:id/restart', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    refuseWhenOver(at.record)
    await flow.dropAsk(at.record)
    const {
      attempt: _a,
      ask: _k,
      identity: _i,
      uscc: _u,
      membershipId: _m,
      session: _s,
      consented: _c,
      raised: _r,
      authorizing: _g,
      waits: _w,
      denied: _d,
      ...rest
    } = at.record
    const { bankHint: _h, ...request } = at.record.request
    at.record = { ...rest, request }
    await flow.save(at)
    seeOther(res, `/login/${at.record.id}`)
  })

  router.post('/login/:id/cancel', small, async (req, res) => {
    const at = await flow.open(req, res, idOf(req.params))
    if (at.record.outcome !== undefined) return seeOther(res, at.record.request.returnTo)
    await flow.dropAsk(at.record)
    // what the center asked for, not what this login turned out to need
    const { raised: _, ...asked } = at.record
    const tooWeak = nextStep(asked, at.facts).kind === 'step-up'
    await flow.refuse(res, at, at.record.denied ?? 'login_cancelled', tooWeak ? 'unmet_authentication_requirements' : 'access_denied')
  })

  return router
}

/** A second click on what finished the login: the first one's way goes on. */
function sentOn(res: Response, { outcome, request }: LoginRecord): boolean {
  if (outcome !== undefined) seeOther(res, request.returnTo)
  return outcome !== undefined
}

function refuseWhenOver({ outcome }: { outcome?: unknown }): void {
  if (outcome !== undefined) throw new BrokerError('login_moved_on', 'the login is over')
}

// a body parser before the handler makes Express' types forget the path's parameters
const idOf = (params: Record<string, string | string[]>): string => {
  const { id } = params
  return typeof id === 'string' ? id : ''
}
