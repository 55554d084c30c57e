/** Owns making an envelope while the content flows through. One fresh secret a envelope; the content's size and digest are known before (measure.ts) and held to. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/shamir.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { readableOf, type Source } from '../../pki/cms-bytes.ts'
import { type Cover, writeCover } from './cover.ts'
import { MOST_CHUNKS, RECORD, SIZES } from './format.ts'
import { bindingOf, type EnvelopeFacts, writeHead } from './header.ts'
import { KIND, wrapTo } from './part.ts'
import { Pieces } from './pieces.ts'
import { Records } from './records.ts'
import { makeRescue, type RescueRecipients } from './rescue.ts'

export interface EncryptBid {
  content: Source
  facts: EnvelopeFacts
  cover: Omit<Cover, 'certificates'>
  /** the bidder's encryption certificates, 1 to 8: a second shield of the company is a cheap insurance */
  recipients: readonly Certificate[]
  /** none: nobody but the bidder ever opens it */
  rescue?: RescueRecipients
  random: Random
}

/**
 * Encrypts a bid.
 * @returns a stream; its errors are BrokerErrors: `bad_request` for facts that are none or a content that is not the one measured, `certificate_wrong_use`, `algorithm_refused`, `internal` when the
 * source fails
 */
export const encryptBid = (request: EncryptBid): Readable => readableOf(written(request))

async function* written({ content, facts, cover, recipients, rescue, random }: EncryptBid): AsyncGenerator<Buffer, void, undefined> {
  const pieces = new Pieces(content)
  try {
    const secret = random(SIZES.secret)
    const keepers = rescue && {
      custodians: rescue.custodians.map(each => each.thumbprint),
      platform: rescue.platform.thumbprint,
      threshold: rescue.threshold,
    }
    const binding = bindingOf(facts, keepers)
    const head = writeHead({
      ...facts,
      cipher: 'SM4-CTR-HMAC-SM3',
      keys: recipients.map(each => wrapTo(each, { kind: KIND.bidKey, place: 0, value: secret }, binding)),
      ...(rescue === undefined ? {} : { rescue: makeRescue(secret, rescue, binding, random) }),
    })
    const records = new Records(secret, head.bytes)
    const front = writeCover({ ...cover, certificates: recipients.map(each => each.thumbprint) })
    yield Buffer.concat([head.bytes, records.seal, records.write(RECORD.cover, 0, front)])
    yield* chunks(pieces, records, cover.content)
  } catch (thrown) {
    throw asBrokerError(thrown)
  } finally {
    await pieces.close()
  }
}

async function* chunks(pieces: Pieces, records: Records, promised: Cover['content']): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sm3')
  let came = 0
  for (let number = 1; ; number++) {
    const plain = await pieces.upTo(SIZES.chunk)
    hash.update(plain)
    came += plain.length
    const last = await pieces.atEnd()
    // the last record is what makes it an envelope: it is not written for another content
    if (came > promised.size || number >= MOST_CHUNKS || (last && (came !== promised.size || hash.digest('hex') !== promised.sm3))) {
      throw new BrokerError('bad_request', 'the content changed since it was measured; begin again')
    }
    yield records.write(last ? RECORD.last : RECORD.chunk, number, plain)
    if (last) return
  }
}
