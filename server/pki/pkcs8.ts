/**
 * Owns private keys in files: PKCS#8 plain and under a password (RFC 5958), and for reading the older forms of RSA (RFC 8017) and elliptic curves (RFC 5915) that
 * openssl still makes. DER or PEM in, PEM out.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { keyName } from './algorithms.ts'
import { Cursor, elementsOf, onlyElement, readOid, TAG } from './der.ts'
import { octets, sequence } from './der-write.ts'
import { firstBlock, pem, toDer } from './pem.ts'
import { Budget, decryptPbes2, encryptPbes2, malformedKey, type PasswordOptions, pbes2Parameters, sequenceOf } from './pkcs8-pbes2.ts'
import { keyFromScalar, SM2_CURVE } from './sm2-key.ts'

/** An RSA key of 8,192 bits takes 5 KiB; numbers far longer cost seconds to look at. */
const KEY_LIMIT = 16 * 1024
const EC = '1.2.840.10045.2.1'
const RSA = '1.2.840.113549.1.1.1'
/** octets of the longest number in an RSA key of 8,192 bits */
const NUMBER = 1025
const LABELS = ['ENCRYPTED PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY']

export interface KeyFileOptions {
  /** PBKDF2 iterations it may cost; never more than 10 million */
  maxIterations?: number
}

/**
 * @param input PEM, DER or base64, at most 16 KiB
 * @param password for an encrypted key; ignored for a plain one
 * @throws BrokerError `key_password_wrong` (also where it is encrypted and no password is given), `key_file_malformed`, `algorithm_refused`
 */
export async function readPrivateKey(input: Uint8Array | string, password?: string, { maxIterations }: KeyFileOptions = {}): Promise<KeyObject> {
  return await refusing(async () => {
    const block = firstBlock(input, KEY_LIMIT, LABELS) ?? { label: undefined, der: toDer(input, KEY_LIMIT) }
    if (block.label === 'EC PRIVATE KEY') return keyFromSec1(block.der)
    if (block.label === 'RSA PRIVATE KEY') return keyFromPkcs1(block.der)
    // EncryptedPrivateKeyInfo begins with a SEQUENCE, PrivateKeyInfo with its version
    if (sequenceOf(block.der).content[0] !== TAG.sequence) return keyFromPkcs8(block.der)
    if (password === undefined) throw new BrokerError('key_password_wrong', 'the key is encrypted and no password was given')
    return keyFromPkcs8(await decryptPkcs8(block.der, Buffer.from(password, 'utf8'), new Budget(maxIterations)), 'encrypted')
  })
}

/** EncryptedPrivateKeyInfo to PrivateKeyInfo. */
async function decryptPkcs8(der: Buffer, password: Uint8Array, budget: Budget): Promise<Buffer> {
  const fields = new Cursor(sequenceOf(der))
  const parameters = pbes2Parameters(fields.take(TAG.sequence))
  const encrypted = fields.take(TAG.octets).content
  fields.end()
  return await decryptPbes2(parameters, encrypted, password, budget)
}

/**
 * The key of a PrivateKeyInfo; one on the SM2 curve as sm2-key.ts makes it, from its number alone, so that a public key beside it cannot mislead.
 * @param origin where it was decrypted, what cannot be read is a wrong password: one time in 256 wrong padding looks right
 * @throws BrokerError `key_file_malformed`, `key_password_wrong`, `algorithm_refused`
 */
export function keyFromPkcs8(der: Buffer, origin: 'plain' | 'encrypted' = 'plain'): KeyObject {
  try {
    if (der.length > KEY_LIMIT) throw malformedKey(`a private key of ${der.length} bytes`)
    const fields = new Cursor(sequenceOf(der))
    fields.take(TAG.integer)
    const algorithm = new Cursor(fields.take(TAG.sequence))
    const wrapped = fields.take(TAG.octets).content
    const kind = readOid(algorithm.take(TAG.oid))
    if (kind === RSA) requireNumbers(wrapped)
    const curve = kind === EC ? algorithm.takeIf(TAG.oid) : undefined
    if (curve !== undefined && readOid(curve) === SM2_CURVE) return sm2FromEcKey(wrapped)
    return accepted({ key: der, format: 'der', type: 'pkcs8' })
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (origin === 'plain' || error.code === 'algorithm_refused') throw error
    throw new BrokerError('key_password_wrong', 'the password does not open it, or it is damaged', { cause: error })
  }
}

function keyFromPkcs1(der: Buffer): KeyObject {
  requireNumbers(der)
  return accepted({ key: der, format: 'der', type: 'pkcs1' })
}

/**
 * RSAPrivateKey, RFC 8017 A.1.2, with no number too long: asked about one beyond 2,048 octets, OpenSSL leaves an error behind with which the next import of a good key in
 * this process fails.
 */
function requireNumbers(der: Buffer): void {
  for (const { tag, content } of elementsOf(sequenceOf(der)))
    if (tag !== TAG.integer || content.length > NUMBER) throw malformedKey('an RSA key with a number too long, or of more than two primes')
}

function keyFromSec1(der: Buffer): KeyObject {
  const fields = new Cursor(sequenceOf(der))
  fields.take(TAG.integer)
  fields.take(TAG.octets)
  const parameters = fields.takeIf(0xa0)
  if (parameters !== undefined && readOid(onlyElement(parameters.content)) === SM2_CURVE) return sm2FromEcKey(der)
  return accepted({ key: der, format: 'der', type: 'sec1' })
}

/** ECPrivateKey, RFC 5915 3. Some tools leave leading zero octets out. */
function sm2FromEcKey(der: Buffer): KeyObject {
  const fields = new Cursor(sequenceOf(der))
  fields.take(TAG.integer)
  const { content } = fields.take(TAG.octets)
  if (content.length === 0 || content.length > 32) throw malformedKey('an SM2 key that is not 32 octets')
  return keyFromScalar(Buffer.concat([Buffer.alloc(32 - content.length), content])).privateKey
}

function accepted(input: { key: Buffer; format: 'der'; type: 'pkcs1' | 'pkcs8' | 'sec1' }): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(input)
  } catch (cause) {
    throw new BrokerError('key_file_malformed', 'the private key cannot be read', { cause })
  }
  keyName(key)
  return key
}

/** Runs a reader of key files; whatever it stumbles over is a key file that cannot be read. */
export async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (thrown) {
    const error = asBrokerError(thrown)
    const own = ['key_password_wrong', 'key_file_malformed', 'algorithm_refused'].includes(error.code)
    throw own
      ? error
      : new BrokerError('key_file_malformed', `the key file cannot be read: ${error.code === 'internal' ? 'its structure' : error.facts}`, {
          cause: error,
        })
  }
}

/**
 * @param password encrypts, with PBES2
 * @returns DER of EncryptedPrivateKeyInfo
 */
export async function encryptPkcs8(key: KeyObject, password: string, options: PasswordOptions = {}): Promise<Buffer> {
  const { identifier, encrypted } = await encryptPbes2(key.export({ type: 'pkcs8', format: 'der' }), Buffer.from(password, 'utf8'), options)
  return sequence(identifier, octets(encrypted))
}

/** @returns PEM, encrypted where a password is given */
export async function writePrivateKey(key: KeyObject, password?: string, options: PasswordOptions = {}): Promise<string> {
  return password === undefined
    ? pem(key.export({ type: 'pkcs8', format: 'der' }), 'PRIVATE KEY')
    : pem(await encryptPkcs8(key, password, options), 'ENCRYPTED PRIVATE KEY')
}
