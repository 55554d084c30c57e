import type { AuditEvent, Trail } from '../audit/events.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import type { AuthorityFacts, CompanyEntry, MandateRow, MandateState, MandateStore } from '../storage/stores-authorization.ts'
import type { MandateDraft } from './draft.ts'
import { isRepresentative, prepareDraft } from './drafting.ts'
import type { Holding } from './held.ts'
import type { Signatures } from './ports.ts'
import { demandUnrestricted } from './restricted-signing.ts'
import { createSignedWords } from './signed-words.ts'
import { acceptanceText, type ChangeKind, changeText, type MandateTerms } from './terms.ts'

/**
 * The life of a mandate: drafted, offered (signed by who gives it), accepted by the person (who signs too) or declined, suspended and resumed, revoked. Each change is one statement, one line in the company's
 * record, one audit event, and one notice to those concerned. Owns who may change what; does not own what a mandate allows (decide.ts).
 */
export interface Mandates {
  /** A draft, by the legal representative or by somebody who may pass a mandate on (`from`). @throws BrokerError mandate_invalid, mandate_self_grant, mandate_too_deep, legal_representative_only */
  draft(by: Person, draft: MandateDraft): Promise<MandateView>
  /** Signs the draft's text and offers it to the person named. @throws BrokerError mandate_moved_on, mandate_wrong_shield, signature_invalid, challenge_mismatch, certificate_*, act_refused_by_measure */
  offer(by: Person, id: string, cms: string): Promise<MandateView>
  /** The words that the person named has to sign to accept. @throws BrokerError mandate_wrong_person, mandate_moved_on */
  acceptance(by: Person, id: string): Promise<{ mandate: MandateView; text: string }>
  accept(by: Person, id: string, signed: { text: string; cms: string }): Promise<MandateView>
  decline(by: Person, id: string): Promise<MandateView>
  /** The words to sign for a change. @throws BrokerError mandate_unknown, mandate_moved_on, legal_representative_only */
  changing(by: Person, id: string, change: ChangeKind): Promise<{ mandate: MandateView; text: string }>
  change(by: Person, id: string, change: ChangeKind, signed: { text: string; cms: string }): Promise<MandateView>
  /** Takes a draft away that was never offered. */
  discard(by: Person, id: string): Promise<void>
  /** @throws BrokerError mandate_unknown: there is none, or it does not concern this person */
  view(by: Person, id: string): Promise<MandateView>
  ofCompany(by: Person, limit: number, before?: { createdAt: string; id: string }): Promise<MandateView[]>
  /** Writes the ends down that time has brought, at most so many, and tells those concerned. @returns how many */
  expire(limit: number): Promise<number>
  /** what waits for this person or is held by them, in any company */
  ofPerson(by: Person, limit: number): Promise<(MandateView & { company: { uscc: string; name: string } })[]>
}

/** Whoever acts: a person for a company, as their login has it. */
export interface Person {
  membershipId: string
  trace: string
}

/** `frozen` and `tampered` are no states of the row: they come with a new legal representative, and with somebody who edited it. */
export type SeenState = MandateState | 'frozen' | 'tampered'
export interface MandateView {
  row: MandateRow
  state: SeenState
  /** undefined where the stored mandate is not what was signed */
  terms: MandateTerms | undefined
}

export interface MandateDeps {
  store: MandateStore
  holding: Holding
  signatures: Signatures
  restrictions: AskRestrictions
  trail: Trail
  clock: Clock
  /** tells those concerned and the centers; must not throw */
  changed(mandate: MandateView, event: AuditEvent['code'], trace: string): void
}

const CHANGE: Record<ChangeKind, { from: readonly MandateState[]; to: MandateState; event: AuditEvent['code']; kind: CompanyEntry['kind'] }> = {
  suspend: { from: ['active'], to: 'suspended', event: 'mandate.suspended', kind: 'suspended' },
  resume: { from: ['suspended'], to: 'active', event: 'mandate.resumed', kind: 'resumed' },
  revoke: { from: ['offered', 'active', 'suspended'], to: 'revoked', event: 'mandate.revoked', kind: 'revoked' },
}

/** how far back ends are looked for that nobody wrote down: longer than any process stays away */
const LOOK_BACK = days(31)

export function createMandates(deps: MandateDeps): Mandates {
  const { store, holding, signatures, trail, clock } = deps
  const { signedBy, demandWords } = createSignedWords({ signatures, store, clock })

  async function factsOf({ membershipId }: Person): Promise<AuthorityFacts> {
    const facts = await store.facts(membershipId)
    if (facts === undefined || facts.membership.suspended) throw new BrokerError('membership_suspended', 'no such membership, or a suspended one')
    return facts
  }
  async function load(id: string): Promise<MandateRow> {
    const row = /^[\w-]{10,60}$/.test(id) ? await store.find(id) : undefined
    if (row === undefined) throw new BrokerError('mandate_unknown', 'no such mandate', { received: id.slice(0, 60) })
    return row
  }

  /** the one who gave it, or the legal representative, whoever gave it */
  function mustControl(facts: AuthorityFacts, row: MandateRow): void {
    if (row.enterpriseId !== facts.membership.enterpriseId) throw new BrokerError('mandate_unknown', 'a mandate of another company')
    if (!isRepresentative(facts) && row.giverId !== facts.membership.id)
      throw new BrokerError('legal_representative_only', 'neither the legal representative nor the one who gave it')
  }

  const isNamed = ({ membership }: AuthorityFacts, row: MandateRow): boolean =>
    row.granteePersonId === undefined
      ? row.granteeDigest !== undefined && row.granteeDigest === membership.personDigest
      : row.granteePersonId === membership.personId

  function viewOf(row: MandateRow, legalRepresentativeId: string | undefined): MandateView {
    const terms = holding.terms(row)
    const over = terms !== undefined && clock.now().getTime() >= Date.parse(terms.until)
    const frozen = legalRepresentativeId !== undefined && legalRepresentativeId !== row.rootGiverId
    const live = row.state === 'active' || row.state === 'offered' || row.state === 'suspended'
    const state = terms === undefined ? 'tampered' : live && over ? 'expired' : live && frozen ? 'frozen' : row.state
    return { row, terms, state }
  }

  const mayBeSigned = async (terms: MandateTerms) => await demandUnrestricted(deps.restrictions, terms)

  function demandTerms(row: MandateRow): MandateTerms {
    const terms = holding.terms(row)
    if (terms === undefined) throw new BrokerError('mandate_tampered', `mandate ${row.id} is not as it was signed`)
    return terms
  }

  /** One change: the row by compare-and-set, then the audit record, then whoever is concerned. */
  async function apply(
    /** undefined: nobody, time did it */
    facts: AuthorityFacts | undefined,
    before: MandateRow,
    changed: Partial<MandateRow>,
    told: { event: AuditEvent['code']; kind: CompanyEntry['kind']; trace: string; thumbprint?: string },
  ): Promise<MandateView> {
    const at = clock.now().toISOString()
    const { integrity: _, ...row } = { ...before, ...changed, version: before.version + 1, updatedAt: at }
    const sealed = { ...row, integrity: holding.seal(row) }
    const place = await store.change(sealed, before.version, {
      enterpriseId: row.enterpriseId,
      at,
      kind: told.kind,
      ...(facts === undefined ? {} : { membershipId: facts.membership.id }),
      personName: facts?.membership.personName ?? '',
      mandateId: row.id,
      trace: told.trace,
    })
    if (place === undefined) throw new BrokerError('mandate_moved_on', `mandate ${row.id} is no longer at version ${before.version}`)
    await trail.append({
      code: told.event,
      trace: told.trace,
      facts: {
        mandate: row.id,
        ...(facts === undefined ? {} : { company: facts.membership.uscc, by: facts.membership.id }),
        place,
        ...(told.thumbprint === undefined ? {} : { thumbprint: told.thumbprint }),
      },
    })
    const view = viewOf({ ...sealed, place }, facts?.legalRepresentativeId)
    deps.changed(view, told.event, told.trace)
    return view
  }

  /** one that was tampered with can still be revoked, and only that */
  const namesFor = (change: ChangeKind, row: MandateRow, facts: AuthorityFacts) =>
    change === 'revoke' ? (holding.terms(row) ?? namesOf(row, facts)) : demandTerms(row)

  function demandState(row: MandateRow, states: readonly MandateState[]): void {
    if (!states.includes(row.state)) throw new BrokerError('mandate_moved_on', `mandate ${row.id} is ${row.state}`, { expected: states.join(', ') })
  }

  return {
    async draft(by, draft) {
      const facts = await factsOf(by)
      const { membership } = facts
      const sealed = await prepareDraft(draft, facts, { store, holding, now: clock.now() })
      const entry = { enterpriseId: membership.enterpriseId, membershipId: membership.id, personName: membership.personName, mandateId: sealed.id }
      await store.insert(sealed, { ...entry, at: sealed.createdAt, kind: 'drafted', trace: by.trace })
      await trail.append({ code: 'mandate.drafted', trace: by.trace, facts: { mandate: sealed.id, company: membership.uscc, by: membership.id } })
      return viewOf(sealed, facts.legalRepresentativeId)
    },

    async offer(by, id, cms) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (row.giverId !== facts.membership.id) throw new BrokerError('mandate_unknown', 'drafted by somebody else')
      demandState(row, ['drafted'])
      const terms = demandTerms(row)
      await mayBeSigned(terms)
      const thumbprint = await signedBy(facts, { text: row.text, cms }, row.chain.length === 0)
      return await apply(facts, row, { state: 'offered', givenCms: cms }, { event: 'mandate.offered', kind: 'offered', trace: by.trace, thumbprint })
    },

    async acceptance(by, id) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (!isNamed(facts, row)) throw new BrokerError('mandate_wrong_person', 'the mandate names another person')
      demandState(row, ['offered'])
      const terms = demandTerms(row)
      return {
        mandate: viewOf(row, facts.legalRepresentativeId),
        text: acceptanceText(terms, signatures.digest(row.text), clock.now().toISOString()),
      }
    },

    async accept(by, id, signed) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (!isNamed(facts, row)) throw new BrokerError('mandate_wrong_person', 'the mandate names another person')
      demandState(row, ['offered'])
      const terms = demandTerms(row)
      await mayBeSigned(terms)
      demandWords(signed.text, at => acceptanceText(terms, signatures.digest(row.text), at))
      const thumbprint = await signedBy(facts, signed, false)
      const accepted = { state: 'active' as const, acceptedText: signed.text, acceptedCms: signed.cms, granteePersonId: facts.membership.personId }
      return await apply(facts, row, accepted, { event: 'mandate.accepted', kind: 'accepted', trace: by.trace, thumbprint })
    },

    async decline(by, id) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (!isNamed(facts, row)) throw new BrokerError('mandate_wrong_person', 'the mandate names another person')
      demandState(row, ['offered'])
      return await apply(facts, row, { state: 'declined' }, { event: 'mandate.declined', kind: 'declined', trace: by.trace })
    },

    async changing(by, id, change) {
      const [facts, row] = [await factsOf(by), await load(id)]
      mustControl(facts, row)
      demandState(row, CHANGE[change].from)
      const text = changeText(change, namesFor(change, row, facts), facts.membership.personName, clock.now().toISOString())
      return { mandate: viewOf(row, facts.legalRepresentativeId), text }
    },

    async change(by, id, change, signed) {
      const [facts, row] = [await factsOf(by), await load(id)]
      mustControl(facts, row)
      const { from, to, event, kind } = CHANGE[change]
      demandState(row, from)
      const terms = namesFor(change, row, facts)
      demandWords(signed.text, at => changeText(change, terms, facts.membership.personName, at))
      const thumbprint = await signedBy(facts, signed, true)
      return await apply(facts, row, { state: to }, { event, kind, trace: by.trace, thumbprint })
    },

    async discard(by, id) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (row.giverId !== facts.membership.id) throw new BrokerError('mandate_unknown', 'drafted by somebody else')
      demandState(row, ['drafted'])
      await apply(facts, row, { state: 'revoked' }, { event: 'mandate.revoked', kind: 'revoked', trace: by.trace })
    },

    async expire(limit) {
      const now = clock.now()
      const due = await store.overdue(new Date(now.getTime() - LOOK_BACK), now, limit)
      let expired = 0
      for (const row of due) {
        const terms = holding.terms(row)
        // one whose time somebody moved is no longer believed, nor is its end
        if (terms === undefined || Date.parse(terms.until) > now.getTime()) continue
        const told = { event: 'mandate.expired' as const, kind: 'expired' as const, trace: newTraceCode() }
        try {
          await apply(undefined, row, { state: 'expired' }, told)
          expired++
        } catch (thrown) {
          // another process, or its giver, was faster
          if (!(thrown instanceof BrokerError && thrown.code === 'mandate_moved_on')) throw thrown
        }
      }
      return expired
    },

    async view(by, id) {
      const [facts, row] = [await factsOf(by), await load(id)]
      if (row.enterpriseId !== facts.membership.enterpriseId && !isNamed(facts, row))
        throw new BrokerError('mandate_unknown', 'of another company and person')
      return viewOf(row, row.enterpriseId === facts.membership.enterpriseId ? facts.legalRepresentativeId : undefined)
    },

    async ofCompany(by, limit, before) {
      const { membership, legalRepresentativeId } = await factsOf(by)
      return (await store.ofEnterprise(membership.enterpriseId, limit, before)).map(row => viewOf(row, legalRepresentativeId))
    },

    async ofPerson(by, limit) {
      const { membership, legalRepresentativeId } = await factsOf(by)
      const { personId, personDigest } = membership
      const rows = await store.ofPerson({ personId, ...(personDigest === undefined ? {} : { digest: personDigest }) }, limit)
      return rows.map(({ enterprise, ...row }) => ({
        ...viewOf(row, row.enterpriseId === membership.enterpriseId ? legalRepresentativeId : undefined),
        company: enterprise,
      }))
    },
  }
}

/** What a person is shown of a mandate whose text cannot be believed. */
const namesOf = (row: MandateRow, { membership }: AuthorityFacts): Pick<MandateTerms, 'id' | 'company' | 'grantee'> => ({
  id: row.id,
  company: { uscc: membership.uscc, name: membership.enterpriseName },
  grantee: { name: '（授权书内容已损坏）' },
})
