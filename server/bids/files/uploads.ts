import { BrokerError } from '../../kernel/errors.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Bid, BidStore, BidUpload, BidUploadStore, Opening } from '../../storage/stores-bids.ts'
import { inspect } from '../envelope/open.ts'
import { LIMITS } from '../limits.ts'
import type { Openings } from '../opening/openings.ts'
import type { OpeningPorts, Who } from '../opening/ports.ts'
import type { Shelf } from './shelf.ts'

/** Envelopes on their way in: begun, received in pieces, registered. Owns whose an upload is, that none begins after the deadline, and what becomes of those that were never registered. */
export interface UploadDeps extends Pick<OpeningPorts, 'clock'> {
  store: BidUploadStore
  bids: Pick<BidStore, 'opening' | 'bid'>
  shelf: Shelf
  openings: Pick<Openings, 'register'>
}
export interface Progress {
  id: string
  size: number
  received: number
}
export interface Bidder {
  uscc: Uscc
  name: string
}

export type Uploads = ReturnType<typeof createUploads>

export function createUploads({ store, bids, shelf, openings, clock }: UploadDeps) {
  /** @throws BrokerError bid_unknown for another company's, too: whether there is one is nobody else's to know */
  async function own(openingId: string, { uscc }: Bidder, id: string): Promise<BidUpload> {
    const found = await store.find(id)
    if (found?.openingId !== openingId || found.uscc !== uscc) throw new BrokerError('bid_unknown', 'no such upload of this company')
    return found
  }
  /** The company's bid, where it has this very envelope: it was registered, and whoever asks again may not have heard of it. */
  async function handedIn(openingId: string, { uscc }: Pick<Bidder, 'uscc'>, id: string): Promise<Bid | undefined> {
    const bid = await bids.bid(openingId, uscc)
    return bid?.envelope === id ? bid : undefined
  }
  const progressOf = async ({ envelope, size }: BidUpload): Promise<Progress> => ({ id: envelope, size, received: await shelf.received(envelope) })

  const wholeOf = ({ envelope, file: { size } }: Bid): Progress => ({ id: envelope, size, received: size })

  async function announced(openingId: string): Promise<Opening> {
    const opening = await bids.opening(openingId)
    if (opening === undefined) throw new BrokerError('bid_unknown', 'no such opening')
    const now = clock.now()
    if (opening.state !== 'announced' || now >= new Date(opening.opensAt))
      throw new BrokerError('bid_late', 'no bids are taken in any more', { received: now.toISOString(), expected: `before ${opening.opensAt}` })
    return opening
  }

  return {
    /** One that is the company's bid by now goes on to be registered, which is answered with that bid. @throws BrokerError bid_late, too_large, bid_uploads_full, bid_wrong_state where the id is somebody's already */
    async begin(openingId: string, { uscc }: Bidder, { id, size }: { id: string; size: number }): Promise<Progress> {
      const bid = await handedIn(openingId, { uscc }, id)
      if (bid?.file.size === size) return wholeOf(bid)
      const { opensAt } = await announced(openingId)
      if (size > LIMITS.envelope) throw new BrokerError('too_large', 'larger than an envelope may be', { expected: `at most ${LIMITS.envelope}` })
      const expiresAt = new Date(Date.parse(opensAt) + LIMITS.uploadKept).toISOString()
      const upload = { envelope: id, openingId, uscc, size, begunAt: clock.now().toISOString(), expiresAt }
      const outcome = await store.begin(upload, LIMITS.uploads)
      if (outcome === 'full')
        throw new BrokerError('bid_uploads_full', 'the company has announced more than it may', { expected: `${LIMITS.uploads}` })
      if (outcome === 'taken') throw new BrokerError('bid_wrong_state', 'the envelope’s id is taken')
      return await progressOf(upload)
    },
    /** One that is the company's bid by now has been received whole. @throws BrokerError bid_unknown */
    async look(openingId: string, bidder: Bidder, id: string): Promise<Progress> {
      const bid = await handedIn(openingId, bidder, id)
      return bid === undefined ? await progressOf(await own(openingId, bidder, id)) : wholeOf(bid)
    },
    /** @throws BrokerError bid_unknown, bid_late, bid_upload_out_of_step, too_large */
    async piece(openingId: string, bidder: Bidder, id: string, offset: number, octets: AsyncIterable<Uint8Array>): Promise<Progress> {
      const upload = await own(openingId, bidder, id)
      await announced(openingId)
      const received = await shelf.add(id, offset, octets, Math.min(LIMITS.piece, Math.max(0, upload.size - offset)))
      // now, and not when it is registered: copying gigabytes shall not make a bid late
      if (received === upload.size) await shelf.finish(id, upload.size)
      return { id, size: upload.size, received }
    },
    /**
     * The whole envelope becomes the company's bid. Once it is, the same again is answered with that bid, after the deadline too.
     * @param certificates the bidder's, in the order of the header's keys
     * @throws BrokerError bid_unknown, bid_upload_out_of_step where octets lack, and what registering refuses
     */
    async register(openingId: string, { uscc, name }: Bidder, id: string, certificates: Bid['certificates'], who: Who): Promise<Bid> {
      const before = await handedIn(openingId, { uscc }, id)
      if (before !== undefined) return before
      const { size } = await own(openingId, { uscc, name }, id)
      await announced(openingId)
      await shelf.finish(id, size)
      const { keys } = (await inspect(shelf.envelopes.open(id))).header
      if (keys.length !== certificates.length)
        throw new BrokerError('bad_request', 'one certificate for each key of the envelope', {
          received: `${certificates.length}`,
          expected: `${keys.length}`,
        })
      const bid = await openings.register({ openingId, uscc, name, envelope: id, certificates }, who)
      await store.drop(id)
      return bid
    },
    /** Those that can no longer be registered, by the present time of their opening. To be called now and then. */
    async sweep(limit: number): Promise<void> {
      const now = clock.now()
      const opened = new Date(now.getTime() - LIMITS.uploadKept)
      // its row goes first, and only while it is still over: of what was postponed or registered meanwhile the file stays
      for (const { envelope } of await store.over(now, opened, limit))
        if ((await store.dropOver(envelope, opened)) === 'left') await shelf.drop(envelope)
    },
  }
}

export const known = (certificate: Certificate): Bid['certificates'][number] => ({
  thumbprint: certificate.thumbprint,
  notAfter: certificate.notAfter.toISOString(),
  der: certificate.der.toString('base64'),
})
