import { ACT_NAMES } from '../kernel/acts.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { AuthorityFacts, MandateRow, MandateStore } from '../storage/stores-authorization.ts'
import { denialOf, widerThan } from './decide.ts'
import type { MandateDraft } from './draft.ts'
import type { Holding } from './held.ts'
import { type MandateTerms, mandateText } from './terms.ts'

/** From what a person filled in to a mandate that may be offered: who may give it to whom, and that what is passed on is never wider than what it came of. */
interface Drafting {
  store: Pick<MandateStore, 'findChain' | 'peopleOf'>
  holding: Holding
  now: Date
}

/** people of a company among whom the one named is looked for */
const MOST_PEOPLE = 500

export const isRepresentative = ({ membership, legalRepresentativeId }: AuthorityFacts): boolean =>
  membership.role === 'legal-representative' && (legalRepresentativeId ?? membership.id) === membership.id

/**
 * @returns the row to store, its text the document that will be signed
 * @throws BrokerError mandate_invalid, mandate_self_grant, mandate_too_deep, mandate_unknown, legal_representative_only, or what speaks against the mandate that is passed on
 */
export async function prepareDraft(draft: MandateDraft, facts: AuthorityFacts, { store, holding, now }: Drafting): Promise<MandateRow> {
  const { membership } = facts
  const { grantee } = draft
  const upper = draft.from === undefined ? [] : await store.findChain(draft.from)
  const [own] = upper
  if (draft.from === undefined && !isRepresentative(facts))
    throw new BrokerError('legal_representative_only', 'only the legal representative gives a mandate of their own')
  if (draft.from !== undefined && (own?.granteePersonId !== membership.personId || own.enterpriseId !== membership.enterpriseId))
    throw new BrokerError('mandate_unknown', 'the mandate to pass on is not this person’s')
  if (grantee.personId === membership.personId || (grantee.digest !== undefined && grantee.digest === membership.personDigest))
    throw new BrokerError('mandate_self_grant', 'the person named is the one who gives')
  if (
    grantee.personId !== undefined &&
    !(await store.peopleOf(membership.enterpriseId, MOST_PEOPLE)).some(each => each.personId === grantee.personId)
  )
    throw new BrokerError('mandate_invalid', 'the person named is not of this company', {
      expected: 'grantee: one of the company’s people, or name and id number',
    })
  if (Date.parse(draft.validUntil) <= now.getTime())
    throw new BrokerError('mandate_invalid', 'it would be over before it begins', { expected: 'validUntil: later than now' })

  const terms = termsOf(draft, facts, own, now)
  if (own !== undefined) demandNarrower(terms, own, upper, facts, { holding, now })
  const row: Omit<MandateRow, 'integrity'> = {
    id: terms.id,
    enterpriseId: membership.enterpriseId,
    state: 'drafted',
    version: 1,
    place: 1,
    usedFen: 0,
    text: mandateText(terms),
    giverId: membership.id,
    rootGiverId: own?.rootGiverId ?? membership.id,
    ...(grantee.personId === undefined ? {} : { granteePersonId: grantee.personId }),
    ...(grantee.digest === undefined ? {} : { granteeDigest: grantee.digest }),
    chain: [...terms.chain],
    validFrom: terms.from,
    validUntil: terms.until,
    createdAt: terms.madeAt,
    updatedAt: terms.madeAt,
  }
  const sealed = { ...row, integrity: holding.seal(row) }
  // what does not read back as it was written is told now, not when it is used
  if (holding.terms(sealed) === undefined)
    throw new BrokerError('mandate_invalid', 'the document does not read back', { expected: 'plain names and codes' })
  return sealed
}

const termsOf = (draft: MandateDraft, { membership }: AuthorityFacts, own: MandateRow | undefined, now: Date): MandateTerms => ({
  id: newId(),
  company: { uscc: membership.uscc, name: membership.enterpriseName },
  giver: { membershipId: membership.id, name: membership.personName, capacity: own === undefined ? 'legal-representative' : 'delegate' },
  grantee: draft.grantee,
  acts: ACT_NAMES.filter(act => draft.acts.includes(act)),
  seals: draft.seals,
  centers: draft.centers,
  projects: draft.projects,
  sections: draft.sections,
  ...(draft.limitFen === undefined ? {} : { limitFen: draft.limitFen }),
  ...(draft.totalFen === undefined ? {} : { totalFen: draft.totalFen }),
  from: draft.validFrom,
  until: draft.validUntil,
  depth: draft.depth,
  approvals: draft.approvals,
  chain: own === undefined ? [] : [...own.chain, own.id],
  madeAt: now.toISOString(),
})

/** Whether the power to pass on is there, now, wherever the mandate reaches; and that nothing is passed on that it does not hold. */
function demandNarrower(
  terms: MandateTerms,
  own: MandateRow,
  chain: readonly MandateRow[],
  { membership, legalRepresentativeId }: AuthorityFacts,
  { holding, now }: Pick<Drafting, 'holding' | 'now'>,
): void {
  const upper = holding.terms(own)
  if (upper === undefined) throw new BrokerError('mandate_tampered', `mandate ${own.id} is not as it was signed`)
  const denial = denialOf(holding.hold(own, chain), {
    now,
    actor: { membershipId: membership.id, assurance: 'shield-person' },
    request: { act: 'delegate', center: upper.centers[0] ?? '', project: upper.projects[0] ?? '', section: upper.sections[0] ?? '' },
    approvals: [],
    membership,
    company: { uscc: membership.uscc, ...(legalRepresentativeId === undefined ? {} : { legalRepresentativeId }) },
    mandates: [],
  })
  if (denial !== undefined) throw new BrokerError(denial.code, denial.facts)
  const wider = widerThan(terms, upper)
  if (wider !== undefined) throw new BrokerError('mandate_too_deep', wider)
}
