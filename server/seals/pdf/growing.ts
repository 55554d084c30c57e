/** Owns bytes that come one by one and whose number is not known before: in a buffer that doubles, as a list of numbers would take eight times the room. */
export class Growing {
  #held = Buffer.allocUnsafe(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(octet: number): void {
    if (this.#length === this.#held.length) this.#held = Buffer.concat([this.#held], 2 * this.#length)
    this.#held[this.#length] = octet
    this.#length += 1
  }

  bytes(): Buffer {
    return this.#held.subarray(0, this.#length)
  }
}
