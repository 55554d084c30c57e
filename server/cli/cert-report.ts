/** Owns telling what stands in a certificate, for `shield cert show`: facts only, no judgement. */
import { createHash } from 'node:crypto'
import { asBrokerError } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import { children, onlyElement, readOid, TAG } from '../pki/der.ts'
import { roleOf, type ShieldRole } from '../pki/dual-certificate.ts'
import { EXTENSION } from '../pki/extensions.ts'
import { readSubject, type SubjectProfile } from '../pki/subject-profiles.ts'

export const SUBJECT_PROFILES = ['cfca-cn', 'cfca-cn-swapped', 'gbt20518'] as const satisfies readonly SubjectProfile[]

export interface CertificateReport {
  subject: string
  /** who it names, as a profile reads it; by the profile that was asked for, or by each that can read it */
  company: { profile: SubjectProfile; name: string; uscc: string; person: string | undefined }[]
  issuer: string
  serial: string
  version: number
  validity: { notBefore: string; notAfter: string }
  key: { kind: string; detail: string }
  signatureAlgorithm: string
  role: ShieldRole | 'ca'
  keyUsage: string[] | undefined
  extendedKeyUsage: string[] | undefined
  policies: string[]
  revocation: { crl: readonly string[]; ocsp: readonly string[] }
  keyIds: { subject: string | undefined; authority: string | undefined }
  criticalUnknown: readonly string[]
  thumbprints: { sm3: string; sha256: string; sha1: string }
}

const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '2.5.29.37.0': 'any',
}
const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.156.10197.1.501': 'SM2 with SM3',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1 (not accepted)',
  '1.2.840.113549.1.1.11': 'RSA with SHA-256',
  '1.2.840.113549.1.1.12': 'RSA with SHA-384',
  '1.2.840.113549.1.1.13': 'RSA with SHA-512',
  '1.2.840.10045.4.3.2': 'ECDSA with SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA with SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA with SHA-512',
}

/** @param profile reads the company by this one only */
export function describeCertificate(certificate: Certificate, profile?: SubjectProfile): CertificateReport {
  const digest = (name: string) => createHash(name).update(certificate.der).digest('hex')
  return {
    subject: certificate.subject.text,
    company: companies(certificate, profile === undefined ? SUBJECT_PROFILES : [profile]),
    issuer: certificate.issuer.text,
    serial: certificate.serial,
    version: certificate.version,
    validity: { notBefore: certificate.notBefore.toISOString(), notAfter: certificate.notAfter.toISOString() },
    key: keyOf(certificate),
    signatureAlgorithm: ALGORITHMS[certificate.algorithm] ?? certificate.algorithm,
    role: certificate.basicConstraints?.ca === true ? 'ca' : roleOf(certificate),
    keyUsage: certificate.keyUsage === undefined ? undefined : [...certificate.keyUsage],
    extendedKeyUsage: certificate.extKeyUsage === undefined ? undefined : [...certificate.extKeyUsage].map(oid => PURPOSES[oid] ?? oid),
    policies: policiesOf(certificate),
    revocation: { crl: certificate.crlUrls, ocsp: certificate.ocspUrls },
    keyIds: { subject: certificate.subjectKeyId, authority: certificate.authorityKeyId },
    criticalUnknown: certificate.criticalUnknown,
    thumbprints: { sm3: certificate.thumbprint, sha256: digest('sha256'), sha1: digest('sha1') },
  }
}

function companies(certificate: Certificate, profiles: readonly SubjectProfile[]): CertificateReport['company'] {
  return profiles.flatMap(profile => {
    try {
      const { enterprise, uscc, person } = readSubject(profile, certificate)
      return [{ profile, name: enterprise, uscc, person: person?.name }]
    } catch {
      return []
    }
  })
}

function keyOf(certificate: Certificate): CertificateReport['key'] {
  try {
    const { modulusLength, namedCurve } = certificate.publicKey.asymmetricKeyDetails ?? {}
    const kind = certificate.keyName
    return { kind, detail: kind === 'SM2' ? '256 bits' : (namedCurve ?? `${modulusLength ?? '?'} bits`) }
  } catch (thrown) {
    return { kind: 'not accepted', detail: asBrokerError(thrown).facts }
  }
}

/** Object identifiers of the certificate policies, RFC 5280 4.2.1.4; what cannot be read is left out. */
function policiesOf(certificate: Certificate): string[] {
  const value = certificate.extension(EXTENSION.certificatePolicies)
  if (value === undefined) return []
  try {
    return children(onlyElement(value, TAG.sequence)).flatMap(policy => children(policy).slice(0, 1).map(readOid))
  } catch {
    return []
  }
}

/** What another's file says goes onto a terminal: no control or direction characters. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')

export function formatCertificate(report: CertificateReport): string {
  const list = (values: readonly string[] | undefined, none: string) => (values === undefined || values.length === 0 ? none : values.join(', '))
  const rows: [string, string][] = [
    ['subject', report.subject],
    ...report.company.map(({ profile, name, uscc, person }): [string, string] => [
      `company by ${profile}`,
      `${name}  ${uscc}${person === undefined ? '' : `  (${person})`}`,
    ]),
    ['issuer', report.issuer],
    ['serial', report.serial],
    ['valid', `${report.validity.notBefore} to ${report.validity.notAfter}`],
    ['key', `${report.key.kind}, ${report.key.detail}`],
    ['signed with', report.signatureAlgorithm],
    ['role', ROLES[report.role]],
    ['key usage', list(report.keyUsage, 'not limited')],
    ['extended usage', list(report.extendedKeyUsage, 'not limited')],
    ['policies', list(report.policies, 'none')],
    ['CRL', list(report.revocation.crl, 'no address')],
    ['OCSP', list(report.revocation.ocsp, 'no address')],
    ...(report.criticalUnknown.length === 0
      ? []
      : [['NOT UNDERSTOOD', `critical extensions ${report.criticalUnknown.join(', ')}`] as [string, string]]),
    ['SM3', report.thumbprints.sm3],
    ['SHA-256', report.thumbprints.sha256],
    ['SHA-1', report.thumbprints.sha1],
  ]
  return rows.map(([name, value]) => `${name.padEnd(27)} ${printable(value)}\n`).join('')
}

const ROLES: Readonly<Record<CertificateReport['role'], string>> = {
  ca: 'a certificate authority',
  sign: 'a signing certificate',
  encrypt: 'an encryption certificate',
  single: 'a certificate to sign and to encrypt',
  neither: 'neither to sign nor to encrypt',
}
