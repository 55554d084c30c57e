/** Owns the checks on one certificate behind a seal, the signer's or the maker's: whether it is trusted, for signing, valid and not revoked at the time that counts (GM/T 0031-2014 6.1.2, 6.2.3). */
import type { Certificate } from '../../pki/certificate.ts'
import type { Evidence } from '../contract.ts'
import type { SealVerdict, SealVerdictOf } from '../ports.ts'
import type { Answer, Check } from '../report.ts'
import { check } from './words.ts'

export interface CertificateQuestion {
  role: 'signer' | 'maker'
  certificate: Certificate
  /** when it signed */
  at: Date
  /** nobody says when: `at` is now, and what is over now may have been good */
  timeless?: boolean
  /** since when a time stamp shows that what it signed exists; a revocation after that takes nothing back */
  provenAt: Date | undefined
  chain: readonly Certificate[]
  evidence?: Evidence | undefined
}

export interface CertificateAnswer {
  checks: Check[]
  verdict: SealVerdict
}

/** @throws BrokerError as verdictOf does */
export async function judgeCertificate(question: CertificateQuestion, verdictOf: SealVerdictOf): Promise<CertificateAnswer> {
  const { role, certificate, at, timeless = false, provenAt, chain, evidence } = question
  const { notBefore, notAfter, keyUsage } = certificate
  const within = at >= notBefore && at <= notAfter
  // what was shown to exist while the certificate was good was signed while it was good: a seal, by the stamp of what it seals
  const shown = provenAt !== undefined && provenAt >= at && provenAt >= notBefore && provenAt <= notAfter ? provenAt : undefined
  // validity is its own check: whether it is trusted is asked for the nearest time at which it was valid
  const asked = shown ?? (at < notBefore ? notBefore : at > notAfter ? notAfter : at)
  const proven = shown !== undefined || provenAt?.getTime() === at.getTime()
  const verdict = await verdictOf(certificate, {
    at: asked,
    use: role === 'maker' ? 'maker' : 'seal',
    proven,
    chain,
    ...(evidence === undefined ? {} : { evidence }),
  })
  const usable = keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation')
  return {
    verdict,
    checks: [
      check(`${role}-chain`, chainAnswer(verdict), reasonsOf(verdict)),
      check(`${role}-usage`, usable, [...(keyUsage ?? [])].join(' ')),
      check(`${role}-period`, within ? 'yes' : timeless ? 'unknown' : 'no', `${notBefore.toISOString()}/${notAfter.toISOString()}`),
      revocationCheck(role, verdict, at, provenAt),
    ],
  }
}

/** Whether nothing stands against a signer as of now: then it does not matter when it signed, for its key was good all the time. @throws BrokerError as verdictOf does */
export async function isGoodNow(certificate: Certificate, now: Date, chain: readonly Certificate[], verdictOf: SealVerdictOf): Promise<boolean> {
  if (now < certificate.notBefore || now > certificate.notAfter) return false
  const { ok, revocation } = await verdictOf(certificate, { at: now, use: 'seal', proven: false, chain })
  return ok && revocation.state === 'good'
}

/** The path was found, and only then was revocation asked about. */
const isAboutRevocation = ({ code }: SealVerdict): boolean => code === 'certificate_revoked' || code === 'revocation_unknown'

const chainAnswer = (verdict: SealVerdict): Answer => (verdict.ok || isAboutRevocation(verdict) ? 'yes' : verdict.unasked === true ? 'unknown' : 'no')

const reasonsOf = ({ reasons }: SealVerdict): string => reasons.map(({ code, facts }) => `${code}: ${facts}`).join('; ')

function revocationCheck(role: 'signer' | 'maker', verdict: SealVerdict, at: Date, provenAt: Date | undefined): Check {
  const { state, since: text } = verdict.revocation
  switch (state) {
    case 'good':
      return check(`${role}-revocation`, 'yes')
    case 'unknown':
    case 'not-asked':
      return check(`${role}-revocation`, 'unknown', reasonsOf(verdict) || state)
    case 'revoked': {
      const since = text === undefined ? undefined : new Date(text)
      // without a date it is later only where whoever knows the reason says that it takes nothing back
      const later = since === undefined ? verdict.ok : since > at
      if (!later) return check(`${role}-revocation`, 'no', text)
      const shown: Answer = verdict.ok || (since !== undefined && provenAt !== undefined && provenAt < since) ? 'yes' : 'unknown'
      return check(`${role}-revoked-later`, shown, text)
    }
  }
}
