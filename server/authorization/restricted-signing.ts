import { BrokerError } from '../kernel/errors.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { MandateTerms } from './terms.ts'

/**
 * No mandate comes into force for a place where a measure refuses that. One for any center stands against measures that name no center; what it is used for at a center that a measure names is decided with that use.
 * @throws BrokerError act_refused_by_measure
 */
export async function demandUnrestricted(
  restrictions: AskRestrictions,
  { company, centers }: Pick<MandateTerms, 'company' | 'centers'>,
): Promise<void> {
  const places = centers.length === 0 ? [undefined] : centers
  // asked together they are one reading
  const found = await Promise.all(places.map(center => restrictions(readUscc(company.uscc), 'mandate_sign', { center })))
  const restriction = found.find(({ refused }) => refused !== undefined)?.refused
  if (restriction !== undefined) throw new BrokerError('act_refused_by_measure', `measure ${restriction.id} on signing a mandate`, { restriction })
}
