/**
 * Owns rescue tickets: somebody of the center asks and says why, custodians hand in their shares, each with their own shield, and the platform releases its half and opens. Two custodians who press at
 * once are both counted, and one process opens. A process that dies is followed by another; nobody is asked for a share again.
 */
import { asBrokerError, BrokerError, isOurFault } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid, GivenShare, RescueTicket, Step } from '../../storage/stores-bids.ts'
import type { EnvelopeHead, WrappedPart } from '../envelope/header.ts'
import { byRescue, inspect } from '../envelope/open.ts'
import type { KeyHolder } from '../envelope/part.ts'
import { openShare, type RescueShare, releaseRescue, requireShare } from '../envelope/rescue.ts'
import { GONE_MS, openAndKeep, whyFailed } from './decrypting.ts'
import { nextBid } from './machine.ts'
import type { Moving } from './moving.ts'
import type { OpeningPorts, Who } from './ports.ts'
import { isReason } from './reasons.ts'

/** A fault of ours that lasts is not waited out for ever: custodians are then asked once more. */
const MOST_TRIES = 5
/** of the evidence at a time */
const STEPS = 200

export function createRescues(ports: OpeningPorts, moving: Moving) {
  const { rescues, clock, sealing, log } = ports

  async function ticketOf(id: string): Promise<RescueTicket> {
    const found = await rescues.ticket(id)
    if (found === undefined) throw new BrokerError('bid_unknown', 'no such rescue')
    return found
  }

  async function headOf({ envelope }: RescueTicket): Promise<EnvelopeHead> {
    const head = await inspect(ports.envelopes.open(envelope))
    if (head.header.id !== envelope) throw new BrokerError('bid_envelope_malformed', 'another envelope stands in its place')
    return head
  }

  /** Opens, when enough shares are there and nobody else is at it. */
  async function perform(ticket: RescueTicket): Promise<RescueTicket> {
    const shares = await rescues.shares(ticket.id)
    if (shares.length < ticket.threshold) return ticket
    const mine = await rescues.change({ ...ticket, state: 'performing', since: clock.now().toISOString(), tries: (ticket.tries ?? 0) + 1 })
    return mine === undefined ? await ticketOf(ticket.id) : await opened(mine, shares)
  }

  const unsealed = ({ ticketId, place, custodian, sealed }: GivenShare): RescueShare => ({
    place,
    custodian,
    value: Buffer.from(sealing.open(sealed, labelOf(ticketId, place)), 'base64url'),
  })

  async function opened(ticket: RescueTicket, given: readonly GivenShare[]): Promise<RescueTicket> {
    const [opening, bid] = [await moving.opening(ticket.openingId), await moving.bid(ticket.openingId, ticket.uscc)]
    let held = ticket
    try {
      const shares = given.map(unsealed)
      const release = await releaseRescue(await headOf(ticket), ports.platform, { now: clock.now(), announced: new Date(opening.opensAt) })
      const custodians = shares.map(share => share.custodian)
      await noteRelease(ticket, custodians)
      const { content } = await openAndKeep(ports, bid, byRescue(shares, release), async () => {
        const still = await rescues.change({ ...held, since: clock.now().toISOString() })
        if (still === undefined) throw new BrokerError('bid_wrong_state', 'the rescue was taken over meanwhile')
        held = still
      })
      const facts = { ticket: ticket.id, custodians: custodians.join(' '), sm3: content.sm3, size: content.size }
      return await end(
        { ...held, state: 'done' },
        nextBid(opening, bid, { kind: 'rescued', content, custodians, askedBy: ticket.askedBy }, clock.now()),
        'rescued',
        facts,
      )
    } catch (thrown) {
      const { code } = asBrokerError(thrown)
      const takenOver = code === 'bid_wrong_state'
      if (takenOver || (isOurFault(code) && (ticket.tries ?? 0) < MOST_TRIES)) {
        // nothing was found out about the bid: the ticket stays, and whoever resumes tries again
        log.error({ err: thrown, ticket: ticket.id }, 'a rescue did not come to its end')
        return await ticketOf(ticket.id)
      }
      const { reason, facts } = await whyFailed(ports, bid, thrown)
      return await end({ ...held, state: 'failed' }, nextBid(opening, bid, { kind: 'rescue-failed', reason, facts }, clock.now()), 'rescue-failed', {
        ticket: ticket.id,
        reason,
        facts,
      })
    }
  }

  /** In evidence before anything is opened: from here on somebody may have read it. */
  async function noteRelease({ id, openingId, uscc, envelope, askedBy }: RescueTicket, custodians: readonly string[]): Promise<void> {
    const facts = { envelope, ticket: id, askedBy, custodians: custodians.join(' ') }
    await ports.store.note({ openingId, uscc, kind: 'released', at: clock.now().toISOString(), by: 'platform', facts, trace: '' })
  }

  async function end(ticket: RescueTicket, bid: Bid, kind: 'rescued' | 'rescue-failed', facts: Step['facts']): Promise<RescueTicket> {
    const { openingId, uscc } = bid
    await rescues.end(ticket, bid, {
      openingId,
      uscc,
      kind,
      at: clock.now().toISOString(),
      by: 'platform',
      facts: { envelope: bid.envelope, ...facts },
      trace: '',
    })
    return await ticketOf(ticket.id)
  }

  /** Whether this share was given by this person: the evidence says so, also after the shares are wiped. */
  async function gave({ id, openingId, uscc }: RescueTicket, custodian: string, { by }: Who): Promise<boolean> {
    for (let after: number | undefined; ; ) {
      const steps = await ports.store.steps(openingId, STEPS, after, uscc)
      if (
        steps.some(({ kind, facts, by: who }) => kind === 'share-given' && facts['ticket'] === id && facts['custodian'] === custodian && who === by)
      )
        return true
      after = steps.at(-1)?.seq
      if (steps.length < STEPS) return false
    }
  }

  return {
    ticket: ticketOf,

    /** @throws BrokerError `bid_before_opening`, `bid_wrong_state`, `bid_unknown`, `bid_custodians_missing` for an envelope made without custodians */
    async ask(openingId: string, uscc: Uscc, why: string, who: Who): Promise<RescueTicket> {
      const bid = await moving.bid(openingId, uscc)
      const { rescue } = (await inspect(ports.envelopes.open(bid.envelope))).header
      if (rescue === undefined) throw new BrokerError('bid_custodians_missing', 'the envelope was made without custodians')
      const id = ports.newId()
      await moving.moveBid(openingId, uscc, { kind: 'rescue-asked', ticket: id }, who, { ticket: id, why }, before => ({
        id,
        openingId,
        uscc,
        envelope: before.envelope,
        state: 'gathering',
        version: 1,
        threshold: rescue.threshold,
        why,
        askedBy: who.by,
        askedAt: clock.now().toISOString(),
      }))
      return await ticketOf(id)
    },

    /** What a custodian's shield is to decrypt. @throws BrokerError `bid_not_for_this_key` for somebody who is no custodian */
    async part(ticketId: string, custodian: string): Promise<WrappedPart> {
      const { header } = await headOf(await ticketOf(ticketId))
      const entry = header.rescue?.custodians.find(each => each.certificate === custodian)
      if (entry === undefined)
        throw new BrokerError('bid_not_for_this_key', 'the certificate is of no custodian of this envelope', { received: custodian })
      return entry.part
    },

    /**
     * A custodian hands in the share; with the last one needed the bid is opened. The same share of the same person again is answered with the rescue as it stands.
     * @param custodian thumbprint of the custodian's certificate
     * @param who the person: two shares take two persons
     * @throws BrokerError `bid_not_for_this_key`, `bid_rescue_part_wrong`, `bid_envelope_malformed`, `bid_wrong_state` when the rescue has ended, somebody else gave this share, or the person gave another one
     */
    async give(ticketId: string, custodian: string, holder: KeyHolder, who: Who): Promise<RescueTicket> {
      const ticket = await ticketOf(ticketId)
      const head = await headOf(ticket)
      const share = await openShare(head, custodian, holder)
      requireShare(head, share)
      const at = clock.now().toISOString()
      const { openingId, uscc, envelope } = ticket
      const given = await rescues.give(
        {
          ticketId,
          place: share.place,
          custodian,
          by: who.by,
          at,
          sealed: sealing.seal(share.value.toString('base64url'), labelOf(ticketId, share.place)),
        },
        { openingId, uscc, kind: 'share-given', at, facts: { envelope, ticket: ticketId, place: share.place, custodian }, ...who },
      )
      if (given) return await perform(ticket)
      if (!(await gave(ticket, custodian, who)))
        throw new BrokerError('bid_wrong_state', 'the rescue has ended, this share was given, or this person gave another')
      const now = await ticketOf(ticketId)
      return now.state === 'gathering' ? await perform(now) : now
    },

    /** Goes on where a process died: with what it was opening, and with tickets that have shares enough. */
    async resume(limit: number): Promise<void> {
      const now = clock.now().getTime()
      const left = [
        ...(await rescues.waiting('performing', new Date(now - GONE_MS), limit)),
        ...(await rescues.waiting('gathering', new Date(now - 1000), limit)),
      ]
      for (const ticket of left) await perform(ticket)
    },

    /** Its opening has closed and custodians did not come: what the bid failed of before stands. A rescue that is being performed is left to end. */
    async giveUp(bid: Bid): Promise<void> {
      const ticket = await rescues.ticket(bid.ticket ?? '')
      if (ticket?.state !== 'gathering') return
      const reason = bid.failure !== undefined && isReason(bid.failure.reason) ? bid.failure.reason : 'late'
      const facts = 'too few custodians came'
      const opening = await moving.opening(bid.openingId)
      await end({ ...ticket, state: 'failed' }, nextBid(opening, bid, { kind: 'rescue-failed', reason, facts }, clock.now()), 'rescue-failed', {
        ticket: ticket.id,
        reason,
        facts,
      })
    },
  }
}

const labelOf = (ticketId: string, place: number): string => `bid rescue share ${ticketId} ${place}`
