import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { judgeLists, type ListSetting } from './crl-judge.ts'
import type { OcspResponse } from './ocsp.ts'
import { BudgetSpent } from './path-budget.ts'

export type RevocationVerdict =
  /** @property until when it has to be asked again */
  | { state: 'good'; until: Date }
  /** @property since from when, and why (RFC 5280 5.3.1), where the list or answer says so */
  | { state: 'revoked'; facts: string; since?: Date; reason?: number }
  | { state: 'unknown'; facts: string }

export interface RevocationQuestion extends ListSetting {
  at: Date
  /** full and delta lists, in any order; those of others do no harm */
  crls?: readonly Crl[]
  ocsp?: readonly OcspResponse[]
}

/**
 * What the given lists and answers say about one certificate. Revoked wins over good, and an entry counts however old its list is, but for a hold that a younger list has
 * ended; good needs a fresh word about every reason; silence is unknown. RFC 5280 6.3.3, RFC 6960 2.2. Never throws, but for a budget of the caller's that is spent.
 * @param issuer of the certificate; it signs the lists too unless `signersOf` knows others
 */
export function judgeRevocation(certificate: Certificate, issuer: Certificate, question: RevocationQuestion): RevocationVerdict {
  const { at, crls = [], ocsp = [] } = question
  const lists = judgeLists(certificate, issuer, crls, at, question)
  if (lists.state === 'revoked') {
    const { since, reason } = lists
    const facts = `on the CRL since ${since.toISOString()}, reason ${reason ?? 'not given'}`
    return { state: 'revoked', facts, since, ...(reason === undefined ? {} : { reason }) }
  }
  let until = lists.state === 'good' ? lists.until : undefined
  const reasons = lists.state === 'good' ? [] : [...lists.reasons]
  for (const response of ocsp) {
    try {
      question.budget?.spend('signatures')
      const verdict = response.verdict(certificate, issuer, at)
      if (verdict.status === 'revoked') {
        const since = verdict.revokedAt
        return { state: 'revoked', facts: `by OCSP, since ${since?.toISOString() ?? 'an unknown time'}`, ...(since === undefined ? {} : { since }) }
      }
      if (verdict.status === 'good') until = later(until, verdict.until)
      else reasons.push('OCSP: the responder does not know it')
    } catch (error) {
      if (error instanceof BudgetSpent) throw error
      reasons.push(`OCSP: ${error instanceof Error ? error.message : 'unreadable'}`)
    }
  }
  return until === undefined ? { state: 'unknown', facts: reasons.join('; ') || 'no CRL and no OCSP answer about it' } : { state: 'good', until }
}

const later = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one === undefined || (other !== undefined && other > one) ? other : one
