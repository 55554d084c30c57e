import { BrokerError } from '../kernel/errors.ts'
import { algorithmOf, type SignatureAlgorithm } from '../pki/algorithms.ts'

/** The names under which centers ask for the rows of pki/algorithms.ts. A row that is not there is not accepted here either. */
const OIDS = {
  'SM2-SM3': '1.2.156.10197.1.501',
  'RSA-SHA256': '1.2.840.113549.1.1.11',
  'RSA-SHA384': '1.2.840.113549.1.1.12',
  'RSA-SHA512': '1.2.840.113549.1.1.13',
  'ECDSA-SHA256': '1.2.840.10045.4.3.2',
  'ECDSA-SHA384': '1.2.840.10045.4.3.3',
  'ECDSA-SHA512': '1.2.840.10045.4.3.4',
} as const
export type AlgorithmName = keyof typeof OIDS

const isName = (text: string): text is AlgorithmName => Object.hasOwn(OIDS, text)
export const ALGORITHMS: readonly AlgorithmName[] = Object.keys(OIDS).filter(isName)

/**
 * @param keyName what the certificate's key is
 * @throws BrokerError `algorithm_refused` when the key is of another kind than the algorithm wants
 */
export function rowFor(name: AlgorithmName, keyName: string): SignatureAlgorithm {
  const row = algorithmOf(OIDS[name])
  if (row.name !== keyName)
    throw new BrokerError('algorithm_refused', `${name} with a key of the kind ${keyName}`, { received: keyName, expected: row.name })
  return row
}

/** Hashes by the names that standards use, to those of node:crypto. */
const HASH_NAMES = { SM3: 'sm3', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const
export type HashName = keyof typeof HASH_NAMES
const isHash = (text: string): text is HashName => Object.hasOwn(HASH_NAMES, text)
export const HASHES: readonly HashName[] = Object.keys(HASH_NAMES).filter(isHash)
export const nodeName = (hash: HashName): string => HASH_NAMES[hash]
