/** What judging seals needs and does not own: whether a certificate is good (the trust list) and whether a time stamp holds. The composition root joins them; tests play them. */
import type { Clock } from '../kernel/clock.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { TimestampVerdict } from '../pki/timestamp.ts'
import type { Evidence } from './contract.ts'

interface SealVerdictQuestion {
  /** when it was used: never outside the certificate's own validity, which is judged apart */
  at: Date
  /** `maker`: the one that makes seals (制章者); `seal`: the shield that sets them */
  use: 'seal' | 'maker'
  /** `at` was shown by a time stamp: then a later revocation takes nothing back */
  proven: boolean
  /** certificates that came along: candidates for a path, trusted in nothing */
  chain: readonly Certificate[]
  /** what the document carries for later verification, DER that claims to be it: lists and answers of the time, to be believed by their signatures alone */
  evidence?: Evidence
}

export interface SealVerdict {
  ok: boolean
  /** nobody has said whom to trust: it is not ok, and not refused either */
  unasked?: true
  /** there when it is not ok: the deciding reason. A revocation_* or certificate_revoked here says that a path was found */
  code?: FailureCode
  reasons: readonly { code: FailureCode; facts: string }[]
  revocation: {
    /** `revoked` may stand beside ok: it was revoked later, and that takes nothing back */
    state: 'good' | 'revoked' | 'unknown' | 'not-asked'
    /** ISO 8601, where known */
    since?: string
  }
  /** whether its CA may serve government affairs */
  government?: 'yes' | 'no' | 'unknown'
  name?: string
  uscc?: string
}

/** What is wrong with the certificate is told in the verdict. @throws BrokerError only for what is our own fault, such as database_unavailable */
export type SealVerdictOf = (certificate: Certificate, question: SealVerdictQuestion) => Promise<SealVerdict>

/**
 * Whether a token shows that these bytes existed, and when (pki/timestamp.ts with the roots of the authorities).
 * @param evidence as above
 * @throws BrokerError only for what is our own fault
 */
export type StampVerdictOf = (token: Uint8Array, data: Uint8Array, evidence?: Evidence) => Promise<TimestampVerdict>

/** Everything that a judge asks of others. */
export interface JudgeDeps {
  verdictOf: SealVerdictOf
  stampVerdictOf: StampVerdictOf
  clock: Clock
}
