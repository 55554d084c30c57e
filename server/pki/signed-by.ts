import { algorithmIn } from './algorithms.ts'
import type { Certificate } from './certificate.ts'

/**
 * Owns the question "did this key sign that?". Which algorithms and keys may answer is a table of its own, algorithms.ts for every caller of the product; published test
 * certificates are of keys nobody accepts any more, so the trial that runs them brings its own.
 */
export interface SignatureChecks {
  /** @throws BrokerError `algorithm_refused` */
  verify(algorithm: Buffer, signer: Certificate, data: Buffer, signature: Buffer): boolean
  /** @throws BrokerError `algorithm_refused` for a certificate whose key may not serve at all */
  admit(certificate: Certificate): void
}

const ACCEPTED: SignatureChecks = {
  verify: (algorithm, signer, data, signature) => algorithmIn(algorithm).verify(signer.publicKey, data, signature),
  admit: certificate => void certificate.publicKey,
}

type Answers = Map<string, boolean>
/** Signatures already checked: certificates are immutable, one CA signs many, and one certificate stands in many paths. */
const checked = new WeakMap<SignatureChecks, WeakMap<Certificate, Answers>>()
/** Strangers' keys are asked about too, so that what is remembered of one certificate needs an end. */
const MAX_ANSWERS = 64

function answersFor(certificate: Certificate, checks: SignatureChecks): Answers {
  const table = checked.get(checks) ?? new WeakMap<Certificate, Answers>()
  checked.set(checks, table)
  const known = table.get(certificate) ?? new Map<string, boolean>()
  table.set(certificate, known)
  return known
}

/** Whether this question was answered before and costs nothing. */
export const isKnown = (certificate: Certificate, issuer: Certificate, checks = ACCEPTED): boolean =>
  answersFor(certificate, checks).has(issuer.spki.toString('latin1'))

/**
 * Whether the issuer's key made the certificate's signature; RFC 5280 6.1.3 (a)(1), nothing else.
 * @throws BrokerError `algorithm_refused`
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate, checks = ACCEPTED): boolean {
  const key = issuer.spki.toString('latin1')
  const known = answersFor(certificate, checks)
  const before = known.get(key)
  if (before !== undefined) return before
  const good = checks.verify(certificate.algorithmDer, issuer, certificate.tbs, certificate.signature)
  if (known.size >= MAX_ANSWERS) known.clear()
  known.set(key, good)
  return good
}

/** The same for a list or an answer, not remembered here. False too for a key or an algorithm nobody accepts. */
export function isMadeBy(signer: Certificate, algorithm: Buffer, data: Buffer, signature: Buffer, checks = ACCEPTED): boolean {
  try {
    return checks.verify(algorithm, signer, data, signature)
  } catch {
    return false
  }
}

/** Says so when the certificate's own key is too weak or of no known kind. @throws BrokerError `algorithm_refused` */
export const admit = (certificate: Certificate, checks = ACCEPTED): void => checks.admit(certificate)

/** Whether a certificate signed itself: same name, and its own key verifies it. False for a key or algorithm nobody accepts. */
export function isSelfSigned(certificate: Certificate, checks = ACCEPTED): boolean {
  try {
    return certificate.selfIssued && isSignedBy(certificate, certificate, checks)
  } catch {
    return false
  }
}
