/** Owns the encrypted records, written and read: section 5 of docs/bid-envelopes.md. */
import { BidFailure } from './failure.js'
import { derive, digest, HmacSm3 } from './mac.js'
import { joined, same, uint32 } from './octets.js'
import { Sm4Ctr } from './sm4.js'

/** @typedef {import('./octets.js').Octets} Octets */

export const RECORD = { cover: 1, chunk: 2, last: 3 }
/** octets of a chunk, of kind and length in front of a record, and of the tag behind it */
export const CHUNK = 1024 * 1024
export const FRAME = 5
export const TAG = 32
/** 4 PiB; a browser's File has at most 2^53 octets */
export const MOST_CHUNKS = 2 ** 32

export class Records {
  #cipher
  #mac
  /** stands behind the header */
  seal

  /**
   * @param {Octets} bidKey
   * @param {Octets} head everything before the seal
   */
  constructor(bidKey, head) {
    const keys = derive(bidKey, digest('head', head), 'content', 16 + 32 + 32)
    this.#cipher = new Sm4Ctr(keys.subarray(0, 16))
    this.#mac = new HmacSm3(keys.subarray(16, 48))
    this.seal = new HmacSm3(keys.subarray(48)).of(head)
  }

  /**
   * @param {number} kind
   * @param {number} number
   * @param {Uint8Array} plain left as it is
   * @returns {Octets} the whole record
   */
  write(kind, number, plain) {
    const record = new Uint8Array(FRAME + plain.length + TAG)
    record[0] = kind
    record.set(uint32(plain.length), 1)
    const encrypted = record.subarray(FRAME, FRAME + plain.length)
    encrypted.set(plain)
    this.#cipher.apply(encrypted, number)
    record.set(this.#tag(kind, number, encrypted), FRAME + plain.length)
    return record
  }

  /**
   * Decrypts in place.
   * @param {number} kind
   * @param {number} number
   * @param {Uint8Array} encrypted
   * @param {Uint8Array} tag
   * @throws BidFailure `bid_envelope_malformed`
   */
  read(kind, number, encrypted, tag) {
    if (!same(tag, this.#tag(kind, number, encrypted))) throw new BidFailure('bid_envelope_malformed', `record ${number} does not verify`)
    this.#cipher.apply(encrypted, number)
    return encrypted
  }

  /** @param {number} kind @param {number} number @param {Uint8Array} encrypted */
  #tag(kind, number, encrypted) {
    return this.#mac.of(joined(Uint8Array.of(kind), uint32(number), uint32(encrypted.length)), encrypted)
  }
}
