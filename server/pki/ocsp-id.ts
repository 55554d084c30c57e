/** Owns how OCSP names a certificate (CertID, RFC 6960 4.1.1), and the request that asks about one. */
import { createHash } from 'node:crypto'
import { type Certificate, readSerial } from './certificate.ts'
import { Cursor, onlyElement, readOid, TAG } from './der.ts'
import { context, nothing, octets, oid, sequence, write } from './der-write.ts'
import { EXTENSION } from './extensions.ts'
import { serialContents } from './serial.ts'

/** Hash functions a certificate id may be made with; SHA-1 is what RFC 5019 clients send and is no signature here. */
export const ID_HASH: ReadonlyMap<string, string> = new Map([
  ['1.2.156.10197.1.401', 'sm3'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['1.3.14.3.2.26', 'sha1'],
])

export interface CertificateId {
  hash: string
  issuerNameHash: Buffer
  issuerKeyHash: Buffer
  serial: string
}

/** A hash over the bits of a certificate's public key, without the octet that counts unused ones: issuerKeyHash, and ResponderID by key. */
export function keyHash(certificate: Certificate, digest: string): Buffer {
  const cursor = new Cursor(onlyElement(certificate.spki, TAG.sequence))
  cursor.take(TAG.sequence)
  return createHash(digest).update(cursor.take(TAG.bits).content.subarray(1)).digest()
}

/** CertID, RFC 6960 4.1.1. */
export function certificateId(issuer: Certificate, serial: string, hash = '1.2.156.10197.1.401'): CertificateId {
  const digest = ID_HASH.get(hash) ?? 'sm3'
  return { hash, issuerNameHash: createHash(digest).update(issuer.subject.der).digest(), issuerKeyHash: keyHash(issuer, digest), serial }
}

/** The hash to ask with: SM3 in an SM2 hierarchy, elsewhere SHA-1, the only one every responder knows (RFC 5019 2.1.1). It names a certificate and signs nothing. */
export const idHashFor = (issuer: Certificate): string => (issuer.keyName === 'SM2' ? '1.2.156.10197.1.401' : '1.3.14.3.2.26')

export const writeCertificateId = (id: CertificateId): Buffer =>
  sequence(sequence(oid(id.hash), nothing()), octets(id.issuerNameHash), octets(id.issuerKeyHash), write(TAG.integer, serialContents(id.serial)))

export function readCertificateId(der: Buffer): CertificateId {
  const cursor = new Cursor(onlyElement(der, TAG.sequence))
  const hash = readOid(new Cursor(cursor.take(TAG.sequence)).take(TAG.oid))
  const issuerNameHash = cursor.take(TAG.octets).content
  const issuerKeyHash = cursor.take(TAG.octets).content
  const serial = readSerial(cursor.take(TAG.integer))
  cursor.end()
  return { hash, issuerNameHash, issuerKeyHash, serial }
}

/** OCSPRequest for one certificate. @param nonce 8 to 32 random octets (RFC 9654); undefined asks for an answer that may have been signed ahead of time */
export function writeOcspRequest(id: CertificateId, nonce?: Uint8Array): Buffer {
  const extensions = nonce === undefined ? [] : [context(2, sequence(sequence(oid(EXTENSION.ocspNonce), octets(octets(nonce)))))]
  return sequence(sequence(sequence(sequence(writeCertificateId(id))), ...extensions))
}

/** The longest address that a GET may have, RFC 5019 5: beyond it, POST. */
const LONGEST_GET = 255

/**
 * The address that asks by GET, RFC 6960 A.1: base64 of the request, escaped, after the responder's own path.
 * @returns undefined where it would be longer than servers and caches take, or the responder's address has a query already
 */
export function ocspGetUrl(responder: string, request: Buffer): string | undefined {
  const escaped = encodeURIComponent(request.toString('base64'))
  return escaped.length > LONGEST_GET || responder.includes('?') ? undefined : `${responder.replace(/\/$/, '')}/${escaped}`
}
