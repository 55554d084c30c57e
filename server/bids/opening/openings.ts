/**
 * Owns an opening from its announcement to its close: the services that centers, bidders and custodians use, and what a process does by itself as time passes. Every step is evidence. It does not own
 * who may call (the door's), pages, nor the envelopes' files.
 *
 * A rehearsal is an opening marked as one: the same steps, clock and custodians, with envelopes that carry the mark and are never taken for bids.
 */
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid, Opening, ShieldGone, StoredStep } from '../../storage/stores-bids.ts'
import type { WrappedPart } from '../envelope/header.ts'
import { inspect } from '../envelope/open.ts'
import { type Board, boardOf, closedBoard, isVisible } from './board.ts'
import { type Decryption, decryptBid, GONE_MS } from './decrypting.ts'
import { createRelay } from './evidence.ts'
import { unsettledOf } from './machine.ts'
import { createMoving } from './moving.ts'
import type { OpeningPorts, Who } from './ports.ts'
import { REASONS, type Reason } from './reasons.ts'
import { type Registration, registerBid } from './registering.ts'
import { createRescues } from './rescues.ts'

export interface Announcement extends Pick<Opening, 'id' | 'center' | 'project' | 'title' | 'drill'> {
  section?: string
  rescue?: NonNullable<Opening['rescue']>
  opensAt: Date
  decryptBy: Date
}

export type Openings = ReturnType<typeof createOpenings>

const PAGE = 200
const CLOCK: Who = { by: 'platform', trace: '' }

export function createOpenings(ports: OpeningPorts) {
  const { store, clock } = ports
  const moving = createMoving(ports)
  const rescues = createRescues(ports, moving)
  const relay = createRelay(ports)
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } finally {
      ports.wake()
      await relay()
    }
  }

  async function visible(id: string): Promise<Opening> {
    const opening = await moving.opening(id)
    if (!isVisible(opening, clock.now()))
      throw new BrokerError('bid_before_opening', 'nothing is shown before the opening', { expected: opening.opensAt })
    return opening
  }

  /** One that is closed, or that somebody else closes at this moment, is closed. */
  async function closedBy({ id, state }: Pick<Opening, 'id' | 'state'>, who: Who): Promise<Opening> {
    if (state === 'closed') return await moving.opening(id)
    try {
      const counted = async () => ({ kind: 'closed' as const, unsettled: unsettledOf(await store.counts(id)) })
      return await moving.moveOpening(id, counted, who)
    } catch (thrown) {
      const now = asBrokerError(thrown).code === 'bid_wrong_state' ? await moving.opening(id) : undefined
      if (now?.state !== 'closed') throw thrown
      return now
    }
  }

  async function settle({ id }: Pick<Opening, 'id'>): Promise<void> {
    for await (const bid of every(id, 'waiting')) await leavingToOthers(moving.moveBid(id, bid.uscc, { kind: 'late' }, CLOCK, { reason: 'late' }))
    for await (const bid of every(id, 'rescuing')) await leavingToOthers(rescues.giveUp(bid))
    await store.settled(id)
  }

  async function* every(openingId: string, state: Bid['state']): AsyncGenerator<Bid, void, undefined> {
    let after: Uscc | undefined
    for (;;) {
      const page = await store.bids(openingId, PAGE, after, state)
      yield* page
      after = page.at(-1)?.uscc
      if (page.length < PAGE) return
    }
  }

  return {
    /** @throws BrokerError `bid_wrong_state` when there is one of this id, `bad_request` for times in the past or the wrong way round */
    async announce({ opensAt, decryptBy, ...announcement }: Announcement, who: Who): Promise<Opening> {
      const now = clock.now()
      if (opensAt <= now || decryptBy <= opensAt) throw new BrokerError('bad_request', 'an opening lies ahead, and decrypting takes time')
      const times = { opensAt: opensAt.toISOString(), decryptBy: decryptBy.toISOString() }
      const opening: Opening = { ...announcement, ...times, state: 'announced', version: 1, createdAt: now.toISOString() }
      const facts = { ...times, project: opening.project, drill: opening.drill }
      if (!(await told(store.announce(opening, { openingId: opening.id, kind: 'announced', at: opening.createdAt, facts, ...who })))) {
        throw new BrokerError('bid_wrong_state', 'there is an opening of this id')
      }
      return opening
    },
    postpone: (id: string, opensAt: Date, decryptBy: Date, who: Who): Promise<Opening> =>
      told(
        moving.moveOpening(id, { kind: 'postponed', opensAt, decryptBy }, who, {
          opensAt: opensAt.toISOString(),
          decryptBy: decryptBy.toISOString(),
        }),
      ),
    cancel: (id: string, why: string, who: Who): Promise<Opening> => told(moving.moveOpening(id, { kind: 'cancelled' }, who, { why })),
    async open(id: string, who: Who): Promise<Opening> {
      const opening = await told(moving.moveOpening(id, { kind: 'opened' }, who))
      ports.began(id)
      return opening
    },
    extend: (id: string, decryptBy: Date, why: string, who: Who): Promise<Opening> =>
      told(moving.moveOpening(id, { kind: 'extended', decryptBy }, who, { decryptBy: decryptBy.toISOString(), why })),
    /** Closed already, it is answered as it is. @throws BrokerError `bid_wrong_state` while a bid is not settled and its time is not over */
    async close(id: string, who: Who): Promise<Opening> {
      const closed = await told(closedBy(await visible(id), who))
      await told(settle(closed))
      return closed
    },

    register: (registration: Registration, who: Who): Promise<Bid> => told(registerBid(ports, moving, registration, who)),
    withdraw: (openingId: string, uscc: Uscc, who: Who): Promise<Bid> => told(moving.moveBid(openingId, uscc, { kind: 'withdrawn' }, who)),
    /** The bidder's client tells how its test went. */
    selfTested: (openingId: string, uscc: Uscc, found: { ok: boolean; code?: string; thumbprint?: string }, who: Who): Promise<Bid> =>
      told(moving.moveBid(openingId, uscc, { kind: 'self-tested', ...found }, who, found)),
    /** The shield in hand signed for a test. @param signed kept in the evidence, where it verifies without us */
    signTested: (
      openingId: string,
      uscc: Uscc,
      found: { ok: boolean; code?: string; thumbprint?: string },
      signed: { text: string; cms: string },
      who: Who,
    ): Promise<Bid> => told(moving.moveBid(openingId, uscc, { kind: 'sign-tested', ...found }, who, { ...found, ...signed })),
    /** The app on a phone showed that it has the key of one of the bid's certificates. */
    phoneTested: (openingId: string, uscc: Uscc, thumbprint: string, who: Who): Promise<Bid> =>
      told(moving.moveBid(openingId, uscc, { kind: 'phone-tested', thumbprint }, who, { thumbprint })),
    /** The company itself says that a shield or phone is lost, broken or replaced; a test that passes takes it back. */
    shieldGone: (openingId: string, uscc: Uscc, { thumbprint, how }: { thumbprint: string; how: ShieldGone }, who: Who): Promise<Bid> =>
      told(moving.moveBid(openingId, uscc, { kind: 'shield-gone', thumbprint, how, by: who.by }, who, { thumbprint, how })),
    /** the bidder's own, at any time */
    ownBid: moving.bid,
    /** What the bidder's shield is to decrypt, one of them: those of its own envelope. */
    async parts(openingId: string, uscc: Uscc): Promise<readonly WrappedPart[]> {
      const { envelope } = await moving.bid(openingId, uscc)
      return (await inspect(ports.envelopes.open(envelope))).header.keys
    },
    decrypt: (decryption: Decryption, who: Who): Promise<Bid> => told(decryptBid(ports, moving, decryption, who)),
    /** Somebody of the center says whose cause it was. @throws BrokerError `bid_before_opening` first of all: whether there is a bid of this company is not told */
    attribute: async (openingId: string, uscc: Uscc, reason: Reason, why: string, who: Who): Promise<Bid> => {
      await visible(openingId)
      return await told(
        moving.moveBid(openingId, uscc, { kind: 'attributed', reason, facts: why, by: who.by }, who, { reason, cause: REASONS[reason].cause, why }),
      )
    },

    rescue: {
      ticket: rescues.ticket,
      part: rescues.part,
      /** @throws BrokerError `bid_before_opening` first of all, as `attribute` */
      async ask(openingId: string, uscc: Uscc, why: string, who: Who) {
        await visible(openingId)
        return await told(rescues.ask(openingId, uscc, why, who))
      },
      give: (...given: Parameters<typeof rescues.give>) => told(rescues.give(...given)),
    },

    /** @param after `next` of the page before */
    async board(id: string, after?: Uscc): Promise<Board> {
      const opening = await moving.opening(id)
      if (!isVisible(opening, clock.now())) return closedBoard(opening, clock.now())
      const [counts, bids] = [await store.counts(id), await store.bids(id, PAGE, after)]
      const next = bids.length < PAGE ? undefined : bids.at(-1)?.uscc
      return boardOf(opening, clock.now(), { counts, bids, ...(next === undefined ? {} : { next }) })
    },
    /** @throws BrokerError `bid_before_opening`, `bid_unknown` */
    async demandOpen(id: string): Promise<void> {
      await visible(id)
    },
    /** @throws BrokerError `bid_before_opening` */
    async evidence(id: string, after?: number, uscc?: Uscc): Promise<StoredStep[]> {
      return await store.steps((await visible(id)).id, PAGE, after, uscc)
    },

    /** What time brings: decryptions whose process is gone, openings whose time is over, rescues to go on with, steps the audit record lacks. To be called about once a minute, on any number of processes. */
    async tick(): Promise<void> {
      const now = clock.now()
      const silentSince = new Date(now.getTime() - GONE_MS)
      for (const { openingId, uscc } of await store.stale(silentSince, PAGE)) {
        await leavingToOthers(moving.moveBid(openingId, uscc, { kind: 'interrupted', silentSince }, CLOCK, { reason: 'platform' }))
      }
      for (const opening of await store.openingsToSettle(now, PAGE)) await leavingToOthers(closedBy(opening, CLOCK).then(settle))
      await rescues.resume(PAGE)
      ports.wake()
      await relay()
    },
  }
}

/** Another process was faster. */
async function leavingToOthers(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (thrown) {
    if (!(thrown instanceof BrokerError) || thrown.code !== 'bid_wrong_state') throw thrown
  }
}
