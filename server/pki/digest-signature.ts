import { constants, type KeyObject, publicDecrypt } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { keyName, type SignatureAlgorithm } from './algorithms.ts'
import { Cursor, onlyElement, TAG } from './der.ts'
import { nothing, octets, oid, sequence } from './der-write.ts'
import { CURVES, type Curve, sumOfMultiples, toInteger } from './elliptic.ts'
import { exportPublic } from './sm2.ts'
import { readSignature } from './sm2-signature.ts'

/**
 * Owns verifying a signature over a digest that somebody else computed, for data that stays with the center. Node's crypto only verifies over data, so the last step of each scheme stands here:
 * RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2), ECDSA (FIPS 186-5 6.4.2) and SM2 (GB/T 32918.2 7.1). Everything is public, so nothing has to take equal time.
 *
 * @param digest of the row's hash; for SM2 e = SM3(ZA || M)
 * @returns false for any signature that is not one, never throws on it
 * @throws BrokerError `algorithm_refused` for a digest of another length, or a key of another kind or strength than the row wants
 */
export function verifyDigest(row: SignatureAlgorithm, key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const length = LENGTHS[row.digest]
  if (length === undefined || digest.length !== length || keyName(key) !== row.name) {
    throw new BrokerError('algorithm_refused', `a digest of ${digest.length} bytes does not go with ${row.name} and ${row.digest}`, {
      received: `${digest.length} bytes`,
      expected: `${length ?? 0} bytes of ${row.digest}, and a key of the kind ${row.name}`,
    })
  }
  switch (row.name) {
    case 'RSA':
      return verifyRsa(row.digest, key, digest, signature)
    case 'ECDSA':
      return verifyEcdsa(key, digest, signature)
    case 'SM2':
      return verifySm2Digest(key, digest, signature)
  }
}

const LENGTHS: Readonly<Record<string, number>> = { sm3: 32, sha256: 32, sha384: 48, sha512: 64 }
const HASH_OIDS: Readonly<Record<string, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}

/** The whole DigestInfo is written and compared, never read: what is not exactly it is no signature. */
function verifyRsa(hash: string, key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const expected = sequence(sequence(oid(HASH_OIDS[hash] ?? ''), nothing()), octets(digest))
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(expected)
  } catch {
    return false
  }
}

function verifyEcdsa(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const { x, y } = key.export({ format: 'jwk' })
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']
  const numbers = readPair(signature)
  if (curve === undefined || numbers === undefined || x === undefined || y === undefined) return false
  const { r, s } = numbers
  const { n } = curve
  if (r < 1n || r >= n || s < 1n || s >= n) return false
  const w = inverse(s, n)
  const point = { x: toInteger(Buffer.from(x, 'base64url')), y: toInteger(Buffer.from(y, 'base64url')) }
  const sum = sumOfMultiples(curve, (leftmost(digest, curve) * w) % n, (r * w) % n, point)
  return sum !== undefined && sum.x % n === r
}

function verifySm2Digest(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const plain = readSignature(signature)
  const curve = CURVES['SM2']
  if (plain === undefined || curve === undefined) return false
  const [r, s] = [toInteger(plain.subarray(0, 32)), toInteger(plain.subarray(32))]
  const bytes = exportPublic(key).subarray(-64)
  // readSignature has refused r + s = n, which would make t zero
  const sum = sumOfMultiples(curve, s, (r + s) % curve.n, { x: toInteger(bytes.subarray(0, 32)), y: toInteger(bytes.subarray(32)) })
  return sum !== undefined && (toInteger(digest) + sum.x) % curve.n === r
}

/** The leftmost bits of the digest, as many as the order has: FIPS 186-5 6.4.2. */
function leftmost(digest: Uint8Array, { n }: Curve): bigint {
  const over = digest.length * 8 - n.toString(2).length
  return over > 0 ? toInteger(digest) >> BigInt(over) : toInteger(digest)
}

/** SEQUENCE of two positive integers in their shortest form. */
function readPair(signature: Uint8Array): { r: bigint; s: bigint } | undefined {
  try {
    const pair = new Cursor(onlyElement(Buffer.from(signature), TAG.sequence))
    const [r, s] = [pair.take(TAG.integer).content, pair.take(TAG.integer).content]
    pair.end()
    return isShortest(r) && isShortest(s) ? { r: toInteger(r), s: toInteger(s) } : undefined
  } catch {
    return undefined
  }
}

const isShortest = (content: Buffer): boolean => {
  const [first = 0x80, second = 0] = content
  return first < 0x80 && !(first === 0 && content.length > 1 && second < 0x80)
}

/** By Euclid; `a` and `n` have no common factor, since n is prime and 0 < a < n. */
function inverse(a: bigint, n: bigint): bigint {
  let [r0, r1, t0, t1] = [n, a, 0n, 1n]
  while (r1 > 0n) {
    const q = r0 / r1
    ;[r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1]
  }
  return t0 < 0n ? t0 + n : t0
}
