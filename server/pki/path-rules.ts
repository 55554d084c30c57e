/**
 * Owns the rules a complete path must keep, as a list that path.ts runs: RFC 5280 6.1.3 to 6.1.5. What is not understood yet (name constraints, policy
 * constraints) refuses the path, so that a rule we lack can never let one in.
 */
import type { FailureCode } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { EXTENSION, type KeyUsage } from './extensions.ts'
import type { OcspResponse } from './ocsp.ts'
import { judgeRevocation } from './revocation-verdict.ts'

export interface PathFailure {
  ok: false
  code: FailureCode
  /** the certificate at fault */
  certificate?: Certificate
  /** where the rule stands */
  clause: string
  facts: string
}

export interface Demands {
  at: Date
  crls?: readonly Crl[]
  ocsp?: readonly OcspResponse[]
  /** every certificate below the anchor must be shown to be not revoked; without it, only a known revocation refuses */
  requireRevocation?: boolean
  /** an extended key usage the leaf must allow, where it limits them at all */
  purpose?: string
  /** the leaf must allow one of these */
  keyUsage?: readonly KeyUsage[]
}

interface Position {
  certificate: Certificate
  /** the next one up; the anchor has none */
  issuer: Certificate | undefined
  /** 0 is the leaf */
  depth: number
  /** CA certificates between this one and the leaf that are not self-issued (6.1.4 l) */
  below: number
}

type Rule = (position: Position, demands: Demands) => Omit<PathFailure, 'ok'> | undefined

const failure = (code: FailureCode, certificate: Certificate, clause: string, facts: string) => ({
  code,
  certificate,
  clause: `RFC 5280 ${clause}`,
  facts: `${facts}: ${certificate.subject.text}, serial ${certificate.serial}`,
})

const ANY_PURPOSE = '2.5.29.37.0'

const rules: readonly Rule[] = [
  function validity({ certificate, depth }, { at }) {
    const code = (leaf: FailureCode): FailureCode => (depth === 0 ? leaf : 'certificate_chain_invalid')
    if (at < certificate.notBefore)
      return failure(code('certificate_not_yet_valid'), certificate, '6.1.3 (a)(2)', `not valid before ${certificate.notBefore.toISOString()}`)
    if (at > certificate.notAfter)
      return failure(code('certificate_expired'), certificate, '6.1.3 (a)(2)', `expired on ${certificate.notAfter.toISOString()}`)
    return undefined
  },
  function criticalExtensions({ certificate }) {
    const [unknown] = certificate.criticalUnknown
    return unknown === undefined
      ? undefined
      : failure('certificate_chain_invalid', certificate, '6.1.4 (o), 6.1.5 (f)', `critical extension ${unknown} is not understood`)
  },
  function nameConstraints({ certificate }) {
    if (!certificate.extensions.has(EXTENSION.nameConstraints)) return undefined
    return failure('certificate_chain_invalid', certificate, '6.1.4 (g)', 'its name constraints are not understood')
  },
  function authority({ certificate, issuer, depth }) {
    // an operator may trust an old version 1 root by hand; nothing else is a CA without saying so
    if (depth === 0 || certificate.basicConstraints?.ca === true || (issuer === undefined && certificate.version < 3)) return undefined
    return failure('certificate_chain_invalid', certificate, '6.1.4 (k)', 'it issued a certificate and is no CA')
  },
  function certificateSigning({ certificate, depth }) {
    if (depth === 0 || certificate.keyUsage === undefined || certificate.keyUsage.has('keyCertSign')) return undefined
    return failure('certificate_chain_invalid', certificate, '6.1.4 (n)', 'its key may not sign certificates')
  },
  function pathLength({ certificate, depth, below }) {
    const limit = certificate.basicConstraints?.pathLength
    if (depth === 0 || limit === undefined || below <= limit) return undefined
    return failure('certificate_chain_invalid', certificate, '6.1.4 (m)', `${below} CAs below it where ${limit} may be`)
  },
  function leafKeyUsage({ certificate, depth }, { keyUsage }) {
    if (depth > 0 || keyUsage === undefined || certificate.keyUsage === undefined) return undefined
    if (keyUsage.some(usage => certificate.keyUsage?.has(usage))) return undefined
    return failure('certificate_wrong_use', certificate, '4.2.1.3', `its key is not for ${keyUsage.join(' or ')}`)
  },
  function leafPurpose({ certificate, depth }, { purpose }) {
    const allowed = certificate.extKeyUsage
    if (depth > 0 || purpose === undefined || allowed === undefined || allowed.has(purpose) || allowed.has(ANY_PURPOSE)) return undefined
    return failure('certificate_wrong_use', certificate, '4.2.1.12', `it is not for ${purpose}`)
  },
  function revocation({ certificate, issuer }, { at, crls = [], ocsp = [], requireRevocation = false }) {
    if (issuer === undefined) return undefined
    const verdict = judgeRevocation(certificate, issuer, { at, crls, ocsp })
    if (verdict.state === 'revoked') return failure('certificate_revoked', certificate, '6.1.3 (a)(3)', verdict.facts)
    if (verdict.state === 'good' || !requireRevocation) return undefined
    return failure('revocation_unknown', certificate, '6.1.3 (a)(3)', verdict.facts)
  },
]

/** Runs every rule on every certificate, from the anchor down. @param path leaf first, anchor last */
export function checkPath(path: readonly Certificate[], demands: Demands): PathFailure | undefined {
  for (const rule of rules) {
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const certificate = path[depth]
      if (certificate === undefined) continue
      const below = path.slice(1, depth).filter(each => !each.selfIssued).length
      const found = rule({ certificate, issuer: path[depth + 1], depth, below }, demands)
      if (found !== undefined) return { ok: false, ...found }
    }
  }
  return undefined
}
