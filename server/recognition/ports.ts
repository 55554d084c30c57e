import type { FailureCode } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'

/**
 * What recognition needs and does not own: who calls (the OpenID Provider's tokens), and whether a certificate is good (the trust list). The composition root joins them; tests
 * play them.
 */

/** What an access token of a center's own (client credentials, RFC 6749 4.4) may ask for. */
export const SCOPES = ['trust.verify', 'trust.challenge'] as const
export type Scope = (typeof SCOPES)[number]

export type { Authenticate, Caller } from '../http/api-guard.ts'

/** What a certificate is asked to be good for. A seal in government affairs needs a CA qualified for them (电子政务电子认证服务资质). */
export const USES = ['login', 'seal', 'encryption', 'government-seal'] as const
export type Use = (typeof USES)[number]

interface VerdictQuestion {
  /** when it was used: now for a login, the proven time of a signature */
  at: Date
  use: Use
  /** certificates that came along: candidates for a path, trusted in nothing */
  chain?: readonly Certificate[]
}

/** The one answer about a certificate, the same whoever asks. Of what the trust list says, the part that centers are told. */
export interface CertificateVerdict {
  ok: boolean
  /** there when it is not ok: the deciding reason */
  code?: FailureCode
  clause?: string
  /** of the trust list that decided */
  version: number
  /** everything it is good for at that time */
  uses: readonly Use[]
  /** the issuer's place in the trust list; absent where it has none */
  ca?: {
    id: string
    name: { zh: string; en: string }
    region?: string
    qualification: 'none' | 'qualified'
    filing: 'none' | 'pending' | 'filed' | 'to-correct'
    joins: string
    leaves?: string
  }
  /** by the CA's profile; absent where it has none, or it does not fit */
  subject?: { name?: string; uscc?: string; person?: { name?: string } }
  /** from the certificate to the anchor; empty where no path was found */
  path: readonly { thumbprint: string }[]
  reasons: readonly { code: FailureCode; facts: string }[]
  revocation: { state: 'good' | 'revoked' | 'unknown' | 'not-asked' }
}

/**
 * The trust list's verdict. What is wrong with the certificate is told in the verdict, never thrown.
 * @throws BrokerError only for what is our own fault, such as database_unavailable
 */
export type VerdictOf = (certificate: Certificate, question: VerdictQuestion) => Promise<CertificateVerdict>
