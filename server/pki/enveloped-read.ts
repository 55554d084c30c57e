/**
 * Owns the structure of enveloped data in a stream, RFC 5652 6.1, and of GB/T 35275's signed-and-enveloped data, which is the same with a signed message's fields
 * around it: what stands before the ciphertext, and what stands after it.
 */
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { ENVELOPED_DATA, SIGNED_AND_ENVELOPED_DATA, SIGNED_DATA } from './cms-algorithms.ts'
import { unarmored } from './cms-armor.ts'
import { bytesOf, type Source } from './cms-bytes.ts'
import { MOST, type SignedData } from './cms-signed-data.ts'
import { onlyElement, readOid, TAG } from './der.ts'
import { DerStream } from './der-stream.ts'
import { type ContentCipher, readCipher } from './enveloped-cipher.ts'
import { MAX_RECIPIENTS, type Recipient, readRecipient } from './enveloped-recipient.ts'

const SMALL = 64 * 1024
const LARGE = 8 * 1024 * 1024

export interface EnvelopeHead {
  kind: 'enveloped' | 'signedAndEnveloped'
  type: string
  recipients: readonly Recipient[]
  /** of signed-and-enveloped data */
  digestAlgorithms: readonly Buffer[]
  contentType: string
  cipher: ContentCipher
  iv: Buffer
}

/** Reads up to the ciphertext, which comes next. No key is needed. @throws BrokerError `message_malformed`, `algorithm_refused` */
export async function readEnvelopeHead(stream: DerStream): Promise<EnvelopeHead> {
  try {
    return await readHead(stream)
  } catch (thrown) {
    throw unreadable(thrown)
  }
}

function unreadable(thrown: unknown): BrokerError {
  const error = asBrokerError(thrown)
  return error.code === 'certificate_malformed' ? new BrokerError('message_malformed', error.facts, { cause: error }) : error
}

/**
 * What kind of message it is, from its first octets.
 * @param cms DER, BER, PEM or base64; only its beginning is read
 * @throws BrokerError `message_malformed` when it is no message
 */
export async function messageKind(cms: Source): Promise<'signed' | EnvelopeHead['kind']> {
  const stream = new DerStream(unarmored(bytesOf(cms)))
  try {
    await stream.enter(TAG.sequence)
    const type = readOid(onlyElement(await stream.element(SMALL, TAG.oid)))
    return SIGNED_DATA.includes(type) ? 'signed' : kindOf(type)
  } catch (thrown) {
    throw unreadable(thrown)
  } finally {
    await stream.stop()
  }
}

async function readHead(stream: DerStream): Promise<EnvelopeHead> {
  await stream.enter(TAG.sequence)
  const type = readOid(onlyElement(await stream.element(SMALL, TAG.oid)))
  const kind = kindOf(type)
  await stream.enter(0xa0)
  await stream.enter(TAG.sequence)
  await stream.element(SMALL, TAG.integer)
  // originatorInfo: certificates for key agreement
  if (kind === 'enveloped' && (await stream.peek()) === 0xa0) await stream.skip(LARGE)
  const recipients = await readRecipients(stream)
  const digestAlgorithms = kind === 'enveloped' ? [] : await readSet(stream, TAG.set, SMALL, MOST.digestAlgorithms)
  await stream.enter(TAG.sequence)
  const contentType = readOid(onlyElement(await stream.element(SMALL, TAG.oid)))
  const { cipher, iv } = readCipher(await stream.element(SMALL, TAG.sequence))
  const next = await stream.peek()
  if (next !== 0x80 && next !== 0xa0) throw new BrokerError('message_malformed', 'an envelope without content')
  return { kind, type, recipients, digestAlgorithms, contentType, cipher, iv }
}

function kindOf(type: string): EnvelopeHead['kind'] {
  if (ENVELOPED_DATA.includes(type)) return 'enveloped'
  if (SIGNED_AND_ENVELOPED_DATA.includes(type)) return 'signedAndEnveloped'
  throw new BrokerError('message_malformed', 'not enveloped data')
}

async function readRecipients(stream: DerStream): Promise<Recipient[]> {
  const found = await readSet(stream, TAG.set, LARGE, MAX_RECIPIENTS)
  return found.map(readRecipient).filter(each => each !== undefined)
}

/** Reads what is left, to the end of the message. @throws BrokerError `message_malformed` */
export async function readEnvelopeTail(
  stream: DerStream,
  kind: EnvelopeHead['kind'],
): Promise<Pick<SignedData, 'certificateDer' | 'crlDer' | 'signers'>> {
  // sharedInfo1 and sharedInfo2 of GB/T 35275 belong to key agreement
  await skipRest(stream)
  await stream.leave()
  const signed = kind === 'signedAndEnveloped'
  const certificateDer = signed ? await readSet(stream, 0xa0, LARGE, MOST.certificates) : []
  if (signed && (await stream.peek()) === 0xa1) await stream.skip(8 * LARGE)
  const signers = signed ? await readSet(stream, TAG.set, LARGE, MOST.signers) : []
  // unprotectedAttrs
  if (!signed) await skipRest(stream)
  await stream.leave()
  await stream.leave()
  await stream.leave()
  await stream.end()
  return { certificateDer, crlDer: [], signers }
}

async function readSet(stream: DerStream, tag: number, limit: number, most: number): Promise<Buffer[]> {
  if (tag !== TAG.set && (await stream.peek()) !== tag) return []
  await stream.enter(tag)
  const found = await stream.elements(limit, most)
  await stream.leave()
  return found
}

async function skipRest(stream: DerStream): Promise<void> {
  while ((await stream.peek()) !== undefined) await stream.skip(SMALL)
}
