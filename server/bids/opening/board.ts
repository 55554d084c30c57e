/**
 * Owns what may be seen of an opening, and when. Before it is open nobody sees anything of the bids, their number neither (law on bidding, article 22): the view is then made of the opening alone, and
 * whoever makes it asks the database for nothing else, so that neither size nor time of the answer tells how many there are.
 */
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid, BidState, Opening } from '../../storage/stores-bids.ts'
import { isReason, REASONS } from './reasons.ts'

export type Board =
  | { phase: 'announced' | 'cancelled'; title: string; drill: boolean; now: string; opensAt: string; secondsLeft: number }
  | {
      phase: 'open' | 'closed'
      title: string
      drill: boolean
      now: string
      opensAt: string
      decryptBy: string
      /** to decrypt */
      secondsLeft: number
      counts: Partial<Record<Exclude<BidState, 'withdrawn'>, number>>
      bids: BoardLine[]
      /** where the next page begins, when there may be one */
      next?: Uscc
    }

interface BoardLine {
  name: string
  uscc: string
  state: BidState
  at?: string
  by?: 'shield' | 'phone'
  attempts: number
  failure?: { reason: string; cause: 'bidder' | 'others'; zh: string; en: string }
  rescued?: { custodians: number; askedBy: string }
}

/** Whether anything of the bids may be seen. By the record and by the clock. */
export const isVisible = ({ state, opensAt }: Opening, now: Date): boolean => (state === 'open' || state === 'closed') && now >= new Date(opensAt)

export function closedBoard(opening: Opening, now: Date): Board {
  const { title, drill, opensAt, state } = opening
  return {
    phase: state === 'cancelled' ? 'cancelled' : 'announced',
    title,
    drill,
    now: now.toISOString(),
    opensAt,
    secondsLeft: secondsTo(opensAt, now),
  }
}

/** @param found is not shown while nothing may be seen, whoever asked for it */
export function boardOf(opening: Opening, now: Date, found: { counts: Partial<Record<BidState, number>>; bids: readonly Bid[]; next?: Uscc }): Board {
  if (!isVisible(opening, now)) return closedBoard(opening, now)
  const { title, drill, opensAt, decryptBy } = opening
  const { withdrawn: _, ...counts } = found.counts
  return {
    phase: opening.state === 'closed' ? 'closed' : 'open',
    title,
    drill,
    now: now.toISOString(),
    opensAt,
    decryptBy,
    secondsLeft: opening.state === 'closed' ? 0 : secondsTo(decryptBy, now),
    counts,
    ...(found.next === undefined ? {} : { next: found.next }),
    bids: found.bids.filter(({ state }) => state !== 'withdrawn').map(lineOf),
  }
}

function lineOf({ name, uscc, state, since, by, attempts, failure, content, rescued }: Bid): BoardLine {
  const at = content?.at ?? failure?.at ?? since
  const reason = failure !== undefined && isReason(failure.reason) ? failure.reason : undefined
  return {
    name,
    uscc,
    state,
    attempts,
    ...(at === undefined ? {} : { at }),
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { failure: { reason, ...REASONS[reason] } }),
    ...(rescued === undefined ? {} : { rescued: { custodians: rescued.custodians.length, askedBy: rescued.askedBy } }),
  }
}

const secondsTo = (time: string, now: Date): number => Math.max(0, Math.ceil((Date.parse(time) - now.getTime()) / 1000))
