import { BrokerError } from '../../kernel/errors.ts'
import type { Bond } from '../../storage/stores-bonds.ts'
import { dayOf, END_OF_DAY, instantOf, plusDays } from '../calendar/day.ts'
import type { Context } from './context.ts'

/**
 * Whether a guarantee (保函) does what a bond has to: the whole amount, here before the deadline, and valid as long as the bid (实施条例 26).
 * @param at when it was verified. ISO 8601
 * @throws BrokerError `bond_guarantee_unfit`
 */
export function requireFit(
  bond: Pick<Bond, 'demandedFen'>,
  guarantee: Pick<NonNullable<Bond['guarantee']>, 'fen' | 'validUntil'>,
  at: string,
  { section }: Pick<Context, 'section'>,
): void {
  if (section === undefined || section.state === 'abandoned') throw unfit('no section that is tendered', section?.state ?? 'none')
  if (guarantee.fen < bond.demandedFen) throw unfit(`${bond.demandedFen} fen`, `${guarantee.fen} fen`)
  if (Date.parse(at) >= Date.parse(section.deadline)) throw unfit(`before ${section.deadline}`, at)
  const end = validityEnd(section)
  if (!(Date.parse(guarantee.validUntil) >= end.getTime())) throw unfit(`valid until ${end.toISOString()}`, guarantee.validUntil)
}

/** The end of the last day of the validity of bids: plain days from the deadline on, which takes no calendar. */
export const validityEnd = ({ deadline, validityDays }: NonNullable<Context['section']>): Date =>
  instantOf(plusDays(dayOf(new Date(deadline)), validityDays), END_OF_DAY)

const unfit = (expected: string, received: string) =>
  new BrokerError('bond_guarantee_unfit', 'the guarantee does not do what the bond has to', { expected, received })
