/** Owns a signed message as the signature in a document: detached CMS (RFC 5652; GB/T 35275 for SM2), saying which certificate signed it (RFC 5035, so that a PDF can be PAdES). */
import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { type OutsideMessage, outsideToSign, writeOutsideMessage } from '../../pki/cms-outside.ts'
import { SIGNING_CERTIFICATE_V2, writeSigningCertificate } from '../../pki/signing-certificate.ts'
import type { SignatureValue, Signed } from '../contract.ts'

export interface CmsValueOptions {
  /** the shield's; its key decides names and digest: SM2 with SM3, RSA and ECDSA with SHA-256 */
  certificate: Certificate
  /** CA certificates to send along, anchor left out or not */
  chain?: readonly Certificate[]
  /** the message says when it was signed; left out where the format says it (PDF: /M, ETSI EN 319 142-1 6.3) */
  signingTime?: boolean
  /** `digest`: the message carries the digest of what the format protects, and is about that (OFD's type Sign); detached unless told */
  carries?: 'digest'
  /** the most bytes of a time-stamp token that `write` is given: 16 KiB unless told, 0 where none will come */
  stampRoom?: number
}

/** @throws BrokerError `algorithm_refused` for a key nobody accepts, `certificate_wrong_use` for one that is not for signing */
export function createCmsValue(options: CmsValueOptions): SignatureValue {
  const { certificate, chain = [], signingTime = false, carries, stampRoom = STAMP_ROOM } = options
  const digest = certificate.keyName === 'SM2' ? 'sm3' : 'sha256'
  requireSigning(certificate)
  const attributes = [{ type: SIGNING_CERTIFICATE_V2, value: writeSigningCertificate(certificate, digest) }]
  const messageOf = (of: Signed): OutsideMessage => {
    if (of.digest.length !== 32) throw new BrokerError('bad_request', `${of.digest.length} bytes are no ${digest}`)
    const signer = { certificate, chain, attributes, ...(signingTime ? { signingTime: of.at } : {}) }
    return carries === 'digest'
      ? { signer, content: of.digest, digest: createHash(digest).update(of.digest).digest() }
      : { signer, digest: of.digest }
  }
  return {
    kind: 'cms',
    digest,
    room: roomOf(messageOf, certificate) + stampRoom,
    toSign: of => outsideToSign(messageOf(of)),
    write(of, signature, stamp) {
      requireRoom(stamp, stampRoom)
      return writeOutsideMessage(messageOf(of), signature, stamp)
    },
  }
}

/** Bytes for a time-stamp token with its certificates; ours are about 2 KiB, foreign ones with a long chain three times that. */
export const STAMP_ROOM = 16 * 1024

/** @throws BrokerError `timestamp_malformed` */
export function requireRoom(stamp: Uint8Array | undefined, room: number): void {
  if (stamp !== undefined && stamp.length > room) {
    throw new BrokerError('timestamp_malformed', `a time-stamp token of ${stamp.length} bytes`, { expected: `at most ${room} bytes` })
  }
}

/** @throws BrokerError `certificate_wrong_use` */
export function requireSigning({ keyUsage, serial }: Certificate): void {
  if (keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation')) return
  throw new BrokerError('certificate_wrong_use', `certificate ${serial} is not for signing`)
}

/** Longer than any signature of a key that algorithms.ts takes, but RSA of more than 2,048 bits. */
const LONGEST = 256
/** What DER's lengths and the attribute around a stamp may add. */
const SLACK = 128

/** The size of a message with the longest signature, and the longest form of a time (every form is shorter than the slack). */
function roomOf(messageOf: (of: Signed) => OutsideMessage, certificate: Certificate): number {
  const message = messageOf({ digest: Buffer.alloc(32), property: '', at: new Date(0) })
  const modulus = (certificate.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  const written = writeOutsideMessage(message, SAMPLE_SM2)
  return written.length + Math.max(LONGEST, modulus) + SLACK
}

/** Any signature of the right form: r = s = 1. */
const SAMPLE_SM2 = Buffer.from('3006020101020101', 'hex')
