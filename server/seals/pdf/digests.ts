/** Owns digesting what signatures cover. Each begins with the file's first byte, so what one has hashed the next goes on from: a document with two hundred seals is read once, not two hundred times. */
import { createHash, type Hash } from 'node:crypto'
import { unusable } from './limits.ts'

type Span = readonly [from: number, to: number]

/** bytes that all signatures of a document together may have hashed: some seconds' work */
const MOST = 1024 * 1024 * 1024

export class Digests {
  readonly #bytes: Buffer
  /** how far a digest has come, the farthest last */
  readonly #begun = new Map<string, { at: number; hash: Hash }[]>()
  #left: number

  constructor(bytes: Buffer, most = MOST) {
    this.#bytes = bytes
    this.#left = most
  }

  /** @param digest as node:crypto names it @throws BrokerError `seal_document_unusable` when the document asks for more than is reasonable */
  of(digest: string, spans: readonly Span[]): Buffer {
    const [first, ...others] = spans
    if (first === undefined) return createHash(digest).digest()
    const hash = first[0] === 0 ? this.#prefix(digest, first[1]) : this.#add(createHash(digest), first)
    for (const span of others) this.#add(hash, span)
    return hash.digest()
  }

  #prefix(digest: string, to: number): Hash {
    const begun = this.#begun.get(digest) ?? []
    this.#begun.set(digest, begun)
    const near = begun.findLast(({ at }) => at <= to)
    const hash = this.#add(near?.hash.copy() ?? createHash(digest), [near?.at ?? 0, to])
    if ((begun.at(-1)?.at ?? 0) < to) begun.push({ at: to, hash })
    return hash.copy()
  }

  #add(hash: Hash, [from, to]: Span): Hash {
    this.#left -= to - from
    if (this.#left < 0) throw unusable('signatures over more than can be hashed')
    return hash.update(this.#bytes.subarray(from, to))
  }
}
