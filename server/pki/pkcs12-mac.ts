/** Owns the integrity of a PFX, its MacData: HMAC with a key by PKCS#12's own derivation (RFC 7292 4) or by PBKDF2 (PBMAC1, RFC 9579). */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, type Der, readOid, readSmallInteger, TAG } from './der.ts'
import { integer, nothing, octets, oid, sequence } from './der-write.ts'
import { Budget, deriveKey, ITERATIONS, malformedKey, type PasswordOptions, readKeyDerivation, wrongPassword } from './pkcs8-pbes2.ts'
import type { Opening } from './pkcs12-cipher.ts'
import { bmpPassword, deriveKey12 } from './pkcs12-kdf.ts'

const PBMAC1 = '1.2.840.113549.1.5.14'
const DIGESTS: ReadonlyMap<string, { name: string; length: number }> = new Map([
  ['1.3.14.3.2.26', { name: 'sha1', length: 20 }],
  ['2.16.840.1.101.3.4.2.4', { name: 'sha224', length: 28 }],
  ['2.16.840.1.101.3.4.2.1', { name: 'sha256', length: 32 }],
  ['2.16.840.1.101.3.4.2.2', { name: 'sha384', length: 48 }],
  ['2.16.840.1.101.3.4.2.3', { name: 'sha512', length: 64 }],
  ['1.2.156.10197.1.401', { name: 'sm3', length: 32 }],
])
const HMACS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
  ['1.2.156.10197.1.401.2', 'sm3'],
])
const WRITTEN = { aes: '2.16.840.1.101.3.4.2.1', sm4: '1.2.156.10197.1.401' } as const

/**
 * Checks the MAC over the contents.
 * @returns whether an empty password is no octets at all: two readings of the standard, of which this MAC tells the right one
 * @throws BrokerError `key_password_wrong`, `key_file_malformed`, `algorithm_refused`
 */
export async function checkMac(mac: Der, contents: Uint8Array, { password, budget }: Pick<Opening, 'password' | 'budget'>): Promise<boolean> {
  const fields = new Cursor(mac)
  const info = new Cursor(fields.take(TAG.sequence))
  const salt = fields.take(TAG.octets).content
  const count = fields.takeIf(TAG.integer)
  fields.end()
  const identifier = info.take(TAG.sequence)
  const value = info.take(TAG.octets).content
  info.end()
  const algorithm = new Cursor(identifier)
  const named = readOid(algorithm.take(TAG.oid))
  const equals = (made: Buffer): boolean => made.length === value.length && timingSafeEqual(made, value)
  if (named === PBMAC1) {
    if (!equals(await pbmac1(algorithm.take(TAG.sequence), contents, password, budget))) throw wrongPassword()
    return false
  }
  const digest = DIGESTS.get(named)
  if (digest === undefined) throw new BrokerError('algorithm_refused', `MAC ${named} is not accepted`, { received: named })
  if (salt.length > 1024) throw malformedKey('a salt too long')
  const iterations = count === undefined ? 1 : readSmallInteger(count)
  for (const octetsOfPassword of password === '' ? [bmpPassword(''), Buffer.of()] : [bmpPassword(password)]) {
    const key = await deriveKey12({ digest: digest.name, password: octetsOfPassword, salt, iterations, budget }, 'mac', digest.length)
    if (equals(createHmac(digest.name, key).update(contents).digest())) return octetsOfPassword.length === 0
  }
  throw wrongPassword()
}

/** RFC 9579 3 and 5: the length of the key must be said. */
async function pbmac1(parameters: Der, contents: Uint8Array, password: string, budget: Budget): Promise<Buffer> {
  const fields = new Cursor(parameters)
  const derivation = readKeyDerivation(fields.take(TAG.sequence))
  const named = readOid(new Cursor(fields.take(TAG.sequence)).take(TAG.oid))
  fields.end()
  const hmac = HMACS.get(named)
  if (hmac === undefined) throw new BrokerError('algorithm_refused', `MAC ${named} is not accepted`, { received: named })
  const length = derivation.keyLength ?? 0
  if (length < 20 || length > 64) throw malformedKey('a PBMAC1 key of no or too many octets')
  const key = await deriveKey(derivation, Buffer.from(password, 'utf8'), length, budget)
  return createHmac(hmac, key).update(contents).digest()
}

/** @returns MacData */
export async function writeMac(contents: Uint8Array, password: string, { suite = 'aes', iterations = ITERATIONS }: PasswordOptions): Promise<Buffer> {
  const digest = DIGESTS.get(WRITTEN[suite])
  if (digest === undefined) throw malformedKey('no digest')
  const salt = randomBytes(16)
  const derivation = { digest: digest.name, password: bmpPassword(password), salt, iterations, budget: new Budget() }
  const key = await deriveKey12(derivation, 'mac', digest.length)
  const value = createHmac(digest.name, key).update(contents).digest()
  return sequence(sequence(sequence(oid(WRITTEN[suite]), nothing()), octets(value)), octets(salt), integer(iterations))
}
