/**
 * Owns the bytes of DER: reading tag by tag without copying, and writing. It knows no structure; certificate.ts, crl.ts, ocsp.ts and cms.ts do.
 *
 * Why not the tree that asn1js builds: everything here is read from exact bytes that a signature covered, a CRL may hold 200,000 entries, and a hostile input
 * must cost no more than the walk that a caller asks for. The tests let pkijs read the same files as a second opinion.
 */
import { BrokerError } from '../kernel/errors.ts'

/** One element, a view into the bytes it was read from. */
export interface Der {
  /** the identifier octet: class, constructed bit and number together, as X.690 writes it */
  tag: number
  /** the contents octets */
  content: Buffer
  /** identifier, length and contents */
  raw: Buffer
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  numeric: 0x12,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visible: 0x1a,
  universal: 0x1c,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', `not DER: ${facts}`)

/**
 * Reads the element at `offset`. Lengths are definite and minimal (X.690 10.1); tag numbers fit one octet, as all of X.509 and CMS do.
 * @throws BrokerError `certificate_malformed`
 */
export function elementAt(bytes: Buffer, offset = 0): Der {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) throw malformed('it ends inside a header')
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag number above 30')
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const octets = first & 0x7f
    if (octets === 0 || octets > 4) throw malformed('indefinite or oversized length')
    if (start + octets > bytes.length) throw malformed('it ends inside a length')
    length = bytes.readUIntBE(start, octets)
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw malformed('a length longer than needed')
    start += octets
  }
  const end = start + length
  if (end > bytes.length) throw malformed('contents longer than the input')
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(offset, end) }
}

/** Reads the one element that fills `bytes`. @throws BrokerError `certificate_malformed`, also for trailing bytes */
export function onlyElement(bytes: Buffer, tag?: number): Der {
  const element = elementAt(bytes)
  if (element.raw.length !== bytes.length) throw malformed('bytes after the end')
  if (tag !== undefined) expectTag(element, tag)
  return element
}

/** The elements inside a constructed one, one after the other, without building a list. */
export function* elementsOf(parent: Der | Buffer): Generator<Der> {
  const bytes = Buffer.isBuffer(parent) ? parent : parent.content
  for (let offset = 0; offset < bytes.length; ) {
    const element = elementAt(bytes, offset)
    offset += element.raw.length
    yield element
  }
}

export const children = (parent: Der | Buffer): Der[] => [...elementsOf(parent)]

/** Takes the elements of a structure in their order; what is optional is asked for by its tag. */
export class Cursor {
  readonly #bytes: Buffer
  #offset = 0

  constructor(parent: Der | Buffer) {
    this.#bytes = Buffer.isBuffer(parent) ? parent : parent.content
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length
  }

  take(...tags: number[]): Der {
    const element = elementAt(this.#bytes, this.#offset)
    if (tags.length > 0) expectTag(element, ...tags)
    this.#offset += element.raw.length
    return element
  }

  takeIf(...tags: number[]): Der | undefined {
    const tag = this.#bytes[this.#offset]
    return tag !== undefined && tags.includes(tag) ? this.take() : undefined
  }

  end(): void {
    if (!this.done) throw malformed('an element too many')
  }
}

function expectTag(element: Der, ...tags: number[]): void {
  if (!tags.includes(element.tag)) throw malformed(`tag ${element.tag.toString(16)} where ${tags.map(tag => tag.toString(16)).join(' or ')} belongs`)
}

/** An object identifier as dotted text; X.690 8.19. */
export function readOid(element: Der): string {
  expectTag(element, TAG.oid)
  const { content } = element
  if (content.length === 0 || content.length > 64 || ((content.at(-1) ?? 0x80) & 0x80) !== 0) throw malformed('an object identifier')
  const arcs: (number | bigint)[] = []
  let arc = 0
  // an arc may be a whole UUID (X.667); nearly none is, and numbers are faster
  let large = 0n
  for (const [i, octet] of content.entries()) {
    if (arc === 0 && large === 0n && octet === 0x80 && (i === 0 || ((content[i - 1] ?? 0) & 0x80) === 0))
      throw malformed('a padded object identifier')
    if (large > 0n || arc > MOST_SAFE) large = (large > 0n ? large : BigInt(arc)) * 128n + BigInt(octet & 0x7f)
    else arc = arc * 128 + (octet & 0x7f)
    if ((octet & 0x80) === 0) {
      if (large > 0n) arcs.push(...(arcs.length === 0 ? [2, large - 80n] : [large]))
      else if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2))
      else arcs.push(arc)
      arc = 0
      large = 0n
    }
  }
  return arcs.join('.')
}
const MOST_SAFE = Number.MAX_SAFE_INTEGER / 128 - 1

/** A small non-negative integer such as a version or a path length. */
export function readSmallInteger(element: Der, tag: number = TAG.integer): number {
  expectTag(element, tag)
  const { content } = element
  if (content.length === 0 || content.length > 4 || ((content[0] ?? 0x80) & 0x80) !== 0) throw malformed('an integer out of its range')
  return content.readUIntBE(0, content.length)
}

/** The bits of a BIT STRING that holds whole octets. */
export function readBits(element: Der, tag: number = TAG.bits): Buffer {
  expectTag(element, tag)
  if (element.content[0] !== 0) throw malformed('a bit string that is not whole octets')
  return element.content.subarray(1)
}

/** UTCTime and GeneralizedTime, in the one form RFC 5280 4.1.2.5 allows (Zulu, seconds, no fraction). */
export function readTime(element: Der): Date {
  expectTag(element, TAG.utcTime, TAG.generalizedTime)
  const text = element.content.toString('latin1')
  const digits = element.tag === TAG.utcTime && /^\d{12}Z$/.test(text) ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}` : text
  if (!/^\d{14}Z$/.test(digits)) throw malformed('a time')
  const part = (from: number, to: number) => digits.slice(from, to)
  const iso = `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}.000Z`
  const time = new Date(iso)
  // Date rolls 30 February over into March: what comes back must be what was written
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw malformed('a time that does not exist')
  return time
}
