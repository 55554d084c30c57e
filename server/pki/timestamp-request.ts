/** Owns TimeStampReq, RFC 3161 2.4.1 and GM/T 0033 7: writing ours, and reading those that our own authority is asked. */
import { randomBytes } from 'node:crypto'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { Cursor, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { boolean, integer, oid, sequence } from './der-write.ts'
import { digestLength } from './timestamp-algorithms.ts'
import { criticalIn, type Imprint, readImprint, readNonce, writeImprint } from './timestamp-info.ts'

/** A request is an imprint, a nonce and a policy; whatever is longer is no request. */
export const REQUEST_LIMIT = 16 * 1024

export interface TimestampRequest {
  imprint: Imprint
  /** object identifier of the policy wanted */
  policy: string | undefined
  /** hexadecimal */
  nonce: string | undefined
  /** the authority's certificate is to come along */
  wantsCertificate: boolean
  criticalUnknown: readonly string[]
}

/** 16 random octets, positive. */
export function newNonce(): string {
  const nonce = randomBytes(16)
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40
  return nonce.toString('hex')
}

/**
 * @param request.nonce hexadecimal; leave it out only where a request is repeated on purpose
 * @returns DER
 * @throws BrokerError `timestamp_malformed` where the hash is not of the digest's length
 */
export function writeTimestampRequest(request: { imprint: Imprint; policy?: string; nonce?: string; wantsCertificate?: boolean }): Buffer {
  const { imprint, policy, nonce, wantsCertificate = true } = request
  if (imprint.hash.length !== digestLength(imprint.digest))
    throw new BrokerError('timestamp_malformed', `${imprint.hash.length} octets are no ${imprint.digest}`)
  return sequence(
    integer(1),
    writeImprint(imprint),
    ...(policy === undefined ? [] : [oid(policy)]),
    ...(nonce === undefined ? [] : [integer(Buffer.from(nonce, 'hex'))]),
    ...(wantsCertificate ? [boolean(true)] : []),
  )
}

/** @param der at most 16 KiB. @throws BrokerError `timestamp_malformed`, `algorithm_refused` for a digest we do not take */
export function readTimestampRequest(der: Uint8Array): TimestampRequest {
  if (der.length > REQUEST_LIMIT) throw new BrokerError('timestamp_malformed', `a request of ${der.length} bytes`)
  try {
    const cursor = new Cursor(onlyElement(Buffer.from(der), TAG.sequence))
    const version = readSmallInteger(cursor.take(TAG.integer))
    if (version !== 1) throw new BrokerError('timestamp_malformed', `version ${version} of a time-stamp request`)
    const imprint = readImprint(cursor.take(TAG.sequence))
    const policy = cursor.takeIf(TAG.oid)
    const nonce = cursor.takeIf(TAG.integer)
    const wants = cursor.takeIf(TAG.boolean)
    const extensions = cursor.takeIf(0xa0)
    cursor.end()
    return {
      imprint,
      policy: policy === undefined ? undefined : readOid(policy),
      nonce: nonce === undefined ? undefined : readNonce(nonce),
      wantsCertificate: wants !== undefined && wants.content[0] !== 0,
      criticalUnknown: extensions === undefined ? [] : criticalIn(extensions),
    }
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code === 'algorithm_refused' || error.code === 'timestamp_malformed') throw error
    throw new BrokerError('timestamp_malformed', 'the request cannot be read', { cause: error })
  }
}
