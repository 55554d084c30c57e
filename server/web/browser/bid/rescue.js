/** Owns the header's rescue: section 6 of docs/bid-envelopes.md. */
import { derive, digest, HmacSm3 } from './mac.js'
import { base64url, hex, joined, random } from './octets.js'
import { KIND, wrapTo } from './part.js'
import { splitSecret } from './shamir.js'

/** @typedef {import('./octets.js').Octets} Octets */
/** @typedef {import('./certificate.js').Recipient} Recipient */
/** @typedef {{ custodians: readonly Recipient[], threshold: number, platform: Recipient }} Keepers */

/**
 * @param {Octets} bidKey
 * @param {Keepers} keepers
 * @param {Octets} binding
 */
export async function makeRescue(bidKey, { custodians, threshold, platform }, binding) {
  const [shared, locked] = [random(32), random(32)]
  const shares = splitSecret(shared, threshold, custodians.length)
  /** @param {Recipient} recipient @param {import('./part.js').Secret} secret */
  const keeper = async (recipient, secret) => ({
    certificate: recipient.thumbprint,
    commitment: hex(digest('commitment', binding, Uint8Array.of(secret.kind, secret.place), secret.value)),
    part: await wrapTo(recipient, secret, binding),
  })
  return {
    custodians: await Promise.all(custodians.map((each, i) => keeper(each, { kind: KIND.share, place: i + 1, value: shares[i] }))),
    platform: await keeper(platform, { kind: KIND.release, place: 0, value: locked }),
    threshold,
    wrapped: base64url(masked(bidKey, joined(shared, locked), binding)),
  }
}

/** @param {Octets} bidKey @param {Octets} secrets @param {Octets} binding */
function masked(bidKey, secrets, binding) {
  const keys = derive(secrets, binding, 'rescue', 64)
  const mixed = bidKey.map((octet, i) => octet ^ keys[i])
  return joined(mixed, new HmacSm3(keys.subarray(32)).of(mixed))
}
