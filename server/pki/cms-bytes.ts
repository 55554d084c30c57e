/** Owns how bytes flow through messages: what counts as a source, hashing them as they pass, and telling a source's own failure from a message's. */
import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { HEAD, looksSigned } from './cms-judge.ts'
import { TAG } from './der.ts'
import type { Bytes } from './der-stream.ts'

/** A stream to be read once, or bytes at hand. */
export type Source = Bytes | Uint8Array

const PIECE = 1024 * 1024

/** Bytes at hand in pieces, so that hashing a large one lets others in between; a stream as it comes. */
export async function* bytesOf(source: Source): AsyncGenerator<Buffer, void, undefined> {
  if (source instanceof Uint8Array) {
    for (let at = 0; at < source.length; at += PIECE) yield asBuffer(source.subarray(at, at + PIECE))
    return
  }
  try {
    for await (const piece of source) yield asBuffer(piece)
  } catch (thrown) {
    throw asBrokerError(thrown)
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A byte stream of what is generated; its errors are BrokerErrors. */
export function readableOf(generated: AsyncGenerator<Buffer, void, undefined>): Readable {
  return Readable.from(generated, { objectMode: false, highWaterMark: PIECE })
}

/** Several digests of bytes as they pass, each once, and what else must be known of a content afterwards. */
export class Passing {
  readonly #hashes: ReadonlyMap<string, Hash>
  readonly #head: Buffer[] = []
  #kept = 0
  #total = 0

  constructor(names: Iterable<string>) {
    this.#hashes = new Map([...names].map(name => [name, createHash(name)]))
  }

  update(piece: Buffer): void {
    for (const hash of this.#hashes.values()) hash.update(piece)
    // only what begins as a set does is looked into
    const mayBeSet = this.#head[0] === undefined ? piece[0] === TAG.set : true
    if (mayBeSet && this.#kept < HEAD && piece.length > 0) {
      const kept = Buffer.from(piece.subarray(0, HEAD - this.#kept))
      this.#head.push(kept)
      this.#kept += kept.length
    }
    this.#total += piece.length
  }

  get total(): number {
    return this.#total
  }

  /** Only once, at the end. */
  digests(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest()]))
  }

  get looksSigned(): boolean {
    return looksSigned(Buffer.concat(this.#head), this.#total)
  }
}

/** The size that was promised is the size that came. @throws BrokerError `bad_request` */
export function exactly(promised: number, came: number): void {
  if (promised !== came) throw new BrokerError('bad_request', `${came} octets came where ${promised} were promised`)
}
