/** Owns how OCSP names a certificate (CertID, RFC 6960 4.1.1), and the request that asks about one. */
import { createHash } from 'node:crypto'
import { type Certificate, readSerial } from './certificate.ts'
import { Cursor, onlyElement, readOid, TAG } from './der.ts'
import { context, integer, nothing, octets, oid, sequence } from './der-write.ts'
import { EXTENSION } from './extensions.ts'

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

const pointOf = (certificate: Certificate): Buffer => {
  const cursor = new Cursor(onlyElement(certificate.spki, TAG.sequence))
  cursor.take(TAG.sequence)
  return cursor.take(TAG.bits).content.subarray(1)
}

/** CertID, RFC 6960 4.1.1. */
export function certificateId(issuer: Certificate, serial: string, hash = '1.2.156.10197.1.401'): CertificateId {
  const digest = ID_HASH.get(hash) ?? 'sm3'
  const of = (bytes: Buffer) => createHash(digest).update(bytes).digest()
  return { hash, issuerNameHash: of(issuer.subject.der), issuerKeyHash: of(pointOf(issuer)), serial }
}

export const writeCertificateId = (id: CertificateId): Buffer =>
  sequence(sequence(oid(id.hash), nothing()), octets(id.issuerNameHash), octets(id.issuerKeyHash), integer(Buffer.from(id.serial, 'hex')))

export function readCertificateId(der: Buffer): CertificateId {
  const cursor = new Cursor(onlyElement(der, TAG.sequence))
  const hash = readOid(new Cursor(cursor.take(TAG.sequence)).take(TAG.oid))
  const issuerNameHash = cursor.take(TAG.octets).content
  const issuerKeyHash = cursor.take(TAG.octets).content
  const serial = readSerial(cursor.take(TAG.integer))
  cursor.end()
  return { hash, issuerNameHash, issuerKeyHash, serial }
}

/** OCSPRequest for one certificate. @param nonce 8 to 32 random octets (RFC 9654) */
export function writeOcspRequest(id: CertificateId, nonce: Uint8Array): Buffer {
  return sequence(
    sequence(sequence(sequence(writeCertificateId(id))), context(2, sequence(sequence(oid(EXTENSION.ocspNonce), octets(octets(nonce)))))),
  )
}
