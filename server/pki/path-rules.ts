/**
 * Owns the rules a complete path must keep, as a list that path-search.ts runs: RFC 5280 6.1.3 to 6.1.5. A rule looks at one certificate at a time, from the anchor down, or at the whole
 * path where it has to remember; none can let a path in that another refuses.
 */
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { EXTENSION } from './extensions.ts'
import { brokenConstraint, type NameConstraints, readNameConstraints } from './name-constraints.ts'
import type { OcspResponse } from './ocsp.ts'
import type { Budget } from './path-budget.ts'
import { objectionToPeer } from './path-peer-name.ts'
import { objectionToExtended, objectionToKeyUsage, type Uses } from './path-purposes.ts'
import type { Steps } from './path-steps.ts'
import { checkPolicies, type PolicyDemands } from './policy-rules.ts'
import type { RevocationVerdict } from './revocation-verdict.ts'

export interface PathFailure {
  ok: false
  code: FailureCode
  /** the certificate at fault */
  certificate?: Certificate
  /** where the rule stands */
  clause: string
  facts: string
}

export interface Demands extends Uses {
  at: Date
  crls?: readonly Crl[]
  ocsp?: readonly OcspResponse[]
  /** every certificate below the anchor must be shown to be not revoked; without it, only a known revocation refuses */
  requireRevocation?: boolean
  /** host name or IP address that the leaf must be for */
  peerName?: string
  policy?: PolicyDemands
}

/** A path to be judged, and what the search lends to its rules. */
export interface Candidate {
  /** leaf first, anchor last */
  path: readonly Certificate[]
  demands: Demands
  budget: Budget
  steps: Steps
  revocationOf: (certificate: Certificate, issuer: Certificate, path: readonly Certificate[]) => RevocationVerdict
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

type Found = Omit<PathFailure, 'ok'> | undefined
interface Rule {
  name: string
  clause: string
  /** @returns the objection, or what is to be told of a certificate that keeps the rule; undefined where the rule has nothing to say */
  each(position: Position, candidate: Candidate): { code: FailureCode; clause?: string; facts: string } | { holds: () => string } | undefined
}

const holds = (facts: () => string) => ({ holds: facts })
const refused = (facts: string, code: FailureCode = 'certificate_chain_invalid', clause?: string) => ({
  code,
  facts,
  ...(clause === undefined ? {} : { clause }),
})
const day = (date: Date): string => date.toISOString()

/** Rules about one certificate alone, in the order in which they are told. */
const before: readonly Rule[] = [
  {
    name: 'validity',
    clause: '6.1.3 (a)(2)',
    each({ certificate: { notBefore, notAfter }, depth }, { demands: { at } }) {
      const code = (leaf: FailureCode): FailureCode => (depth === 0 ? leaf : 'certificate_chain_invalid')
      // the wrong way round on purpose: a time that is none is not within anything
      if (!(at >= notBefore)) return refused(`not valid before ${day(notBefore)}`, code('certificate_not_yet_valid'))
      if (at > notAfter) return refused(`expired on ${day(notAfter)}`, code('certificate_expired'))
      return holds(() => `valid from ${day(notBefore)} to ${day(notAfter)}`)
    },
  },
  {
    name: 'criticalExtensions',
    clause: '6.1.4 (o), 6.1.5 (f)',
    each({ certificate }) {
      const [unknown] = certificate.criticalUnknown
      if (unknown !== undefined) return refused(`critical extension ${unknown} is not understood`)
      // what is critical must also be readable, even where nobody asks for it below
      if (certificate.extensions.get(EXTENSION.subjectAltName)?.critical) void certificate.altNames
      return holds(() => `${certificate.extensions.size} extensions, every critical one understood`)
    },
  },
  {
    name: 'authority',
    clause: '6.1.4 (k)',
    each({ certificate, issuer, depth }) {
      if (depth === 0) return undefined
      // an operator may trust an old version 1 root by hand; nothing else is a CA without saying so
      if (certificate.basicConstraints?.ca === true || (issuer === undefined && certificate.version < 3))
        return holds(() => 'it says that it is a CA')
      return refused('it issued a certificate and is no CA')
    },
  },
  {
    name: 'certificateSigning',
    clause: '6.1.4 (n)',
    each({ certificate, depth }) {
      if (depth === 0 || certificate.keyUsage === undefined) return undefined
      return certificate.keyUsage.has('keyCertSign') ? holds(() => 'its key may sign certificates') : refused('its key may not sign certificates')
    },
  },
  {
    name: 'pathLength',
    clause: '6.1.4 (m)',
    each({ certificate, depth, below }) {
      const limit = certificate.basicConstraints?.pathLength
      if (depth === 0 || limit === undefined) return undefined
      return below <= limit ? holds(() => `${below} CAs below it of ${limit} allowed`) : refused(`${below} CAs below it where ${limit} may be`)
    },
  },
  {
    name: 'keyUsage',
    clause: '4.2.1.3',
    each({ certificate, depth }, { demands }) {
      if (depth > 0 || (demands.keyUsage === undefined && demands.purpose === undefined)) return undefined
      const objection = objectionToKeyUsage(certificate, demands)
      return objection === undefined ? holds(() => 'its key may be used so') : refused(objection.facts, 'certificate_wrong_use')
    },
  },
  {
    name: 'extendedKeyUsage',
    clause: '4.2.1.12',
    each({ certificate, issuer, depth }, { demands }) {
      // the anchor is trusted for whatever the list says
      if ((issuer === undefined && depth > 0) || (demands.extendedKeyUsage === undefined && demands.purpose === undefined)) return undefined
      const objection = objectionToExtended(certificate, demands, depth === 0 ? 'leaf' : 'above')
      return objection === undefined ? holds(() => 'it may be used so') : refused(objection.facts, 'certificate_wrong_use')
    },
  },
  {
    name: 'peerName',
    clause: 'RFC 9525 6.1',
    each({ certificate, depth }, { demands: { peerName }, budget }) {
      if (depth > 0 || peerName === undefined) return undefined
      const objection = objectionToPeer(certificate, peerName, budget)
      return objection === undefined ? holds(() => `it is for ${peerName}`) : refused(objection, 'certificate_wrong_use')
    },
  },
]

const revocation: Rule = {
  name: 'revocation',
  clause: '6.1.3 (a)(3)',
  each({ certificate, issuer }, { path, demands: { requireRevocation = false }, revocationOf }) {
    if (issuer === undefined) return undefined
    const verdict = revocationOf(certificate, issuer, path)
    switch (verdict.state) {
      case 'revoked':
        return refused(verdict.facts, 'certificate_revoked')
      case 'good':
        return holds(() => `not revoked, until ${day(verdict.until)}`)
      case 'unknown':
        return requireRevocation ? refused(verdict.facts, 'revocation_unknown') : holds(() => `not asked for; ${verdict.facts}`)
    }
  },
}

/** Runs every rule on every certificate, from the anchor down. @throws BudgetSpent */
export function checkPath(candidate: Candidate): PathFailure | { policies: readonly string[] } {
  for (const rule of before) {
    const found = run(rule, candidate)
    if (found !== undefined) return { ok: false, ...found }
  }
  const names = checkNames(candidate)
  if (names !== undefined) return { ok: false, ...names }
  const policies = checkPolicy(candidate)
  if ('code' in policies) return { ok: false, ...policies }
  const revoked = run(revocation, candidate)
  return revoked === undefined ? policies : { ok: false, ...revoked }
}

function run(rule: Rule, candidate: Candidate): Found {
  const { path, steps } = candidate
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const certificate = path[depth]
    if (certificate === undefined) continue
    const below = path.slice(1, depth).filter(each => !each.selfIssued).length
    const said = readably(() => rule.each({ certificate, issuer: path[depth + 1], depth, below }, candidate))
    if (said === undefined) continue
    const clause = clauseOf('clause' in said && said.clause !== undefined ? said.clause : rule.clause)
    if ('holds' in said) steps.add(certificate, rule.name, clause, 'holds', said.holds)
    else {
      steps.add(certificate, rule.name, clause, 'refused', () => said.facts)
      return { code: said.code, certificate, clause, facts: about(certificate, said.facts) }
    }
  }
  return undefined
}

const clauseOf = (clause: string): string => (clause.startsWith('RFC') ? clause : `RFC 5280 ${clause}`)
// a name may fill a whole certificate, and logs are for people
const about = ({ subject, serial }: Certificate, facts: string): string => `${facts}: ${subject.text.slice(0, 300)}, serial ${serial}`

/** An extension that cannot be read, where a rule needs it, is an objection like any other. */
function readably<T>(call: () => T): T | { code: FailureCode; clause: string; facts: string } {
  try {
    return call()
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    const { code, facts } = thrown
    return { code, clause: 'RFC 5280 4.2', facts }
  }
}

/** 6.1.3 (b) and (c), 6.1.4 (g): what each CA constrains binds everybody below it, but for certificates in which a CA renews itself. */
function checkNames({ path, budget, steps }: Candidate): Found {
  const layers: NameConstraints[] = []
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const certificate = path[depth]
    if (certificate === undefined) continue
    const said = readably(() => {
      const broken = depth > 0 && certificate.selfIssued ? undefined : brokenConstraint(certificate, layers, budget)
      const own = certificate.extension(EXTENSION.nameConstraints)
      if (own === undefined) return broken
      layers.push(readNameConstraints(own))
      // 4.2.1.10: in CA certificates only; what it means in another, its maker alone knows
      return broken ?? (depth > 0 || certificate.basicConstraints?.ca === true ? undefined : 'it constrains names and is no CA')
    })
    const failure = typeof said === 'string' ? refused(said) : said
    const clause = clauseOf(failure?.clause ?? '6.1.3 (b), (c)')
    if (failure !== undefined) {
      steps.add(certificate, 'nameConstraints', clause, 'refused', () => failure.facts)
      return { code: failure.code, certificate, clause, facts: about(certificate, failure.facts) }
    }
    if (layers.length > 0) steps.add(certificate, 'nameConstraints', clause, 'holds', () => `within the constraints of ${layers.length} CAs`)
  }
  return undefined
}

function checkPolicy({ path, demands, budget, steps }: Candidate): { policies: readonly string[] } | NonNullable<Found> {
  const [leaf] = path
  if (leaf === undefined) return { policies: [] }
  const verdict = readably(() => checkPolicies(path, demands.policy ?? {}, budget))
  if ('ok' in verdict && verdict.ok) {
    steps.add(
      leaf,
      'policies',
      clauseOf('6.1.5 (g)'),
      'holds',
      () => `for the whole path: ${verdict.user.join(', ') || 'none, and none is required'}`,
    )
    return { policies: verdict.user }
  }
  const certificate = 'certificate' in verdict ? verdict.certificate : leaf
  const code = 'code' in verdict ? verdict.code : 'certificate_chain_invalid'
  steps.add(certificate, 'policies', verdict.clause, 'refused', () => verdict.facts)
  return { code, certificate, clause: verdict.clause, facts: about(certificate, verdict.facts) }
}
