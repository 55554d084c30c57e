/**
 * Owns SM3 (GB/T 32905-2016) for the browser, which has none: over octets as they come, with nothing allocated in the loop. Four rounds are written out at a time, so that words change their roles and not
 * their places.
 */
import { BlockDigest } from './block-digest.js'

const BLOCK = 64

/** T_j of 4.2, turned by j as 5.3.3 needs it. */
const T = Int32Array.from({ length: 64 }, (_, j) => {
  const word = j < 16 ? 0x79cc4519 : 0x7a879d8a
  return (word << (j % 32)) | (word >>> (32 - (j % 32)))
})
/** GB/T 32905-2016, 4.1 */
const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]

/** The expanded message; one for all, as nothing is kept in it between blocks. */
const W = new Int32Array(68)

export class Sm3 extends BlockDigest {
  constructor() {
    super(START, compress)
  }

  /** Another one that has seen the same. */
  copy() {
    return this.copyTo(new Sm3())
  }
}

/**
 * 5.3, for whole blocks.
 * @param {Int32Array} state
 * @param {Uint8Array} bytes
 * @param {number} blocks
 */
function compress(state, bytes, blocks) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, blocks * BLOCK)
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK
    for (let j = 0; j < 16; j++) W[j] = view.getInt32(at + 4 * j)
    for (let j = 16; j < 68; j++) {
      const x = W[j - 16] ^ W[j - 9] ^ ((W[j - 3] << 15) | (W[j - 3] >>> 17))
      W[j] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((W[j - 13] << 7) | (W[j - 13] >>> 25)) ^ W[j - 6]
    }
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    let e = state[4]
    let f = state[5]
    let g = state[6]
    let h = state[7]
    let t = 0
    let s = 0
    for (let j = 0; j < 16; j += 4) {
      t = (a << 12) | (a >>> 20)
      s = (t + e + T[j]) | 0
      s = (s << 7) | (s >>> 25)
      d = ((a ^ b ^ c) + d + (s ^ t) + (W[j] ^ W[j + 4])) | 0
      h = ((e ^ f ^ g) + h + s + W[j]) | 0
      h = h ^ ((h << 9) | (h >>> 23)) ^ ((h << 17) | (h >>> 15))
      b = (b << 9) | (b >>> 23)
      f = (f << 19) | (f >>> 13)
      t = (d << 12) | (d >>> 20)
      s = (t + h + T[j + 1]) | 0
      s = (s << 7) | (s >>> 25)
      c = ((d ^ a ^ b) + c + (s ^ t) + (W[j + 1] ^ W[j + 5])) | 0
      g = ((h ^ e ^ f) + g + s + W[j + 1]) | 0
      g = g ^ ((g << 9) | (g >>> 23)) ^ ((g << 17) | (g >>> 15))
      a = (a << 9) | (a >>> 23)
      e = (e << 19) | (e >>> 13)
      t = (c << 12) | (c >>> 20)
      s = (t + g + T[j + 2]) | 0
      s = (s << 7) | (s >>> 25)
      b = ((c ^ d ^ a) + b + (s ^ t) + (W[j + 2] ^ W[j + 6])) | 0
      f = ((g ^ h ^ e) + f + s + W[j + 2]) | 0
      f = f ^ ((f << 9) | (f >>> 23)) ^ ((f << 17) | (f >>> 15))
      d = (d << 9) | (d >>> 23)
      h = (h << 19) | (h >>> 13)
      t = (b << 12) | (b >>> 20)
      s = (t + f + T[j + 3]) | 0
      s = (s << 7) | (s >>> 25)
      a = ((b ^ c ^ d) + a + (s ^ t) + (W[j + 3] ^ W[j + 7])) | 0
      e = ((f ^ g ^ h) + e + s + W[j + 3]) | 0
      e = e ^ ((e << 9) | (e >>> 23)) ^ ((e << 17) | (e >>> 15))
      c = (c << 9) | (c >>> 23)
      g = (g << 19) | (g >>> 13)
    }
    for (let j = 16; j < 64; j += 4) {
      t = (a << 12) | (a >>> 20)
      s = (t + e + T[j]) | 0
      s = (s << 7) | (s >>> 25)
      d = (((a & b) | (a & c) | (b & c)) + d + (s ^ t) + (W[j] ^ W[j + 4])) | 0
      h = (((e & f) | (~e & g)) + h + s + W[j]) | 0
      h = h ^ ((h << 9) | (h >>> 23)) ^ ((h << 17) | (h >>> 15))
      b = (b << 9) | (b >>> 23)
      f = (f << 19) | (f >>> 13)
      t = (d << 12) | (d >>> 20)
      s = (t + h + T[j + 1]) | 0
      s = (s << 7) | (s >>> 25)
      c = (((d & a) | (d & b) | (a & b)) + c + (s ^ t) + (W[j + 1] ^ W[j + 5])) | 0
      g = (((h & e) | (~h & f)) + g + s + W[j + 1]) | 0
      g = g ^ ((g << 9) | (g >>> 23)) ^ ((g << 17) | (g >>> 15))
      a = (a << 9) | (a >>> 23)
      e = (e << 19) | (e >>> 13)
      t = (c << 12) | (c >>> 20)
      s = (t + g + T[j + 2]) | 0
      s = (s << 7) | (s >>> 25)
      b = (((c & d) | (c & a) | (d & a)) + b + (s ^ t) + (W[j + 2] ^ W[j + 6])) | 0
      f = (((g & h) | (~g & e)) + f + s + W[j + 2]) | 0
      f = f ^ ((f << 9) | (f >>> 23)) ^ ((f << 17) | (f >>> 15))
      d = (d << 9) | (d >>> 23)
      h = (h << 19) | (h >>> 13)
      t = (b << 12) | (b >>> 20)
      s = (t + f + T[j + 3]) | 0
      s = (s << 7) | (s >>> 25)
      a = (((b & c) | (b & d) | (c & d)) + a + (s ^ t) + (W[j + 3] ^ W[j + 7])) | 0
      e = (((f & g) | (~f & h)) + e + s + W[j + 3]) | 0
      e = e ^ ((e << 9) | (e >>> 23)) ^ ((e << 17) | (e >>> 15))
      c = (c << 9) | (c >>> 23)
      g = (g << 19) | (g >>> 13)
    }
    state[0] ^= a
    state[1] ^= b
    state[2] ^= c
    state[3] ^= d
    state[4] ^= e
    state[5] ^= f
    state[6] ^= g
    state[7] ^= h
  }
}
