import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import type { Authority, Power, UseRecord } from '../kernel/authority.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError, type FailureCode, isOurFault } from '../kernel/errors.ts'
import type { Stores } from '../storage/stores.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { Proof } from '../storage/stores-parties.ts'
import type { BackChannel, BackChannelAnswer } from './back-channel.ts'
import { subjectOf } from './ciba.ts'
import type { Clients } from './clients.ts'
import { newGrantId } from './grant-id.ts'

/**
 * What becomes of a back-channel request once the person has answered: decided like any login, a new proof, a session and a grant that stand on it, and the center told (ping, CIBA 10.2) through the outbox. Owns that an
 * answer counts once; the tokens are fetched like any others.
 */
export interface CibaAnswersDeps {
  current(): Provider
  stores: Pick<Stores, 'parties' | 'proofs' | 'consents' | 'outbox'>
  clients: Clients
  authority: Pick<Authority, 'use'>
  backChannel: BackChannel
  trail: Trail
  trace(step: Omit<TraceStep, 'at'>): void
  clock: Clock
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
  /** seconds that the session behind such a login lasts */
  sessionSeconds: number
}

export interface CibaAnswers {
  /** Looks whether there is an answer and does what it says; false where there is none, or where it was done already. */
  finish(subject: string): Promise<boolean>
  /** in the place of the library's own ping, which tells within the request and forgets */
  ping(clientId: string, authReqId: string): Promise<void>
  /** starts to hear of answers and to deliver pings */
  start(): Promise<void>
}

const QUEUE = 'ciba-ping'
const job = z.object({ clientId: z.string(), subject: z.string() })
const asked = z.object({ trace: z.string(), client_notification_token: z.string().optional() })

type Request = NonNullable<Awaited<ReturnType<typeof findRequest>>>
const findRequest = (provider: Provider, subject: string) => provider.BackchannelAuthenticationRequest.find(`#${subject}`, { ignoreExpiration: true })

export function createCibaAnswers(deps: CibaAnswersDeps): CibaAnswers {
  const { current, stores, clients, backChannel, trail, clock } = deps

  async function finish(subject: string): Promise<boolean> {
    const provider = current()
    const request = await findRequest(provider, subject)
    if (
      request?.accountId === undefined ||
      request.clientId === undefined ||
      request.isExpired ||
      request.grantId !== undefined ||
      request.error !== undefined
    )
      return false
    return await backChannel.take(subject, answer =>
      answer.kind === 'refused' ? refuse(provider, request, answer.failure) : approve(provider, request, subject, answer),
    )
  }

  /** May be begun again: use and proof are called by the request and stand once; a grant or a session without tokens opens nothing. */
  async function approve(
    provider: Provider,
    request: Request,
    subject: string,
    answer: Extract<BackChannelAnswer, { kind: 'approved' }>,
  ): Promise<void> {
    const { accountId = '', clientId = '', scope = '' } = request
    const { trace } = asked.parse(request.params)
    const membership = await stores.parties.membership(accountId)
    if (membership === undefined || membership.suspended) return refuse(provider, request, 'membership_suspended')
    const id = `ciba-${subject}`
    let used: UseRecord
    try {
      const actor = { membershipId: accountId, assurance: 'shield' as const, ...(membership.byBank ? {} : { byMandate: true as const }) }
      used = await deps.authority.use(actor, { act: 'login', center: clientId }, { reference: id, trace, once: `ciba:${subject}` })
    } catch (error) {
      if (!(error instanceof BrokerError) || isOurFault(error.code)) throw error
      return refuse(provider, request, error.code)
    }
    const known = used.again === true ? await stores.proofs.find(id) : undefined
    const proof = known?.proof ?? (await prove({ id, membershipId: accountId, trace }, clientId, used.power, answer))
    const provenAt = Date.parse(proof.authenticatedAt)
    await stores.consents.grant(accountId, clientId, scope.split(' '))

    const grant = new provider.Grant({ clientId, accountId })
    grant.jti = newGrantId({ proofId: id, order: provenAt })
    grant.addOIDCScope(scope)
    grant.addOIDCClaims(Object.values(request.claims ?? {}).flatMap(claims => Object.keys(claims ?? {})))
    await grant.save()
    // a session that no browser holds: by it a logout at the bank finds these tokens and the center hears of it, as after any login
    const loginTs = Math.floor(provenAt / 1000)
    const session = new provider.Session()
    session.loginAccount({ accountId, acr: proof.assurance, amr: proof.methods, loginTs })
    session.ensureClientContainer(clientId)
    session.grantIdFor(clientId, grant.jti)
    await session.save(deps.sessionSeconds)
    const sid = session.sidFor(clientId)
    await provider.backchannelResult(request, grant, {
      acr: proof.assurance,
      amr: proof.methods,
      authTime: loginTs,
      sessionUid: session.uid,
      expiresWithSession: !scope.split(' ').includes('offline_access'),
      ...(sid === undefined ? {} : { sid }),
    })
    deps.trace({ trace, hop: 'broker', step: 'granted', outcome: 'ok', facts: { bank: proof.bank, assurance: proof.assurance } })
  }

  async function prove(
    named: Pick<Proof, 'id' | 'membershipId' | 'trace'>,
    client: string,
    power: Power,
    answer: Extract<BackChannelAnswer, { kind: 'approved' }>,
  ): Promise<Proof> {
    const { id, membershipId, trace } = named
    const proof: Proof = {
      ...named,
      bank: answer.bank,
      subject: answer.bankSubject,
      assurance: 'shield',
      methods: ['hwk', 'pin'],
      authenticatedAt: clock.now().toISOString(),
      certificate: answer.certificate,
      ...(power.kind === 'mandate' ? { mandate: power.mandate } : {}),
    }
    const facts = { client, via: 'ciba', bank: proof.bank, membership: membershipId, proof: id, assurance: proof.assurance }
    await trail.append({ code: 'login.granted', trace, facts: { ...facts, thumbprint: answer.certificate.thumbprint } })
    // the record first, then the proof: nobody gets in whom the record does not know
    await stores.proofs.insert(proof)
    return proof
  }

  async function refuse(provider: Provider, request: Request, failure: FailureCode): Promise<void> {
    const { accountId = '', clientId = '' } = request
    const { trace } = asked.parse(request.params)
    await trail.append({ code: 'login.refused', trace, facts: { client: clientId, via: 'ciba', membership: accountId, failure } })
    deps.trace({ trace, hop: 'broker', step: 'refused', outcome: 'failed', code: failure })
    // the library would lose the description, which it writes under a name that it does not keep
    request.errorDescription = failure
    await provider.backchannelResult(request, new errors.AccessDenied(failure))
  }

  /** Throws to be tried again. */
  async function deliver(given: Record<string, unknown>, attempt: { last: boolean }): Promise<void> {
    const { clientId, subject } = job.parse(given)
    const request = await findRequest(current(), subject)
    const url = (await clients.find(clientId))?.metadata['backchannel_client_notification_endpoint']
    // nobody left to tell, or nothing left to fetch
    if (request === undefined || request.isExpired || typeof url !== 'string') return
    const { trace, client_notification_token: token } = asked.parse(request.params)
    const step = { trace, hop: 'center' as const, step: 'back-channel-ping', facts: { client: clientId } }
    try {
      await post(url, token ?? '', request.jti)
    } catch (error) {
      const received = error instanceof BrokerError ? (error.received ?? error.facts) : 'no answer'
      deps.trace({ ...step, outcome: 'failed', code: 'center_unreachable', received, expected: `204 from ${url}` })
      if (attempt.last) await trail.append({ code: 'ciba.undelivered', trace, facts: { client: clientId } })
      throw error
    }
    deps.trace({ ...step, outcome: 'ok' })
    await trail.append({ code: 'ciba.notified', trace, facts: { client: clientId } })
  }

  async function post(url: string, token: string, authReqId: string): Promise<void> {
    const answer = await deps.fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ auth_req_id: authReqId }),
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds(5)),
    })
    await answer.body?.cancel()
    if (answer.status !== 204 && answer.status !== 200) {
      throw new BrokerError('center_unreachable', `the center answered ${answer.status} to a ping`, {
        received: `status ${answer.status}`,
        expected: '204',
      })
    }
  }

  return {
    finish,
    ping: (clientId, authReqId) => stores.outbox.send(QUEUE, { clientId, subject: subjectOf(authReqId) }),
    async start() {
      backChannel.onAnswered(async subject => void (await finish(subject)))
      await stores.outbox.work(QUEUE, deliver)
    },
  }
}
