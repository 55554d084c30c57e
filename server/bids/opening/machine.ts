/**
 * Owns what may follow on what in an opening: pure functions of the record, the event and the time. Nothing is stored or decrypted here; openings.ts and rescues.ts do, and save what comes out by
 * compare-and-set.
 *
 * opening: announced > open > closed, or cancelled before it opens. bid: waiting > decrypting > opened | failed; failed > decrypting again, or rescuing > rescued | failed. When the opening closes,
 * what is still waiting has failed, late.
 */
import { BrokerError } from '../../kernel/errors.ts'
import { unreachable } from '../../kernel/unreachable.ts'
import type { Bid, Opening, ShieldGone } from '../../storage/stores-bids.ts'
import type { Reason } from './reasons.ts'

export type OpeningEvent =
  /** only ever to a later time: bidders encrypted for the one announced, and it may have passed for others */
  | { kind: 'postponed'; opensAt: Date; decryptBy: Date }
  | { kind: 'opened' }
  | { kind: 'extended'; decryptBy: Date }
  /** `unsettled`: bids that are waiting or being decrypted */
  | { kind: 'closed'; unsettled: number }
  | { kind: 'cancelled' }

/** @throws BrokerError `bid_wrong_state`, `bid_before_opening` */
export function nextOpening(opening: Opening, event: OpeningEvent, now: Date): Opening {
  switch (event.kind) {
    case 'postponed':
      require(opening, 'announced')
      if (event.opensAt <= new Date(opening.opensAt) || event.opensAt <= now || event.decryptBy <= event.opensAt)
        throw wrong('a postponement leads to a later time')
      return { ...opening, opensAt: event.opensAt.toISOString(), decryptBy: event.decryptBy.toISOString() }
    case 'opened':
      require(opening, 'announced')
      if (now < new Date(opening.opensAt)) throw early(opening.opensAt, now)
      return { ...opening, state: 'open', openedAt: now.toISOString() }
    case 'extended':
      require(opening, 'open')
      if (event.decryptBy <= new Date(opening.decryptBy)) throw wrong('an extension leads to a later time')
      return { ...opening, decryptBy: event.decryptBy.toISOString() }
    case 'closed':
      require(opening, 'open')
      if (now < new Date(opening.decryptBy) && event.unsettled > 0) throw wrong(`${event.unsettled} bids are not settled and their time is not over`)
      return { ...opening, state: 'closed', closedAt: now.toISOString() }
    case 'cancelled':
      require(opening, 'announced')
      return { ...opening, state: 'cancelled', closedAt: now.toISOString() }
    default:
      return unreachable(event)
  }
}

export type BidEvent =
  /** `thumbprint`: of the certificate whose key opened it */
  | { kind: 'self-tested'; ok: boolean; code?: string; thumbprint?: string }
  /** the shield in hand signed, or what it signed was refused */
  | { kind: 'sign-tested'; ok: boolean; code?: string; thumbprint?: string }
  /** an app on a phone showed that it has this certificate's key */
  | { kind: 'phone-tested'; thumbprint: string }
  /** the company says so itself */
  | { kind: 'shield-gone'; thumbprint: string; how: ShieldGone; by: string }
  | { kind: 'withdrawn' }
  | { kind: 'begun'; by: 'shield' | 'phone' }
  /** `attempt`: the one that was begun; a process that was taken for dead says nothing of a later one */
  | { kind: 'opened'; attempt: number; content: { name: string; size: number; sm3: string } }
  | { kind: 'failed'; attempt: number; reason: Reason; facts: string }
  /** the process that was at it has said nothing since then */
  | { kind: 'interrupted'; silentSince: Date }
  /** somebody of the center says whose cause it was */
  | { kind: 'attributed'; reason: Reason; facts: string; by: string }
  | { kind: 'rescue-asked'; ticket: string }
  | { kind: 'rescued'; content: { name: string; size: number; sm3: string }; custodians: string[]; askedBy: string }
  | { kind: 'rescue-failed'; reason: Reason; facts: string }
  /** the opening closed over it */
  | { kind: 'late' }

/** A bid that its bidder or custodians may be at: neither done nor taken back. */
export const unsettledOf = (counts: Partial<Record<Bid['state'], number>>): number =>
  (counts.waiting ?? 0) + (counts.decrypting ?? 0) + (counts.rescuing ?? 0)

/** @throws BrokerError `bid_before_opening` for everything that needs the opening open, `bid_wrong_state` */
export function nextBid(opening: Opening, bid: Bid, event: BidEvent, now: Date): Bid {
  const at = now.toISOString()
  const { since: _, ...rest } = bid
  switch (event.kind) {
    case 'self-tested': {
      requireBid(bid, 'waiting')
      const { kind: _, ...outcome } = event
      return { ...(event.ok ? withShield(bid, event.thumbprint) : bid), selfTest: { at, ...outcome } }
    }
    case 'sign-tested': {
      requireBid(bid, 'waiting')
      const { kind: _, ...outcome } = event
      return { ...bid, signTest: { at, ...outcome } }
    }
    case 'phone-tested':
      requireBid(bid, 'waiting')
      return { ...withShield(bid, event.thumbprint), phoneTest: { at, thumbprint: event.thumbprint } }
    case 'shield-gone': {
      requireBid(bid, 'waiting')
      const { thumbprint, how, by } = event
      if (!bid.certificates.some(each => each.thumbprint === thumbprint)) throw wrong('it is not encrypted to this certificate')
      const said = bid.certificates.map(each => (each.thumbprint === thumbprint ? { ...each, gone: { how, at, by } } : each))
      return { ...bid, certificates: said }
    }
    case 'withdrawn':
      require(opening, 'announced')
      if (now >= new Date(opening.opensAt)) throw wrong('the deadline has passed')
      requireBid(bid, 'waiting')
      return { ...rest, state: 'withdrawn' }
    case 'begun':
      requireWindow(opening, now)
      requireBid(bid, 'waiting', 'failed')
      return { ...bid, state: 'decrypting', since: at, by: event.by, attempts: bid.attempts + 1 }
    case 'opened':
      requireAttempt(bid, event.attempt)
      return { ...withoutFailure(rest), state: 'opened', content: { ...event.content, at } }
    case 'failed':
      requireAttempt(bid, event.attempt)
      return { ...rest, state: 'failed', failure: { reason: event.reason, facts: event.facts, at } }
    case 'interrupted':
      requireBid(bid, 'decrypting')
      if (bid.since === undefined || new Date(bid.since) >= event.silentSince) throw wrong('somebody is at it')
      return { ...rest, state: 'failed', failure: { reason: 'platform', facts: 'the process that decrypted it is gone', at } }
    case 'attributed':
      if (opening.state !== 'open' && opening.state !== 'closed') throw early(opening.opensAt, now)
      requireBid(bid, 'failed')
      return { ...bid, failure: { reason: event.reason, facts: event.facts, at, attributedBy: event.by } }
    case 'rescue-asked':
      requireWindow(opening, now)
      requireBid(bid, 'waiting', 'failed')
      return { ...bid, state: 'rescuing', ticket: event.ticket }
    case 'rescued':
      requireBid(bid, 'rescuing')
      return {
        ...withoutFailure(rest),
        state: 'rescued',
        content: { ...event.content, at },
        rescued: { custodians: event.custodians, releasedAt: at, askedBy: event.askedBy },
      }
    case 'rescue-failed':
      requireBid(bid, 'rescuing')
      return { ...rest, state: 'failed', failure: { reason: event.reason, facts: event.facts, at } }
    case 'late':
      if (opening.state !== 'closed') throw wrong('the opening is not closed')
      requireBid(bid, 'waiting')
      return { ...rest, state: 'failed', failure: { reason: 'late', facts: 'nobody decrypted it', at } }
    default:
      return unreachable(event)
  }
}

/** The opening was declared open, its time has come, and there is time left to decrypt. */
function requireWindow(opening: Opening, now: Date): void {
  // the clock is asked again: a row that says open before its time is nobody's permission
  if (opening.state === 'announced' || now < new Date(opening.opensAt)) throw early(opening.opensAt, now)
  require(opening, 'open')
  if (now >= new Date(opening.decryptBy)) throw wrong('the time to decrypt is over')
}

function require(opening: Opening, state: Opening['state']): void {
  if (opening.state !== state) throw new BrokerError('bid_wrong_state', 'the opening', { received: opening.state, expected: state })
}

function requireBid(bid: Bid, ...states: Bid['state'][]): void {
  if (!states.includes(bid.state)) throw new BrokerError('bid_wrong_state', 'the bid', { received: bid.state, expected: states.join(' or ') })
}

function requireAttempt(bid: Bid, attempt: number): void {
  requireBid(bid, 'decrypting')
  if (bid.attempts !== attempt) throw wrong('another attempt is under way')
}

/** It is there after all: it has just opened the bid. */
const withShield = (bid: Bid, thumbprint: string | undefined): Bid => ({
  ...bid,
  certificates: bid.certificates.map(({ gone, ...each }) => (gone === undefined || each.thumbprint === thumbprint ? each : { ...each, gone })),
})
const withoutFailure = ({ failure: _, ...bid }: Bid): Bid => bid
const wrong = (facts: string): BrokerError => new BrokerError('bid_wrong_state', facts)
const early = (opensAt: string, now: Date): BrokerError =>
  new BrokerError('bid_before_opening', 'the opening has not begun', { received: now.toISOString(), expected: opensAt })
