/** Owns which digests and signatures a time stamp may use: SM3 (GM/T 0033) and SHA-2. SHA-1 is read in one place only, the old certificate reference of RFC 2634. */
import { createHash } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import type { KeyName, SignatureAlgorithm } from './algorithms.ts'
import { writtenBy } from './cms-algorithms.ts'
import { children, type Der, readOid, TAG } from './der.ts'
import { nothing, oid, sequence } from './der-write.ts'

const rows = {
  sm3: { oid: '1.2.156.10197.1.401', octets: 32 },
  sha256: { oid: '2.16.840.1.101.3.4.2.1', octets: 32 },
  sha384: { oid: '2.16.840.1.101.3.4.2.2', octets: 48 },
  sha512: { oid: '2.16.840.1.101.3.4.2.3', octets: 64 },
} as const
export type TimestampDigest = keyof typeof rows

export const TIMESTAMP_DIGESTS = Object.keys(rows).filter((name): name is TimestampDigest => name in rows)

/** AlgorithmIdentifier of a digest, with the NULL that every tool writes and reads (RFC 5754 2). */
export const digestIdentifier = (digest: TimestampDigest): Buffer => sequence(oid(rows[digest].oid), nothing())

/** How many octets a digest has. */
export const digestLength = (digest: TimestampDigest): number => rows[digest].octets

export const digestOf = (digest: TimestampDigest, bytes: Uint8Array): Buffer => createHash(digest).update(bytes).digest()

/** The digest of an AlgorithmIdentifier, parameters absent or NULL; undefined for one we do not take. */
export function digestIn(element: Der): TimestampDigest | undefined {
  const [name, parameters, more] = children(element)
  if (name === undefined || more !== undefined || (parameters !== undefined && (parameters.tag !== TAG.null || parameters.content.length > 0)))
    return undefined
  const dotted = readOid(name)
  return TIMESTAMP_DIGESTS.find(digest => rows[digest].oid === dotted)
}

/** The digest and the AlgorithmIdentifier we write for a key of this kind. */
export function writtenFor(key: KeyName): { digest: TimestampDigest; row: SignatureAlgorithm; identifier: Buffer } {
  const { digest, named, row } = writtenBy(key)
  const known = TIMESTAMP_DIGESTS.find(each => each === digest)
  if (known === undefined) throw new BrokerError('algorithm_refused', `no time stamp is signed with ${digest}`)
  return { digest: known, row, identifier: sequence(oid(named), ...(key === 'RSA' ? [nothing()] : [])) }
}
