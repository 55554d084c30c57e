/**
 * The trust list (信任列表). This room owns which CAs and banks' CAs count, for what, since when and until when; who changed it and who approved; and the one verdict about a certificate. It does
 * not own reading certificates and paths (pki/), fetching revocation lists (pki/revocation.ts), or logins, which only ask.
 *
 * Every process holds the version in force in memory. A change is one compare-and-set in the database; the others hear of it at once, and look for themselves every two seconds.
 */
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { Certificate, readCertificate } from '../pki/certificate.ts'
import type { RevocationPurpose, RevocationRule } from '../pki/revocation-rule.ts'
import type { Stores } from '../storage/stores.ts'
import type { TrustVersionRow } from '../storage/stores-trust.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import type { Scope } from './entry.ts'
import { createHistory } from './history.ts'
import type { TrustSnapshot } from './snapshot.ts'
import { type CertificateVerdict, type Judged, judge, type RevocationCheck, type VerdictQuestion, withRevocation } from './verdict.ts'

export interface TrustDeps {
  stores: Pick<Stores, 'trust' | 'signals'>
  clock: Clock
  audit: Trail
  log: Log
  /** who may widen trust: two persons (production), or anyone at once (the sandbox) */
  approval: 'two-persons' | 'at-once'
  /** without it no certificate below an anchor is shown to be unrevoked, and all are refused */
  revocation?: RevocationCheck
  /** how often to look whether another process changed the list, in case its word was lost; milliseconds, 2000 unless told */
  pollMs?: number
}

export interface TrustRegister extends Decisions {
  /** the version in force, in memory: never waits */
  current(): TrustSnapshot
  /** a version by number, or the one in force at a time. @throws BrokerError trust_not_found, database_unavailable */
  asOf(when: number | Date): Promise<TrustSnapshot>
  versions(limit: number, before?: number): Promise<TrustVersionRow[]>
  /** called after a new version took effect here. @returns ends it */
  onChange(listener: (snapshot: TrustSnapshot) => void): () => void
  /**
   * The one answer about a certificate. A use in the past is judged by the list of today, and where that refuses, by the list of that time: what counted then still counts,
   * unless its CA has since been distrusted from before then. Never throws for anything in the certificate. @throws BrokerError database_unavailable
   */
  verdictOf(certificate: VerdictQuestion['certificate'], question: Omit<VerdictQuestion, 'certificate'>): Promise<CertificateVerdict>
  /** The same without asking about revocation, for who asks about that elsewhere: the list of today, path, rules and dates. Remembered, so it costs a look-up. */
  standingOf(certificate: Certificate, question: Omit<VerdictQuestion, 'certificate'>): CertificateVerdict
  /** CA certificates that may issue this bank's shields now; the same array until the list or a date in it changes that */
  anchorsOf(bank: string, scope?: Scope): readonly Certificate[]
  /** the same apart, with a version that is another one whenever the list changes or a date in it passes, for caches that are keyed by it */
  trustOf(bank: string, scope?: Scope): { version: string; roots: readonly Certificate[]; intermediates: readonly Certificate[] }
  /** what the list demands about certificates that this one issued; undefined where it says nothing, which is the default: fail closed */
  ruleFor(issuer: Certificate, purpose: RevocationPurpose): RevocationRule | undefined
  /** whether revocation lists and answers about certificates of this issuer may be fetched from there; host and port as URL.host has them */
  allowsHost(host: string, issuer: Certificate): boolean
  /** looks whether the list has changed; also runs on its own */
  refresh(): Promise<void>
  close(): void
}

const TOPIC = 'trust'
const MOST_REMEMBERED = 20_000

/** Opens the list: loads the version in force and follows it. @throws BrokerError database_unavailable */
export async function createTrustRegister(deps: TrustDeps): Promise<TrustRegister> {
  const { stores, clock, log, audit } = deps
  const history = createHistory(stores.trust, clock)
  let snapshot = await history.newest()
  let verdicts = new Map<string, Judged>()
  const listeners = new Set<(snapshot: TrustSnapshot) => void>()
  let loading: Promise<void> | undefined

  async function load(): Promise<void> {
    const { version } = await stores.trust.head()
    if (version === snapshot.version) return
    snapshot = await history.newest()
    verdicts = new Map()
    for (const listener of listeners) {
      try {
        listener(snapshot)
      } catch (thrown) {
        log.error({ err: thrown }, 'a listener of the trust list failed')
      }
    }
  }

  /** One at a time; whoever comes meanwhile waits for the next, since the one under way may have looked too early. */
  async function refresh(): Promise<void> {
    const before = loading
    const mine = (before ?? Promise.resolve()).catch(() => undefined).then(load)
    loading = mine
    try {
      await mine
    } finally {
      if (loading === mine) loading = undefined
    }
  }

  const quietly = () => {
    if (loading !== undefined) return
    refresh().catch((thrown: unknown) => log.warn({ err: thrown }, 'the trust list could not be looked at; the version at hand serves on'))
  }
  const timer = setInterval(quietly, deps.pollMs ?? 2000)
  timer.unref()
  const deaf = stores.signals.listen(TOPIC, quietly)

  /** Versions whose process died before the audit record had them. */
  async function auditWhatIsLeft(): Promise<void> {
    const rows = await stores.trust.unaudited(100)
    if (rows.length === 0) return
    await audit.append(...rows.map(row => ({ code: 'trust.changed' as const, trace: `trust-${row.number}`, facts: factsOf(row) })))
    await stores.trust.audited(rows.map(row => row.number))
  }
  await auditWhatIsLeft()

  const decisions = createDecisions({
    ...deps,
    current: () => snapshot,
    refresh,
    async decided() {
      await auditWhatIsLeft()
      await refresh()
      stores.signals.send(TOPIC, String(snapshot.version))
    },
  })

  function judged(question: VerdictQuestion): Judged {
    const { at, use, holder = '', bank = '', chain = [] } = question
    const certificate = readOrLeave(question.certificate)
    if (!(certificate instanceof Certificate) || chain.length > 0) return judge(snapshot, question)
    const key = `${snapshot.spanOf(at)}/${use}/${holder}/${bank}/${certificate.thumbprint}`
    const before = verdicts.get(key)
    if (before !== undefined && before.from <= at.getTime() && at.getTime() <= before.until)
      return { ...before, verdict: { ...before.verdict, at: at.toISOString() } }
    const made = judge(snapshot, { ...question, certificate })
    if (verdicts.size >= MOST_REMEMBERED) verdicts.delete(verdicts.keys().next().value ?? '')
    if (made.until > 0) verdicts.set(key, made)
    return made
  }

  /** What the list of that time said, where today's refuses. */
  async function asItWas(question: VerdictQuestion): Promise<{ judged: Judged; by: TrustSnapshot } | undefined> {
    const then = await history.at(question.at)
    if (then.version >= snapshot.version) return undefined
    const found = judge(then, question)
    if (!found.verdict.ok) return undefined
    const since = found.path
      .flatMap(each => snapshot.listings(each))
      .find(({ ca: { distrusted } }) => distrusted !== undefined && question.at >= new Date(distrusted.since))
    return since === undefined ? { judged: found, by: then } : undefined
  }

  const bankTrust = (bank: string, scope: Scope | undefined) =>
    snapshot.anchorsFor({ at: clock.now(), bank, ...(scope === undefined ? {} : { scope }) })

  return {
    ...decisions,
    current: () => snapshot,
    async asOf(when) {
      if (when instanceof Date) return await history.at(when)
      const { version } = await stores.trust.head()
      if (!Number.isSafeInteger(when) || when < 1 || when > version)
        throw new BrokerError('trust_not_found', `the list has versions 1 to ${version}`, { received: String(when) })
      return await history.version(when)
    },
    versions: (limit, before) => stores.trust.versions(Math.min(limit, 1000), before),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async verdictOf(certificate, question) {
      const whole = { ...question, certificate }
      const first = judged(whole)
      const past = first.verdict.ok || question.at >= clock.now() ? undefined : await asItWas(whole)
      const [found, by] = past === undefined ? [first, snapshot] : [past.judged, past.by]
      const used = question.at < clock.now() ? { at: question.at, proven: question.proven === true } : undefined
      const { carried } = question
      return await withRevocation(found, by, deps.revocation, used === undefined ? {} : { used, ...(carried === undefined ? {} : { carried }) })
    },
    standingOf: (certificate, question) => judged({ ...question, certificate }).verdict,
    anchorsOf: (bank, scope) => bankTrust(bank, scope).all,
    trustOf(bank, scope) {
      const { roots, intermediates } = bankTrust(bank, scope)
      return { version: `${snapshot.version}.${snapshot.spanOf(clock.now())}`, roots, intermediates }
    },
    ruleFor: (issuer, purpose) => snapshot.ruleFor(issuer, purpose),
    allowsHost: (host, issuer) => snapshot.allowsHost(host, issuer),
    refresh,
    close() {
      clearInterval(timer)
      deaf()
      listeners.clear()
    },
  }
}

/** What cannot be read is refused by `judge`, in words. */
function readOrLeave(given: VerdictQuestion['certificate']): VerdictQuestion['certificate'] {
  if (given instanceof Certificate) return given
  try {
    return readCertificate(given)
  } catch {
    return given
  }
}

const factsOf = ({ number, by, approvedBy, why, proposal, summary }: TrustVersionRow): Record<string, string | number> => ({
  version: number,
  by,
  ...(approvedBy === undefined ? {} : { approvedBy }),
  why,
  ...(proposal === undefined ? {} : { proposal }),
  changes: summary,
})
