/** Owns what SM3 (GB/T 32905-2016) and SHA-256 (FIPS 180-4) have in common: octets as they come, taken in blocks of 64, and the padding that ends them. What a block does to the state is each one's own. */

const BLOCK = 64

export class BlockDigest {
  #compress
  #state
  #rest = new Uint8Array(BLOCK)
  #held = 0
  #octets = 0

  /**
   * @param {ArrayLike<number>} start the state before any block: eight words
   * @param {(state: Int32Array, bytes: Uint8Array, blocks: number) => void} compress takes whole blocks into the state
   */
  constructor(start, compress) {
    this.#state = Int32Array.from(start)
    this.#compress = compress
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {this}
   */
  update(bytes) {
    let at = 0
    this.#octets += bytes.length
    if (this.#held > 0) {
      at = Math.min(BLOCK - this.#held, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#held)
      this.#held += at
      if (this.#held < BLOCK) return this
      this.#compress(this.#state, this.#rest, 1)
      this.#held = 0
    }
    const blocks = Math.floor((bytes.length - at) / BLOCK)
    if (blocks > 0) this.#compress(this.#state, bytes.subarray(at, at + blocks * BLOCK), blocks)
    const left = bytes.subarray(at + blocks * BLOCK)
    this.#rest.set(left)
    this.#held = left.length
    return this
  }

  /** The digest of what came so far; more may follow. @returns {Uint8Array<ArrayBuffer>} 32 octets */
  digest() {
    const blocks = this.#held < 56 ? 1 : 2
    const tail = new Uint8Array(blocks * BLOCK)
    tail.set(this.#rest.subarray(0, this.#held))
    tail[this.#held] = 0x80
    const view = new DataView(tail.buffer)
    view.setUint32(tail.length - 8, Math.floor(this.#octets / 2 ** 29))
    view.setUint32(tail.length - 4, (this.#octets % 2 ** 29) * 8)
    const state = this.#state.slice()
    this.#compress(state, tail, blocks)
    const out = new DataView(new ArrayBuffer(32))
    state.forEach((word, i) => {
      out.setInt32(4 * i, word)
    })
    return new Uint8Array(out.buffer)
  }

  /** Makes another one as if it had seen the same. @template {BlockDigest} Other @param {Other} other @returns {Other} */
  copyTo(other) {
    /** @type {BlockDigest} */
    const to = other
    to.#state.set(this.#state)
    to.#rest.set(this.#rest)
    to.#held = this.#held
    to.#octets = this.#octets
    return other
  }
}
