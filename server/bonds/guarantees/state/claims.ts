import { BrokerError } from '../../../kernel/errors.ts'
import type { RefusedClaim } from '../../../storage/stores-bonds.ts'
import type { Guarantee, GuaranteeClaim } from '../../../storage/stores-guarantees.ts'
import { isOpened } from '../../state/context.ts'
import { grounds } from '../../state/grounds.ts'
import type { GuaranteeContext } from './context.ts'
import type { GuaranteeEvent } from './events.ts'

/** Demands on a guarantee. Owns that each has a ground of the law, is made after the opening and within validity, and that all together never exceed what is guaranteed. */
/** more than anybody has reason to; a guarantee stays small, whoever would have it grow */
const MOST_CLAIMS = 50
const MOST_PAYMENTS = 20

type Of<Kind extends GuaranteeEvent['kind']> = Extract<GuaranteeEvent, { kind: Kind }>

/** @throws BrokerError `bond_before_opening`, `bond_ground_missing`, `guarantee_over`, `guarantee_amount_wrong`, `guarantee_wrong_state` */
export function claim(guarantee: Guarantee, event: Of<'claimed'>, { section, now }: GuaranteeContext): Guarantee {
  const { document, claims } = guarantee
  if (document === undefined || claims.some(each => each.id === event.claim)) throw wrong('a claim twice, or on nothing')
  if (claims.length >= MOST_CLAIMS) throw wrong(`${claims.length} claims`)
  if (section === undefined || !isOpened(section, now)) throw new BrokerError('bond_before_opening', 'a claim before the opening')
  if (now.getTime() >= Date.parse(document.validUntil))
    throw new BrokerError('guarantee_over', 'a claim after the end of validity', {
      received: now.toISOString(),
      expected: `before ${document.validUntil}`,
    })
  const { article, winnerOnly } = grounds[event.ground]
  if (winnerOnly && !event.winner) throw new BrokerError('bond_ground_missing', `${event.ground} is a ground against the winner alone`)
  const left = leftOf(guarantee)
  if (event.fen <= 0n || event.fen > left) throw amount(`${event.fen} fen`, `1 to ${left} fen`)
  if (event.extendTo !== undefined && event.extendTo <= document.validUntil) throw wrong('an extension that is none')
  const made: GuaranteeClaim = {
    id: event.claim,
    ground: event.ground,
    article,
    fen: event.fen,
    paidFen: 0n,
    payments: 0,
    state: 'demanded',
    ...(event.extendTo === undefined ? {} : { extendTo: event.extendTo }),
  }
  return { ...guarantee, state: 'claimed', claims: [...claims, made] }
}

/** @throws BrokerError `guarantee_wrong_state`, `guarantee_amount_wrong` */
export function paid(guarantee: Guarantee, { claim: id, fen }: Of<'claim-paid'>): Guarantee {
  // an issuer may pay after all what it refused
  return changed(guarantee, id, ['demanded', 'refused'], each => {
    const open = each.fen - each.paidFen
    if (each.payments >= MOST_PAYMENTS) throw wrong(`${each.payments} payments of one claim`)
    if (fen <= 0n || fen > open || (each.state === 'refused' && fen > leftOf(guarantee))) throw amount(`${fen} fen`, `1 to ${open} fen`)
    const paidFen = each.paidFen + fen
    return { ...each, paidFen, payments: each.payments + 1, state: paidFen === each.fen ? 'paid' : each.state }
  })
}

/** @throws BrokerError `guarantee_wrong_state` */
export const refused = (guarantee: Guarantee, { claim: id, reason }: Of<'claim-refused'>): Guarantee =>
  changed(guarantee, id, ['demanded'], each => ({ ...each, state: 'refused', reason }))

/** The issuer asks the applicant, or the applicant answers. @throws BrokerError `guarantee_wrong_state` */
export const extendOrPay = (guarantee: Guarantee, id: string, choice: NonNullable<GuaranteeClaim['choice']>): Guarantee =>
  changed(guarantee, id, ['demanded'], each => {
    if (each.extendTo === undefined || each.choice !== (choice === 'asked' ? undefined : 'asked'))
      throw wrong('nothing to extend or pay, or nobody asked')
    return { ...each, choice }
  })

/** The claim that an extension answers: what is demanded is dropped for it. */
export const extended = (guarantee: Guarantee, id: string): Guarantee =>
  changed(guarantee, id, ['demanded'], each => {
    if (each.extendTo === undefined) throw wrong('a claim to pay, not to extend')
    return { ...each, state: 'extended' }
  })

function changed(
  guarantee: Guarantee,
  id: string,
  from: readonly GuaranteeClaim['state'][],
  change: (claim: GuaranteeClaim) => GuaranteeClaim,
): Guarantee {
  const found = guarantee.claims.find(each => each.id === id)
  if (found === undefined || !from.includes(found.state)) throw wrong(`claim ${id} is ${found?.state ?? 'unknown'}`)
  const claims = guarantee.claims.map(each => (each === found ? change(found) : each))
  return { ...guarantee, claims, state: settled({ ...guarantee, claims }) }
}

function settled({ state, claims, document }: Guarantee): Guarantee['state'] {
  if (state !== 'claimed' && state !== 'in-force') return state
  if (claims.some(each => each.state === 'demanded')) return 'claimed'
  const all = claims.reduce((sum, each) => sum + each.paidFen, 0n)
  return all >= (document?.fen ?? 0n) ? 'drawn' : 'in-force'
}

/** What stands refused: what may be paid after all, or demanded again. Nothing of a guarantee that was paid out or let go. */
export function refusedOf(guarantee: Guarantee): RefusedClaim | undefined {
  const refusals = guarantee.claims.filter(each => each.state === 'refused')
  const newest = refusals.at(-1)
  if (newest === undefined || guarantee.state === 'drawn' || guarantee.state === 'released') return undefined
  const unpaid = refusals.reduce((sum, each) => sum + each.fen - each.paidFen, 0n)
  const left = leftOf(guarantee)
  const fen = unpaid < left ? unpaid : left
  return fen > 0n ? { fen, demandedFen: newest.fen, ground: newest.ground, reason: newest.reason ?? '' } : undefined
}

/** What may still be demanded. */
export const leftOf = ({ document, claims }: Guarantee): bigint =>
  (document?.fen ?? 0n) - claims.reduce((sum, { state, fen, paidFen }) => sum + (state === 'demanded' ? fen : paidFen), 0n)

const wrong = (facts: string) => new BrokerError('guarantee_wrong_state', facts)
const amount = (received: string, expected: string) =>
  new BrokerError('guarantee_amount_wrong', 'an amount that the guarantee does not bear', { received, expected })
