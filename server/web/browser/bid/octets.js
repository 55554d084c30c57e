/** Owns octets and the ways they are written as text, in worker and page alike. */

/** @typedef {Uint8Array<ArrayBuffer>} Octets */

const encoder = new TextEncoder()

/** @type {(text: string) => Octets} */
export const utf8 = text => encoder.encode(text)

/** @param {readonly Uint8Array[]} parts @returns {Octets} */
export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Big-endian. @param {number} value below 2^32 @returns {Octets} */
export function uint32(value) {
  const octets = new Uint8Array(4)
  new DataView(octets.buffer).setUint32(0, value)
  return octets
}

/** @type {(bytes: Uint8Array) => string} */
export const hex = bytes => Array.from(bytes, octet => octet.toString(16).padStart(2, '0')).join('')

/** @param {string} text of whole octets @returns {Octets} */
export const fromHex = text => Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))

/** @type {(bytes: Uint8Array) => string} */
export const base64 = bytes => btoa(String.fromCharCode(...bytes))

/** @type {(bytes: Uint8Array) => string} */
export const base64url = bytes => base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Of base64 or base64url, with or without padding. @param {string} text @returns {Octets} @throws DOMException where it is none */
export const fromBase64 = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0))

/** Whether both are the same, in a time that tells nothing. @param {Uint8Array} a @param {Uint8Array} b */
export function same(a, b) {
  let difference = a.length ^ b.length
  for (let i = 0; i < Math.min(a.length, b.length); i++) difference |= a[i] ^ b[i]
  return difference === 0
}

/** Fresh octets, from the one source there is. @param {number} octets at most 65,536 @returns {Octets} */
export const random = octets => crypto.getRandomValues(new Uint8Array(octets))
