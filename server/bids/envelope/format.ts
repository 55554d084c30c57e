/** Owns the numbers and the frame of a bid envelope, version 1; docs/bid-envelopes.md says the same for other vendors, and test/bids/envelope/document.test.ts reads one by that document alone. */
import { createHash, hkdfSync } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'

/** As in PNG: a transfer that takes it for text, or cuts the eighth bit off, changes these octets. */
export const MAGIC = Buffer.from('89534249440d0a1a', 'hex')
export const VERSION = 1
/** octets */
export const SIZES = {
  header: 64 * 1024,
  /** of the cover, always: a length would tell the length of a name */
  cover: 2048,
  chunk: 1024 * 1024,
  tag: 32,
  secret: 32,
} as const

/** What a record is. The last chunk says that it is: without it the content was cut off. */
export const RECORD = { cover: 1, chunk: 2, last: 3 } as const

/** Chunks are counted in 32 bits: 4 PiB. */
export const MOST_CHUNKS = 2 ** 32

export const malformed = (facts: string, cause?: unknown): BrokerError =>
  new BrokerError('bid_envelope_malformed', facts, cause === undefined ? {} : { cause })

/** SM3 (GB/T 32905) over a purpose, a zero octet and parts whose lengths are fixed by the purpose. */
export function digest(purpose: string, ...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sm3').update(`shared-shield bid ${purpose} v1\0`)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** HKDF (RFC 5869) with SM3. */
export const derive = (secret: Uint8Array, salt: Uint8Array, purpose: string, octets: number): Buffer =>
  Buffer.from(hkdfSync('sm3', secret, salt, `shared-shield bid ${purpose} v1`, octets))

export function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}
