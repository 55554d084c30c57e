import type { Bond, Finding } from '../../storage/stores-bonds.ts'
import type { Context } from './context.ts'
import { type Movement, NOTHING } from './movements.ts'

/** Money that came. Owns that it is never refused: what does not count as a bond is kept apart with the reason, and goes back later. */
export interface Arrived {
  receipt: NonNullable<Bond['receipt']>
  payer: NonNullable<Bond['payer']>
}

/**
 * A bond with what came into it, and where the money goes.
 * @param bond without money so far
 */
export function takeIn(bond: Bond, { receipt, payer }: Arrived, context: Context): { bond: Bond; movements: Movement[] } {
  const finding = findingOf(bond, { receipt, payer }, context)
  return {
    bond: { ...bond, way: 'transfer', state: 'received', finding, receipt, payer, totals: { ...NOTHING, in: receipt.fen } },
    movements: [{ kind: 'received', into: finding === 'matched' ? 'bond' : 'suspense', finding, fen: receipt.fen }],
  }
}

/**
 * The first thing that is wrong with the money, or `matched`. Late is what the bank received at the deadline or after it: its time of receipt alone counts, not when we heard of it. More than was demanded is
 * in full.
 */
function findingOf(bond: Pick<Bond, 'bidder' | 'demandedFen'>, { receipt, payer }: Arrived, { section, occupied }: Context): Finding {
  if (section === undefined || bond.bidder === undefined || section.state === 'abandoned') return 'unmatched'
  if (payer.name !== bond.bidder.name) return 'wrong-payer'
  if (payer.account !== bond.bidder.basicAccount) return 'not-basic-account'
  if (Date.parse(receipt.at) >= Date.parse(section.deadline)) return 'late'
  if (receipt.fen < bond.demandedFen) return 'short'
  return occupied ? 'twice' : 'matched'
}
