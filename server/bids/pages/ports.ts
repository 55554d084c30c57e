import { setTimeout as wait } from 'node:timers/promises'
import type { Visits } from '../../http/visits.ts'
import type { Assurance } from '../../kernel/assurance.ts'
import type { Authority } from '../../kernel/authority.ts'
import { type Clock, seconds } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { BidStore, Opening } from '../../storage/stores-bids.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Shelf } from '../files/shelf.ts'
import type { Bidder, Uploads } from '../files/uploads.ts'
import type { Openings } from '../opening/openings.ts'
import type { Who } from '../opening/ports.ts'
import type { BidPhone } from '../phone/phone.ts'
import type { SignTest } from '../sign-test.ts'
import type { Watch } from '../watch.ts'

/** What the bid pages are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface BidPagesDeps {
  openings: Openings
  uploads: Uploads
  watch: Pick<Watch, 'troubles' | 'advise' | 'companyChanged'>
  store: Pick<BidStore, 'opening' | 'bid' | 'openingsBetween' | 'ofCompany' | 'ofCenter' | 'bids' | 'steps'>
  shelf: Pick<Shelf, 'envelopes' | 'opened' | 'put'>
  use: Authority['use']
  visits: Visits<BidVisit>
  phone: Omit<BidPhone, 'answers'>
  signTest: SignTest
  /** a center's name, as people know it */
  centerName(id: string): Promise<string>
  newId(): string
  random(octets: number): Buffer
  /** ws: or wss: address of the local shield agent */
  agentUrl: string
  clock: Clock
}

export interface BidVisit {
  bidder: Bidder
  actor: { membershipId: string; assurance: Assurance; byMandate?: true }
  /** the person, as the evidence names them */
  who: Who
  /** whose staff the person is: the trading centers that name the person's company as their own */
  centers: readonly { id: string; name: string }[]
  frame(page: BidPage): string
}

export interface BidPage {
  title: Words
  lead?: Words
  inside?: boolean
  scripts?: readonly string[]
  body: Markup
}

/** @throws BrokerError bid_unknown */
export async function openingOf({ store }: Pick<BidPagesDeps, 'store'>, id: string): Promise<Opening> {
  const found = await store.opening(id)
  if (found === undefined) throw new BrokerError('bid_unknown', 'no such opening')
  return found
}

/** An opening of a center whose staff the person is. @throws BrokerError bid_unknown for everybody else */
export async function staffed(deps: Pick<BidPagesDeps, 'store'>, { centers }: BidVisit, id: string): Promise<Opening> {
  const opening = await openingOf(deps, id)
  if (!centers.some(center => center.id === opening.center)) throw new BrokerError('bid_unknown', 'not of this person’s center')
  return opening
}

/** What staff do counts only by their shield. @throws BrokerError step_up_needed */
export function demandShield({ actor }: BidVisit): void {
  if (actor.assurance !== 'shield')
    throw new BrokerError('step_up_needed', 'staff of a center act by their shield', { received: actor.assurance, expected: 'shield' })
}

/** A small bid is done at once; a large one goes on behind, and the page looks again. */
export async function atOnceOrBehind(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, wait(seconds(8), undefined, { ref: false })])
}

/** A person's act for the company, decided and written down. @throws BrokerError with the code of the denial */
export async function useFor(
  { use }: Pick<BidPagesDeps, 'use'>,
  { actor, who }: BidVisit,
  act: 'bid_submit' | 'bid_decrypt',
  opening: Opening,
  once: string,
): Promise<void> {
  const { center, project, section } = opening
  await use(actor, { act, center, project, ...(section === undefined ? {} : { section }) }, { reference: opening.id, trace: who.trace, once })
}

// a body parser before the handler makes Express' types forget the path's parameters
export const textOf = ({ params }: { params: Record<string, unknown> }, name: string): string => {
  const found = params[name]
  return typeof found === 'string' ? found : ''
}
