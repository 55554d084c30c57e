import type { Request, Response } from 'express'
import type { Answer, Challenge } from '../../bank-adapters/contract.ts'
import { seeOther } from '../http/answers.ts'
import { type Assurance, isAssurance } from '../kernel/assurance.ts'
import type { Power } from '../kernel/authority.ts'
import { minutes } from '../kernel/clock.ts'
import { BrokerError, type FailureCode, isOurFault } from '../kernel/errors.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { LoginOutcome, LoginRecord } from '../storage/stores-logins.ts'
import type { Admission } from './admission.ts'
import { attemptFor, isLoginId, newAttemptId } from './attempts.ts'
import type { BankGate } from './bank-strategy.ts'
import { type Binding, saveQuietly } from './binding.ts'
import type { Browser } from './browser.ts'
import { byMandate, type Current, memberOf, membershipOf, note, proofOf, standingOn } from './current.ts'
import { nextStep, type Step } from './dispatch.ts'
import type { Refusals } from './refusals.ts'
import type { LoginBank, LoginDeps } from './room.ts'

/**
 * What the routes do to a login record: load it, begin and complete an attempt, take the steps that need nobody, have it decided, finish. Each request saves at most once, by
 * compare-and-set, and appends its audit events in one go.
 */
export interface Flow {
  /** @throws BrokerError login_not_found */
  load(res: Response, id: string): Promise<LoginRecord>
  /** the login of a request from our own pages. @throws BrokerError login_not_found, login_other_browser */
  open(req: Request, res: Response, id: string): Promise<Current>
  current(record: LoginRecord): Promise<Current>
  bank(id: string): LoginBank
  begin(req: Request, res: Response, at: Current, bank: string): Promise<Challenge>
  complete(req: Request, res: Response, at: Current, answer: Answer): Promise<void>
  /** takes every step that needs no person; what is left needs one, or ends the login */
  advance(at: Current): Promise<Exclude<Step, { kind: 'bind' }>>
  /** advance, save, and send the browser on: back to the provider when all is done, else to the login's own page */
  settle(res: Response, at: Current): Promise<void>
  finish(res: Response, at: Current): Promise<void>
  /** ends what a phone is still asked on behalf of this login */
  dropAsk(record: LoginRecord): Promise<void>
  refuse(res: Response, at: Current, code: FailureCode, error: Refusal['error']): Promise<void>
  save(at: Current): Promise<void>
}

type Refusal = Extract<LoginOutcome, { kind: 'refused' }>

/** how far a bank's clock may be behind ours */
const BANK_CLOCK = minutes(1)

export function createFlow(
  deps: LoginDeps,
  parts: { gate: BankGate; browser: Browser; refusals: Refusals; admission: Admission; binding: Binding },
): Flow {
  const { stores, banks, trail, meter, clock, publicUrl } = deps
  const { gate, browser, refusals, admission, binding } = parts
  const methods = new Map([...banks].map(([id, { data }]) => [id, data.protocol === 'shield' ? ('sign' as const) : ('redirect' as const)]))
  const secondsSince = (began: number) => (performance.now() - began) / 1000

  async function load(res: Response, id: string): Promise<LoginRecord> {
    const record = isLoginId(id) ? (await stores.logins.find(id))?.record : undefined
    if (record === undefined) throw new BrokerError('login_not_found', 'no such login')
    refusals.enter(res, record)
    if (Date.parse(record.expiresAt) <= clock.now().getTime())
      throw new BrokerError('login_not_found', 'the login has expired', { expected: `before ${record.expiresAt}` })
    return record
  }

  /** A session whose proof or membership is gone, or whose mandate is no longer in force, is none: then the person proves themself anew. */
  async function current(record: LoginRecord): Promise<Current> {
    const at: Current = { record, facts: { banks: methods }, events: [], began: performance.now() }
    if (record.session === undefined) return at
    const found = await stores.proofs.find(record.session.proofId)
    if (found === undefined || found.membership.id !== record.session.membershipId || found.membership.suspended || found.lapsed === true) return at
    const { proof, membership } = found
    return {
      ...at,
      sessionProof: proof,
      membership,
      facts: { ...at.facts, session: { bank: proof.bank, assurance: proof.assurance, uscc: membership.enterprise.uscc } },
    }
  }

  function bank(id: string): LoginBank {
    const found = banks.get(id)
    if (found === undefined)
      throw new BrokerError('unknown_bank', 'no such bank is connected', { received: id.slice(0, 20), expected: [...banks.keys()].join(', ') })
    return found
  }

  async function save(at: Current): Promise<void> {
    if (at.record.announced !== true) {
      at.events.unshift({ code: 'login.started', trace: at.record.trace, facts: { client: at.record.request.clientId, login: at.record.id } })
      at.record = { ...at.record, announced: true }
    }
    at.record = await stores.logins.save(at.record)
    const events = at.events.splice(0)
    if (events.length > 0) await trail.append(...events)
  }

  const step = (at: Current, name: string, more: { hop?: 'broker' | 'bank' | 'agent'; milliseconds?: number; facts?: Record<string, string> }) =>
    deps.trace({ trace: at.record.trace, hop: more.hop ?? 'broker', step: name, outcome: 'ok', ...more })

  /** A code on a screen that the person has left is good for nothing any more. */
  async function dropAsk({ ask }: LoginRecord): Promise<void> {
    if (ask !== undefined) await deps.asks.end(ask, 'ask_expired')
  }

  async function begin(req: Request, res: Response, at: Current, id: string): Promise<Challenge> {
    const chosen = bank(id)
    const attempt = { id: newAttemptId(at.record.id, chosen), bank: id }
    await dropAsk(at.record)
    const {
      identity: _identity,
      uscc: _uscc,
      membershipId: _membership,
      attempt: _attempt,
      ask: _ask,
      authorizing: _authorizing,
      waits: _waits,
      ...rest
    } = at.record
    const { challenge, memo } = await gate.begin({ bank: id, req, res }, attemptFor(at.record, attempt, publicUrl)).catch(async (error: unknown) => {
      await abandon(at.record)
      throw error
    })
    const text = challenge.kind === 'sign' ? { text: challenge.text } : {}
    at.record = { ...rest, attempt: { ...attempt, memo, startedAt: clock.now().toISOString(), ...text } }
    note(at, 'login.bank-chosen', { bank: id })
    await save(at)
    if (challenge.kind !== 'sign') browser.rememberAttempt(req, res, attempt.id)
    browser.rememberChoice(req, res, 'bank', id)
    meter.stage('choose', secondsSince(at.began))
    step(at, 'bank-chosen', { milliseconds: performance.now() - at.began, facts: { bank: id, challenge: challenge.kind } })
    return challenge
  }

  async function complete(req: Request, res: Response, at: Current, answer: Answer): Promise<void> {
    const { attempt } = at.record
    if (attempt === undefined) throw new BrokerError('login_moved_on', 'no attempt is waiting for an answer')
    const asked = attemptFor(at.record, attempt, publicUrl)
    const identity = await gate.complete({ bank: attempt.bank, req, res }, asked, answer, attempt.memo).catch(async (error: unknown) => {
      // nothing was judged: the same answer may come again
      if (!(error instanceof BrokerError) || error.code !== 'database_unavailable') await abandon(at.record)
      throw error
    })
    if (asked.afresh && Date.parse(identity.authenticatedAt) < Date.parse(attempt.startedAt) - BANK_CLOCK) {
      await abandon(at.record)
      throw new BrokerError('bank_proof_old', 'the bank answered from a session the person already had', {
        received: `proven at ${identity.authenticatedAt}`,
        expected: `a proof after ${attempt.startedAt}`,
      })
    }
    const { attempt: _, ...rest } = at.record
    at.record = { ...rest, identity: await binding.withMandated(identity) }
    const { assurance, certificate } = identity
    note(at, 'login.proven', { bank: attempt.bank, assurance, ...(certificate === undefined ? {} : { thumbprint: certificate.thumbprint }) })
    const here = methods.get(attempt.bank) === 'sign'
    meter.stage(here ? 'shield' : 'bank', secondsSince(at.began))
    step(at, 'proven', { hop: here ? 'agent' : 'bank', milliseconds: performance.now() - at.began, facts: { bank: attempt.bank, assurance } })
  }

  /**
   * One attempt takes one answer, right or wrong; and a hint that failed no longer decides, or the person could never choose another bank.
   */
  async function abandon(record: LoginRecord): Promise<void> {
    const { attempt: _, raised: _raised, ...rest } = record
    const { bankHint: __, ...request } = record.request
    await saveQuietly(stores.logins, { ...rest, request })
  }

  async function advance(at: Current): Promise<Exclude<Step, { kind: 'bind' }>> {
    for (;;) {
      const next = nextStep(at.record, at.facts)
      const { identity, request } = at.record
      if (next.kind === 'bind' && identity !== undefined) {
        await binding.bind(at, identity, next.uscc)
      } else if (next.kind === 'consent' && at.facts.consented === undefined && !request.prompts.includes('consent')) {
        at.facts = {
          ...at.facts,
          consented: deps.firstParty?.has(request.clientId) === true || (await stores.consents.has(memberOf(at), request.clientId, request.scopes)),
        }
      } else if ((next.kind === 'issue' || next.kind === 'authorize') && at.facts.reminded === undefined) {
        at.facts = { ...at.facts, reminded: await remindedOf(at) }
      } else if (next.kind !== 'bind') {
        return next
      }
    }
  }

  /** Whoever acts by mandate, and our own pages, which show it themselves, are told nothing on the way; and what cannot be looked up holds nobody up. */
  async function remindedOf(at: Current): Promise<'due' | 'done'> {
    if (byMandate(at) || deps.firstParty?.has(at.record.request.clientId) === true) return 'done'
    try {
      const { id: membershipId, enterprise } = await membershipOf(at, stores.parties)
      return (await deps.reminders.of({ membershipId, uscc: enterprise.uscc })).length > 0 ? 'due' : 'done'
    } catch (thrown) {
      if (thrown instanceof BrokerError && thrown.code === 'membership_suspended') throw thrown
      deps.log.warn({ err: thrown }, 'what a company has to do could not be looked up')
      return 'done'
    }
  }

  async function settle(res: Response, at: Current): Promise<void> {
    const next = await advance(at)
    if (next.kind === 'issue') return finish(res, at)
    if (next.kind === 'issued' || next.kind === 'refused') return seeOther(res, at.record.request.returnTo)
    await movedOn(res, at, save(at), () => seeOther(res, `/login/${at.record.id}`))
  }

  /**
   * The decision comes first: nothing is granted that was not allowed. Then the compare-and-set save, so that of two requests at once exactly one finishes; the audit record; and the proof: without its proof
   * an outcome opens nothing, so nobody gets in whom the record does not know.
   */
  async function finish(res: Response, at: Current): Promise<void> {
    const membership = await membershipOf(at, stores.parties)
    const { clientId } = at.record.request
    const how = { reference: at.record.id, trace: at.record.trace }
    const proven = proofOf(at)
    let power: Power
    try {
      power = await admission.admit({ membership, assurance: proven.assurance, byMandate: byMandate(at) }, clientId, how)
    } catch (error) {
      return denied(res, at, error, { has: proven.assurance, uscc: membership.enterprise.uscc })
    }
    const proof = standingOn(power, at, proven)
    const { identity: _identity, attempt: _attempt, authorizing: _authorizing, authorized, ...rest } = at.record
    const { assurance, methods: amr, authenticatedAt } = proof
    at.record = {
      ...rest,
      outcome: {
        kind: 'granted',
        membershipId: proof.membershipId,
        proofId: proof.id,
        assurance,
        methods: amr,
        authenticatedAt,
        ...(authorized === undefined ? {} : { details: authorized }),
      },
    }
    note(at, 'login.granted', { bank: proof.bank, membership: proof.membershipId, proof: proof.id, assurance })
    await movedOn(res, at, save(at), async () => {
      if (proof !== at.sessionProof) await stores.proofs.insert(proof)
      admission.note(membership, power, clientId, how)
      meter.login(proof.bank, 'granted', 'none')
      step(at, 'granted', { milliseconds: performance.now() - at.began, facts: { bank: proof.bank, assurance } })
      seeOther(res, at.record.request.returnTo)
    })
  }

  async function denied(res: Response, at: Current, error: unknown, of: { has: Assurance; uscc: Uscc }): Promise<void> {
    if (!(error instanceof BrokerError) || isOurFault(error.code)) throw error
    const needs = error.expected ?? ''
    if (error.code !== 'step_up_needed' || !isAssurance(needs)) {
      await binding.letGo(at)
      throw error
    }
    await binding.raise(at, error, { ...of, needs })
    await movedOn(res, at, save(at), () => seeOther(res, `/login/${at.record.id}`))
  }

  async function refuse(res: Response, at: Current, code: FailureCode, error: Refusal['error']): Promise<void> {
    const bankId = at.record.attempt?.bank ?? at.record.identity?.bank ?? at.sessionProof?.bank ?? 'none'
    const { identity: _identity, attempt: _attempt, ...rest } = at.record
    at.record = { ...rest, outcome: { kind: 'refused', error, description: code } }
    note(at, 'login.refused', { failure: code, bank: bankId })
    await movedOn(res, at, save(at), () => {
      meter.login(bankId, 'refused', code)
      deps.trace({ trace: at.record.trace, hop: 'broker', step: 'refused', outcome: 'failed', code })
      seeOther(res, at.record.request.returnTo)
    })
  }

  /** A second click, a second tab: somebody else saved first, and the login's own page knows where it stands now. */
  async function movedOn(res: Response, at: Current, saving: Promise<void>, then: () => void | Promise<void>): Promise<void> {
    try {
      await saving
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === 'login_moved_on')) throw error
      return seeOther(res, `/login/${at.record.id}`)
    }
    await then()
  }

  return {
    load,
    dropAsk,
    async open(req, res, id) {
      const record = await load(res, id)
      browser.demandLogin(req, res, id)
      refusals.trust(res)
      return current(record)
    },
    current,
    bank,
    begin,
    complete,
    advance,
    settle,
    finish,
    refuse,
    save,
  }
}
