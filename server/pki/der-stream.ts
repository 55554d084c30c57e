/**
 * Owns reading a message too large to hold, element by element from a stream of bytes: BER as RFC 5652 allows it (indefinite lengths, strings in pieces) as well as
 * DER. What is small is handed out whole and as DER, so that the readers of der.ts go on from there; what is large flows through in pieces.
 */
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { TAG } from './der.ts'
import { toDefinite } from './der-stream-definite.ts'
import { write } from './der-write.ts'

/** Bytes as they come. Errors of the source itself become `internal`. */
export type Bytes = AsyncIterable<Uint8Array>

const MAX_DEPTH = 24
/** of an element of indefinite length that is read whole */
const MAX_PARTS = 10_000
const CONSTRUCTED = 0x20

interface Header {
  tag: number
  /** undefined: until the end-of-contents octets */
  length: number | undefined
}

interface Level {
  /** the position no element inside may pass; Infinity where no length around it says one */
  end: number
  indefinite: boolean
}

const malformed = (facts: string): BrokerError => new BrokerError('message_malformed', facts)

/** Every method throws BrokerError `message_malformed` for what is no BER, out of order or beyond a limit; `internal` when the source fails. */
export class DerStream {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #levels: Level[] = []
  #chunk: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** How many octets have been read. */
  get position(): number {
    return this.#position
  }

  /** The tag of the next element of the level; undefined at its end. */
  async peek(): Promise<number | undefined> {
    const level = this.#levels.at(-1)
    if (level !== undefined && !level.indefinite && this.#position === level.end) return undefined
    if (!(await this.#have(2))) {
      if (level === undefined && this.#chunk.length === 0) return undefined
      throw malformed('the message ends too early')
    }
    if (level?.indefinite === true && this.#chunk[0] === 0) {
      if (this.#chunk[1] !== 0) throw malformed('end of contents with contents')
      return undefined
    }
    return this.#chunk[0]
  }

  /** Goes into the next element, which is constructed. */
  async enter(...tags: readonly number[]): Promise<void> {
    await this.#expect(tags)
    this.#push(await this.#header())
  }

  /** Goes out of the innermost element entered; it must be at its end. */
  async leave(): Promise<void> {
    if ((await this.peek()) !== undefined) throw malformed('an element too many')
    if (this.#levels.pop()?.indefinite === true) this.#take(2)
  }

  /** The next element whole, as DER. @param limit its most octets */
  async element(limit: number, ...tags: readonly number[]): Promise<Buffer> {
    await this.#expect(tags)
    const { tag, length } = await this.#header()
    if (length === undefined) {
      this.#push({ tag, length })
      const parts: Buffer[] = []
      for (let rest = limit; (await this.peek()) !== undefined; ) {
        const part = await this.element(rest)
        // also what says nothing counts, or a million empty elements would be free
        rest -= part.length
        if (parts.push(part) > MAX_PARTS) throw malformed('too many elements')
      }
      await this.leave()
      return toDefinite(write(tag, ...parts))
    }
    if (length > limit) throw malformed(`an element of ${length} octets where ${limit} are the most`)
    return toDefinite(write(tag, await this.#whole(length)))
  }

  /**
   * The elements until the end of the level, each whole.
   * @param limit octets of all of them together
   * @param most how many there may be
   */
  async elements(limit: number, most: number): Promise<Buffer[]> {
    const found: Buffer[] = []
    for (let rest = limit; (await this.peek()) !== undefined; ) {
      const element = await this.element(rest)
      rest -= element.length
      if (found.push(element) > most) throw malformed(`more than ${most} elements`)
    }
    return found
  }

  /** Passes over the next element without keeping it. @param limit its most octets */
  async skip(limit: number): Promise<void> {
    const start = this.#position
    const { length, tag } = await this.#header()
    if (length !== undefined) {
      if (length > limit) throw malformed(`an element of ${length} octets where ${limit} are the most`)
      for await (const _ of this.#body(length));
      return
    }
    this.#push({ tag, length })
    while ((await this.peek()) !== undefined) await this.skip(limit - (this.#position - start))
    await this.leave()
  }

  /**
   * The contents of a string of octets, in one piece or in many (X.690 8.7). The pieces handed out are views; they stay good.
   * @param tag the primitive tag: 04, or a context tag that stands for it
   */
  async *octets(tag: number): AsyncGenerator<Buffer, void, undefined> {
    await this.#expect([tag, tag | CONSTRUCTED])
    const header = await this.#header()
    if ((header.tag & CONSTRUCTED) === 0) {
      yield* this.#body(header.length ?? 0)
      return
    }
    this.#push(header)
    for (let next = await this.peek(); next !== undefined; next = await this.peek()) {
      if ((next & CONSTRUCTED) === 0) {
        await this.#expect([TAG.octets])
        yield* this.#body((await this.#header()).length ?? 0)
      } else yield* this.octets(TAG.octets)
    }
    await this.leave()
  }

  /** Nothing may follow. */
  async end(): Promise<void> {
    if (this.#levels.length > 0 || (await this.#have(1))) throw malformed('octets after the end of the message')
  }

  /** Lets the source go: no more will be read. */
  async stop(): Promise<void> {
    await this.#source.return?.()
  }

  async *#body(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let rest = length; rest > 0; ) {
      if (!(await this.#have(1))) throw malformed('the message ends too early')
      const piece = this.#take(Math.min(rest, this.#chunk.length))
      rest -= piece.length
      yield piece
    }
  }

  async #whole(length: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.#body(length)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async #expect(tags: readonly number[]): Promise<void> {
    const tag = await this.peek()
    if (tag === undefined || (tags.length > 0 && !tags.includes(tag))) {
      throw malformed(
        `${tag === undefined ? 'nothing' : `tag ${tag.toString(16)}`} where ${tags.map(each => each.toString(16)).join(' or ')} belongs`,
      )
    }
  }

  #push({ tag, length }: Header): void {
    if ((tag & CONSTRUCTED) === 0) throw malformed(`tag ${tag.toString(16)} has nothing inside`)
    if (this.#levels.length >= MAX_DEPTH) throw malformed('nested too deeply')
    const end = length === undefined ? (this.#levels.at(-1)?.end ?? Number.POSITIVE_INFINITY) : this.#position + length
    this.#levels.push({ end, indefinite: length === undefined })
  }

  async #header(): Promise<Header> {
    if (!(await this.#have(2))) throw malformed('the message ends too early')
    const [tag = 0, first = 0] = this.#chunk
    if ((tag & 0x1f) === 0x1f) throw malformed('a tag number above 30')
    const more = first > 0x80 ? first & 0x7f : 0
    // six octets say 256 TiB
    if (more > 6) throw malformed('an oversized length')
    if (!(await this.#have(2 + more))) throw malformed('the message ends too early')
    const octets = this.#take(2 + more)
    const end = this.#levels.at(-1)?.end ?? Number.POSITIVE_INFINITY
    if (first === 0x80) {
      if ((tag & CONSTRUCTED) === 0) throw malformed('a primitive element of indefinite length')
      if (this.#position > end) throw malformed('contents longer than what holds them')
      return { tag, length: undefined }
    }
    const length = more === 0 ? first : octets.readUIntBE(2, more)
    if (this.#position + length > end) throw malformed('contents longer than what holds them')
    return { tag, length }
  }

  /** Whether so many octets stand in the buffer, after reading on where they do not. */
  async #have(count: number): Promise<boolean> {
    while (this.#chunk.length < count) {
      const next = await this.#next()
      if (next === undefined) return false
      this.#chunk = this.#chunk.length === 0 ? next : Buffer.concat([this.#chunk, next])
    }
    return true
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#source.next()
      return done === true ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    } catch (thrown) {
      throw asBrokerError(thrown)
    }
  }

  #take(count: number): Buffer {
    const taken = this.#chunk.subarray(0, count)
    this.#chunk = this.#chunk.subarray(count)
    this.#position += count
    return taken
  }
}
