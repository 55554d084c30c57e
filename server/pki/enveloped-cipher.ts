/**
 * Owns the ciphers of encrypted contents: one row each, by object identifier. Written are SM4-CBC (GM/T 0010) and AES-256-CBC (RFC 3565); read also the shorter AES keys.
 *
 * None of them is authenticated: whoever changes the ciphertext changes the plaintext. Who must know that it is whole signs it, inside or outside.
 */
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, onlyElement, readOid, TAG } from './der.ts'
import { octets, oid, sequence } from './der-write.ts'

export type CipherName = 'sm4-cbc' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc'

export interface ContentCipher {
  /** as node:crypto knows it */
  name: CipherName
  oid: string
  /** octets */
  keyLength: number
}

export const BLOCK = 16

const rows: readonly ContentCipher[] = [
  { name: 'sm4-cbc', oid: '1.2.156.10197.1.104.2', keyLength: 16 },
  // the bare name of SM4, by which CFCA's tools mean CBC
  { name: 'sm4-cbc', oid: '1.2.156.10197.1.104', keyLength: 16 },
  { name: 'aes-128-cbc', oid: '2.16.840.1.101.3.4.1.2', keyLength: 16 },
  { name: 'aes-192-cbc', oid: '2.16.840.1.101.3.4.1.22', keyLength: 24 },
  { name: 'aes-256-cbc', oid: '2.16.840.1.101.3.4.1.42', keyLength: 32 },
]

/** The row that is written under this name. */
export function cipherNamed(name: CipherName): ContentCipher {
  const found = rows.find(each => each.name === name)
  if (found === undefined) throw refused(name)
  return found
}

/** @returns DER of the AlgorithmIdentifier with its initialization vector */
export const cipherIdentifier = (cipher: ContentCipher, iv: Uint8Array): Buffer => sequence(oid(cipher.oid), octets(iv))

/** @throws BrokerError `algorithm_refused`, `certificate_malformed` where it is no AlgorithmIdentifier */
export function readCipher(der: Buffer): { cipher: ContentCipher; iv: Buffer } {
  const fields = new Cursor(onlyElement(der, TAG.sequence))
  const named = readOid(fields.take(TAG.oid))
  const cipher = rows.find(each => each.oid === named)
  if (cipher === undefined) throw refused(named)
  const iv = fields.take(TAG.octets).content
  fields.end()
  if (iv.length !== BLOCK) throw refused(`${named} with a vector of ${iv.length} octets`)
  return { cipher, iv }
}

const refused = (received: string): BrokerError =>
  new BrokerError('algorithm_refused', `content encryption ${received} is not accepted`, { received, expected: 'SM4-CBC or AES-CBC' })
