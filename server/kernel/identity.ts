import type { Assurance } from './assurance.ts'
import type { Uscc } from './uscc.ts'

/** What a person may do at the bank for a company: 法定代表人 or 经办人. */
export type PersonRole = 'legal-representative' | 'operator'

export interface EnterpriseSeat {
  uscc: Uscc
  name: string
  role: PersonRole
  /** the bank does not name the person for this company: a mandate does */
  by?: 'mandate'
}

/** The facts of a certificate that we verified ourselves; never a copy of what somebody said about it. */
export interface CertificateFacts {
  /** RFC 4514 text of the issuer */
  issuer: string
  subject: string
  /** lower-case hexadecimal, no leading zeros beyond whole bytes */
  serial: string
  notBefore: string
  notAfter: string
  /** SM3 over the DER of the certificate, lower-case hexadecimal */
  thumbprint: string
  algorithm: 'SM2' | 'RSA' | 'ECDSA'
}

/** What every bank adapter answers with, whatever its protocol: the one neutral identity of the product. */
export interface BankIdentity {
  bank: string
  /** the bank's own stable name for the person; survives a renewed shield */
  subject: string
  person: {
    name: string
    /** SM3 of the person's id number as the banks share it, never the number itself */
    idDigest?: string
  }
  /** every company this person may act for at the bank; one or more, each USCC once */
  seats: EnterpriseSeat[]
  assurance: Assurance
  /** RFC 8176 method names: hwk (shield), pin, sms, pwd, face */
  methods: string[]
  /** ISO 8601 */
  authenticatedAt: string
  certificate?: CertificateFacts
  /** the bank's session name (OIDC sid, SAML SessionIndex), kept so that a logout at the bank reaches us and ours reaches the bank */
  bankSession?: string
}
