/**
 * Owns decrypting one bid at its opening, by its bidder's shield or phone. A process holds the bid while it works and says so every minute; one that dies leaves it to be tried again. What was found
 * wrong becomes a reason, and first of all it is asked whether the file is still the one that was received.
 */
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bid } from '../../storage/stores-bids.ts'
import { type OpenedBid, openBid, type Unlock, withBidderKey } from '../envelope/open.ts'
import type { KeyHolder } from '../envelope/part.ts'
import { scanEnvelope } from '../envelope/scan.ts'
import type { Moving } from './moving.ts'
import type { OpeningPorts, Who } from './ports.ts'
import { type Reason, reasonOf } from './reasons.ts'

/** how often a process says that it is still at it */
const BEAT_MS = 60_000
/** how long one that says nothing is waited for */
export const GONE_MS = 10 * BEAT_MS

export interface Decryption {
  openingId: string
  uscc: Uscc
  by: 'shield' | 'phone'
  /** asks the shield for the bid key; the private key stays there */
  holder: KeyHolder
}

/** @returns the bid, opened or failed with a reason. @throws BrokerError `bid_before_opening`, `bid_wrong_state`, `bid_unknown` */
export async function decryptBid(ports: OpeningPorts, moving: Moving, { openingId, uscc, by, holder }: Decryption, who: Who): Promise<Bid> {
  const bid = await moving.moveBid(openingId, uscc, { kind: 'begun', by }, who, { by })
  try {
    const { content } = await openAndKeep(ports, bid, withBidderKey(holder), () => stillAt(ports, bid))
    return await moving.moveBid(openingId, uscc, { kind: 'opened', attempt: bid.attempts, content }, who, { sm3: content.sm3, size: content.size })
  } catch (thrown) {
    const { reason, facts } = await whyFailed(ports, bid, thrown)
    return await moving.moveBid(openingId, uscc, { kind: 'failed', attempt: bid.attempts, reason, facts }, who, { reason, facts })
  }
}

async function stillAt({ store, clock }: OpeningPorts, bid: Bid): Promise<void> {
  if (!(await store.stillAt(bid, clock.now()))) throw new BrokerError('bid_wrong_state', 'the bid was taken away meanwhile')
}

/** Opens the received file and hands its content on, telling every minute that somebody is at it. */
export async function openAndKeep(
  ports: OpeningPorts,
  bid: Bid,
  unlock: Unlock,
  beat: () => Promise<void>,
): Promise<{ content: { name: string; size: number; sm3: string } }> {
  const found = await openBid(ports.envelopes.open(bid.envelope), unlock)
  try {
    requireSame(bid, found)
    await ports.opened.keep(bid, found.cover, beating(ports, found.content, beat))
    return { content: found.cover.content }
  } finally {
    await found.close()
  }
}

/** The envelope that was received, and not an older one of the same bidder; and a cover that names whoever handed it in. */
function requireSame(bid: Bid, { header, cover }: OpenedBid): void {
  if (header.id !== bid.envelope) throw new BrokerError('bid_envelope_malformed', 'another envelope stands in its place')
  if (cover.bidder.uscc !== bid.uscc) throw new BrokerError('bid_not_for_this_opening', 'its cover names another company')
}

async function* beating({ clock }: OpeningPorts, content: AsyncIterable<Buffer>, beat: () => Promise<void>): AsyncGenerator<Buffer, void, undefined> {
  let last = clock.now().getTime()
  for await (const piece of content) {
    yield piece
    const now = clock.now().getTime()
    if (now - last < BEAT_MS) continue
    last = now
    await beat()
  }
}

export async function whyFailed(ports: OpeningPorts, bid: Bid, thrown: unknown): Promise<{ reason: Reason; facts: string }> {
  const { code, facts } = asBrokerError(thrown)
  ports.log.warn({ err: thrown, opening: bid.openingId }, 'a bid was not decrypted')
  if (code !== 'bid_not_for_this_key' && code !== 'bid_envelope_malformed')
    return { reason: reasonOf(code, { intact: true, changed: false }), facts: code }
  const [intact, changed] = [await isIntact(ports, bid), await ports.changed(bid)]
  return { reason: reasonOf(code, { intact, changed }), facts }
}

async function isIntact({ envelopes }: OpeningPorts, bid: Bid): Promise<boolean> {
  try {
    const { size, sm3 } = await scanEnvelope(envelopes.open(bid.envelope))
    return size === bid.file.size && sm3 === bid.file.sm3
  } catch {
    return false
  }
}
