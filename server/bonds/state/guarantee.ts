import { BrokerError } from '../../kernel/errors.ts'
import { unreachable } from '../../kernel/unreachable.ts'
import type { Bond, BondSection } from '../../storage/stores-bonds.ts'
import { dayOf, END_OF_DAY, instantOf, plusDays } from '../calendar/day.ts'
import type { Context } from './context.ts'
import type { BondFact } from './events.ts'

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

/**
 * What happened to the guarantee that stands for a bond: it is amended, claimed again, paid on, refused, let go, or over. One that is over stands for nothing any more, so a bond that nobody has decided is let go with it.
 * @throws BrokerError `bond_wrong_state` where none stood for it
 */
export function followGuarantee(
  { state, guarantee }: Pick<Bond, 'state' | 'guarantee'>,
  event: FollowedFact,
): Pick<Bond, 'state'> & { guarantee: Terms } {
  if (guarantee === undefined) throw new BrokerError('bond_wrong_state', `${event.kind} where no guarantee stood`)
  switch (event.kind) {
    case 'guarantee-amended':
      return { state, guarantee: withRefused({ ...guarantee, ...event.guarantee }, event) }
    case 'guarantee-paid':
      return { state, guarantee: withRefused({ ...guarantee, paidFen: (guarantee.paidFen ?? 0n) + event.fen }, event) }
    case 'guarantee-claimed':
    case 'guarantee-refused':
    case 'guarantee-released':
      return { state, guarantee: withRefused(guarantee, event) }
    case 'guarantee-expired':
      return state === 'held' ? { state: 'released', guarantee: { ...guarantee, over: true } } : { state, guarantee }
    default:
      return unreachable(event)
  }
}
type FollowedFact = Extract<BondFact, { kind: `guarantee-${'amended' | 'claimed' | 'paid' | 'refused' | 'released' | 'expired'}` }>
type Terms = NonNullable<Bond['guarantee']>

/** What stands refused is told anew with each: nothing where nothing does. */
function withRefused({ refused: _, ...guarantee }: Terms, { refused }: Pick<Terms, 'refused'>): Terms {
  return { ...guarantee, ...(refused === undefined ? {} : { refused }) }
}

/**
 * What a guarantee that stands for a bond lacks of what the tender demands now: judged anew whenever it is asked, so that an amendment and a postponed opening count at once. The period is the validity of bids, later by as
 * much as the opening is later than bids are due.
 */
export function lackOf({ guarantee }: Pick<Bond, 'guarantee'>, section: Demanding): 'amount' | 'period' | undefined {
  if (guarantee === undefined) return undefined
  if (guarantee.fen < section.demandedFen) return 'amount'
  return Date.parse(guarantee.validUntil) >= demandedEnd(section).getTime() ? undefined : 'period'
}
type Demanding = Pick<BondSection, 'demandedFen' | 'deadline' | 'opensAt' | 'validityDays'>

export function demandedEnd(section: Omit<Demanding, 'demandedFen'>): Date {
  const later = section.opensAt === undefined ? 0 : Math.max(0, Date.parse(section.opensAt) - Date.parse(section.deadline))
  return new Date(validityEnd(section).getTime() + later)
}

/** The end of the last day of the validity of bids: plain days from the deadline on, which takes no calendar. */
export const validityEnd = ({ deadline, validityDays }: Pick<BondSection, 'deadline' | 'validityDays'>): Date =>
  instantOf(plusDays(dayOf(new Date(deadline)), validityDays), END_OF_DAY)

const unfit = (expected: string, received: string) =>
  new BrokerError('bond_guarantee_unfit', 'the guarantee does not do what the bond has to', { expected, received })
