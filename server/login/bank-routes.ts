import { Router } from 'express'
import { z } from 'zod'
import type { LoggedOut } from '../../bank-adapters/contract.ts'
import { seeOther } from '../http/answers.ts'
import { contextOf } from '../http/context.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { minutes } from '../kernel/clock.ts'
import { asBrokerError, BrokerError, isOurFault } from '../kernel/errors.ts'
import type { Browser } from './browser.ts'
import type { LoginBank, LoginDeps } from './room.ts'

/**
 * What banks and we have to say to each other beside logins: our keys and metadata for them, their logouts to us, and the browser's way through the bank's
 * logout after ours.
 */
export interface BankLogout {
  /** undefined where the bank has no logout */
  url(ended: { bank: string; subject: string; bankSession: string | undefined; returnTo: string }): Promise<string | undefined>
  /** where that may lead, for the policy of the page whose form begins it */
  origins: string[]
}

const read = z.object({ next: z.url({ protocol: /^https?$/ }).optional() })
const ticketShape = z.object({ subject: z.string(), bankSession: z.string().optional(), returnTo: z.url(), until: z.number() })
const ticketLabel = (bank: string) => `bank-logout:${bank}`

export function bankLogout({ banks, sealing, clock, publicUrl }: LoginDeps): BankLogout {
  const able = [...banks.values()].filter(({ adapter }) => adapter.logoutUrl !== undefined)
  return {
    origins: able.flatMap(({ origins }) => origins),
    // by way of an address of ours: there is a browser there, to keep where it wanted to go, and a bank that does not answer delays nobody's logout here
    async url({ bank, subject, bankSession, returnTo }) {
      if (!able.some(({ data }) => data.id === bank)) return undefined
      const until = clock.now().getTime() + minutes(5)
      const ticket = sealing.seal(JSON.stringify({ subject, bankSession, returnTo, until }), ticketLabel(bank))
      return `${publicUrl}/login/banks/${bank}/leave?ticket=${encodeURIComponent(ticket)}`
    },
  }
}

export function bankRoutes(deps: LoginDeps, { browser }: { browser: Browser }): Router {
  const { banks, keys, sealing, clock, publicUrl, trail, trace } = deps
  const router = Router()

  function bankOf(params: Record<string, string | string[]>): LoginBank {
    const { bank: id } = params
    const found = typeof id === 'string' ? banks.get(id) : undefined
    if (found === undefined) throw new BrokerError('unknown_bank', 'no such bank is connected', { received: String(id).slice(0, 20) })
    return found
  }

  router.get('/banks/jwks.json', async (_req, res) => {
    res.set('Cache-Control', 'public, max-age=300').type('application/jwk-set+json')
    res.send(JSON.stringify(await keys.publicJwks()))
  })

  router.get('/banks/:bank/metadata', async (req, res) => {
    const { metadata, data } = bankOf(req.params)
    if (metadata === undefined) throw new BrokerError('not_found', `bank ${data.id} reads no metadata of us`)
    res
      .set('Cache-Control', 'public, max-age=300')
      .type('application/samlmetadata+xml')
      .send(await metadata())
  })

  /** @throws BrokerError when the message is not the bank's, not for us, not of now, or came before and its sessions were ended */
  async function readLogout({ data, adapter }: LoginBank, message: Record<string, string>, code: string): Promise<z.infer<typeof read>> {
    if (adapter.readLogout === undefined) throw new BrokerError('not_found', `bank ${data.id} has no logout to tell of`)
    const end = async (who: LoggedOut) => {
      const told = await deps.endSessions({ bank: data.id, trace: code, ...who })
      trace({
        trace: code,
        hop: 'bank',
        step: 'logout',
        outcome: 'ok',
        facts: { bank: data.id, sessions: String(told.sessions), centers: String(told.centers) },
      })
    }
    return read.parse(await adapter.readLogout(message, end))
  }

  /** OpenID Connect Back-Channel Logout 1.0, section 2.8: 200, or 400 with a JSON error; never to be kept. */
  router.post('/login/banks/:bank/logout', formBody(32 * 1024), async (req, res) => {
    const bank = bankOf(req.params)
    const { trace: code } = contextOf(res)
    res.set('Cache-Control', 'no-store')
    const form = readForm(
      req,
      z.looseObject({
        logout_token: z
          .string()
          .min(1)
          .max(16 * 1024),
      }),
    )
    try {
      await readLogout(bank, { logout_token: form.logout_token }, code)
      res.status(200).end()
    } catch (thrown) {
      const error = asBrokerError(thrown)
      if (isOurFault(error.code)) throw error
      trace({ trace: code, hop: 'bank', step: 'logout', outcome: 'failed', code: error.code, facts: { bank: bank.data.id, reason: error.facts } })
      await trail.append({ code: 'request.refused', trace: code, facts: { failure: error.code, bank: bank.data.id } })
      res.status(400).json({ error: 'invalid_request', error_description: `${error.code} (trace ${code})` })
    }
  })

  const loggedOut = (bank: LoginBank) => `/login/banks/${bank.data.id}/logged-out`

  // by redirect the bank's signature is over the query as it was sent, so the raw text goes to the adapter
  router.get('/login/banks/:bank/slo', async (req, res) => {
    const bank = bankOf(req.params)
    const at = req.originalUrl.indexOf('?')
    const { next } = await readLogout(bank, { query: at < 0 ? '' : req.originalUrl.slice(at + 1) }, contextOf(res).trace)
    seeOther(res, next ?? loggedOut(bank))
  })

  router.post('/login/banks/:bank/slo', formBody(256 * 1024), async (req, res) => {
    const bank = bankOf(req.params)
    const { next } = await readLogout(bank, readForm(req, z.record(z.string().max(40), z.string().max(128 * 1024))), contextOf(res).trace)
    seeOther(res, next ?? loggedOut(bank))
  })

  router.get('/login/banks/:bank/leave', async (req, res) => {
    const { data, adapter } = bankOf(req.params)
    const { ticket } = readQuery(req, z.looseObject({ ticket: z.string().max(4096) }))
    const { subject, bankSession, returnTo, until } = openTicket(ticket, data.id)
    if (until < clock.now().getTime()) return seeOther(res, returnTo)
    try {
      const url = await adapter.logoutUrl?.({ subject, bankSession, returnTo: `${publicUrl}/login/banks/${data.id}/logged-out` })
      browser.rememberLogoutTarget(req, res, returnTo)
      seeOther(res, url ?? returnTo)
    } catch (thrown) {
      // ours is done and the centers know: the bank's own session then ends when it ends
      const { code, facts } = asBrokerError(thrown)
      trace({ trace: contextOf(res).trace, hop: 'bank', step: 'logout', outcome: 'failed', code, facts: { bank: data.id, reason: facts } })
      seeOther(res, returnTo)
    }
  })

  function openTicket(ticket: string, bank: string): z.infer<typeof ticketShape> {
    try {
      return ticketShape.parse(JSON.parse(sealing.open(ticket, ticketLabel(bank))))
    } catch (cause) {
      throw new BrokerError('bad_request', 'a logout ticket that we did not make', { cause })
    }
  }

  router.get('/login/banks/:bank/logged-out', (req, res) => {
    bankOf(req.params)
    seeOther(res, browser.logoutTarget(req, res) ?? `${publicUrl}/`)
  })

  return router
}
