import type { CertificateFacts } from '../kernel/identity.ts'

/**
 * What verifying a document answers, the same for every format. Three questions are kept apart, for they have different answers in real life: is it intact, may the signer be trusted, and did everything hold at the
 * time it was sealed. Plain JSON.
 */
export interface DocumentReport {
  format: 'ofd' | 'pdf' | 'xml' | 'cms'
  seals: SealReport[]
  /** about the document, whichever seal: parts that none protects, changes after the last one */
  findings: Check[]
}

export interface SealReport {
  /** where it stands in the document: a field's name, a path */
  id: string
  /** `unknown`: it is there and cannot be verified */
  kind: 'cms' | 'ses' | 'xmldsig' | 'unknown'
  signer?: {
    certificate: CertificateFacts
    name?: string
    uscc?: string
    /** what the trust list says its CA may do in government affairs */
    government?: 'yes' | 'no' | 'unknown'
  }
  seal?: {
    id: string
    name: string
    version: number
    type: number
    validFrom: string
    validUntil: string
    picture: { type: string; width: number; height: number }
  }
  /** ISO 8601, as the signer says */
  claimedAt?: string
  /** ISO 8601, by a time stamp that holds */
  provenAt?: string
  pages?: number[]
  /** what of the document it protects, in the format's own words: parts, or spans of bytes */
  covers: { whole: boolean; parts: string[] }
  intact: Answer
  trusted: Answer
  valid: Answer
  checks: Check[]
}

/** `unknown`: it could not be asked, such as a revocation list that nobody can reach */
export type Answer = 'yes' | 'no' | 'unknown'

export interface Check {
  /** stable, lower case with hyphens, such as `digest` or `seal-list` */
  code: string
  /** which of the three answers it belongs to; `note` belongs to none and refuses nothing */
  of: 'intact' | 'trusted' | 'valid' | 'note'
  ok: Answer
  zh: string
  en: string
  /** for whoever looks closer: numbers, names, paths; no sentences */
  facts?: string
}

/** An answer is `no` as soon as one of its checks is, `yes` only when all are; without any check nothing is known. */
export function answerOf(checks: readonly Check[], of: 'intact' | 'trusted' | 'valid'): Answer {
  const own = checks.filter(check => check.of === of)
  if (own.some(({ ok }) => ok === 'no')) return 'no'
  return own.length > 0 && own.every(({ ok }) => ok === 'yes') ? 'yes' : 'unknown'
}
