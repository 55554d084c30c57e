import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newSecret } from '../kernel/ids.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import { loginIdIn } from './attempts.ts'
import type { Browser } from './browser.ts'
import type { Flow } from './flow.ts'
import type { Refusals } from './refusals.ts'

const ticketQuery = z.looseObject({ ticket: z.string().max(200).optional() })
const stateQuery = z.looseObject({ state: z.string().max(200).optional() })

/**
 * Where banks send people back to. An answer is believed only in the browser that began the attempt (browser.ts says why), for the attempt that is under way, at
 * the bank that was asked.
 */
export function callbackRoutes(parts: { flow: Flow; browser: Browser; refusals: Refusals }): Router {
  const { flow, browser, refusals } = parts
  const router = Router()

  /** The login under way that an answer names. @throws BrokerError bank_answer_malformed, login_not_found */
  async function loginOf(res: Response, state: unknown): Promise<LoginRecord> {
    const id = loginIdIn(state)
    if (id === undefined)
      throw new BrokerError('bank_answer_malformed', 'the answer does not say which login it belongs to', {
        expected: 'state or RelayState as we sent it',
      })
    return flow.load(res, id)
  }

  /** @throws BrokerError login_moved_on, bank_mixed_up */
  function checkAttempt({ attempt }: LoginRecord, state: string, bank: string): NonNullable<LoginRecord['attempt']> {
    if (attempt === undefined || attempt.id !== state)
      throw new BrokerError('login_moved_on', 'the answer belongs to an attempt that is over', { expected: 'the attempt under way' })
    if (attempt.bank !== bank)
      throw new BrokerError('bank_mixed_up', 'the answer came to another bank’s address', { received: bank.slice(0, 20), expected: attempt.bank })
    return attempt
  }

  router.get('/login/callback/:bank', async (req, res) => {
    const { ticket } = readQuery(req, ticketQuery)
    await (ticket === undefined ? fromQuery(req, res) : fromTicket(req, res, ticket))
  })

  async function fromQuery(req: Request<{ bank: string }>, res: Response): Promise<void> {
    const { state } = readQuery(req, stateQuery)
    const record = await loginOf(res, state)
    browser.demandAttempt(req, res, state ?? '')
    refusals.trust(res)
    checkAttempt(record, state ?? '', req.params.bank)
    const at = await flow.current(record)
    await flow.complete(req, res, at, { kind: 'query', url: req.originalUrl })
    await flow.settle(res, at)
  }

  /**
   * A SAML response comes as a POST from the bank's site, and such a request carries no SameSite=Lax cookie: whose browser this is cannot be told yet. So the answer is
   * only laid down, unread, under a ticket that goes through the browser; the GET that follows carries the cookie, and there the answer is checked. An attacker
   * who makes a victim's browser post an answer gets a ticket into that browser, which has no cookie for it.
   */
  router.post('/login/callback/:bank', formBody(384 * 1024), async (req, res) => {
    const { bank } = req.params
    const form = readForm(
      req,
      z.looseObject({
        SAMLResponse: z
          .string()
          .min(1)
          .max(256 * 1024),
        RelayState: z.string().max(200),
      }),
    )
    const record = await loginOf(res, form.RelayState)
    const attempt = checkAttempt(record, form.RelayState, typeof bank === 'string' ? bank : '')
    const secret = newSecret()
    const answer = { SAMLResponse: form.SAMLResponse, RelayState: form.RelayState }
    const at = await flow.current({ ...record, attempt: { ...attempt, ticket: digest(secret), answer } })
    await flow.save(at)
    seeOther(res, `/login/callback/${attempt.bank}?ticket=${record.id}.${secret}`)
  })

  async function fromTicket(req: Request<{ bank: string }>, res: Response, ticket: string): Promise<void> {
    const record = await loginOf(res, ticket)
    const { attempt } = record
    if (attempt === undefined) throw new BrokerError('login_moved_on', 'the ticket was used')
    browser.demandAttempt(req, res, attempt.id)
    refusals.trust(res)
    checkAttempt(record, attempt.id, req.params.bank)
    const secret = ticket.slice(record.id.length + 1)
    if (attempt.ticket === undefined || attempt.answer === undefined || !sameDigest(attempt.ticket, digest(secret))) {
      throw new BrokerError('login_moved_on', 'the ticket is not that of the answer laid down last')
    }
    const at = await flow.current(record)
    await flow.complete(req, res, at, { kind: 'form', fields: attempt.answer })
    await flow.settle(res, at)
  }

  return router
}

const digest = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
const sameDigest = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
