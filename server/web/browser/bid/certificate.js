/**
 * Owns what encrypting needs of an X.509 certificate (RFC 5280 4.1): its key, whether it is for encryption, its thumbprint. Whether it is trusted is the platform's to judge, before and after: it hands out the
 * custodians' certificates, and takes no bid for a certificate that it does not know.
 */
import { elementsOf, expect, malformed, only } from './der.js'
import { BidFailure } from './failure.js'
import { hex } from './octets.js'
import { onCurve } from './sm2.js'
import { Sm3 } from './sm3.js'

/** @typedef {import('./octets.js').Octets} Octets */
/**
 * @typedef {{ algorithm: 'SM2', point: Octets } | { algorithm: 'RSA-OAEP-SHA256', spki: Octets }} EncryptionKey
 * @typedef {EncryptionKey & { thumbprint: string }} Recipient
 */

const MOST_OCTETS = 16 * 1024
const [BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE] = [1, 2, 3, 4, 5, 6, 0x30]
/** the contents of object identifiers, in hexadecimal */
const NAME = { ec: '2a8648ce3d0201', sm2: '2a811ccf5501822d', rsa: '2a864886f70d010101', keyUsage: '551d0f', basicConstraints: '551d13' }
/** keyEncipherment, dataEncipherment, keyAgreement: RFC 5280 4.2.1.3 */
const TO_ENCRYPT = 0b00111000

/**
 * @param {Octets} der
 * @returns {Recipient}
 * @throws BidFailure `certificate_malformed`, `certificate_wrong_use`, `algorithm_refused`
 */
export function readRecipient(der) {
  if (der.length > MOST_OCTETS) throw malformed(`a certificate of ${der.length} octets`)
  const [body, algorithm, signature, more] = elementsOf(only(der, SEQUENCE).content)
  expect(algorithm, SEQUENCE)
  expect(signature, BITS)
  if (more !== undefined) throw malformed('a fourth part')
  const parts = elementsOf(expect(body, SEQUENCE).content)
  // version 3 says so of itself: version 1 has no extensions, and so does not say what it is for
  if (hex(expect(parts[0], 0xa0).content) !== '020102') throw malformed('not of version 3')
  const [serial, inner, issuer, validity, subject, spki, ...rest] = parts.slice(1)
  expect(serial, INTEGER)
  for (const part of [inner, issuer, validity, subject]) expect(part, SEQUENCE)
  requireEncryption(rest.find(part => part.tag === 0xa3)?.content)
  return { ...keyOf(expect(spki, SEQUENCE).raw), thumbprint: hex(new Sm3().update(der).digest()) }
}

/** As the platform's own rule has it: no CA; a certificate without a key usage may do anything. @param {Octets | undefined} extensions */
function requireEncryption(extensions) {
  if (extensions === undefined) return
  /** @type {Map<string, Octets>} */
  const found = new Map()
  for (const extension of elementsOf(only(extensions, SEQUENCE).content)) {
    const [name, ...values] = elementsOf(expect(extension, SEQUENCE).content, 3)
    const id = hex(expect(name, OID).content)
    if (found.has(id)) throw malformed('an extension twice')
    if (values.length === 2) expect(values[0], BOOLEAN)
    found.set(id, expect(values.at(-1), OCTETS).content)
  }
  const [constraints, usage] = [found.get(NAME.basicConstraints), found.get(NAME.keyUsage)]
  const [ca] = constraints === undefined ? [] : elementsOf(only(constraints, SEQUENCE).content)
  const isCa = ca?.tag === BOOLEAN && ca.content[0] !== 0
  const bits = usage === undefined ? TO_ENCRYPT : only(usage, BITS).content[1]
  if (isCa || bits === undefined || (bits & TO_ENCRYPT) === 0) throw new BidFailure('certificate_wrong_use', 'the certificate is not for encryption')
}

/** @param {Octets} spki @returns {EncryptionKey} */
function keyOf(spki) {
  const [algorithm, bits, more] = elementsOf(only(spki, SEQUENCE).content)
  const [name, parameters] = elementsOf(expect(algorithm, SEQUENCE).content, 2)
  const key = expect(bits, BITS).content
  if (more !== undefined || key[0] !== 0) throw malformed('a key that is none')
  const kind = hex(expect(name, OID).content)
  // RFC 3279 2.3.1: NULL, and nothing else
  if (kind === NAME.rsa && parameters?.tag === NULL && parameters.content.length === 0) return rsa(spki, key.subarray(1))
  if (kind !== NAME.ec || parameters?.tag !== OID || hex(parameters.content) !== NAME.sm2) throw refused(`key of ${kind}`)
  const point = key.subarray(2)
  if (key[1] !== 4 || !onCurve(point)) throw refused('no point of the SM2 curve')
  return { algorithm: 'SM2', point }
}

/** @param {Octets} spki @param {Octets} key @returns {EncryptionKey} */
function rsa(spki, key) {
  const [modulus, exponent, more] = elementsOf(only(key, SEQUENCE).content)
  const [n, e] = [withoutZero(expect(modulus, INTEGER).content), withoutZero(expect(exponent, INTEGER).content)]
  if (more !== undefined) throw malformed('an RSA key that is none')
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  const value = e.length > 4 ? Number.POSITIVE_INFINITY : e.reduce((number, octet) => number * 256 + octet, 0)
  // beyond 2^32 no CA goes, and an even one is none
  if (bits < 2048 || bits > 8192 || value < 3 || value === Number.POSITIVE_INFINITY || value % 2 === 0) throw refused(`an RSA key of ${bits} bits`)
  return { algorithm: 'RSA-OAEP-SHA256', spki }
}

/** @param {Octets} bytes of a positive integer */
function withoutZero(bytes) {
  if (bytes.length === 0 || bytes[0] >= 0x80) throw malformed('a negative number in a key')
  return bytes[0] === 0 ? bytes.subarray(1) : bytes
}

/** @param {string} facts */
const refused = facts => new BidFailure('algorithm_refused', facts)
