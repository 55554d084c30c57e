/** Owns what a PFX may be encrypted with: PBES2, and for reading the ciphers of old files, whose keys PKCS#12 derives itself (RFC 7292 appendix C). One row each. */
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, type Der, readOid, readSmallInteger, TAG } from './der.ts'
import { type Budget, decipher, decryptPbes2, malformedKey, PBES2 } from './pkcs8-pbes2.ts'
import { bmpPassword, deriveKey12 } from './pkcs12-kdf.ts'
import { decipherRc2 } from './pkcs12-rc2.ts'

interface OldCipher {
  keyLength: number
  open: (key: Buffer, iv: Buffer, encrypted: Uint8Array) => Buffer
}
/** two-key triple DES is three-key triple DES whose third key is the first */
const OLD: ReadonlyMap<string, OldCipher> = new Map([
  ['1.2.840.113549.1.12.1.3', { keyLength: 24, open: (key, iv, encrypted) => decipher('des-ede3-cbc', key, iv, encrypted) }],
  [
    '1.2.840.113549.1.12.1.4',
    { keyLength: 16, open: (key, iv, encrypted) => decipher('des-ede3-cbc', Buffer.concat([key, key.subarray(0, 8)]), iv, encrypted) },
  ],
  ['1.2.840.113549.1.12.1.5', { keyLength: 16, open: decipherRc2 }],
  ['1.2.840.113549.1.12.1.6', { keyLength: 5, open: decipherRc2 }],
])

/** A password and what opening with it may still cost. */
export interface Opening {
  password: string
  budget: Budget
  /** whether an empty password is no octets at all, as the MAC showed */
  emptyIsNothing: boolean
}

const octetsOf = ({ password, emptyIsNothing }: Opening): Buffer => (password === '' && emptyIsNothing ? Buffer.of() : bmpPassword(password))

/**
 * @param identifier the AlgorithmIdentifier
 * @throws BrokerError `key_password_wrong`, `key_file_malformed`, `algorithm_refused`, `certificate_malformed` for what is no DER
 */
export async function decryptWith(identifier: Der, encrypted: Uint8Array, opening: Opening): Promise<Buffer> {
  const cursor = new Cursor(identifier)
  const named = readOid(cursor.take(TAG.oid))
  const parameters = cursor.take(TAG.sequence)
  cursor.end()
  if (named === PBES2) return await decryptPbes2(parameters, encrypted, Buffer.from(opening.password, 'utf8'), opening.budget)
  const old = OLD.get(named)
  if (old === undefined) throw new BrokerError('algorithm_refused', `password encryption ${named} is not accepted`, { received: named })
  const fields = new Cursor(parameters)
  const salt = fields.take(TAG.octets).content
  const iterations = readSmallInteger(fields.take(TAG.integer))
  fields.end()
  if (salt.length > 1024) throw malformedKey('a salt too long')
  const derivation = { digest: 'sha1', password: octetsOf(opening), salt, iterations, budget: opening.budget }
  const key = await deriveKey12(derivation, 'key', old.keyLength)
  return old.open(key, await deriveKey12(derivation, 'iv', 8), encrypted)
}
