/** Owns making CRLs (RFC 5280 5) and OCSP answers (RFC 6960 4.2), and reading OCSP requests: the issuer's side of revocation, for our own authority, the mock bank and tests. */
import { algorithmFor } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { Cursor, onlyElement, TAG } from './der.ts'
import { context, integer, octets, oid, primitive, sequence, time, write } from './der-write.ts'
import { EXTENSION, readExtensions } from './extensions.ts'
import { asCertificate, extension, type Issuer, keyIdOfCertificate, signed } from './issue.ts'
import { type CertificateId, keyHash, readCertificateId, writeCertificateId } from './ocsp-id.ts'
import { serialContents } from './serial.ts'

export { certificateId } from './ocsp-id.ts'

/** Why, RFC 5280 5.3.1; the number is the code on the wire. */
const REASON = {
  unspecified: 0,
  keyCompromise: 1,
  caCompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  /** in delta lists: the entry of the full list is no more */
  removeFromCRL: 8,
} as const
export type RevocationReason = keyof typeof REASON

export interface CrlRequest {
  issuer: Issuer
  /** serials in hexadecimal, as Certificate has them */
  entries: readonly CrlEntryRequest[]
  number: number
  thisUpdate: Date
  nextUpdate: Date
  /** makes it a delta list: the number of the full list that it changes */
  base?: number
  /** DER of the IssuingDistributionPoint it limits itself to, 5.2.5 */
  scope?: Uint8Array
  extensions?: readonly Buffer[]
}

export interface CrlEntryRequest {
  serial: string
  at: Date
  reason?: RevocationReason
  /** in an indirect list: whose certificate it is, and that of the entries after it */
  issuer?: Certificate
}

/** @returns DER of a CRL, version 2: a full one, unless `base` makes it a delta */
export function issueCrl({ issuer, entries, number, thisUpdate, nextUpdate, base, scope, extensions = [] }: CrlRequest): Buffer {
  const certificate = asCertificate(issuer.certificate)
  const revoked = entries.map(entry => {
    const more = entryExtensions(entry)
    return sequence(write(TAG.integer, serialContents(entry.serial)), time(entry.at), ...(more.length === 0 ? [] : [sequence(...more)]))
  })
  const tbs = sequence(
    integer(1),
    algorithmFor(issuer.privateKey).identifier,
    certificate.subject.der,
    time(thisUpdate),
    time(nextUpdate),
    ...(revoked.length === 0 ? [] : [sequence(Buffer.concat(revoked))]),
    context(
      0,
      sequence(
        extension(EXTENSION.authorityKeyId, sequence(primitive(0, keyIdOfCertificate(certificate)))),
        extension(EXTENSION.crlNumber, integer(number)),
        ...(base === undefined ? [] : [extension(EXTENSION.deltaCrl, integer(base), true)]),
        ...(scope === undefined ? [] : [extension(EXTENSION.issuingDistributionPoint, scope, true)]),
        ...extensions,
      ),
    ),
  )
  return signed(tbs, issuer.privateKey)
}

const entryExtensions = ({ reason, issuer }: CrlEntryRequest): Buffer[] => [
  ...(reason === undefined ? [] : [extension(EXTENSION.reasonCode, write(TAG.enumerated, Buffer.of(REASON[reason])))]),
  ...(issuer === undefined ? [] : [extension(EXTENSION.certificateIssuer, sequence(context(4, issuer.subject.der)), true)]),
]

export interface OcspQuestion {
  ids: CertificateId[]
  nonce: Buffer | undefined
}

/** Reads a request of at most 16 KiB and 16 certificates; its optional signature is not looked at. @throws BrokerError `certificate_malformed` */
export function readOcspRequest(der: Uint8Array): OcspQuestion {
  const outer = new Cursor(onlyElement(Buffer.from(der.subarray(0, 16 * 1024)), TAG.sequence))
  const tbs = new Cursor(outer.take(TAG.sequence))
  tbs.takeIf(0xa0)
  tbs.takeIf(0xa1)
  const list = new Cursor(tbs.take(TAG.sequence))
  const ids: CertificateId[] = []
  while (!list.done && ids.length < 16) ids.push(readCertificateId(new Cursor(list.take(TAG.sequence)).take(TAG.sequence).raw))
  const extensions = tbs.takeIf(0xa2)
  const nonce = extensions === undefined ? undefined : readExtensions(onlyElement(extensions.content, TAG.sequence)).get(EXTENSION.ocspNonce)?.value
  return { ids, nonce: nonce === undefined ? undefined : onlyElement(nonce, TAG.octets).content }
}

export interface OcspAnswer {
  id: CertificateId
  status: 'good' | 'unknown' | { revokedAt: Date; reason?: RevocationReason }
}

export interface OcspResponseRequest {
  /** who signs: the CA itself, or a responder whose certificate the CA issued with the `ocsp` profile */
  responder: Issuer
  answers: readonly OcspAnswer[]
  producedAt: Date
  thisUpdate: Date
  /** without it the answer holds for the moment only */
  nextUpdate?: Date | undefined
  /** the request's, given back */
  nonce?: Uint8Array | undefined
  /** how the responder names itself, 4.2.1; by name unless told */
  responderId?: 'name' | 'key'
  /** put the responder's certificate into the answer */
  includeCertificate?: boolean
  /** DER of certificates that come along before the responder's own */
  certificates?: readonly Uint8Array[]
}

/** @returns DER of a successful OCSPResponse with one BasicOCSPResponse */
export function issueOcspResponse(request: OcspResponseRequest): Buffer {
  const responder = asCertificate(request.responder.certificate)
  const next = request.nextUpdate === undefined ? [] : [context(0, generalized(request.nextUpdate))]
  const tbs = sequence(
    request.responderId === 'key' ? context(2, octets(keyHash(responder, 'sha1'))) : context(1, responder.subject.der),
    generalized(request.producedAt),
    sequence(
      ...request.answers.map(({ id, status }) => sequence(writeCertificateId(id), writeStatus(status), generalized(request.thisUpdate), ...next)),
    ),
    ...(request.nonce === undefined ? [] : [context(1, sequence(extension(EXTENSION.ocspNonce, octets(request.nonce))))]),
  )
  const along = [...(request.certificates ?? []), ...(request.includeCertificate === false ? [] : [responder.der])]
  const basic = signed(tbs, request.responder.privateKey, ...(along.length === 0 ? [] : [context(0, sequence(...along))]))
  return sequence(write(TAG.enumerated, Buffer.of(0)), context(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))))
}

/** An OCSPResponse that only says why there is no answer, RFC 6960 4.2.1. */
export function issueOcspError(status: 'malformedRequest' | 'internalError' | 'tryLater' | 'unauthorized'): Buffer {
  return sequence(write(TAG.enumerated, Buffer.of({ malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 }[status])))
}

function writeStatus(status: OcspAnswer['status']): Buffer {
  if (status === 'good') return primitive(0, Buffer.of())
  if (status === 'unknown') return primitive(2, Buffer.of())
  const reason = status.reason === undefined ? [] : [context(0, write(TAG.enumerated, Buffer.of(REASON[status.reason])))]
  return context(1, generalized(status.revokedAt), ...reason)
}

/** OCSP knows GeneralizedTime only. */
const generalized = (value: Date): Buffer =>
  write(TAG.generalizedTime, Buffer.from(`${value.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'))
