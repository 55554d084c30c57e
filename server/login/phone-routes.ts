import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther } from '../http/answers.ts'
import { formBody, readForm } from '../http/forms.ts'
import { whereabouts } from '../http/whereabouts.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { BankIdentity } from '../kernel/identity.ts'
import type { Ask } from '../storage/stores-authorization.ts'
import type { Current } from './current.ts'
import type { Flow } from './flow.ts'
import type { Render } from './render.ts'
import type { LoginDeps } from './room.ts'

/**
 * A login at a shield bank whose signature comes from a phone. The computer's browser shows the code and goes on once the phone has signed; the phone's side (authorization/phone.ts) asks this room what the
 * signature is worth. Whoever holds the phone never gets the login: only the browser that began it can finish it.
 */
export interface LoginPhone {
  compares: true
  apps(ask: Ask): { name: { zh: string; en: string }; url: string }[]
  prove(
    ask: Ask,
    signed: { certificate: string; signature: string; algorithm: string },
    req: Request,
    res: Response,
  ): Promise<{ by: readonly string[]; apply?(): Promise<void> }>
}

const bankForm = z.looseObject({ bank: z.string().max(40) })

export function phoneRoutes(deps: LoginDeps, { flow, render }: { flow: Flow; render: Render }): Router {
  const { asks } = deps
  const router = Router()

  /** A new code, the first one or the next: each has a challenge of its own, and ends the one before. */
  router.post('/login/:id/phone', formBody(8 * 1024), async (req, res) => {
    const { id } = req.params
    const at = await flow.open(req, res, typeof id === 'string' ? id : '')
    const { bank } = readForm(req, bankForm)
    const { data } = flow.bank(bank)
    if (at.record.outcome !== undefined) return seeOther(res, at.record.request.returnTo)
    if (data.protocol !== 'shield' || data.appUrl === undefined)
      throw new BrokerError('bad_request', `nobody signs for bank ${data.id} on a phone`, { received: data.id })
    const challenge = await flow.begin(req, res, at, bank)
    if (challenge.kind !== 'sign') throw new BrokerError('internal', `a ${challenge.kind} from a shield bank`)
    const { record } = at
    const ask = await asks.open({
      kind: 'login',
      center: { id: record.request.clientId, name: record.request.clientName },
      from: whereabouts(req),
      ...(named(at, bank) ?? {}),
      rows: [
        { name: { zh: '办什么', en: 'What for' }, value: '登录 Log in' },
        { name: { zh: '银行', en: 'Bank' }, value: `${data.name.zh} ${data.name.en}` },
      ],
      text: challenge.text,
      subject: record.id,
      expiresAt: challenge.expiresAt < record.expiresAt ? challenge.expiresAt : record.expiresAt,
      trace: record.trace,
    })
    at.record = { ...at.record, ask: ask.id }
    await flow.save(at)
    seeOther(res, `/login/${record.id}/phone`)
  })

  router.get('/login/:id/phone', async (req, res) => {
    const at = await flow.open(req, res, req.params.id)
    const { ask: id, identity, outcome, request } = at.record
    if (outcome !== undefined) return seeOther(res, request.returnTo)
    if (id === undefined) return seeOther(res, `/login/${at.record.id}`)
    if (identity !== undefined) {
      await used(id)
      return flow.settle(res, at)
    }
    const status = await asks.status(id)
    // signed since the record was read, or for a proof that the login has let go since
    if (status.state === 'approved' || status.state === 'done') return seeOther(res, `/login/${at.record.id}`)
    render.phone(res, at.record, status)
  })

  /** The answer is used, once; a second look at the page finds it used, and the login's own record says how to go on. */
  async function used(id: string): Promise<void> {
    try {
      await asks.settle(id)
    } catch (thrown) {
      const { code } = asBrokerError(thrown)
      if (code !== 'ask_settled' && code !== 'ask_expired' && code !== 'ask_unknown') throw thrown
    }
  }

  return router
}

/** Where the person is known already, and proves more of themselves at the same bank, nobody else's shield will do. */
function named({ sessionProof, membership }: Current, bank: string): { membershipId: string; enterpriseId: string } | undefined {
  return sessionProof?.bank === bank && membership !== undefined ? { membershipId: membership.id, enterpriseId: membership.enterprise.id } : undefined
}

export function loginPhone({ banks, stores, trace, meter }: LoginDeps, flow: Flow): LoginPhone {
  const provenBy = ({ bank, subject }: BankIdentity) => stores.parties.membershipsOf(bank, subject)
  return {
    compares: true,
    apps(ask) {
      const bank = ask.rows.find(({ name }) => name.en === 'Bank')?.value
      return [...banks.values()].flatMap(({ data: { name, appUrl } }) =>
        appUrl === undefined || bank !== `${name.zh} ${name.en}` ? [] : [{ name, url: appUrl }],
      )
    },
    async prove(ask, { certificate, signature, algorithm }, req, res) {
      const record = (await stores.logins.find(ask.subject))?.record
      const { attempt } = record ?? {}
      // this ask's answer was judged and saved before, and what came after that failed: all that is missing is that the screen hears of it
      if (record?.ask === ask.id && attempt === undefined && record.identity !== undefined) return { by: await provenBy(record.identity) }
      if (record === undefined || attempt === undefined || record.ask !== ask.id || attempt.text !== ask.text)
        throw new BrokerError('login_moved_on', 'the login goes another way by now')
      const at = await flow.current(record)
      try {
        await flow.complete(req, res, at, { kind: 'signature', certificate, signature, algorithm })
      } catch (thrown) {
        const { code, facts, received, expected } = asBrokerError(thrown)
        const told = { ...(received === undefined ? {} : { received }), ...(expected === undefined ? {} : { expected }) }
        trace({
          trace: record.trace,
          hop: 'agent',
          step: 'phone-refused',
          outcome: 'failed',
          code,
          ...told,
          facts: { reason: facts, bank: attempt.bank },
        })
        meter.login(attempt.bank, 'refused', code)
        throw thrown
      }
      const { identity } = at.record
      return { by: identity === undefined ? [] : await provenBy(identity), apply: () => flow.save(at) }
    },
  }
}
