/**
 * Owns the names in messages: object identifiers of the two families (RFC 5652 and, for SM2, GB/T 35275), of attributes and digests, and which signature row of
 * algorithms.ts a digest and a key make together. It reads no bytes.
 */
import { BrokerError } from '../kernel/errors.ts'
import { algorithmOf, type KeyName, type SignatureAlgorithm } from './algorithms.ts'

interface Family {
  data: string
  signedData: string
  envelopedData: string
  signedAndEnvelopedData: string
}

/** Object identifiers of the two families; written by the keys' kind unless told, read from either. */
export const FAMILIES = {
  gm: {
    data: '1.2.156.10197.6.1.4.2.1',
    signedData: '1.2.156.10197.6.1.4.2.2',
    envelopedData: '1.2.156.10197.6.1.4.2.3',
    signedAndEnvelopedData: '1.2.156.10197.6.1.4.2.4',
  },
  pkcs7: {
    data: '1.2.840.113549.1.7.1',
    signedData: '1.2.840.113549.1.7.2',
    envelopedData: '1.2.840.113549.1.7.3',
    signedAndEnvelopedData: '1.2.840.113549.1.7.4',
  },
} as const satisfies Record<string, Family>
export type FamilyName = keyof typeof FAMILIES

const both = (name: keyof Family): readonly string[] => [FAMILIES.gm[name], FAMILIES.pkcs7[name]]
export const DATA = both('data')
export const SIGNED_DATA = both('signedData')
export const ENVELOPED_DATA = both('envelopedData')
export const SIGNED_AND_ENVELOPED_DATA = both('signedAndEnvelopedData')

export const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const

const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['1.2.156.10197.1.401', 'sm3'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])
/** The digest of an object identifier, as node:crypto names it. */
export const digestOf = (dotted: string): string | undefined => DIGESTS.get(dotted)
export const digestOid = (digest: string): string => [...DIGESTS].find(([, name]) => name === digest)?.[0] ?? ''

/** How each kind of key names its signature, and with what digest we write it. The row of algorithms.ts follows from key and digest. */
const SIGNATURE: Record<KeyName, { written: string; digest: string; bare: readonly string[]; rows: Record<string, string> }> = {
  SM2: {
    written: '1.2.156.10197.1.301.1',
    digest: 'sm3',
    bare: ['1.2.156.10197.1.301.1', '1.2.156.10197.1.301', '1.2.840.10045.2.1'],
    rows: { sm3: '1.2.156.10197.1.501' },
  },
  RSA: {
    written: '1.2.840.113549.1.1.1',
    digest: 'sha256',
    bare: ['1.2.840.113549.1.1.1'],
    rows: { sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12', sha512: '1.2.840.113549.1.1.13' },
  },
  ECDSA: {
    written: '1.2.840.10045.4.3.2',
    digest: 'sha256',
    bare: [],
    rows: { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3', sha512: '1.2.840.10045.4.3.4' },
  },
}

/** With what a key of this kind signs messages. */
export function writtenBy(kind: KeyName): { digest: string; named: string; row: SignatureAlgorithm } {
  const { digest, written, rows } = SIGNATURE[kind]
  return { digest, named: written, row: algorithmOf(rows[digest] ?? '') }
}

/**
 * The row with which a signature is to be checked.
 * @param digest what the signer says it hashed with; undefined when nobody here knows it
 * @param named the object identifier it gave its signature
 * @throws BrokerError `algorithm_refused`
 */
export function rowFor(kind: KeyName, digest: string | undefined, named: string): SignatureAlgorithm {
  const { bare, rows } = SIGNATURE[kind]
  const row = rows[digest ?? '']
  if (row === undefined || (named !== row && !bare.includes(named))) {
    throw new BrokerError('algorithm_refused', `a ${kind} key with ${digest ?? 'an unknown digest'} and ${named}`)
  }
  return algorithmOf(row)
}
