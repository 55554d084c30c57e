/** Owns reading DER, bounded: definite and minimal lengths (X.690 10.1), tags of one octet, nothing behind the end. */
import { BidFailure } from './failure.js'

/** @typedef {{ tag: number, content: Uint8Array<ArrayBuffer>, raw: Uint8Array<ArrayBuffer> }} Der */

/** @param {string} facts */
export const malformed = facts => new BidFailure('certificate_malformed', facts)

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} offset
 * @returns {Der}
 */
function elementAt(bytes, offset) {
  const [tag, first] = [bytes[offset], bytes[offset + 1]]
  if (tag === undefined || first === undefined) throw malformed('it ends inside a header')
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag number above 30')
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const octets = first & 0x7f
    // a certificate here has at most 16 KiB
    if (octets === 0 || octets > 2 || start + octets > bytes.length) throw malformed('an indefinite or oversized length')
    length = octets === 1 ? bytes[start] : (bytes[start] << 8) | bytes[start + 1]
    if (length < 0x80 || (octets === 2 && length < 0x100)) throw malformed('a length longer than needed')
    start += octets
  }
  const end = start + length
  if (end > bytes.length) throw malformed('contents longer than the input')
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(offset, end) }
}

/**
 * The elements that fill `bytes`.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} most more than so many are refused
 */
export function elementsOf(bytes, most = 64) {
  /** @type {Der[]} */
  const found = []
  for (let at = 0; at < bytes.length; ) {
    if (found.length === most) throw malformed(`more than ${most} elements`)
    const element = elementAt(bytes, at)
    at += element.raw.length
    found.push(element)
  }
  return found
}

/**
 * The one element that fills `bytes`.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} tag
 */
export function only(bytes, tag) {
  const [element] = elementsOf(bytes, 1)
  return expect(element, tag)
}

/** @param {Der | undefined} element @param {number} tag */
export function expect(element, tag) {
  if (element?.tag !== tag) throw malformed(`tag ${element?.tag} where ${tag} is meant`)
  return element
}
