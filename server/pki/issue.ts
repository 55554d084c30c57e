/**
 * Owns making certificates, for our own authorities, the mock bank, the sandbox and tests: RFC 5280 4, and the dual certificates of GM/T 0015 (one to sign, one to encrypt).
 * It is no certificate authority: who may have a certificate is the caller's to know. CRLs and OCSP answers are issue-revocation.ts.
 */
import { type KeyObject, randomBytes } from 'node:crypto'
import { algorithmFor } from './algorithms.ts'
import { Certificate } from './certificate.ts'
import { Cursor, onlyElement, TAG } from './der.ts'
import { bits, boolean, context, integer, namedBits, nothing, octets, oid, primitive, sequence, time, write } from './der-write.ts'
import { EXTENSION, type Extension, type KeyUsage, keyUsageBits } from './extensions.ts'
import { type NameParts, writeName } from './names.ts'
import { sm3 } from './sm2.ts'

export interface Issuer {
  certificate: Certificate | Uint8Array
  privateKey: KeyObject
}

interface Profile {
  usage: readonly KeyUsage[]
  ca: boolean
  extendedUsage?: string
  /** RFC 6960 4.2.2.2.1: clients need not ask whether the responder itself was revoked */
  ocspNoCheck?: true
}

const profiles = {
  root: { usage: ['keyCertSign', 'cRLSign'], ca: true },
  ca: { usage: ['keyCertSign', 'cRLSign'], ca: true },
  sign: { usage: ['digitalSignature', 'nonRepudiation'], ca: false },
  encrypt: { usage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'], ca: false },
  /** one certificate for both, as older shields have it */
  single: { usage: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment'], ca: false },
  ocsp: { usage: ['digitalSignature'], ca: false, extendedUsage: '1.3.6.1.5.5.7.3.9', ocspNoCheck: true },
} as const satisfies Record<string, Profile>
export type CertificateProfile = keyof typeof profiles

export interface CertificateRequest {
  /** in the order of the encoding (country first), types by short name or object identifier */
  subject: NameParts
  /** `self` signs with the subject's own private key */
  issuer: Issuer | { self: KeyObject }
  publicKey: KeyObject
  serial?: Uint8Array
  notBefore: Date
  notAfter: Date
  profile: CertificateProfile
  /** how many CA certificates may follow below this one */
  pathLength?: number
  crlUrl?: string
  ocspUrl?: string
  extensions?: readonly { oid: string; der: Uint8Array; critical?: boolean }[]
}

/** A serial number as RFC 5280 4.1.2.2 wants it: positive, unguessable, 16 octets. */
export function newSerial(): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return serial
}

/** Signs some bytes as certificates, CRLs and OCSP answers are signed: SEQUENCE { tbs, algorithm, signature, ...more }. */
export function signed(tbs: Buffer, privateKey: KeyObject, ...more: Buffer[]): Buffer {
  const algorithm = algorithmFor(privateKey)
  return sequence(tbs, algorithm.identifier, bits(algorithm.sign(privateKey, tbs)), ...more)
}

/** @returns DER of the certificate */
export function issueCertificate(request: CertificateRequest): Buffer {
  const { issuer, publicKey, profile } = request
  const subject = writeName(request.subject)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const parent = 'self' in issuer ? undefined : asCertificate(issuer.certificate)
  const privateKey = 'self' in issuer ? issuer.self : issuer.privateKey
  const keyId = keyIdOf(spki)
  const row: Profile = profiles[profile]

  const extensions = [
    extension(
      EXTENSION.basicConstraints,
      row.ca ? sequence(boolean(true), request.pathLength === undefined ? Buffer.of() : integer(request.pathLength)) : sequence(),
      row.ca,
    ),
    extension(EXTENSION.keyUsage, namedBits(keyUsageBits(row.usage)), true),
    extension(EXTENSION.subjectKeyId, octets(keyId)),
    extension(EXTENSION.authorityKeyId, sequence(primitive(0, parent === undefined ? keyId : keyIdOfCertificate(parent)))),
    ...(row.extendedUsage === undefined ? [] : [extension(EXTENSION.extendedKeyUsage, sequence(oid(row.extendedUsage)))]),
    ...(row.ocspNoCheck ? [extension(EXTENSION.ocspNoCheck, nothing())] : []),
    ...(request.crlUrl === undefined
      ? []
      : [extension(EXTENSION.crlDistributionPoints, sequence(sequence(context(0, context(0, uri(request.crlUrl))))))]),
    ...(request.ocspUrl === undefined
      ? []
      : [extension(EXTENSION.authorityInfoAccess, sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri(request.ocspUrl))))]),
    ...(request.extensions ?? []).map(({ oid: dotted, der, critical = false }) => extension(dotted, der, critical)),
  ]
  const tbs = sequence(
    context(0, integer(2)),
    integer(request.serial ?? newSerial()),
    algorithmFor(privateKey).identifier,
    parent === undefined ? subject : parent.subject.der,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    spki,
    context(3, sequence(...extensions)),
  )
  return signed(tbs, privateKey)
}

export function extension(dotted: Extension['oid'], der: Uint8Array, critical = false): Buffer {
  return sequence(oid(dotted), ...(critical ? [boolean(true)] : []), octets(der))
}

const uri = (url: string): Buffer => write(0x86, Buffer.from(url, 'latin1'))

export const asCertificate = (certificate: Certificate | Uint8Array): Certificate =>
  certificate instanceof Certificate ? certificate : new Certificate(Buffer.from(certificate))

/** A key identifier: 160 bits of SM3 over the public key. RFC 5280 4.2.1.2 leaves the method to the issuer. */
function keyIdOf(spki: Buffer): Buffer {
  const cursor = new Cursor(onlyElement(spki, TAG.sequence))
  cursor.take(TAG.sequence)
  return Buffer.from(sm3(cursor.take(TAG.bits).content.subarray(1)), 'hex').subarray(0, 20)
}

export const keyIdOfCertificate = (certificate: Certificate): Buffer =>
  certificate.subjectKeyId === undefined ? keyIdOf(certificate.spki) : Buffer.from(certificate.subjectKeyId, 'hex')
