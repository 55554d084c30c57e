import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import type { OcspResponse } from './ocsp.ts'

export type RevocationVerdict =
  /** @property until when it has to be asked again */
  { state: 'good'; until: Date } | { state: 'revoked'; facts: string } | { state: 'unknown'; facts: string }

/**
 * What the given lists and answers say about one certificate. Revoked wins over good, and an entry counts however old its list is; good needs a fresh word; silence
 * is unknown. RFC 5280 6.3.3, RFC 6960 2.2.
 */
export function judgeRevocation(
  certificate: Certificate,
  issuer: Certificate,
  { at, crls = [], ocsp = [] }: { at: Date; crls?: readonly Crl[]; ocsp?: readonly OcspResponse[] },
): RevocationVerdict {
  let until: Date | undefined
  const reasons: string[] = []
  for (const crl of crls) {
    const unfit = crl.unfitFor(certificate, issuer)
    if (unfit !== undefined) {
      if (crl.issuer.key === certificate.issuer.key) reasons.push(`CRL: ${unfit}`)
      continue
    }
    const entry = crl.entry(certificate.serial)
    if (entry !== undefined) return { state: 'revoked', facts: `on the CRL since ${entry.at.toISOString()}, reason ${entry.reason ?? 'not given'}` }
    if (crl.isFresh(at)) until = later(until, crl.nextUpdate)
    else reasons.push(`stale CRL of ${crl.thisUpdate.toISOString()}`)
  }
  for (const response of ocsp) {
    try {
      const verdict = response.verdict(certificate, issuer, at)
      if (verdict.status === 'revoked') return { state: 'revoked', facts: `by OCSP, since ${verdict.revokedAt?.toISOString() ?? 'an unknown time'}` }
      if (verdict.status === 'good') until = later(until, verdict.until)
      else reasons.push('OCSP: the responder does not know it')
    } catch (error) {
      reasons.push(`OCSP: ${error instanceof Error ? error.message : 'unreadable'}`)
    }
  }
  return until === undefined ? { state: 'unknown', facts: reasons.join('; ') || 'no CRL and no OCSP answer about it' } : { state: 'good', until }
}

const later = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one === undefined || (other !== undefined && other > one) ? other : one
