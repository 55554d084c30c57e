/**
 * Owns encryption under a password, PBES2 with PBKDF2 (RFC 8018 6.2), as PKCS#8 and PKCS#12 carry it, with AES, with SM4 as national tools write it, and for reading with
 * triple DES. A wrong password and damaged bytes are one and the same refusal.
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, type Der, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { integer, nothing, octets, oid, sequence } from './der-write.ts'

export const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'

/** Iterations a whole file may cost, counted over all its parts: about ten seconds of one core at the worst. */
const MAX_ITERATIONS = 10_000_000
/** Iterations we write where nobody says otherwise. */
export const ITERATIONS = 100_000

export const malformedKey = (facts: string): BrokerError => new BrokerError('key_file_malformed', facts)
export const wrongPassword = (): BrokerError => new BrokerError('key_password_wrong', 'the password does not open it, or it is damaged')

/** What a hostile file may make us compute. One for each file, so that many parts cannot add up. */
export class Budget {
  #left: number
  constructor(iterations: number = MAX_ITERATIONS) {
    this.#left = Math.min(iterations, MAX_ITERATIONS)
  }

  /** @throws BrokerError `key_file_malformed` */
  spend(iterations: number): number {
    if (iterations < 1 || iterations > this.#left) throw malformedKey(`${iterations} iterations are none or too many`)
    this.#left -= iterations
    return iterations
  }
}

const PRFS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
  ['1.2.156.10197.1.401.2', 'sm3'],
  ['1.2.156.10197.1.401.3', 'sm3'],
])

interface Cipher {
  name: string
  keyLength: number
  ivLength: number
}
const CIPHERS: ReadonlyMap<string, Cipher> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 }],
  ['1.2.156.10197.1.104.2', { name: 'sm4-cbc', keyLength: 16, ivLength: 16 }],
  // some national tools name the cipher alone and mean CBC
  ['1.2.156.10197.1.104', { name: 'sm4-cbc', keyLength: 16, ivLength: 16 }],
])

const WRITTEN = {
  aes: { cipher: '2.16.840.1.101.3.4.1.42', prf: '1.2.840.113549.2.9' },
  sm4: { cipher: '1.2.156.10197.1.104.2', prf: '1.2.156.10197.1.401.2' },
} as const
/** AES-256 with HMAC-SHA-256, which every tool reads, or SM4 with HMAC-SM3 */
type PasswordSuite = keyof typeof WRITTEN

const derive = promisify(pbkdf2)

const refused = (what: string, dotted: string): BrokerError =>
  new BrokerError('algorithm_refused', `${what} ${dotted} is not accepted`, { received: dotted })

/** PBKDF2-params, RFC 8018 A.2. */
export interface KeyDerivation {
  salt: Buffer
  iterations: number
  keyLength: number | undefined
  /** node's name of the hash under the HMAC */
  digest: string
}

/** @throws BrokerError `key_file_malformed`, `algorithm_refused`, `certificate_malformed` for what is no DER */
export function readKeyDerivation(identifier: Der): KeyDerivation {
  const outer = new Cursor(identifier)
  const name = readOid(outer.take(TAG.oid))
  if (name !== PBKDF2) throw refused('key derivation', name)
  const fields = new Cursor(outer.take(TAG.sequence))
  outer.end()
  const salt = fields.take(TAG.octets).content
  const iterations = readSmallInteger(fields.take(TAG.integer))
  const length = fields.takeIf(TAG.integer)
  const prf = fields.takeIf(TAG.sequence)
  fields.end()
  // HMAC-SHA-1 is the default, and left out where it is meant
  const named = prf === undefined ? '1.2.840.113549.2.7' : readOid(new Cursor(prf).take(TAG.oid))
  const digest = PRFS.get(named)
  if (digest === undefined) throw refused('pseudo-random function', named)
  if (salt.length > 1024) throw malformedKey('a salt too long')
  return { salt, iterations, keyLength: length === undefined ? undefined : readSmallInteger(length), digest }
}

/** Off the event loop. */
export const deriveKey = ({ salt, iterations, digest }: KeyDerivation, password: Uint8Array, length: number, budget: Budget): Promise<Buffer> =>
  derive(password, salt, budget.spend(iterations), length, digest)

/**
 * @param parameters PBES2-params
 * @throws BrokerError `key_password_wrong`, `key_file_malformed`, `algorithm_refused`, `certificate_malformed` for what is no DER
 */
export async function decryptPbes2(parameters: Der, encrypted: Uint8Array, password: Uint8Array, budget: Budget): Promise<Buffer> {
  const fields = new Cursor(parameters)
  const derivation = readKeyDerivation(fields.take(TAG.sequence))
  const scheme = new Cursor(fields.take(TAG.sequence))
  fields.end()
  const named = readOid(scheme.take(TAG.oid))
  const cipher = CIPHERS.get(named)
  if (cipher === undefined) throw refused('cipher', named)
  const iv = scheme.take(TAG.octets).content
  scheme.end()
  if (iv.length !== cipher.ivLength || (derivation.keyLength ?? cipher.keyLength) !== cipher.keyLength)
    throw malformedKey('key or vector of another length')
  return decipher(cipher.name, await deriveKey(derivation, password, cipher.keyLength, budget), iv, encrypted)
}

/** CBC with padding. @throws BrokerError `key_password_wrong` */
export function decipher(name: string, key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Buffer {
  try {
    const made = createDecipheriv(name, key, iv)
    return Buffer.concat([made.update(encrypted), made.final()])
  } catch {
    throw wrongPassword()
  }
}

export interface PasswordOptions {
  /** AES-256 and SHA-256 unless told: what every tool reads */
  suite?: PasswordSuite
  /** 100,000 unless told */
  iterations?: number
}

/** @returns the AlgorithmIdentifier, and the encrypted octets */
export async function encryptPbes2(
  plain: Uint8Array,
  password: Uint8Array,
  { suite = 'aes', iterations = ITERATIONS }: PasswordOptions,
): Promise<{ identifier: Buffer; encrypted: Buffer }> {
  const { cipher: dotted, prf } = WRITTEN[suite]
  const cipher = CIPHERS.get(dotted)
  if (cipher === undefined) throw refused('cipher', dotted)
  const [salt, iv] = [randomBytes(16), randomBytes(cipher.ivLength)]
  const key = await derive(password, salt, iterations, cipher.keyLength, PRFS.get(prf) ?? '')
  const made = createCipheriv(cipher.name, key, iv)
  const derivation = sequence(oid(PBKDF2), sequence(octets(salt), integer(iterations), sequence(oid(prf), nothing())))
  return {
    identifier: sequence(oid(PBES2), sequence(derivation, sequence(oid(dotted), octets(iv)))),
    encrypted: Buffer.concat([made.update(plain), made.final()]),
  }
}

/** PBES2 alone, as PKCS#8 has it (RFC 5958 3). */
export function pbes2Parameters(identifier: Der): Der {
  const cursor = new Cursor(identifier)
  const named = readOid(cursor.take(TAG.oid))
  if (named !== PBES2) throw refused('password encryption', named)
  const parameters = cursor.take(TAG.sequence)
  cursor.end()
  return parameters
}

export const sequenceOf = (der: Buffer): Der => onlyElement(der, TAG.sequence)
