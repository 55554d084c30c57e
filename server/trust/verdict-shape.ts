/** Owns the shape of a verdict: what is asked, what is answered, and how a refusal is said. Centers, pages and the terminal read it; verdict.ts fills it in. */
import type { FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { CarriedWords } from '../pki/revocation-carried.ts'
import type { Holder, TrustedCa, Use } from './entry.ts'

export interface VerdictQuestion {
  /** DER or read; PEM and base64 as well */
  certificate: Certificate | Uint8Array | string
  /** when the certificate was used: now for a login, the proven time of a signature */
  at: Date
  /** `authority`: is it a CA certificate that the list knows? */
  /** `at` was proven by somebody who cannot be suspected, such as a time stamp: then a later revocation takes nothing back, whatever its reason */
  proven?: boolean
  use: Use | 'authority'
  holder?: Holder
  /** only by the CAs that issue this bank's shields */
  bank?: string
  /** certificates that came along: candidates, trusted in nothing */
  chain?: readonly Certificate[]
  /** lists and answers that came along: judged by their signatures, and good news only for a proven `at` */
  carried?: CarriedWords
}

/** The list's place of the CA that issued it, as centers are told. */
export interface CaPlace {
  id: string
  name: { zh: string; en: string }
  region?: string
  banks: readonly string[]
  qualification: TrustedCa['qualification']['state']
  filing: TrustedCa['filing']['state']
  joins: string
  leaves?: string
}
export interface VerdictSubject {
  /** RFC 4514, as the certificate has it */
  text: string
  serial: string
  thumbprint: string
  notBefore: string
  notAfter: string
  algorithm: string
  /** by the CA's profile; absent where the row has none or it does not fit */
  name?: string
  uscc?: string
  person?: { name?: string; code?: string }
}
interface Reason {
  code: FailureCode
  zh: string
  en: string
  /** for the integrator and the log */
  facts: string
}
export interface Common {
  /** the version of the list that decided */
  version: number
  at: string
  use: VerdictQuestion['use']
  ca?: CaPlace
  /** what it is good for at this time, by path, key and list; before revocation */
  uses: readonly Use[]
  subject?: VerdictSubject
  /** from the certificate to the anchor; empty without a path */
  path: readonly { thumbprint: string; subject: string; serial: string }[]
  reasons: readonly Reason[]
  revocation: {
    state: 'good' | 'revoked' | 'unknown' | 'not-asked'
    facts: string /** since when, ISO 8601: also beside `good`, where it was revoked only after `at` and that takes nothing back */
    since?: string
  }
}
export type CertificateVerdict = Common & ({ ok: true } | { ok: false; code: FailureCode; clause: string })

/** A refusal with its sentences. */
export function refused(
  common: Omit<Common, 'reasons'> & { reasons?: readonly Reason[] },
  code: FailureCode,
  clause: string,
  facts: string,
): CertificateVerdict {
  const { zh, en } = failures[code]
  return { ...common, ok: false, code, clause, reasons: [...(common.reasons ?? []), { code, zh, en, facts }] }
}
