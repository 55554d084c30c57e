/** Random numbers that a printed seed brings back: xorshift128, seeded by text. */
import { createHash } from 'node:crypto'

export class Random {
  readonly #state: Uint32Array

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest()
    this.#state = Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(4 * i) | 1)
  }

  /** 0 to below 2^32 */
  next(): number {
    const s = this.#state
    let t = s[3] ?? 0
    t ^= t << 11
    t ^= t >>> 8
    const first = s[0] ?? 0
    s.copyWithin(1, 0, 3)
    s[0] = (t ^ first ^ (first >>> 19)) >>> 0
    return s[0] ?? 0
  }

  /** 0 to below `limit` */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.next() & 0xff))
  }
}
