/**
 * Owns what can be said of a received envelope without any key: that it is whole in its frame, for which opening and rescue it was made, and its digest, by which the center can show later that it
 * kept it as it came. Whether it opens only the bidder's own test says (self-test.ts).
 */
import { createHash } from 'node:crypto'
import { bytesOf, type Source } from '../../pki/cms-bytes.ts'
import { MOST_CHUNKS, malformed, RECORD, SIZES } from './format.ts'
import { type EnvelopeHead, readHead } from './header.ts'
import { Pieces } from './pieces.ts'
import { readFrame } from './records.ts'

export interface ScannedEnvelope {
  head: EnvelopeHead
  /** octets of the whole file */
  size: number
  /** of the whole file */
  sm3: string
}

/** Reads an envelope to its end. @throws BrokerError `bid_envelope_malformed` for one that was cut off or is none; `internal` when the source fails */
export async function scanEnvelope(envelope: Source): Promise<ScannedEnvelope> {
  const hash = createHash('sm3')
  let size = 0
  async function* passing() {
    for await (const piece of bytesOf(envelope)) {
      hash.update(piece)
      size += piece.length
      yield piece
    }
  }
  const pieces = new Pieces(passing())
  try {
    const head = await readHead(pieces)
    await pieces.exactly(SIZES.tag, 'its seal')
    for (let number = 0; number < MOST_CHUNKS; number++) {
      const what = `record ${number}`
      const { kind, length } = await readFrame(pieces, what)
      if ((kind === RECORD.cover) !== (number === 0)) throw malformed(`${what} is not where it belongs`)
      await pieces.exactly(length + SIZES.tag, what)
      if (kind === RECORD.last) break
    }
    if (!(await pieces.atEnd())) throw malformed('something follows its end')
    return { head, size, sm3: hash.digest('hex') }
  } finally {
    await pieces.close()
  }
}
