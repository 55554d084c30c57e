import type { Trail } from '../audit/events.ts'
import type { Actor, ActRequest, Authority, UseRecord } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Approval, ApprovalStore, Ask, AuthorityFacts, EvidenceStore, MandateStore } from '../storage/stores-authorization.ts'
import { agreementText } from './approval-words.ts'
import type { Asks } from './asks.ts'
import { recordDenial, refusalOf } from './denials.ts'
import type { Person } from './mandates.ts'
import { createPerformance, eligible } from './perform-approved.ts'
import type { Signatures } from './ports.ts'
import { createSignedWords } from './signed-words.ts'

/**
 * A second pair of eyes: an act whose mandate wants n others of the company to agree. Each who may agree finds an ask in the inbox, agrees with a signature over the words or refuses; the last agreement performs the
 * act, once; one refusal ends it. Owns who is asked, what they sign, and that states move once. Does not own whether the act is allowed: that is asked anew when it is performed (perform-approved.ts).
 */
export interface Approvals {
  /**
   * Asks everybody who may agree: the legal representative and whoever else of the company holds a mandate in force for this very act, never the actor; at most twenty. The same reference again, while it waits,
   * answers the one that waits.
   * @param what.rows what it is about, as those who agree read and sign it; at most twenty
   * @param what.reference what the company's record shall call it; one act, one reference
   * @throws BrokerError the code of a denial, `step_up_needed`, `approvers_missing` (too few may agree), `act_not_allowed` (nobody has to agree to this: use it straight away)
   */
  request(what: ApprovalRequest): Promise<ApprovalProgress>
  /** For whoever asked, by the id that `request` answered: how far it is, and what became of it. Takes up an act whose process died while performing it. @throws BrokerError ask_unknown */
  progress(id: string): Promise<ApprovalProgress>
  /**
   * What came of an act that this person asked for by this reference, for whoever does what it was for: handed out to one, and to the same one again.
   * @param by who collects it, such as a login's id
   * @returns undefined while nothing was performed, or it went to another
   */
  collect(what: { membershipId: string; reference: string; request: ActRequest }, by: string): Promise<UseRecord | undefined>
  /** Of what is asked of a person, that which is an approval, and how far it is; in the same order. */
  ofAsks(open: readonly Ask[]): Promise<{ ask: Ask; progress: ApprovalProgress }[]>
  /** What this person wants to do themselves and others have to agree to, the newest first. */
  requested(by: Person, limit: number): Promise<ApprovalProgress[]>
  /**
   * All that a page shows of one: to those asked, to the actor, and to the legal representative. `text`: the words to sign, where this person may still agree; good for fifteen minutes.
   * @throws BrokerError ask_unknown, membership_suspended
   */
  view(by: Person, id: string): Promise<{ approval: Approval; progress: ApprovalProgress; text?: string }>
  /**
   * Agrees with a signature (SignedData with the text inside, by the person's own shield), or refuses. The last agreement performs the act before this answers.
   * @throws BrokerError ask_unknown, ask_wrong_person (not asked), ask_expired, ask_settled, what took this person's power away meanwhile, mandate_wrong_shield, signature_invalid, challenge_*, certificate_*
   */
  answer(by: Person, id: string, given: ApprovalAnswer): Promise<ApprovalProgress>
}

interface ApprovalRequest {
  actor: Actor
  request: ActRequest
  reference: string
  rows: Ask['rows']
  center: { id: string; name: string }
  /** where it began, as in asks */
  from: string
  trace: string
  /** ISO 8601: until when it may be agreed to */
  expiresAt: string
}
type ApprovalAnswer = { decision: 'refuse' } | { decision: 'agree'; text: string; cms: string }

export interface ApprovalProgress {
  id: string
  /** `lapsed`: its time was over before enough agreed */
  state: Approval['state'] | 'lapsed'
  reference: string
  needed: number
  asked: { name: string }[]
  agreed: { name: string; at: string }[]
  refusedBy?: { name: string; at: string }
  result?: Approval['result']
  failure?: FailureCode
  expiresAt: string
}

export interface ApprovalDeps {
  store: ApprovalStore
  mandates: MandateStore
  evidence: EvidenceStore
  authority: Authority
  asks: Asks
  signatures: Signatures
  trail: Trail
  clock: Clock
}

const MOST_ASKED = 20
/** what one person wants to do at a time, among which an act is looked for */
const MOST_OWN = 100
/** people of a company who are looked at for whether they may agree */
const MOST_PEOPLE = 200
const MOST_ROWS = 20
const TRIES = 20

export function createApprovals(deps: ApprovalDeps): Approvals {
  const { store, mandates, evidence, authority, asks, signatures, trail, clock } = deps
  const { signedBy, demandWords } = createSignedWords({ signatures, store: mandates, clock })
  const performance = createPerformance({ store, mandates, evidence, authority, signatures, clock })

  async function load(id: string): Promise<Approval> {
    const found = /^[\w-]{20,40}$/.test(id) ? await store.find(id) : undefined
    if (found === undefined) throw new BrokerError('ask_unknown', 'no such approval', { received: id.slice(0, 40) })
    return found
  }
  async function factsOf(membershipId: string): Promise<AuthorityFacts> {
    const facts = await mandates.facts(membershipId)
    if (facts === undefined || facts.membership.suspended) throw new BrokerError('membership_suspended', 'no such membership, or a suspended one')
    return facts
  }
  const lapsed = ({ state, expiresAt }: Approval): boolean => state === 'waiting' && clock.now().getTime() >= Date.parse(expiresAt)

  function progressOf(approval: Approval): ApprovalProgress {
    const { id, reference, needed, asked, agreed, refusedBy, result, failure, expiresAt } = approval
    return {
      id,
      reference,
      needed,
      expiresAt,
      state: lapsed(approval) ? 'lapsed' : approval.state,
      asked: asked.map(({ name }) => ({ name })),
      agreed: agreed.map(({ name, at }) => ({ name, at })),
      ...(refusedBy === undefined ? {} : { refusedBy: { name: refusedBy.name, at: refusedBy.at } }),
      ...(result === undefined ? {} : { result }),
      ...(failure === undefined ? {} : { failure }),
    }
  }

  function demandWaiting(approval: Approval): void {
    if (lapsed(approval)) throw new BrokerError('ask_expired', 'nobody may agree any more', { expected: `before ${approval.expiresAt}` })
    if (approval.state !== 'waiting') throw new BrokerError('ask_settled', `the approval is ${approval.state}`)
  }

  /** By compare-and-set; who comes second judges what the first one left. */
  async function move(id: string, next: (approval: Approval) => Approval): Promise<Approval> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const before = await load(id)
      const after = next(before)
      if (after === before) return before
      const saved = await store.save(after)
      if (saved !== undefined) return saved
    }
    throw new BrokerError('ask_settled', `the approval moved ${TRIES} times`)
  }

  /** Inboxes follow: what is over waits for nobody. */
  async function clearInboxes(approval: Approval): Promise<void> {
    const failure = approval.state === 'refused' ? 'ask_refused' : 'ask_settled'
    for (const ask of await asks.ofSubject('approval', approval.id, MOST_ASKED)) await asks.end(ask.id, failure)
  }

  /** Performs what has enough agreements. */
  async function finish(approval: Approval): Promise<Approval> {
    const after = await performance.perform(approval)
    if (after.state !== 'waiting' && after.state !== 'performing') await clearInboxes(after)
    return after
  }

  const ownAsk = async (id: string, membershipId: string): Promise<Ask | undefined> =>
    (await asks.ofSubject('approval', id, MOST_ASKED)).find(ask => ask.membershipId === membershipId)
  /** The ask in this person's inbox follows the answer that counted; where it was over before, the answer counts all the same. */
  async function closeOwnAsk(id: string, membershipId: string, given: Parameters<Asks['answerAs']>[2]): Promise<void> {
    const ask = await ownAsk(id, membershipId)
    if (ask === undefined) return
    try {
      await asks.answerAs(ask.id, membershipId, given)
    } catch (thrown) {
      if (!(thrown instanceof BrokerError) || (thrown.code !== 'ask_settled' && thrown.code !== 'ask_expired')) throw thrown
    }
  }

  async function refuse(facts: AuthorityFacts, approval: Approval): Promise<Approval> {
    const { id: membershipId, personName: name } = facts.membership
    const refused = await move(approval.id, before => {
      demandWaiting(before)
      return { ...before, state: 'refused', refusedBy: { membershipId, name, at: clock.now().toISOString() } }
    })
    await closeOwnAsk(approval.id, membershipId, { decision: 'refuse' })
    await clearInboxes(refused)
    return refused
  }

  async function agree(by: Person, facts: AuthorityFacts, approval: Approval, signed: { text: string; cms: string }): Promise<Approval> {
    const { id: membershipId, personName: name } = facts.membership
    const standing = await authority.decide({ membershipId, assurance: 'shield-person' }, approval.request)
    if (!eligible(standing)) throw refusalOf(standing)
    demandWords(signed.text, at => agreementText(approval, name, at))
    const thumbprint = await signedBy(facts, signed, true)
    const [id, at] = [newId(), clock.now().toISOString()]
    // evidence first: an agreement that counts has its words on record
    await evidence.insert({ id, kind: 'approval', ...signed, thumbprint, membershipId, at, trace: by.trace })
    let mine = false
    const after = await move(approval.id, before => {
      mine = !before.agreed.some(each => each.membershipId === membershipId)
      if (!mine) return before
      demandWaiting(before)
      const agreed = [...before.agreed, { membershipId, name, at, evidence: id }]
      return { ...before, agreed, ...(agreed.length < before.needed ? {} : { state: 'performing', performingSince: at }) }
    })
    // a second press at the same moment: the first one counted, and finishes what it began
    if (!mine) return after
    await closeOwnAsk(approval.id, membershipId, { decision: 'approve', answer: { evidence: id } })
    const { request, reference, enterpriseId } = approval
    const { act, center, project, section, amountFen, seal } = request
    await mandates.record({
      enterpriseId,
      at,
      kind: 'approved',
      membershipId,
      personName: name,
      act,
      center,
      ...(project === undefined ? {} : { project }),
      ...(section === undefined ? {} : { section }),
      ...(amountFen === undefined ? {} : { amountFen }),
      ...(seal === undefined ? {} : { seal }),
      reference,
      trace: by.trace,
    })
    return after.state === 'performing' ? await finish(after) : after
  }

  return {
    async request({ actor, request, reference, rows, center, from, trace, expiresAt }) {
      const facts = await factsOf(actor.membershipId)
      const { membership } = facts
      const same = (await store.ofActor(membership.id, MOST_OWN)).find(
        each => each.reference === reference && each.state === 'waiting' && !lapsed(each) && sameRequest(each.request, request),
      )
      if (same !== undefined) return progressOf(same)
      const decision = await authority.decide(actor, request)
      if (decision.kind === 'allow') throw new BrokerError('act_not_allowed', 'nobody has to agree to this act')
      if (decision.kind === 'deny' || decision.need.kind === 'step-up')
        throw await recordDenial(trail, decision, { act: request.act, center: request.center, membership: membership.id, trace })
      const people = (await mandates.peopleOf(membership.enterpriseId, MOST_PEOPLE)).filter(
        each => !each.suspended && each.personId !== membership.personId,
      )
      // in one reading: the store gathers them
      const standing = await Promise.all(people.map(({ membershipId }) => authority.decide({ membershipId, assurance: 'shield-person' }, request)))
      const asked = people.filter((_, i) => eligible(standing[i])).slice(0, MOST_ASKED)
      const needed = decision.need.count
      if (asked.length < needed)
        throw new BrokerError('approvers_missing', `${asked.length} may agree`, { received: String(asked.length), expected: String(needed) })
      const approval: Approval = {
        id: newId(),
        version: 1,
        state: 'waiting',
        enterpriseId: membership.enterpriseId,
        company: { uscc: membership.uscc, name: membership.enterpriseName },
        actor: { ...actor, name: membership.personName },
        request,
        reference: reference.slice(0, 200),
        center,
        // what the act says by itself is not said twice
        rows: rows.filter(({ value }) => value !== request.project && value !== request.section).slice(0, MOST_ROWS),
        needed,
        asked: asked.map(({ membershipId, name }) => ({ membershipId, name })),
        agreed: [],
        createdAt: clock.now().toISOString(),
        expiresAt,
        trace,
      }
      await store.insert(approval)
      await asks.openAll(
        approval.asked.map(({ membershipId }) => ({
          kind: 'approval',
          center,
          from,
          membershipId,
          enterpriseId: membership.enterpriseId,
          request,
          rows: approval.rows,
          subject: approval.id,
          expiresAt,
          trace,
        })),
      )
      return progressOf(approval)
    },

    async progress(id) {
      const approval = await load(id)
      return progressOf(performance.abandoned(approval) ? await finish(approval) : approval)
    },

    async collect({ membershipId, reference, request }, by) {
      const performed = (await store.ofActor(membershipId, MOST_OWN)).find(
        each => each.state === 'done' && each.reference === reference && sameRequest(each.request, request) && (each.collectedBy ?? by) === by,
      )
      if (performed === undefined) return undefined
      const after = await move(performed.id, before => (before.collectedBy === undefined ? { ...before, collectedBy: by } : before))
      return after.collectedBy === by ? after.result : undefined
    },

    async ofAsks(open) {
      const waiting = open.filter(({ kind }) => kind === 'approval')
      const approvals = await Promise.all(waiting.map(({ subject }) => store.find(subject)))
      return waiting.flatMap((ask, i) => {
        const approval = approvals[i]
        return approval === undefined ? [] : [{ ask, progress: progressOf(approval) }]
      })
    },

    requested: async (by, limit) => (await store.ofActor(by.membershipId, limit)).map(progressOf),

    async view(by, id) {
      const [facts, approval] = [await factsOf(by.membershipId), await load(id)]
      const { membership, legalRepresentativeId } = facts
      const isAsked = approval.asked.some(({ membershipId }) => membershipId === membership.id)
      const concerned = isAsked || approval.actor.membershipId === membership.id || legalRepresentativeId === membership.id
      if (approval.enterpriseId !== membership.enterpriseId || !concerned)
        throw new BrokerError('ask_unknown', 'an approval that does not concern this person')
      const open = isAsked && approval.state === 'waiting' && !lapsed(approval)
      const done = approval.agreed.some(({ membershipId }) => membershipId === membership.id)
      const text = agreementText(approval, membership.personName, clock.now().toISOString())
      return { approval, progress: progressOf(approval), ...(open && !done ? { text } : {}) }
    },

    async answer(by, id, given) {
      const [facts, approval] = [await factsOf(by.membershipId), await load(id)]
      if (approval.enterpriseId !== facts.membership.enterpriseId) throw new BrokerError('ask_unknown', 'an approval of another company')
      if (!approval.asked.some(({ membershipId }) => membershipId === by.membershipId))
        throw new BrokerError('ask_wrong_person', 'this person is not asked')
      // a second press of the same button: the first one counted
      if (given.decision === 'agree' && approval.agreed.some(({ membershipId }) => membershipId === by.membershipId)) return progressOf(approval)
      demandWaiting(approval)
      return progressOf(given.decision === 'refuse' ? await refuse(facts, approval) : await agree(by, facts, approval, given))
    },
  }
}

const sameRequest = (a: ActRequest, b: ActRequest): boolean =>
  (['act', 'center', 'project', 'section', 'amountFen', 'seal'] as const).every(each => a[each] === b[each])
