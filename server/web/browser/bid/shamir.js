/** Owns splitting a secret so that any `threshold` of `count` give it back and fewer say nothing: section 6 of docs/bid-envelopes.md. No tables, as in the platform's own. */
import { BidFailure } from './failure.js'
import { random } from './octets.js'

const MOST_SHARES = 16

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {number} threshold 2 to `count`
 * @param {number} count 2 to 16
 * @returns the share of place 1 first
 */
export function splitSecret(secret, threshold, count) {
  if (!Number.isInteger(threshold) || !Number.isInteger(count) || threshold < 2 || threshold > count || count > MOST_SHARES)
    throw new BidFailure('bad_request', `${threshold} of ${count} shares`)
  // the constant term last, for Horner's rule; the highest one is random too
  const terms = [...Array.from({ length: threshold - 1 }, () => random(secret.length)), secret]
  return Array.from({ length: count }, (_, i) => {
    const share = new Uint8Array(secret.length)
    for (const term of terms) for (let at = 0; at < share.length; at++) share[at] = multiply(share[at], i + 1) ^ term[at]
    return share
  })
}

/** In GF(256), always eight steps without a branch. @param {number} a @param {number} b */
function multiply(a, b) {
  let product = 0
  let left = a
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & left
    left = ((left << 1) ^ (-(left >> 7) & 0x11b)) & 0xff
  }
  return product
}
