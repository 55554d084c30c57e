import { BrokerError } from '../../kernel/errors.ts'
import type { ShownMandate } from '../../storage/stores-centers.ts'
import type { Holding } from '../held.ts'
import type { MandateTerms } from '../terms.ts'
import type { MandateAnswer } from './answers.ts'

/** What a center sees of a mandate. Owns what is left out: id numbers and phones, other centers, and to which projects and amounts it is limited, which would tell who is about to bid for what. */

/**
 * How it counts now: its own state, or the worst of those it hangs on.
 * @throws BrokerError mandate_tampered
 */
export function stateNow(
  { row, above, legalRepresentativeId }: ShownMandate,
  holding: Holding,
  now: Date,
): { state: MandateAnswer['state']; terms: MandateTerms } {
  const held = holding.hold(row, [row, ...above])
  const { terms } = held
  const all = [held, ...held.above]
  if (terms === undefined || all.some(each => each.terms === undefined) || held.above.length !== row.chain.length)
    throw new BrokerError('mandate_tampered', `mandate ${row.id} is not as it was signed`)
  const some = (state: (typeof held)['state']): boolean => all.some(each => each.state === state)
  const state = (): MandateAnswer['state'] => {
    if (some('revoked')) return 'revoked'
    if (held.state === 'declined') return 'declined'
    if (some('expired') || now.getTime() >= Date.parse(terms.until)) return 'expired'
    if (legalRepresentativeId !== undefined && legalRepresentativeId !== row.rootGiverId) return 'frozen'
    if (some('suspended')) return 'suspended'
    if (all.some(each => each.state !== 'active')) return 'offered'
    return now.getTime() < Date.parse(terms.from) ? 'not-yet' : 'active'
  }
  return { state: state(), terms }
}

/** @throws BrokerError mandate_tampered; mandate_unknown where it is not for this center */
export function viewForCenter(shown: ShownMandate, holding: Holding, center: string, now: Date): MandateAnswer {
  const { state, terms } = stateNow(shown, holding, now)
  if (!isFor(terms, center)) throw new BrokerError('mandate_unknown', 'a mandate for other centers')
  const listed = (codes: readonly string[]) => (codes.length === 0 ? 'any' : 'listed')
  return {
    id: terms.id,
    state,
    company: { uscc: terms.company.uscc, name: terms.company.name },
    person: terms.grantee.name,
    acts: [...terms.acts],
    scope: {
      projects: listed(terms.projects),
      sections: listed(terms.sections),
      seals: listed(terms.seals),
      amount: terms.limitFen === undefined && terms.totalFen === undefined ? 'any' : 'limited',
    },
    valid_from: terms.from,
    valid_until: terms.until,
    approvals: terms.approvals,
    passed_on: terms.chain.length > 0,
  }
}

export const isFor = ({ centers }: MandateTerms, center: string): boolean => centers.length === 0 || centers.includes(center)
