/**
 * Owns the check that an envelope opens: every record is taken apart by its own numbers, verified and decrypted. On its way out each is held against the file, read once more; when it comes back from the platform, what comes
 * out is held against the size and digest that its cover promises. It takes the envelope as it passes by, so that nothing is kept of it.
 */
import { COVER } from './cover.js'
import { BidFailure } from './failure.js'
import { MAGIC, MOST_HEADER, VERSION } from './header.js'
import { hex, joined, same } from './octets.js'
import { chunksOf, readChunk } from './reading.js'
import { CHUNK, FRAME, RECORD, Records, TAG } from './records.js'
import { Sm3 } from './sm3.js'

/** @typedef {import('./octets.js').Octets} Octets */

/** @param {string} facts */
const malformed = facts => new BidFailure('bid_envelope_malformed', facts)
const START = MAGIC.length + 5

class Opening {
  #file
  #bidKey
  #held = new Uint8Array(0)
  /** @type {Records | undefined} */
  #records
  #number = 0
  #content = new Sm3()
  #promised = ''
  #size = 0
  #over = false
  /** octets of the content so far */
  done = 0

  /** @param {{ file?: Blob, bidKey: Octets }} given */
  constructor({ file, bidKey }) {
    this.#file = file
    this.#bidKey = bidKey
  }

  /** The next octets of the envelope, in whatever pieces. @param {Octets} piece left as it is @throws BidFailure `bid_envelope_malformed`, `file_changed`, `file_unreadable` */
  async take(piece) {
    this.#held = this.#held.length === 0 ? piece : joined(this.#held, piece)
    while (!this.#over) {
      const need = this.#need()
      if (this.#held.length < need) return
      const part = this.#held.subarray(0, need)
      this.#held = this.#held.subarray(need)
      await this.#step(part)
    }
    if (this.#held.length > 0) throw malformed('something follows its end')
  }

  /** To be called behind the last piece. @throws BidFailure `bid_envelope_malformed` */
  end() {
    if (!this.#over) throw malformed(`it ends before record ${this.#number} does`)
  }

  /** How many octets the next step takes; where that stands in them, those that say it come first. */
  #need() {
    if (this.#records === undefined) {
      if (this.#held.length < START) return START
      const length = uint32At(this.#held, START - 4)
      if (!same(this.#held.subarray(0, MAGIC.length), MAGIC) || this.#held[MAGIC.length] !== VERSION || length > MOST_HEADER)
        throw malformed('no envelope')
      return START + length + TAG
    }
    if (this.#held.length < FRAME) return FRAME
    const [kind, length] = [this.#held[0], uint32At(this.#held, 1)]
    const fits = this.#number === 0 ? kind === RECORD.cover && length === COVER : isChunk(kind, length)
    if (!fits) throw malformed(`record ${this.#number} of kind ${kind} with ${length} octets`)
    return FRAME + length + TAG
  }

  /** @param {Octets} part */
  async #step(part) {
    if (this.#records === undefined) {
      const head = part.slice(0, -TAG)
      this.#records = new Records(this.#bidKey, head)
      if (!same(this.#records.seal, part.subarray(-TAG))) throw malformed('its seal is another')
      return
    }
    const kind = part[0]
    const plain = this.#records.read(kind, this.#number, part.slice(FRAME, -TAG), part.subarray(-TAG))
    if (kind === RECORD.cover) this.#promise(plain)
    else await this.#compare(kind, plain)
    this.#number += 1
  }

  /** Size and SM3 that the cover promises. @param {Uint8Array} cover */
  #promise(cover) {
    const length = (cover[0] << 8) | cover[1]
    const { content } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(cover.subarray(2, 2 + length)))
    if (this.#file !== undefined && content.size !== this.#file.size) throw malformed('its cover is of another file')
    this.#size = content.size
    this.#promised = content.sm3
  }

  /** octets of the content in all, once the cover was read */
  get size() {
    return this.#size
  }

  /** @param {number} kind @param {Uint8Array} plain */
  async #compare(kind, plain) {
    this.#content.update(plain)
    this.done += plain.length
    if (this.#file !== undefined && (this.#number > chunksOf(this.#size) || !same(plain, await readChunk(this.#file, this.#number))))
      throw new BidFailure('file_changed', `chunk ${this.#number}`)
    if (kind !== RECORD.last) return
    if (this.done !== this.#size || this.#number !== chunksOf(this.#size) || hex(this.#content.digest()) !== this.#promised)
      throw malformed('its content is not the one its cover names')
    this.#over = true
  }
}

/** @param {number} kind @param {number} length */
const isChunk = (kind, length) => (kind === RECORD.chunk && length === CHUNK) || (kind === RECORD.last && length <= CHUNK)

/** @param {Uint8Array} bytes @param {number} at */
const uint32At = (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)

/**
 * Passes an envelope on, piece by piece, each only when it was seen to open. The last piece comes out only of an envelope that opens to the very file.
 * @param {AsyncIterable<Octets>} envelope
 * @param {{ file: Blob, bidKey: Octets }} given
 */
export async function* checkOpens(envelope, given) {
  const opening = new Opening(given)
  for await (const piece of envelope) {
    await opening.take(piece)
    yield piece
  }
  opening.end()
}

/**
 * Decrypts an envelope to its end and throws away what comes out.
 * @param {AsyncIterable<Octets>} envelope
 * @param {{ bidKey: Octets, onProgress?: (done: number, of: number) => void }} given octets of the content so far, and in all
 * @throws BidFailure `bid_envelope_malformed`
 */
export async function readThrough(envelope, { bidKey, onProgress }) {
  const opening = new Opening({ bidKey })
  for await (const piece of envelope) {
    await opening.take(piece)
    if (opening.size > 0) onProgress?.(opening.done, opening.size)
  }
  opening.end()
}
