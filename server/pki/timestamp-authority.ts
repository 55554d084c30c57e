/**
 * Owns our own time-stamp authority, RFC 3161 and GM/T 0033: bytes of a request in, bytes of an answer out. For the sandbox, tests and a house that runs its own; where its
 * time comes from is the clock's matter, and that serials never repeat is the caller's.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { context } from './der-write.ts'
import { EXTENSION } from './extensions.ts'
import { TIME_STAMPING } from './timestamp.ts'
import { TIMESTAMP_DIGESTS, type TimestampDigest } from './timestamp-algorithms.ts'
import { writeTimestampInfo } from './timestamp-info.ts'
import { readTimestampRequest, type TimestampRequest } from './timestamp-request.ts'
import { grantedResponse, refusedResponse, type TimestampFailure } from './timestamp-response.ts'
import { writeTimestampToken } from './timestamp-token.ts'

export interface TimestampAuthorityOptions {
  key: KeyObject
  certificate: Certificate
  /** CA certificates to send along where the certificate is asked for */
  chain?: readonly Certificate[]
  clock: Clock
  /** the policy stated where none is asked for */
  policy: string
  /** further policies that may be asked for */
  policies?: readonly string[]
  /** digests it stamps; all of ours unless told */
  digests?: readonly TimestampDigest[]
  /** how far its clock may be off, in milliseconds; 1,000 unless told */
  accuracyMs?: number
  /** a number never given before, 1 to 20 octets; may ask a database */
  nextSerial: () => Uint8Array | Promise<Uint8Array>
}

export interface TimestampAuthority {
  /** @param request DER of a TimeStampReq, whatever came. @returns DER of a TimeStampResp, a refusal included; never throws */
  answer(request: Uint8Array): Promise<Buffer>
}

/** A reason to refuse, in the words of the protocol. */
class Refused extends Error {
  readonly failure: TimestampFailure
  constructor(failure: TimestampFailure, text: string) {
    super(text)
    this.failure = failure
  }
}

/** @throws BrokerError `certificate_wrong_use` where the certificate is not for time stamping alone, `shield_key_mismatch` where the key is another's */
export function createTimestampAuthority(options: TimestampAuthorityOptions): TimestampAuthority {
  const { key, certificate, digests = TIMESTAMP_DIGESTS, policies = [], policy } = options
  requireStamping(certificate)
  if (
    !createPublicKey(key)
      .export({ type: 'spki', format: 'der' })
      .equals(certificate.publicKey.export({ type: 'spki', format: 'der' }))
  )
    throw new BrokerError('shield_key_mismatch', 'the time-stamp key is not the certificate’s')

  function admit(der: Uint8Array): TimestampRequest {
    const request = read(der)
    if (!digests.includes(request.imprint.digest)) throw new Refused('badAlg', 'this digest is not stamped here')
    if (request.policy !== undefined && request.policy !== policy && !policies.includes(request.policy))
      throw new Refused('unacceptedPolicy', 'this policy is not offered here')
    if (request.criticalUnknown.length > 0) throw new Refused('unacceptedExtension', 'an extension is not understood here')
    return request
  }

  async function grant(der: Uint8Array): Promise<Buffer> {
    const request = admit(der)
    const serial = await options.nextSerial()
    if (serial.length === 0 || serial.length > 20) throw new Refused('systemFailure', 'no serial number')
    // after the serial: the time is that of the stamp, not of the waiting before it
    const genTime = options.clock.now()
    if (genTime < certificate.notBefore || genTime > certificate.notAfter)
      throw new Refused('timeNotAvailable', 'the authority’s certificate is not valid now')
    const info = writeTimestampInfo({
      policy: request.policy ?? policy,
      imprint: request.imprint,
      serial,
      genTime,
      accuracyMs: options.accuracyMs ?? 1000,
      ordering: false,
      nonce: request.nonce,
      tsa: context(4, certificate.subject.der),
    })
    const certificates = request.wantsCertificate ? [certificate, ...(options.chain ?? [])] : []
    return grantedResponse(writeTimestampToken(info, { signer: certificate, key, certificates }))
  }

  return {
    async answer(der) {
      try {
        return await grant(der)
      } catch (thrown) {
        // what went wrong inside is nobody's business outside
        const { failure, message } = thrown instanceof Refused ? thrown : new Refused('systemFailure', 'the request could not be served')
        return refusedResponse(failure, message)
      }
    },
  }
}

function read(der: Uint8Array): TimestampRequest {
  try {
    return readTimestampRequest(der)
  } catch (thrown) {
    if (asBrokerError(thrown).code === 'algorithm_refused') throw new Refused('badAlg', 'this digest is not stamped here')
    throw new Refused('badDataFormat', 'the request cannot be read')
  }
}

function requireStamping(certificate: Certificate): void {
  const critical = certificate.extensions.get(EXTENSION.extendedKeyUsage)?.critical === true
  if (critical && certificate.extKeyUsage?.size === 1 && certificate.extKeyUsage.has(TIME_STAMPING)) return
  throw new BrokerError(
    'certificate_wrong_use',
    'a time-stamp certificate has the extended key usage timeStamping alone, marked critical (RFC 3161 2.3)',
  )
}
