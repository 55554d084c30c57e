/**
 * Owns opening enveloped data, RFC 5652 6 and GB/T 35275, as it flows.
 *
 * Two traps. Every failure after the key was touched is one and the same: `decryption_failed`, at the end of the message, whether the key, the padding or the
 * structure was wrong, or it is for somebody else; nobody learns anything by asking. And the plaintext comes out BEFORE its end is known to be good, and is not
 * authenticated even then: write it to a temporary name and give it its own when the stream has ended well (cms-file.ts does).
 */
import { createDecipheriv, type KeyObject } from 'node:crypto'
import type { Readable } from 'node:stream'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { unarmored } from './cms-armor.ts'
import { bytesOf, readableOf, type Source } from './cms-bytes.ts'
import type { SignedData } from './cms-signed-data.ts'
import { DerStream } from './der-stream.ts'
import { type EnvelopeHead, readEnvelopeHead, readEnvelopeTail } from './enveloped-read.ts'
import { isFor, type Recipient, unwrap } from './enveloped-recipient.ts'

export interface Opener {
  /** the certificate it was encrypted to */
  certificate: Certificate
  privateKey: KeyObject
}

/**
 * Decrypts a message for one of its recipients.
 * @param cms DER, BER, PEM or base64
 * @returns the plaintext as a stream, good only when it has ended. Its errors are BrokerErrors: `message_malformed` and `algorithm_refused` before the key is touched,
 * `decryption_failed` from then on, `internal` when the source fails
 */
export const decryptCmsStream = (cms: Source, opener: Opener): Readable => readableOf(plaintextOf(cms, opener))

/** The signed part of signed-and-enveloped data. */
export type EnvelopeSigned = Omit<SignedData, 'certificates'>

/** What is handed out beside the plaintext of signed-and-enveloped data. */
export interface SignedHandlers {
  /** before the plaintext */
  onHead(head: Pick<SignedData, 'digestAlgorithms'>): void
  /** after the plaintext, and only when all of it is good */
  onSigned(signed: EnvelopeSigned): void
}

/** @param handlers signed-and-enveloped data is wanted, not enveloped data */
export async function* plaintextOf(
  cms: Source,
  { certificate, privateKey }: Opener,
  handlers?: SignedHandlers,
): AsyncGenerator<Buffer, void, undefined> {
  const source = new Guarded(cms)
  const stream = new DerStream(unarmored(source.bytes()))
  try {
    const head = await readEnvelopeHead(stream)
    if ((head.kind === 'signedAndEnveloped') !== (handlers !== undefined))
      throw new BrokerError('message_malformed', `${head.kind} data is not expected here`)
    handlers?.onHead(head)
    const recipient = head.recipients.find(each => isFor(each, certificate))
    if (recipient !== undefined && recipient.transport === undefined) throw new BrokerError('algorithm_refused', 'the key transport is not accepted')
    try {
      if (recipient === undefined) throw new Error('not for this certificate')
      yield* decrypted(stream, await unwrapFor(recipient, privateKey, head))
      const signed = await readEnvelopeTail(stream, head.kind)
      handlers?.onSigned({ type: head.type, contentType: head.contentType, digestAlgorithms: head.digestAlgorithms, ...signed })
    } catch {
      // no cause: it would say what nobody may know
      throw source.failure ?? new BrokerError('decryption_failed', 'it cannot be decrypted with this key')
    }
  } catch (thrown) {
    throw asBrokerError(thrown)
  } finally {
    await stream.stop()
  }
}

interface Opened {
  decipher: ReturnType<typeof createDecipheriv>
  is: 'unwrapped' | 'random'
}

async function unwrapFor(recipient: Recipient, privateKey: KeyObject, { cipher, iv }: EnvelopeHead): Promise<Opened> {
  const { key, is } = await unwrap(recipient, privateKey, cipher.keyLength)
  return { decipher: createDecipheriv(cipher.name, key, iv), is }
}

async function* decrypted(stream: DerStream, { decipher, is }: Opened): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of stream.octets(0x80)) {
    const plain = decipher.update(piece)
    if (plain.length > 0) yield plain
  }
  const last = decipher.final()
  if (is === 'random') throw new Error('another key')
  if (last.length > 0) yield last
}

/** A source that remembers whether it failed itself: a disk's failure is no oracle, and must not look like one of the message. */
class Guarded {
  failure: BrokerError | undefined
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  async *bytes(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* bytesOf(this.#source)
    } catch (thrown) {
      this.failure = asBrokerError(thrown)
      throw this.failure
    }
  }
}
