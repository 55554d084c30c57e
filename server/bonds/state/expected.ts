import type { Bond, BondBidder } from '../../storage/stores-bonds.ts'
import { NOTHING } from './movements.ts'

/**
 * A bond that is waited for. Both account models begin here: a sub-account of one bidder in one section knows its section and what it demands; a bidder's virtual account in a project knows its bidder alone, and what
 * comes in waits until it is assigned.
 */
export function expectedBond(id: string, bidder: BondBidder, section?: { id: string; demandedFen: bigint }): Bond {
  return {
    id,
    version: 1,
    way: 'transfer',
    state: 'expected',
    demandedFen: section?.demandedFen ?? 0n,
    ...(section === undefined ? {} : { sectionId: section.id }),
    bidder,
    totals: NOTHING,
    lateFen: 0n,
    counted: {},
  }
}

/** Money to an account that nobody was given: kept apart until somebody can say for what it came. */
export const unknownBond = (id: string): Bond => ({
  id,
  version: 1,
  way: 'transfer',
  state: 'expected',
  demandedFen: 0n,
  totals: NOTHING,
  lateFen: 0n,
  counted: {},
})
