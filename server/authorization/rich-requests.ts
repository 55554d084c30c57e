import type { Trail } from '../audit/events.ts'
import { ACTS } from '../kernel/acts.ts'
import type { Assurance } from '../kernel/assurance.ts'
import type { Actor, ActRequest, Authority, Besides, Decision, Power, UseRecord } from '../kernel/authority.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { GrantedDetail, RequestedDetail, RichAsk, RichChallenge, RichProgress, RichRequests } from '../kernel/rich-request.ts'
import type { Stores } from '../storage/stores.ts'
import type { ApprovalProgress, Approvals } from './approvals.ts'
import { recordDenial } from './denials.ts'
import type { Signatures } from './ports.ts'
import { richText } from './rich-text.ts'
import { createSignedWords } from './signed-words.ts'

/**
 * Rich requests of centers (RFC 9396) decided: the signature over exactly the words that were shown, by a shield of this very person; all details allowed, or none used; what was signed kept as evidence.
 * Does not own what a center may ask (provider/details.ts) nor the page (login).
 */
export interface RichRequestDeps {
  authority: Authority
  signatures: Signatures
  stores: Pick<Stores, 'mandates' | 'evidence'>
  trail: Trail
  clock: Clock
  /** where what others have to agree to waits, and whence it comes back performed */
  approvals: Pick<Approvals, 'request' | 'collect' | 'progress'>
}

/** how long others have to agree to what a center asked */
const WAITS = days(7)

export function createRichRequests({ authority, signatures, stores, trail, clock, approvals }: RichRequestDeps): RichRequests {
  const { signedBy } = createSignedWords({ signatures, store: stores.mandates, clock })
  const needsSignature: RichRequests['needsSignature'] = details => details.some(({ act }) => ACTS[act.act].assurance !== 'bank-session')

  /**
   * Every detail decided, none used: what is denied comes first, then a proof that is too weak. What others have to agree to is no denial: the person signs it, and it waits in their inboxes.
   */
  async function decideAll(ask: RichAsk): Promise<{ decisions: Decision[]; needed?: Assurance }> {
    const { center, details } = ask
    const decisions: Decision[] = []
    // nobody may do more at a center than they may log in to
    const login = await authority.decide(actorOf(ask), { act: 'login', center: center.id })
    if (login.kind === 'deny') throw await refuse(ask, { act: 'login', center: center.id }, login)
    const besides: Besides[] = []
    for (const { act } of details) {
      const decision = await authority.decide(actorOf(ask), act, { besides })
      if (decision.kind === 'deny') throw await refuse(ask, act, decision)
      if (decision.power.kind === 'mandate') besides.push({ mandate: decision.power.mandate, amountFen: act.amountFen ?? 0 })
      decisions.push(decision)
    }
    const weak = decisions.find(isStepUp)
    return weak === undefined ? { decisions } : { decisions, needed: weak.need.assurance }
  }

  /** The same act for the same center and documents, asked for again, is the same thing to agree to. */
  const referenceOf = ({ center }: RichAsk, { asked }: RequestedDetail): string =>
    `rich:${signatures.digest(JSON.stringify([center.id, asked])).slice(0, 32)}`

  /** What others agreed to meanwhile and was performed then; undefined for what still has to wait. */
  async function collected(ask: RichAsk, decisions: readonly Decision[]): Promise<Map<number, UseRecord | undefined>> {
    const waiting = new Map<number, UseRecord | undefined>()
    for (const [i, detail] of ask.details.entries()) {
      if (decisions[i]?.kind !== 'needs') continue
      const what = { membershipId: ask.person.membershipId, reference: referenceOf(ask, detail), request: detail.act }
      waiting.set(i, await approvals.collect(what, ask.login))
    }
    return waiting
  }

  /** @returns ids of what waits now. @throws BrokerError approvers_missing */
  async function letWait(ask: RichAsk, details: readonly RequestedDetail[]): Promise<string[]> {
    const ids: string[] = []
    for (const detail of details) {
      const { id } = await approvals.request({
        actor: actorOf(ask),
        request: detail.act,
        reference: referenceOf(ask, detail),
        rows: detail.rows,
        center: ask.center,
        from: ask.center.name,
        trace: ask.trace,
        expiresAt: new Date(clock.now().getTime() + WAITS).toISOString(),
      })
      ids.push(id)
    }
    return ids
  }

  const refuse = ({ person, trace }: RichAsk, { act, center }: Pick<ActRequest, 'act' | 'center'>, decision: Exclude<Decision, { kind: 'allow' }>) =>
    recordDenial(trail, decision, { act, center, membership: person.membershipId, trace })

  async function verified(ask: RichAsk, { challenge, cms }: { challenge: RichChallenge; cms: string }, decisions: readonly Decision[]) {
    if (clock.now().getTime() >= Date.parse(challenge.until))
      throw new BrokerError('challenge_expired', 'the words were shown too long ago', { expected: `before ${challenge.until}` })
    const text = richText(ask, challenge)
    // one who holds a mandate signs with a shield of their own, of whichever company; everybody else with this company's
    const byMandate = decisions.every(decision => decision.kind !== 'deny' && decision.power.kind === 'mandate')
    const holder = { membership: { personId: ask.person.personId, uscc: ask.company.uscc } }
    return { text, cms, thumbprint: await signedBy(holder, { text, cms }, !byMandate) }
  }

  /** Each in its turn, once for this login; what others agreed to is used already. */
  async function useAll(
    ask: RichAsk,
    {
      decisions,
      performed,
      evidence,
    }: { decisions: readonly Decision[]; performed: ReadonlyMap<number, UseRecord | undefined>; evidence: string | undefined },
  ): Promise<GrantedDetail[]> {
    const granted: GrantedDetail[] = []
    for (const [i, { asked, act }] of ask.details.entries()) {
      const decision = decisions[i]
      // the login is written down once, when it is granted
      const used: { power: Power; entry?: number; place?: number } =
        act.act === 'login' && decision?.kind === 'allow'
          ? { power: decision.power }
          : (performed.get(i) ?? (await authority.use(actorOf(ask), act, { reference: ask.login, trace: ask.trace, once: `rich:${ask.login}:${i}` })))
      const { power, entry, place } = used
      granted.push({
        ...asked,
        power: nameOf(power),
        ...(entry === undefined ? {} : { entry }),
        ...(place === undefined ? {} : { place }),
        ...(evidence === undefined ? {} : { evidence }),
      })
    }
    return granted
  }

  async function progress(ids: readonly string[]): Promise<RichProgress[]> {
    const states = await Promise.all(ids.map(id => approvals.progress(id)))
    for (const state of states) demandHope(state)
    return states.map(progressOf)
  }

  return {
    needsSignature,
    text: richText,
    judge: async ask => (await decideAll(ask)).needed,
    async grant(ask, signed, claim) {
      if (signed === undefined && needsSignature(ask.details)) throw new BrokerError('signature_invalid', 'nothing was signed')
      const { decisions, needed } = await decideAll(ask)
      if (needed !== undefined)
        throw new BrokerError('step_up_needed', 'the proof of this login is too weak', { received: ask.person.assurance, expected: needed })
      const proven = signed === undefined ? undefined : await verified(ask, signed, decisions)
      await claim()

      const { membershipId } = ask.person
      const evidence = proven === undefined ? undefined : newId()
      if (proven !== undefined && evidence !== undefined)
        await stores.evidence.insert({
          id: evidence,
          kind: 'rich-request',
          ...proven,
          membershipId,
          at: clock.now().toISOString(),
          trace: ask.trace,
          clientId: ask.center.id,
        })
      const performed = await collected(ask, decisions)
      const waiting = unperformed(ask, performed)
      // it needs others' agreement because it is signed: a plain login asks nobody
      if (waiting.length > 0) return { waits: { evidence: evidence ?? '', approvals: await letWait(ask, waiting) } }
      return { granted: await useAll(ask, { decisions, performed, evidence }) }
    },
    progress: ({ approvals: ids }) => progress(ids),
    async resume(ask, { evidence, approvals: ids }) {
      const states = await progress(ids)
      if (!states.every(({ done }) => done)) return { progress: states }
      const { decisions } = await decideAll(ask)
      const performed = await collected(ask, decisions)
      if (unperformed(ask, performed).length > 0) throw new BrokerError('approvals_needed', 'what was agreed to went to another login')
      return { granted: await useAll(ask, { decisions, performed, evidence }) }
    },
  }
}

const unperformed = ({ details }: RichAsk, performed: ReadonlyMap<number, UseRecord | undefined>): RequestedDetail[] =>
  details.filter((_, i) => performed.has(i) && performed.get(i) === undefined)

/** @throws BrokerError where it will never be performed */
function demandHope({ state, failure }: ApprovalProgress): void {
  if (state === 'failed') throw new BrokerError(failure ?? 'internal', 'agreed to, and could not be performed')
  if (state === 'refused') throw new BrokerError('ask_refused', 'somebody who was asked refused')
  if (state === 'lapsed') throw new BrokerError('ask_expired', 'too few agreed in time')
}

const progressOf = ({ needed, agreed, asked, expiresAt, state }: ApprovalProgress): RichProgress => ({
  needed,
  agreed,
  open: asked.map(({ name }) => name).filter(name => !agreed.some(each => each.name === name)),
  until: expiresAt,
  done: state === 'done',
})

type StepUp = Extract<Decision, { kind: 'needs' }> & { need: { kind: 'step-up' } }
const isStepUp = (decision: Decision): decision is StepUp => decision.kind === 'needs' && decision.need.kind === 'step-up'

const actorOf = ({ person: { membershipId, assurance, byMandate } }: RichAsk): Actor => ({
  membershipId,
  assurance,
  ...(byMandate === undefined ? {} : { byMandate }),
})

/** as centers see it: `legal-representative`, `bank-named`, or the mandate's id */
const nameOf = (power: Power): string => (power.kind === 'mandate' ? power.mandate : power.kind)
