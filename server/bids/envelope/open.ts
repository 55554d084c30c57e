/**
 * Owns opening an envelope as it flows: with the bidder's key, by rescue, or not at all (inspect). What comes out of `content` was verified chunk by chunk, but whole it is only when the stream has
 * ended well: write it under a temporary name until then (pki/cms-file.ts does).
 */
import { createHash } from 'node:crypto'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Source } from '../../pki/cms-bytes.ts'
import { type Cover, readCover } from './cover.ts'
import { MOST_CHUNKS, malformed, RECORD, SIZES } from './format.ts'
import { type EnvelopeHead, type EnvelopeHeader, readHead } from './header.ts'
import { type KeyHolder, KIND, unwrapPart } from './part.ts'
import { Pieces } from './pieces.ts'
import { Records, readFrame } from './records.ts'
import { type RescueRelease, type RescueShare, rescueKey } from './rescue.ts'

/** How somebody comes by the bid key of an envelope. */
export type Unlock = (head: EnvelopeHead) => Promise<Buffer>

/** By one of the bidder's keys. Its refusal is `bid_not_for_this_key`. */
export const withBidderKey =
  (holder: KeyHolder): Unlock =>
  async head => {
    for (const part of head.header.keys) {
      const secret = await unwrapPart(part, holder, { kind: KIND.bidKey, place: 0 }, head.binding)
      if (secret !== undefined) return secret
    }
    throw new BrokerError('bid_not_for_this_key', 'none of its keys is for this one')
  }

/** By the bid key itself, as a shield elsewhere gave it. */
export const withBidKey =
  (secret: Buffer): Unlock =>
  async () => {
    if (secret.length !== SIZES.secret) throw new BrokerError('bad_request', `a bid key of ${secret.length} octets`)
    return secret
  }

/** By custodians and platform; see rescue.ts for its refusals. */
export const byRescue =
  (shares: readonly RescueShare[], release: RescueRelease | undefined): Unlock =>
  async head =>
    rescueKey(head, shares, release)

export interface OpenedBid {
  header: EnvelopeHeader
  cover: Cover
  /** to be read once; fails with `bid_envelope_malformed` at the first octet that is not as it was written, and at its end when something is missing or more follows */
  content: AsyncGenerator<Buffer, void, undefined>
  /** for whoever does not read the content to its end */
  close(): Promise<void>
}

/** What an envelope says without any key. @param envelope only its beginning is read. @throws BrokerError `bid_envelope_malformed` */
export async function inspect(envelope: Source): Promise<EnvelopeHead> {
  const pieces = new Pieces(envelope)
  try {
    return await readHead(pieces)
  } finally {
    await pieces.close()
  }
}

/**
 * @throws BrokerError `bid_envelope_malformed`, or what the unlocking refuses with; `internal` when the source fails
 */
export async function openBid(envelope: Source, unlock: Unlock): Promise<OpenedBid> {
  const pieces = new Pieces(envelope)
  try {
    const head = await readHead(pieces)
    const seal = await pieces.exactly(SIZES.tag, 'its seal')
    const records = new Records(await unlock(head), head.bytes)
    records.requireSeal(seal)
    const { kind, plain } = await readRecord(pieces, records, 0)
    if (kind !== RECORD.cover) throw malformed('it has no cover')
    const cover = readCover(plain)
    return { header: head.header, cover, content: contentOf(pieces, records, cover), close: () => pieces.close() }
  } catch (thrown) {
    await pieces.close()
    throw asBrokerError(thrown)
  }
}

async function* contentOf(pieces: Pieces, records: Records, { content }: Cover): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sm3')
  let came = 0
  try {
    for (let number = 1; number < MOST_CHUNKS; number++) {
      const { kind, plain } = await readRecord(pieces, records, number)
      if (kind === RECORD.cover || (plain.length === 0 && number > 1)) throw malformed(`record ${number} is not one of the content`)
      hash.update(plain)
      came += plain.length
      if (kind === RECORD.last && !(await pieces.atEnd())) throw malformed('something follows its end')
      if (kind === RECORD.last && (came !== content.size || hash.digest('hex') !== content.sm3))
        throw malformed('its content is not the one its cover names')
      yield plain
      if (kind === RECORD.last) return
    }
    throw malformed('it does not end')
  } finally {
    await pieces.close()
  }
}

async function readRecord(pieces: Pieces, records: Records, number: number) {
  const what = number === 0 ? 'its cover' : `record ${number}`
  const { kind, length } = await readFrame(pieces, what)
  const encrypted = await pieces.exactly(length, what)
  return { kind, plain: records.read(kind, number, encrypted, await pieces.exactly(SIZES.tag, what)) }
}
