/** Owns what a row of the trust list says at a time, about a use: the checks of standing, in the order in which they are told. Dates include their first instant and exclude their last. */
import type { FailureCode } from '../kernel/errors.ts'
import { unreachable } from '../kernel/unreachable.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { RevocationPurpose } from '../pki/revocation-rule.ts'
import type { Holder, Scope, TrustedCa, Use } from './entry.ts'

export interface StandingQuestion {
  at: Date
  use: Use
  holder?: Holder
}

export interface Objection {
  code: FailureCode
  /** which rule of the list, as the operator's page names it */
  rule: 'distrust' | 'dates' | 'scope' | 'holder' | 'qualification' | 'algorithm'
  facts: string
}

const scopeOf = (use: Use): Scope => (use === 'government-seal' ? 'seal' : use)
export const purposeOf = (use: Use): RevocationPurpose => scopeOf(use)

type Check = (row: TrustedCa, question: StandingQuestion & { certificate: Certificate }) => Objection | undefined

export const checks: readonly Check[] = [
  function distrust({ distrusted }, { at }) {
    if (distrusted === undefined || at < new Date(distrusted.since)) return undefined
    return { code: 'trust_ca_distrusted', rule: 'distrust', facts: `not trusted since ${distrusted.since}: ${distrusted.why}` }
  },
  function dates({ joins, leaves }, { at }) {
    if (at < new Date(joins)) return { code: 'trust_ca_not_in_force', rule: 'dates', facts: `joins on ${joins}` }
    if (leaves !== undefined && at >= new Date(leaves)) return { code: 'trust_ca_not_in_force', rule: 'dates', facts: `left on ${leaves}` }
    return undefined
  },
  function scope({ scope: { uses } }, { use }) {
    if (uses.includes(scopeOf(use))) return undefined
    return { code: 'trust_scope', rule: 'scope', facts: `recognised for ${uses.join(', ') || 'nothing of its own'}, not for ${scopeOf(use)}` }
  },
  function holders({ scope }, { holder }) {
    if (holder === undefined || scope.holders.includes(holder)) return undefined
    return { code: 'trust_scope', rule: 'holder', facts: `recognised for ${scope.holders.join(', ') || 'nobody'}, not for a ${holder}` }
  },
  function qualification({ qualification: found }, { use, at }) {
    if (use !== 'government-seal') return undefined
    switch (found.state) {
      case 'none':
        return { code: 'trust_unqualified', rule: 'qualification', facts: 'not qualified for government affairs (电子政务电子认证服务资质)' }
      case 'qualified':
        if (at >= new Date(found.from) && (found.until === undefined || at < new Date(found.until))) return undefined
        return { code: 'trust_unqualified', rule: 'qualification', facts: `qualified from ${found.from} until ${found.until ?? 'further notice'}` }
      default:
        return unreachable(found)
    }
  },
  function algorithm({ algorithmSwitch }, { certificate, at }) {
    if (algorithmSwitch === undefined || certificate.keyName === algorithmSwitch.to) return undefined
    const { at: switched, to, oldUntil } = algorithmSwitch
    if (certificate.notBefore >= new Date(switched))
      return {
        code: 'trust_algorithm_over',
        rule: 'algorithm',
        facts: `${certificate.keyName}, issued after its CA switched to ${to} on ${switched}`,
      }
    if (oldUntil !== undefined && at >= new Date(oldUntil))
      return { code: 'trust_algorithm_over', rule: 'algorithm', facts: `${certificate.keyName} counted until ${oldUntil}` }
    return undefined
  },
]

/** What stands against a certificate of this CA; undefined when nothing does. */
export function objectionTo(row: TrustedCa, question: StandingQuestion & { certificate: Certificate }): Objection | undefined {
  for (const check of checks) {
    const found = check(row, question)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a row's certificates may stand in a path at all at this time: a root that left carries nobody. */
export const isInForce = (row: TrustedCa, at: Date): boolean =>
  at >= new Date(row.joins) &&
  (row.leaves === undefined || at < new Date(row.leaves)) &&
  (row.distrusted === undefined || at < new Date(row.distrusted.since))
