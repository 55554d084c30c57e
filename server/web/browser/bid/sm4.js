/**
 * Owns SM4 (GB/T 32907-2016) in counter mode (GB/T 17964) for the browser, which has none. S-box and linear transform of a round are looked up together. A lookup by secret octets can be watched by another
 * program on the same machine; here the machine is the bidder's own, and the key is of one bid.
 */

const SBOX =
  [
    'd690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699',
    '9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6',
    '4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35',
    '1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e',
    'eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3',
    '1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51',
    '8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0',
    '8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948',
  ]
    .join('')
    .match(/../g)
    ?.map(pair => Number.parseInt(pair, 16)) ?? []

/** @type {(word: number, by: number) => number} */
const turn = (word, by) => (word << by) | (word >>> (32 - by))

/** L of 6.2 b) over the S-box, for an octet in each of the four places of a word. */
const [T0, T1, T2, T3] = [24, 16, 8, 0].map(place =>
  Int32Array.from(SBOX, octet => {
    const word = octet << place
    return word ^ turn(word, 2) ^ turn(word, 10) ^ turn(word, 18) ^ turn(word, 24)
  }),
)

/** 7.3: FK and CK */
const FK = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc]
const CK = Array.from({ length: 32 }, (_, i) => [0, 1, 2, 3].reduce((word, j) => (word << 8) | (((4 * i + j) * 7) % 256), 0))

/**
 * The round keys, 7.3.
 * @param {Uint8Array} key 16 octets
 * @returns {Int32Array}
 */
function expand(key) {
  const view = new DataView(key.buffer, key.byteOffset, 16)
  const k = new Int32Array(36)
  for (let i = 0; i < 4; i++) k[i] = view.getInt32(4 * i) ^ FK[i]
  for (let i = 0; i < 32; i++) {
    const x = k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ CK[i]
    const b = (SBOX[x >>> 24] << 24) | (SBOX[(x >>> 16) & 0xff] << 16) | (SBOX[(x >>> 8) & 0xff] << 8) | SBOX[x & 0xff]
    k[i + 4] = k[i] ^ b ^ turn(b, 13) ^ turn(b, 23)
  }
  return k.slice(4)
}

export class Sm4Ctr {
  #keys
  #block = new DataView(new ArrayBuffer(16))

  /** @param {Uint8Array} key 16 octets */
  constructor(key) {
    this.#keys = expand(key)
  }

  /**
   * Encrypts or decrypts in place. The first counter block is `number` in 4 octets, and 12 zero octets.
   * @param {Uint8Array} bytes at most 2^32 blocks
   * @param {number} number
   */
  apply(bytes, number) {
    const whole = bytes.length - (bytes.length % 16)
    crypt(this.#keys, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), whole, [number, 0, 0, 0])
    if (whole === bytes.length) return
    const stream = this.block([number, 0, 0, whole / 16])
    for (let i = whole; i < bytes.length; i++) bytes[i] ^= stream[i - whole]
  }

  /** One block, encrypted. @param {readonly [number, number, number, number]} words */
  block(words) {
    const octets = new Uint8Array(this.#block.buffer).fill(0)
    crypt(this.#keys, this.#block, 16, words)
    return octets
  }
}

/**
 * Adds the key stream to whole blocks: 6.2 for each counter.
 * @param {Int32Array} keys
 * @param {DataView} view
 * @param {number} octets
 * @param {readonly [number, number, number, number]} counter the first one; only its last word counts up
 */
function crypt(keys, view, octets, [first, second, third, fourth]) {
  for (let at = 0, block = fourth; at < octets; at += 16, block++) {
    let a = first | 0
    let b = second | 0
    let c = third | 0
    let d = block | 0
    let x = 0
    for (let i = 0; i < 32; i += 4) {
      x = b ^ c ^ d ^ keys[i]
      a ^= T0[x >>> 24] ^ T1[(x >>> 16) & 0xff] ^ T2[(x >>> 8) & 0xff] ^ T3[x & 0xff]
      x = c ^ d ^ a ^ keys[i + 1]
      b ^= T0[x >>> 24] ^ T1[(x >>> 16) & 0xff] ^ T2[(x >>> 8) & 0xff] ^ T3[x & 0xff]
      x = d ^ a ^ b ^ keys[i + 2]
      c ^= T0[x >>> 24] ^ T1[(x >>> 16) & 0xff] ^ T2[(x >>> 8) & 0xff] ^ T3[x & 0xff]
      x = a ^ b ^ c ^ keys[i + 3]
      d ^= T0[x >>> 24] ^ T1[(x >>> 16) & 0xff] ^ T2[(x >>> 8) & 0xff] ^ T3[x & 0xff]
    }
    view.setInt32(at, view.getInt32(at) ^ d)
    view.setInt32(at + 4, view.getInt32(at + 4) ^ c)
    view.setInt32(at + 8, view.getInt32(at + 8) ^ b)
    view.setInt32(at + 12, view.getInt32(at + 12) ^ a)
  }
}
