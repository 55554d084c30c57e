/** Owns what is known of each place that revocation is learnt from: when it answered, how it failed, when it is asked again. For the operator's page and for patience. */
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, type BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import type { RevocationPurpose, RevocationRule } from './revocation-rule.ts'
import { sm3 } from './sm2.ts'

type SourceKind = 'crl' | 'delta' | 'ocsp'

/** One place, for one CA. */
export interface Source {
  readonly key: string
  readonly url: string
  readonly kind: SourceKind
  /** as the CA calls itself */
  readonly issuer: string
  /** who asked last */
  asking: Asking
  /** the rule under which it was asked last, by purpose */
  readonly rules: Map<RevocationPurpose, RevocationRule>
  answeredAt: number | undefined
  failure: { at: number; error: BrokerError } | undefined
  failures: number
  /** milliseconds; until then nobody who can do without asks it again */
  retryAt: number
}

/** Whom and why somebody asks. */
export interface Asking {
  certificate: Certificate
  issuer: Certificate
  purpose: RevocationPurpose
  rule: RevocationRule
}

/** Certificates that may have signed a list that the certificate's issuer did not sign, and that the caller has validated for it. */
export type SignersFor = (crl: Crl, issuer: Certificate) => readonly Certificate[]

export interface SourceState {
  kind: SourceKind
  url: string
  host: string
  /** subject of the CA it speaks for */
  issuer: string
  /** `fresh`: within its own time; `last-known-good`: ended, and a rule lets it serve on; `ended`: nobody may rely on it; `nothing`: never answered, or forgotten */
  condition: 'fresh' | 'last-known-good' | 'ended' | 'nothing'
  thisUpdate?: Date
  nextUpdate?: Date
  /** seconds since thisUpdate */
  ageSeconds?: number
  /** revoked serials of a list; answers at hand of a responder */
  entries?: number
  lastAnswer?: Date
  /** facts are for the operator: they may hold the address, never a body */
  lastError?: { at: Date; code: FailureCode; facts: string }
  /** when it will be asked next without anybody waiting for it */
  nextRefresh?: Date
  rules: { purpose: RevocationPurpose; when: RevocationRule['when']; lastKnownGood: number; recheckAfter: number }[]
}

const MAX_SOURCES = 2000
const FIRST_RETRY = 30_000
const LAST_RETRY = 5 * 60_000

const ids = new WeakMap<Certificate, string>()

/** A CA by name and key, whichever of its certificates stands for it. */
export function issuerId(issuer: Certificate): string {
  const known = ids.get(issuer)
  if (known !== undefined) return known
  const made = sm3(Buffer.concat([issuer.subject.der, issuer.spki]))
  ids.set(issuer, made)
  return made
}

export const sourceKey = (url: string, issuer: Certificate): string => `${issuerId(issuer)} ${url}`

export interface Sources {
  /** the record of one place, made when it is not there; the one used longest ago goes when there are too many */
  of(kind: SourceKind, url: string, asking: Asking): Source
  answered(source: Source): void
  failed(source: Source, thrown: unknown): BrokerError
  /** it neither answered nor failed yet: whoever can do without need not wait for it again for a while */
  late(source: Source): void
  all(): Source[]
  forget(url?: string): void
}

export function createSources(clock: Clock): Sources {
  const known = new Map<string, Source>()
  return {
    of(kind, url, asking) {
      const key = sourceKey(url, asking.issuer)
      const found = known.get(key) ?? fresh(key, kind, url, asking)
      known.delete(key)
      known.set(key, found)
      found.asking = asking
      found.rules.set(asking.purpose, asking.rule)
      if (known.size > MAX_SOURCES) known.delete(known.keys().next().value ?? '')
      return found
    },

    answered(source) {
      source.answeredAt = clock.now().getTime()
      source.failure = undefined
      source.failures = 0
      source.retryAt = 0
    },

    failed(source, thrown) {
      const error = asBrokerError(thrown)
      const at = clock.now().getTime()
      source.failure = { at, error }
      source.failures++
      source.retryAt = at + Math.min(FIRST_RETRY * 2 ** (source.failures - 1), LAST_RETRY)
      return error
    },

    late(source) {
      source.retryAt = Math.max(source.retryAt, clock.now().getTime() + FIRST_RETRY)
    },

    all: () => [...known.values()],

    forget(url) {
      for (const [key, source] of known) if (url === undefined || source.url === url) known.delete(key)
    },
  }
}

const fresh = (key: string, kind: SourceKind, url: string, asking: Asking): Source => ({
  key,
  url,
  kind,
  issuer: asking.issuer.subject.text,
  asking,
  rules: new Map(),
  answeredAt: undefined,
  failure: undefined,
  failures: 0,
  retryAt: 0,
})

const FACTS = 300

/** What the operator sees of a source; lists and answers add what they hold. */
export function describeSource(source: Source): SourceState {
  const { kind, url, issuer, answeredAt, failure, rules } = source
  return {
    kind,
    url,
    host: URL.canParse(url) ? new URL(url).host : '',
    issuer,
    condition: 'nothing',
    ...(answeredAt === undefined ? {} : { lastAnswer: new Date(answeredAt) }),
    ...(failure === undefined
      ? {}
      : { lastError: { at: new Date(failure.at), code: failure.error.code, facts: failure.error.facts.slice(0, FACTS) } }),
    rules: [...rules].map(([purpose, { when, lastKnownGood, recheckAfter }]) => ({ purpose, when, lastKnownGood, recheckAfter })),
  }
}
