/**
 * Owns the encrypted records: SM4 in counter mode (GB/T 17964), then HMAC-SM3 over ciphertext, kind and number. OpenSSL 3.5 has no SM4-GCM to be had from Node, and this pair also commits to its key.
 *
 * Kind and number are authenticated and never written: a record at another place, of another envelope, left out, doubled or added does not verify there, and a content without its last record is cut off.
 * The keys come of the secret and of the whole header, so that under an edited header nothing verifies.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { derive, digest, malformed, RECORD, SIZES, uint32 } from './format.ts'

type Kind = (typeof RECORD)[keyof typeof RECORD]

export class Records {
  readonly #cipherKey: Buffer
  readonly #recordKey: Buffer
  /** stands behind the header: says at once whether secret and header belong together */
  readonly seal: Buffer

  constructor(secret: Buffer, head: Buffer) {
    const keys = derive(secret, digest('head', head), 'content', 16 + 32 + 32)
    this.#cipherKey = keys.subarray(0, 16)
    this.#recordKey = keys.subarray(16, 48)
    this.seal = createHmac('sm3', keys.subarray(48)).update(head).digest()
  }

  /** @throws BrokerError `bid_envelope_malformed` */
  requireSeal(seal: Buffer): void {
    if (!timingSafeEqual(seal, this.seal)) throw malformed('its header was edited')
  }

  write(kind: Kind, number: number, plain: Buffer): Buffer {
    const encrypted = createCipheriv('sm4-ctr', this.#cipherKey, counterOf(number)).update(plain)
    return Buffer.concat([frameOf(kind, encrypted.length), encrypted, this.#tag(kind, number, encrypted)])
  }

  /** @throws BrokerError `bid_envelope_malformed` */
  read(kind: Kind, number: number, encrypted: Buffer, tag: Buffer): Buffer {
    if (!timingSafeEqual(tag, this.#tag(kind, number, encrypted))) throw malformed(`record ${number} was changed or does not belong there`)
    return createDecipheriv('sm4-ctr', this.#cipherKey, counterOf(number)).update(encrypted)
  }

  #tag(kind: Kind, number: number, encrypted: Buffer): Buffer {
    return createHmac('sm3', this.#recordKey)
      .update(Buffer.concat([Buffer.of(kind), uint32(number), uint32(encrypted.length)]))
      .update(encrypted)
      .digest()
  }
}

/** The first block's counter: the record's number, then 96 bits that count its blocks, of which there are at most 65,536. One key encrypts one envelope. */
const counterOf = (number: number): Buffer => Buffer.concat([uint32(number), Buffer.alloc(12)])

const FRAME = 5
const frameOf = (kind: Kind, length: number): Buffer => Buffer.concat([Buffer.of(kind), uint32(length)])

/** What follows: kind and length of a record. @throws BrokerError `bid_envelope_malformed` */
export async function readFrame(
  pieces: { exactly(octets: number, what: string): Promise<Buffer> },
  what: string,
): Promise<{ kind: Kind; length: number }> {
  const frame = await pieces.exactly(FRAME, what)
  const [kind, length] = [frame[0], frame.readUInt32BE(1)]
  if (kind === RECORD.cover && length === SIZES.cover) return { kind, length }
  if (kind === RECORD.chunk && length === SIZES.chunk) return { kind, length }
  if (kind === RECORD.last && length <= SIZES.chunk) return { kind, length }
  throw malformed(`a record of kind ${kind} with ${length} octets`)
}
