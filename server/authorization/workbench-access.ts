import type { FailureCode } from '../kernel/errors.ts'
import type { AuthorityFacts } from '../storage/stores-authorization.ts'
import type { MandateView } from './mandates.ts'

/**
 * Who may see and do what in the company workbench, decided here and nowhere else. Pure. It widens nothing: what a mandate's life allows stands in mandates.ts, and that is asked again when something is done.
 */
export interface Who {
  membershipId: string
  personId: string
  personDigest?: string
  enterpriseId: string
  /** the company's legal representative as the banks name them now */
  representative: boolean
}

export type Wish =
  /** one's own start page, the company's people, one's own mandates, the history of what one did oneself */
  | 'own'
  /** every mandate of the company */
  | 'all-mandates'
  /** what everybody did in the company's name */
  | 'whole-history'
  /** the company's shields */
  | 'shields'
  /** give a mandate of one's own power */
  | 'give'
  | { see: Seen }
  /** suspend, resume, revoke */
  | { control: Seen }
  | { answer: Seen }
  | { passOn: Seen }
  /** sign, or throw away, one's own draft */
  | { finish: Seen }

type Seen = Pick<MandateView, 'row' | 'state'> & { terms: Pick<NonNullable<MandateView['terms']>, 'depth' | 'acts'> | undefined }

export function whoIs({ membership, legalRepresentativeId }: AuthorityFacts): Who {
  return {
    membershipId: membership.id,
    personId: membership.personId,
    ...(membership.personDigest === undefined ? {} : { personDigest: membership.personDigest }),
    enterpriseId: membership.enterpriseId,
    representative: membership.role === 'legal-representative' && (legalRepresentativeId ?? membership.id) === membership.id,
  }
}

/** @returns the code of the refusal; undefined when it is allowed */
export function refusedTo(who: Who, wish: Wish): FailureCode | undefined {
  if (wish === 'own') return undefined
  if (typeof wish === 'string') return who.representative ? undefined : 'legal_representative_only'
  if ('see' in wish) return concerns(who, wish.see) ? undefined : 'mandate_unknown'
  if ('control' in wish) {
    if (!concerns(who, wish.control)) return 'mandate_unknown'
    return mine(who, wish.control) && (who.representative || wish.control.row.giverId === who.membershipId) ? undefined : 'legal_representative_only'
  }
  if ('answer' in wish) {
    if (!concerns(who, wish.answer)) return 'mandate_unknown'
    return isNamed(who, wish.answer) ? undefined : 'mandate_wrong_person'
  }
  if ('passOn' in wish) {
    if (!concerns(who, wish.passOn)) return 'mandate_unknown'
    if (!isNamed(who, wish.passOn) || !mine(who, wish.passOn)) return 'mandate_wrong_person'
    const { state, terms } = wish.passOn
    return state === 'active' && terms !== undefined && terms.depth > 0 && terms.acts.includes('delegate') ? undefined : 'mandate_too_deep'
  }
  return mine(who, wish.finish) && wish.finish.row.giverId === who.membershipId ? undefined : 'mandate_unknown'
}

const mine = (who: Who, { row }: Seen): boolean => row.enterpriseId === who.enterpriseId

export const isNamed = (who: Who, { row }: Pick<Seen, 'row'>): boolean =>
  row.granteePersonId === undefined ? row.granteeDigest !== undefined && row.granteeDigest === who.personDigest : row.granteePersonId === who.personId

/** a draft concerns its writer alone: to everybody else it does not exist yet */
function concerns(who: Who, seen: Seen): boolean {
  if (mine(who, seen) && seen.row.giverId === who.membershipId) return true
  if (seen.row.state === 'drafted') return false
  return isNamed(who, seen) || (who.representative && mine(who, seen))
}
