import type { Clock } from '../kernel/clock.ts'
import type { MandateStore } from '../storage/stores-authorization.ts'
import type { Holding } from './held.ts'

/**
 * Whether a power that something was granted by still stands, now: for tokens that live longer than the moment. One reading of the database, so a revocation counts at once on every process.
 * @returns asks by membership and by the power's name as tokens carry it: `legal-representative`, `bank-named`, or a mandate's id
 */
export function createStanding({ mandates, holding, clock }: { mandates: MandateStore; holding: Holding; clock: Clock }) {
  return async (membershipId: string, power: string): Promise<boolean> => {
    const facts = await mandates.facts(membershipId)
    if (facts === undefined || facts.membership.suspended) return false
    const { membership, legalRepresentativeId } = facts
    if (power === 'legal-representative')
      return membership.role === 'legal-representative' && (legalRepresentativeId ?? membership.id) === membership.id
    if (power === 'bank-named') return membership.byBank
    const row = facts.mandates.find(
      each => each.id === power && each.granteePersonId === membership.personId && each.enterpriseId === membership.enterpriseId,
    )
    if (row === undefined || (legalRepresentativeId ?? row.rootGiverId) !== row.rootGiverId) return false
    const held = holding.hold(row, facts.mandates)
    const now = clock.now().getTime()
    return [...held.above, held].every(
      ({ state, terms }) => state === 'active' && terms !== undefined && Date.parse(terms.from) <= now && now < Date.parse(terms.until),
    )
  }
}
export type Standing = ReturnType<typeof createStanding>
