import { algorithmIn } from './algorithms.ts'
import type { Certificate } from './certificate.ts'

/** Signatures already checked: certificates are immutable, one CA signs many, and one certificate stands in many paths. */
const checked = new WeakMap<Certificate, Map<string, boolean>>()

const answerFor = (certificate: Certificate): Map<string, boolean> => {
  const known = checked.get(certificate) ?? new Map<string, boolean>()
  checked.set(certificate, known)
  return known
}

/** Whether this question was answered before and costs nothing. */
export const isKnown = (certificate: Certificate, issuer: Certificate): boolean => answerFor(certificate).has(issuer.spki.toString('latin1'))

/**
 * Whether the issuer's key made the certificate's signature; RFC 5280 6.1.3 (a)(1), nothing else.
 * @throws BrokerError `algorithm_refused`
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const key = issuer.spki.toString('latin1')
  const known = answerFor(certificate)
  const before = known.get(key)
  if (before !== undefined) return before
  const good = algorithmIn(certificate.algorithmDer).verify(issuer.publicKey, certificate.tbs, certificate.signature)
  known.set(key, good)
  return good
}

/** Whether a certificate signed itself: same name, and its own key verifies it. False for a key or algorithm nobody accepts. */
export function isSelfSigned(certificate: Certificate): boolean {
  try {
    return certificate.selfIssued && isSignedBy(certificate, certificate)
  } catch {
    return false
  }
}
