/** Owns what an operator may decide about revocation, per CA and purpose. The rules themselves stand in the trust list; this file names their fields and the default. */

/** What the certificate is wanted for; `authority` is a CA certificate above it in the path. */
export type RevocationPurpose = 'login' | 'seal' | 'encryption' | 'authority'

export interface RevocationRule {
  /**
   * What silence means.
   * - `always`: the certificate must be shown not to be revoked; one that names no source is refused.
   * - `when-named`: one that names no source passes (a CA that the operator installed by hand); a source that does not answer refuses all the same.
   * - `known-only`: whatever is known counts and a revocation refuses, but silence passes. It fails open, so state() shows it wherever it is in force.
   */
  when: 'always' | 'when-named' | 'known-only'
  /** which kinds are asked, in this order; the first that knows decides */
  sources: readonly ('crl' | 'ocsp')[]
  /** seconds a list or answer may still serve after its nextUpdate while its source is silent (last known good); 0 is none */
  lastKnownGood: number
  /** seconds after which a newer list is asked for, although the one at hand holds: a revocation counts here after that time at the latest, unless its source is down */
  recheckAfter: number
  ocsp: OcspRule
  /** addresses that the trust list adds for this CA, asked after those the certificate names: real certificates name LDAP only, or nothing */
  crlUrls?: readonly string[]
  ocspUrls?: readonly string[]
}

export interface OcspRule {
  /** GET (RFC 6960 A.1) is what caches in between understand; where the request is too long for it, POST all the same */
  method: 'post' | 'get'
  /** `optional` is for responders that sign their answers ahead of time (RFC 5019): such an answer must be young, and another nonce than ours still refuses */
  nonce: 'required' | 'optional'
}

/** Seconds: a rule that the trust list states beyond these is cut to them. */
const MOST = { lastKnownGood: 7 * 86_400, recheckAfter: 86_400 }

/** What holds for a CA of which the trust list says nothing. */
export function defaultRule(purpose: RevocationPurpose, recheckAfter = 600): RevocationRule {
  return {
    when: purpose === 'authority' ? 'when-named' : 'always',
    sources: ['crl', 'ocsp'],
    lastKnownGood: 0,
    recheckAfter,
    ocsp: { method: 'post', nonce: 'required' },
  }
}

/** A rule with its times within what is bearable: nothing negative, nothing for ever. */
export const bounded = (rule: RevocationRule): RevocationRule => ({
  ...rule,
  lastKnownGood: within(rule.lastKnownGood, MOST.lastKnownGood),
  recheckAfter: within(rule.recheckAfter, MOST.recheckAfter),
})

const within = (seconds: number, most: number): number => (Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), most) : 0)

/** Whether two rules demand the same, so that what was learnt under one holds under the other. */
export function isSameRule(one: RevocationRule, other: RevocationRule): boolean {
  if (one === other) return true
  return (
    one.when === other.when &&
    one.lastKnownGood === other.lastKnownGood &&
    one.recheckAfter === other.recheckAfter &&
    one.ocsp.method === other.ocsp.method &&
    one.ocsp.nonce === other.ocsp.nonce &&
    isSameList(one.sources, other.sources) &&
    isSameList(one.crlUrls, other.crlUrls) &&
    isSameList(one.ocspUrls, other.ocspUrls)
  )
}

const isSameList = (one: readonly string[] = [], other: readonly string[] = []): boolean =>
  one.length === other.length && one.every((each, i) => each === other[i])
