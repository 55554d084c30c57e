/** Owns reading a stream in portions of our own size, whatever pieces it comes in: never more is held than one portion and one piece. */
import { bytesOf, type Source } from '../../pki/cms-bytes.ts'
import { malformed } from './format.ts'

export class Pieces {
  readonly #source: AsyncGenerator<Buffer, void, undefined>
  #held: Buffer[] = []
  #octets = 0
  #over = false

  constructor(source: Source) {
    this.#source = bytesOf(source)
  }

  /** As many octets; fewer only where the stream ends. */
  async upTo(octets: number): Promise<Buffer> {
    while (this.#octets < octets && !this.#over) await this.#next()
    const all = this.#held.length === 1 ? (this.#held[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#held)
    const [taken, rest] = [all.subarray(0, octets), all.subarray(octets)]
    this.#held = rest.length === 0 ? [] : [rest]
    this.#octets = rest.length
    return taken
  }

  /** @throws BrokerError `bid_envelope_malformed` where the stream ends before */
  async exactly(octets: number, what: string): Promise<Buffer> {
    const taken = await this.upTo(octets)
    if (taken.length !== octets) throw malformed(`it ends inside ${what}`)
    return taken
  }

  async atEnd(): Promise<boolean> {
    while (this.#octets === 0 && !this.#over) await this.#next()
    return this.#octets === 0
  }

  /** Lets go of a stream that is not read to its end. */
  async close(): Promise<void> {
    this.#over = true
    await this.#source.return()
  }

  async #next(): Promise<void> {
    const { value, done } = await this.#source.next()
    if (done === true) this.#over = true
    else if (value.length > 0) {
      this.#held.push(value)
      this.#octets += value.length
    }
  }
}
