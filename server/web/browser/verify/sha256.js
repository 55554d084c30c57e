/** Owns SHA-256 (FIPS 180-4) over octets as they come: the browser has its own for a whole that is in memory, and none in pieces. */
import { BlockDigest } from '../bid/block-digest.js'

const BLOCK = 64

/** 4.2.2 and 5.3.3: the first bits of the fractions of roots of the first primes. */
const PRIMES = primes(64)
const K = Int32Array.from(PRIMES, prime => fraction(prime ** (1 / 3)))
const START = Int32Array.from(PRIMES.slice(0, 8), prime => fraction(prime ** (1 / 2)))

/** The expanded message; one for all, as nothing is kept in it between blocks. */
const W = new Int32Array(64)

export class Sha256 extends BlockDigest {
  constructor() {
    super(START, compress)
  }
}

/** 6.2.2. @param {Int32Array} state @param {Uint8Array} bytes whole blocks @param {number} blocks */
function compress(state, bytes, blocks) {
  for (let at = 0; at < blocks * BLOCK; at += BLOCK) {
    for (let t = 0, i = at; t < 16; t++, i += 4) W[t] = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]
    for (let t = 16; t < 64; t++) {
      const x = W[t - 15]
      const y = W[t - 2]
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      W[t] = (s1 + W[t - 7] + s0 + W[t - 16]) | 0
    }
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    let e = state[4]
    let f = state[5]
    let g = state[6]
    let h = state[7]
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[t] + W[t]) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h
  }
}

/** @param {number} count @returns {number[]} the first of them */
function primes(count) {
  /** @type {number[]} */
  const found = []
  for (let each = 2; found.length < count; each++) if (found.every(prime => each % prime !== 0)) found.push(each)
  return found
}

/** @param {number} root @returns {number} its first 32 bits behind the point */
function fraction(root) {
  return Math.floor((root % 1) * 2 ** 32) | 0
}
