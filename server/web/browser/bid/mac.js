/** Owns HMAC (RFC 2104) and HKDF (RFC 5869) with SM3, and the two digests that the format names (docs/bid-envelopes.md, section "The format"). */
import { joined, utf8 } from './octets.js'
import { Sm3 } from './sm3.js'

const BLOCK = 64

/** One key; its two first blocks are hashed once. */
export class HmacSm3 {
  #inner
  #outer

  /** @param {Uint8Array} key */
  constructor(key) {
    const padded = new Uint8Array(BLOCK)
    padded.set(key.length > BLOCK ? new Sm3().update(key).digest() : key)
    this.#inner = new Sm3().update(padded.map(octet => octet ^ 0x36))
    this.#outer = new Sm3().update(padded.map(octet => octet ^ 0x5c))
  }

  /** @param {readonly Uint8Array[]} parts @returns 32 octets */
  of(...parts) {
    const inner = this.#inner.copy()
    for (const part of parts) inner.update(part)
    return this.#outer.copy().update(inner.digest()).digest()
  }
}

/**
 * K of the format.
 * @param {Uint8Array} secret
 * @param {Uint8Array} salt
 * @param {string} purpose
 * @param {number} octets at most 255 * 32
 */
export function derive(secret, salt, purpose, octets) {
  const expand = new HmacSm3(new HmacSm3(salt).of(secret))
  const info = utf8(`shared-shield bid ${purpose} v1`)
  const out = new Uint8Array(octets)
  let block = new Uint8Array(0)
  for (let at = 0; at < octets; at += 32) {
    block = expand.of(block, info, Uint8Array.of(at / 32 + 1))
    out.set(block.subarray(0, octets - at), at)
  }
  return out
}

/** D of the format. @param {string} purpose @param {readonly Uint8Array[]} parts */
export const digest = (purpose, ...parts) => new Sm3().update(joined(utf8(`shared-shield bid ${purpose} v1\0`), ...parts)).digest()
