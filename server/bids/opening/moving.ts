/** Owns carrying out one event: read the record, judge (machine.ts), save by compare-and-set with its step; read again when somebody else was faster. */
import { BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid, Opening, OpeningState, RescueTicket, Step, StepKind } from '../../storage/stores-bids.ts'
import { type BidEvent, nextBid, nextOpening, type OpeningEvent } from './machine.ts'
import type { OpeningPorts, Who } from './ports.ts'

/** The clerk's hand and a process, each a few times: more is a fault. */
const TRIES = 10

const STEP = {
  postponed: 'postponed',
  opened: 'opening-opened',
  extended: 'extended',
  closed: 'closed',
  cancelled: 'cancelled',
} as const satisfies Record<OpeningEvent['kind'], StepKind>

/** In which states of the opening a bid's event is saved; that it stands so is part of the statement. */
const WHILE: Record<BidEvent['kind'], readonly OpeningState[]> = {
  'self-tested': ['announced'],
  'sign-tested': ['announced'],
  'phone-tested': ['announced'],
  'shield-gone': ['announced'],
  withdrawn: ['announced'],
  begun: ['open'],
  'rescue-asked': ['open'],
  opened: ['open', 'closed'],
  failed: ['open', 'closed'],
  interrupted: ['open', 'closed'],
  attributed: ['open', 'closed'],
  rescued: ['open', 'closed'],
  'rescue-failed': ['open', 'closed'],
  late: ['closed'],
}

export function createMoving({ store, clock }: Pick<OpeningPorts, 'store' | 'clock'>) {
  async function opening(id: string): Promise<Opening> {
    const found = await store.opening(id)
    if (found === undefined) throw new BrokerError('bid_unknown', 'no such opening')
    return found
  }

  return {
    opening,

    async bid(openingId: string, uscc: Uscc): Promise<Bid> {
      const found = await store.bid(openingId, uscc)
      if (found === undefined) throw new BrokerError('bid_unknown', 'no bid of this company')
      return found
    },

    /** @param wish the event, or how it is found out: anew for each try, of the opening that was read before */
    async moveOpening(id: string, wish: OpeningEvent | (() => Promise<OpeningEvent>), who: Who, facts: Step['facts'] = {}): Promise<Opening> {
      for (let tries = 0; tries < TRIES; tries++) {
        const before = await opening(id)
        const event = typeof wish === 'function' ? await wish() : wish
        const now = clock.now()
        const after = nextOpening(before, event, now)
        const saved = await store.changeOpening(after, { openingId: id, kind: STEP[event.kind], at: now.toISOString(), facts, ...who })
        if (saved !== undefined) return saved
      }
      throw moving()
    },

    /** @param facts what the step says beside the bid's envelope and state */
    async moveBid(
      openingId: string,
      uscc: Uscc,
      event: BidEvent,
      who: Who,
      facts: Step['facts'] = {},
      ticket?: (bid: Bid) => RescueTicket,
    ): Promise<Bid> {
      for (let tries = 0; tries < TRIES; tries++) {
        const of = await opening(openingId)
        const before = await this.bid(openingId, uscc)
        const now = clock.now()
        const after = nextBid(of, before, event, now)
        const step = { openingId, uscc, kind: event.kind, at: now.toISOString(), facts: { envelope: before.envelope, ...facts }, ...who }
        const saved = await store.changeBid(after, step, WHILE[event.kind], ticket?.(before))
        if (saved !== undefined) return saved
      }
      throw moving()
    },
  }
}

export type Moving = ReturnType<typeof createMoving>

const moving = (): BrokerError => new BrokerError('bid_wrong_state', 'others change it faster than this could be done')
