/** Owns a secret on its way to one certificate (section 4 of docs/bid-envelopes.md): what it is, its place and the binding are encrypted with it. */
import { BidFailure } from './failure.js'
import { base64url, joined, same } from './octets.js'
import { encryptSm2 } from './sm2.js'

/** @typedef {import('./octets.js').Octets} Octets */
/** @typedef {{ algorithm: 'SM2' | 'RSA-OAEP-SHA256', value: string }} Part */
/** @typedef {{ kind: number, place: number, value: Octets }} Secret */

export const KIND = { bidKey: 1, share: 2, release: 3 }
const SECRET = 32

/** @param {Secret} secret @param {Uint8Array} binding */
const plainOf = ({ kind, place, value }, binding) => joined(Uint8Array.of(kind, place), value, binding)

/**
 * @param {import('./certificate.js').Recipient} recipient
 * @param {Secret} secret
 * @param {Octets} binding
 * @returns {Promise<Part>}
 */
export async function wrapTo(recipient, secret, binding) {
  const plain = plainOf(secret, binding)
  if (recipient.algorithm === 'SM2') return { algorithm: 'SM2', value: base64url(encryptSm2(recipient.point, plain)) }
  return { algorithm: recipient.algorithm, value: base64url(await encryptRsa(recipient.spki, plain)) }
}

/** RFC 8017 7.1 with SHA-256 for both, no label. @param {Octets} spki @param {Octets} plain */
async function encryptRsa(spki, plain) {
  try {
    const key = await crypto.subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt'])
    return new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, plain))
  } catch (cause) {
    throw new BidFailure('algorithm_refused', `the browser does not take this RSA key: ${cause}`)
  }
}

/** Whether what a shield decrypted is exactly what was encrypted. @param {Uint8Array} plain @param {Octets} bidKey @param {Octets} binding */
export const isBidKey = (plain, bidKey, binding) =>
  same(plain, plainOf({ kind: KIND.bidKey, place: 0, value: bidKey }, binding)) && bidKey.length === SECRET
