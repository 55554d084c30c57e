/**
 * Owns making DER of the BER that Java and Windows tools write into PFX files: indefinite lengths, long lengths, and octet strings in pieces (X.690 8). Everything after it
 * reads DER only. Nothing signed passes through here.
 */
import { type Der, TAG } from './der.ts'
import { write } from './der-write.ts'
import { malformedKey } from './pkcs8-pbes2.ts'

const MAX_DEPTH = 32
const MAX_ELEMENTS = 20_000
/** an octet string that was sent in pieces: constructed */
const PIECES = TAG.octets | 0x20
/** [0] IMPLICIT OCTET STRING of EncryptedContentInfo, in pieces or of one */
const CONTENT = 0xa0

/** @returns the one element of `bytes` as DER. @throws BrokerError `key_file_malformed` */
export function derOf(bytes: Buffer): Buffer {
  const reader = new Reader(bytes)
  const element = reader.element(0, 0)
  if (element.end !== bytes.length) throw malformedKey('bytes after the end')
  return element.der
}

class Reader {
  readonly #bytes: Buffer
  #elements = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  element(offset: number, depth: number): { der: Buffer; end: number } {
    if (depth > MAX_DEPTH || ++this.#elements > MAX_ELEMENTS) throw malformedKey('nested too deeply, or too many elements')
    const tag = this.#bytes[offset]
    if (tag === undefined || (tag & 0x1f) === 0x1f) throw malformedKey('it ends inside a header, or a tag number above 30')
    const { start, length } = this.#length(offset + 1)
    const constructed = (tag & 0x20) !== 0
    if (length === undefined && !constructed) throw malformedKey('a primitive element of indefinite length')
    const end = length === undefined ? undefined : start + length
    if (end !== undefined && end > this.#bytes.length) throw malformedKey('contents longer than the file')
    if (!constructed) return { der: write(tag, this.#bytes.subarray(start, end)), end: end ?? start }
    const inside = this.#children(start, end, depth)
    return { der: tag === PIECES ? write(TAG.octets, ...inside.parts.map(contentOf)) : write(tag, ...joined(tag, inside.parts)), end: inside.end }
  }

  #children(start: number, end: number | undefined, depth: number): { parts: Buffer[]; end: number } {
    const parts: Buffer[] = []
    let at = start
    while (end === undefined ? !this.#isEndOfContents(at) : at < end) {
      const child = this.element(at, depth + 1)
      parts.push(child.der)
      at = child.end
    }
    if (end !== undefined && at !== end) throw malformedKey('an element longer than the one around it')
    return { parts, end: end ?? at + 2 }
  }

  #isEndOfContents(offset: number): boolean {
    if (offset + 2 > this.#bytes.length) throw malformedKey('it ends without the end of an indefinite length')
    return this.#bytes[offset] === 0 && this.#bytes[offset + 1] === 0
  }

  #length(offset: number): { start: number; length: number | undefined } {
    const first = this.#bytes[offset]
    if (first === undefined) throw malformedKey('it ends inside a header')
    if (first < 0x80) return { start: offset + 1, length: first }
    if (first === 0x80) return { start: offset + 1, length: undefined }
    const octets = first & 0x7f
    if (octets > 6 || offset + 1 + octets > this.#bytes.length) throw malformedKey('an oversized length')
    return { start: offset + 1 + octets, length: this.#bytes.readUIntBE(offset + 1, octets) }
  }
}

const contentOf = (der: Buffer): Buffer => {
  const octets = (der[1] ?? 0) & 0x80 ? (der[1] ?? 0) & 0x7f : 0
  return der.subarray(2 + octets)
}

/** [0] around several octet strings can only be one implicit octet string in pieces: an explicit tag holds one element. It stays constructed, as one piece. */
function joined(tag: number, parts: readonly Buffer[]): readonly Buffer[] {
  const inPieces = tag === CONTENT && parts.length > 1 && parts.every(part => part[0] === TAG.octets)
  return inPieces ? [write(TAG.octets, ...parts.map(contentOf))] : parts
}

/** The octets of [0] IMPLICIT OCTET STRING, whether it was sent whole (0x80) or in pieces (0xa0, now one). */
export function implicitOctets({ tag, content }: Der): Buffer {
  return tag === 0x80 ? content : contentOf(content)
}
