/**
 * Owns the answer to "was this certificate revoked?": the rule it is given under, what silence means, and what is remembered of it.
 * Asking is revocation-ask.ts, keeping revocation-cache.ts (lists) and revocation-answers.ts (OCSP); what they mean is decided by crl-judge.ts and ocsp.ts.
 */
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Certificate } from './certificate.ts'
import { fetchBounded } from './fetch-bounded.ts'
import { createAnswerCache } from './revocation-answers.ts'
import { askSources } from './revocation-ask.ts'
import { createListCache, type ListChange } from './revocation-cache.ts'
import { type CarriedWords, judgeCarried } from './revocation-carried.ts'
import { bounded, defaultRule, isSameRule, type RevocationPurpose, type RevocationRule } from './revocation-rule.ts'
import { type Asking, createSources, type SignersFor } from './revocation-sources.ts'
import { type RevocationState, revocationState } from './revocation-state.ts'
import type { RevocationVerdict } from './revocation-verdict.ts'

export interface RevocationOptions {
  fetch: typeof fetch
  clock: Clock
  /** host and port, as URL.host has them: what the trust list names, for this CA */
  allowHosts: (host: string, issuer: Certificate) => boolean
  log: Log
  onVerdict?: (verdict: RevocationVerdict['state']) => void
  /**
   * What the trust list demands of a CA's certificates for a purpose; undefined where it says nothing, which is defaultRule(). Asked at every check, so another rule
   * counts at once.
   */
  ruleFor?: (issuer: Certificate, purpose: RevocationPurpose) => RevocationRule | undefined
  /**
   * Who else may have signed this list: another key of the CA, or the signer of an indirect list. Only certificates validated for signing lists, under the anchor of the
   * issuer's own path (RFC 5280 6.3.3 f); nobody unless told.
   */
  signersFor?: SignersFor
  /** milliseconds that a person waits for a list, 5000 unless told; the fetch goes on behind, and the list at hand serves where there is one */
  wait?: number
  /** recheckAfter of the default rule, seconds; 600 unless told. `refresh` on a schedule keeps people from waiting for it. */
  recheckAfter?: number
}

export interface RevocationQuestion {
  /** pass where the certificate names no source at all, whatever the rule; a source that does not answer refuses all the same */
  optional?: boolean
  /** `login` unless told, and `authority` where it is optional */
  purpose?: RevocationPurpose
  /** when it was used, where that was before now: a revocation after that time does not always take the use back (stoodThen) */
  used?: Use
  /** what came with the document that it was used for: told revocations count, good news only where the time of use was proven and no source knows better */
  carried?: CarriedWords
  /** hears of a revocation, whether it takes the use back or came later */
  told?: (since: Date | undefined) => void
}

export interface Revocation {
  /**
   * Returns when the certificate is known not to be revoked, or when the rule of its CA lets silence pass.
   * @throws BrokerError `certificate_revoked`, `revocation_unknown`, `outbound_refused`
   */
  check(certificate: Certificate, issuer: Certificate, question?: RevocationQuestion): Promise<void>
  /** What shows that it is not revoked now, as it was signed, for a document to carry: an answer, or else its lists. Empty where nobody can be asked. Never throws. */
  evidence(certificate: Certificate, issuer: Certificate, purpose: RevocationPurpose): Promise<{ crls: Buffer[]; ocsps: Buffer[] }>
  /** Fetches again every list that is due soon; call it on a schedule, such as every minute. Failures are logged: the list at hand serves until it ends. */
  refresh(): Promise<void>
  /** Forgets a source, or all: the next check asks again. */
  invalidate(url?: string): void
  /**
   * Another process has a newer list of this address. With its bytes it counts here at once (verified as any other); without them the next check waits for the
   * source, and where that is silent the list at hand serves on. Bytes also serve where nobody here has asked yet and the source is down: so a list outlives a restart.
   * @param issued thisUpdate of that list, where it is known: whoever has it already asks nobody
   */
  noteChanged(url: string, der?: Uint8Array, issued?: Date): Promise<void>
  /** Tells of every list that is new here and was fetched by this process, for others to hear through noteChanged. @returns how to stop */
  onListChanged(listener: (change: ListChange) => void): () => void
  /** Tells of every certificate that a source says is revoked, at each time it is asked about; carried words of a document are no source. @returns how to stop */
  onRevoked(listener: (certificate: Certificate) => void): () => void
  /** Every source for the operator's page. */
  state(): RevocationState
  /** Seconds since the oldest list at hand was issued; undefined without any. */
  ageSeconds(): number | undefined
}

/** Bytes as they come: a list in base64 is a third longer. Nobody waits as long as it may take: see `wait`. */
const LIMITS = { bytes: 24 * 1024 * 1024, milliseconds: 30_000 }
/** addresses of each kind that are asked for evidence, and the largest list that a document is made to carry, bytes */
const MOST_SOURCES = 3
const LARGEST_KEPT = 2 * 1024 * 1024
const OCSP_LIMITS = { bytes: 256 * 1024, milliseconds: 5000 }

/** @property proven somebody who cannot be suspected proved the time: a time stamp, say; otherwise the asker only says so */
interface Use {
  at: Date
  proven: boolean
}

/**
 * Whether a use before the revocation still counts. With a proven time it does (ETSI EN 319 102-1 5.2.8: revoked after the proof of existence). Where the time is only claimed it does for reasons that say nothing
 * against the key: whoever stole a key claims any time. RFC 5280 5.3.1: 3 affiliationChanged, 4 superseded, 5 cessationOfOperation, 9 privilegeWithdrawn.
 */
function stoodThen({ since, reason }: { since?: Date; reason?: number }, { at, proven }: Use): boolean {
  return since !== undefined && at < since && (proven || HARMLESS.has(reason ?? 0))
}
const HARMLESS: ReadonlySet<number> = new Set([3, 4, 5, 9])

/** Good news about one certificate, and until when nobody needs to look again; milliseconds. */
interface Remembered {
  issuer: Certificate
  rule: RevocationRule
  epoch: number
  from: number
  until: number
}

export function createRevocation(options: RevocationOptions): Revocation {
  const { clock, log, recheckAfter = 600, wait = 5000, signersFor = () => [] } = options
  const listListeners = new Set<(change: ListChange) => void>()
  const revokedListeners = new Set<(certificate: Certificate) => void>()
  const sources = createSources(clock)
  let remembered = new WeakMap<Certificate, Remembered>()
  let epoch = 0

  const bring = (url: string, request: RequestInit, limits: typeof LIMITS, issuer: Certificate) => {
    const { host } = new URL(url)
    if (options.allowHosts(host, issuer)) return fetchBounded(options.fetch, url, request, limits)
    throw new BrokerError('outbound_refused', 'revocation source on a host that is not on the allow-list', { received: host })
  }
  /** Whoever listens must not spoil the fetch or the check for the person who waits for it. */
  function tell<News>(told: Iterable<(news: News) => void>, news: News): void {
    for (const listener of told) {
      try {
        listener(news)
      } catch (thrown) {
        log.error({ reason: asBrokerError(thrown).facts }, 'what was learnt of a revocation could not be told on')
      }
    }
  }
  const lists = createListCache({
    bring: async (url, issuer) => bring(url, {}, LIMITS, issuer),
    clock,
    log,
    sources,
    signersFor,
    wait,
    onHeld: () => {
      epoch++
    },
    onChanged: change => tell(listListeners, change),
  })
  const answers = createAnswerCache({ bring: async (url, request, issuer) => bring(url, request, OCSP_LIMITS, issuer), clock, sources })

  const defaults = new Map<RevocationPurpose, RevocationRule>()
  const ruleOf = (issuer: Certificate, purpose: RevocationPurpose): RevocationRule => {
    const own = options.ruleFor?.(issuer, purpose) ?? defaults.get(purpose)
    if (own !== undefined) return own
    const made = defaultRule(purpose, recheckAfter)
    defaults.set(purpose, made)
    return made
  }

  async function look(asking: Asking, { used, carried, told }: Pick<RevocationQuestion, 'used' | 'carried' | 'told'>): Promise<number> {
    const { certificate, issuer, rule } = asking
    const reasons: string[] = []
    /** @returns whether the use stands all the same */
    const stands = ({ since, reason, facts }: Extract<RevocationVerdict, { state: 'revoked' }>): true => {
      told?.(since)
      const when = { ...(since === undefined ? {} : { since }), ...(reason === undefined ? {} : { reason }) }
      if (used !== undefined && stoodThen(when, used)) return true
      throw revoked(certificate, facts)
    }
    const now = clock.now()
    const inDocument =
      used === undefined || carried === undefined ? undefined : judgeCarried(certificate, issuer, carried, { used: used.at, now, signersFor })
    if (inDocument?.state === 'revoked') stands(inDocument)
    // lists of today may have forgotten whoever is over (RFC 5280 3.3): that they do not name it says nothing
    const forgotten = used !== undefined && now > certificate.notAfter
    let refused: BrokerError | undefined
    for await (const word of askSources(asking, { lists, answers, clock, signersFor })) {
      if (word instanceof BrokerError) {
        reasons.push(word.facts)
        if (word.code === 'outbound_refused') refused = word
        continue
      }
      const { verdict } = word
      if (verdict.state === 'unknown') reasons.push(verdict.facts)
      else options.onVerdict?.(verdict.state)
      if (verdict.state === 'good' && !forgotten) return word.heldUntil
      if (verdict.state === 'good') reasons.push('it is over, and lists of today may have forgotten it')
      if (verdict.state === 'revoked') tell(revokedListeners, certificate)
      if (verdict.state === 'revoked' && stands(verdict)) return 0
    }
    // a time that is only claimed may be chosen to suit an old list
    if (used?.proven === true && inDocument !== undefined && inDocument.state !== 'unknown') return 0
    if (inDocument?.state === 'unknown') reasons.push(`in the document: ${inDocument.facts}`)
    // a source that is named and that the rule leaves out is no reason to let anybody in
    const named = certificate.crlUrls.length + certificate.ocspUrls.length > 0
    if (rule.when === 'when-named' && reasons.length === 0 && !named) return 0
    options.onVerdict?.('unknown')
    if (rule.when === 'known-only') return 0
    // what the operator has to mend says so; everything else is the bank's silence
    if (refused !== undefined && reasons.length === 1) throw refused
    throw silent(certificate, reasons)
  }

  return {
    async check(certificate, issuer, { optional = false, purpose = optional ? 'authority' : 'login', ...about } = {}) {
      const rule = ruleOf(issuer, purpose)
      const now = clock.now().getTime()
      const known = remembered.get(certificate)
      const { used, carried } = about
      const plain = carried === undefined && (used === undefined || now <= certificate.notAfter.getTime())
      if (plain && known?.epoch === epoch && isSameRule(known.rule, rule) && known.issuer === issuer && known.from <= now && now < known.until) {
        options.onVerdict?.('good')
        return
      }
      const began = epoch
      const within = bounded(optional && rule.when === 'always' ? { ...rule, when: 'when-named' } : rule)
      const until = await look({ certificate, issuer, purpose, rule: within }, about)
      // what was learnt while something changed may be the old word
      if (began === epoch) remembered.set(certificate, { issuer, rule, epoch, from: now, until })
    },

    async evidence(certificate, issuer, purpose) {
      const rule = bounded(ruleOf(issuer, purpose))
      const asking = { certificate, issuer, purpose, rule }
      for (const url of [...certificate.ocspUrls, ...(rule.ocspUrls ?? [])].slice(0, MOST_SOURCES)) {
        const answer = await answers.signed(url, asking).catch(() => undefined)
        if (answer !== undefined) return { crls: [], ocsps: [answer] }
      }
      const urls = [...certificate.crlUrls, ...(rule.crlUrls ?? [])].slice(0, MOST_SOURCES)
      const held = await Promise.all(urls.map(url => lists.at('crl', url, asking, 'insist').catch(() => undefined)))
      return { crls: held.flatMap(each => (each === undefined || each.length > LARGEST_KEPT ? [] : [each.crl.der])), ocsps: [] }
    },

    refresh: () => lists.refresh(),

    invalidate(url) {
      remembered = new WeakMap()
      answers.forget()
      lists.forget(url)
    },

    noteChanged: (url, der, issued) => lists.take(url, der, issued),

    onListChanged(listener) {
      listListeners.add(listener)
      return () => listListeners.delete(listener)
    },

    onRevoked(listener) {
      revokedListeners.add(listener)
      return () => revokedListeners.delete(listener)
    },

    state: () => revocationState(clock.now(), sources, lists, answers),

    ageSeconds() {
      const issued = [...lists.all()].map(({ crl }) => crl.thisUpdate.getTime())
      return issued.length === 0 ? undefined : Math.max(0, (clock.now().getTime() - Math.min(...issued)) / 1000)
    },
  }
}

const revoked = (certificate: Certificate, facts: string): BrokerError =>
  new BrokerError('certificate_revoked', `serial ${certificate.serial}: ${facts}`, {
    received: `serial ${certificate.serial}, ${facts}`,
    expected: 'a certificate that its issuer has not revoked',
  })

const silent = (certificate: Certificate, reasons: readonly string[]): BrokerError =>
  new BrokerError(
    'revocation_unknown',
    `serial ${certificate.serial}: ${reasons.join('; ') || 'the certificate names no CRL and no OCSP responder that may be asked'}`,
    {
      received: reasons.join('; ') || 'no source in the certificate that the rule of its CA asks',
      expected: 'a fresh CRL or OCSP answer from where the certificate says',
    },
  )
