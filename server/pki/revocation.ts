/**
 * Owns learning whether a certificate was revoked: fetching CRLs and OCSP answers from where the certificate says, keeping them while they hold, and refusing when
 * nobody can tell. What a list or an answer means is decided by crl.ts and ocsp.ts; this file only brings it.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Certificate } from './certificate.ts'
import { CRL_LIMIT, type Crl, readCrl } from './crl.ts'
import { fetchBounded } from './fetch-bounded.ts'
import { readOcspResponse } from './ocsp.ts'
import { certificateId, writeOcspRequest } from './ocsp-id.ts'
import { judgeRevocation, type RevocationVerdict } from './revocation-verdict.ts'

export interface RevocationOptions {
  fetch: typeof fetch
  clock: Clock
  /** host and port, as URL.host has them: what the trust list names */
  allowHosts: (host: string) => boolean
  log: Log
  onVerdict?: (verdict: RevocationVerdict['state']) => void
  /**
   * How old a list may be before a newer one is asked for, although it still holds; seconds, 600 unless told. A revocation counts here after that time at the latest,
   * unless its source is down. `refresh` on a schedule keeps people from waiting for it.
   */
  recheckAfter?: number
}

export interface Revocation {
  /**
   * Returns when the certificate is known not to be revoked.
   * @param optional pass where the certificate names no source at all (a CA that the operator installed); a source that does not answer refuses all the same
   * @throws BrokerError `certificate_revoked`, `revocation_unknown`, `outbound_refused`
   */
  check(certificate: Certificate, issuer: Certificate, options?: { optional?: boolean }): Promise<void>
  /** Fetches again every list that is due; call it on a schedule. Failures are logged: the list at hand serves until it ends. */
  refresh(): Promise<void>
  /** Forgets a source, or all: the next check asks again. */
  invalidate(url?: string): void
  /** Seconds since the oldest list at hand was issued; undefined without any. */
  ageSeconds(): number | undefined
}

interface Held {
  crl: Crl
  recheckAt: number
  /** whom it was fetched for: a newer one is verified against the same */
  certificate: Certificate
  issuer: Certificate
}

const LIMITS = { bytes: Math.min(CRL_LIMIT, 10 * 1024 * 1024), milliseconds: 5000 }
const OCSP_LIMITS = { bytes: 256 * 1024, milliseconds: 5000 }
/** How long a good OCSP answer serves, whatever it says itself. */
const OCSP_HOLD = 5 * 60_000
const MAX_HELD = 10_000

export function createRevocation(options: RevocationOptions): Revocation {
  const { clock, log, recheckAfter = 600 } = options
  const lists = new Map<string, Held>()
  const answers = new Map<string, number>()
  const underway = new Map<string, Promise<Crl>>()
  let generation = 0

  const bring = (url: string, request: RequestInit, limits: typeof LIMITS) => {
    if (!options.allowHosts(new URL(url).host)) {
      throw new BrokerError('outbound_refused', 'revocation source on a host that is not on the allow-list', { received: new URL(url).host })
    }
    return fetchBounded(options.fetch, url, request, limits)
  }

  /** One request a source at a time; whoever comes meanwhile waits for the same. */
  function fetchList(url: string, certificate: Certificate, issuer: Certificate): Promise<Crl> {
    const running = underway.get(url)
    if (running !== undefined) return running
    const began = generation
    const fetched = bringList(url, certificate, issuer).then(crl => {
      const held = lists.get(url)
      // an old list sent again by somebody in between must not undo a newer one
      if (held !== undefined && held.crl.issuer.key === crl.issuer.key && held.crl.thisUpdate > crl.thisUpdate) return held.crl
      if (began === generation) hold(url, crl, certificate, issuer)
      return crl
    })
    const cleaned = fetched.finally(() => {
      if (underway.get(url) === cleaned) underway.delete(url)
    })
    underway.set(url, cleaned)
    return cleaned
  }

  /** Only a list that its issuer signed is kept: junk in its place would lock people out until it ends. */
  async function bringList(url: string, certificate: Certificate, issuer: Certificate): Promise<Crl> {
    const crl = readCrl(await bring(url, {}, LIMITS))
    const unfit = crl.unfitFor(certificate, issuer)
    if (unfit !== undefined) throw new BrokerError('revocation_unknown', `the CRL at ${url} cannot be used: ${unfit}`)
    return crl
  }

  function hold(url: string, crl: Crl, certificate: Certificate, issuer: Certificate): void {
    const now = clock.now().getTime()
    const ends = crl.nextUpdate?.getTime() ?? now
    if (lists.size >= MAX_HELD) lists.delete(lists.keys().next().value ?? '')
    lists.set(url, { crl, recheckAt: now + Math.min(recheckAfter * 1000, Math.max(0, (ends - now) / 2)), certificate, issuer })
  }

  async function listAt(url: string, certificate: Certificate, issuer: Certificate): Promise<Crl> {
    const held = lists.get(url)
    const now = clock.now()
    if (held === undefined || !held.crl.isFresh(now)) return fetchList(url, certificate, issuer)
    if (now.getTime() < held.recheckAt) return held.crl
    try {
      return await fetchList(url, held.certificate, held.issuer)
    } catch (error) {
      // the list at hand holds until it ends; a source that is down is not asked again at once
      held.recheckAt = now.getTime() + 30_000
      warn(url, error)
      return held.crl
    }
  }

  const warn = (url: string, error: unknown) =>
    log.warn({ url, reason: asBrokerError(error).facts }, 'a revocation list could not be fetched; the one at hand still holds')

  async function ask(url: string, certificate: Certificate, issuer: Certificate): Promise<RevocationVerdict> {
    const key = `${issuer.thumbprint}/${certificate.serial}`
    const now = clock.now()
    if ((answers.get(key) ?? 0) > now.getTime()) return { state: 'good', until: now }
    const nonce = randomBytes(32)
    const began = generation
    const body = new Uint8Array(writeOcspRequest(certificateId(issuer, certificate.serial), nonce))
    const answer = readOcspResponse(await bring(url, { method: 'POST', body, headers: { 'content-type': 'application/ocsp-request' } }, OCSP_LIMITS))
    const verdict = answer.verdict(certificate, issuer, clock.now(), nonce)
    if (verdict.status === 'revoked') return { state: 'revoked', facts: `by OCSP, since ${verdict.revokedAt?.toISOString() ?? 'an unknown time'}` }
    if (verdict.status === 'unknown') return { state: 'unknown', facts: 'the OCSP responder does not know it' }
    if (answers.size >= MAX_HELD) answers.clear()
    if (began === generation) answers.set(key, Math.min(verdict.until.getTime(), now.getTime() + OCSP_HOLD))
    return { state: 'good', until: verdict.until }
  }

  async function* sources(certificate: Certificate, issuer: Certificate): AsyncGenerator<RevocationVerdict | BrokerError> {
    const attempts = [
      ...certificate.crlUrls.slice(0, 4).map(url => async () => {
        const crl = await listAt(url, certificate, issuer)
        return judgeRevocation(certificate, issuer, { at: clock.now(), crls: [crl] })
      }),
      ...certificate.ocspUrls.slice(0, 2).map(url => () => ask(url, certificate, issuer)),
    ]
    for (const attempt of attempts) yield await attempt().catch(asBrokerError)
  }

  return {
    async check(certificate, issuer, { optional = false } = {}) {
      if (optional && certificate.crlUrls.length + certificate.ocspUrls.length === 0) return
      const reasons: string[] = []
      let refused: BrokerError | undefined
      for await (const answer of sources(certificate, issuer)) {
        if (answer instanceof BrokerError) {
          reasons.push(answer.facts)
          if (answer.code === 'outbound_refused') refused = answer
          continue
        }
        if (answer.state === 'unknown') reasons.push(answer.facts)
        else options.onVerdict?.(answer.state)
        if (answer.state === 'good') return
        if (answer.state === 'revoked')
          throw new BrokerError('certificate_revoked', `serial ${certificate.serial}: ${answer.facts}`, {
            received: `serial ${certificate.serial}, ${answer.facts}`,
            expected: 'a certificate that its issuer has not revoked',
          })
      }
      options.onVerdict?.('unknown')
      // what the operator has to mend says so; everything else is the bank's silence
      if (refused !== undefined && reasons.length === 1) throw refused
      throw new BrokerError(
        'revocation_unknown',
        `serial ${certificate.serial}: ${reasons.join('; ') || 'the certificate names no CRL and no OCSP responder'}`,
        { received: reasons.join('; ') || 'no source in the certificate', expected: 'a fresh CRL or OCSP answer from where the certificate says' },
      )
    },

    async refresh() {
      const now = clock.now().getTime()
      const due = [...lists].filter(([, held]) => now >= held.recheckAt)
      await Promise.all(due.map(([url, { certificate, issuer }]) => fetchList(url, certificate, issuer).catch(error => warn(url, error))))
    },

    invalidate(url) {
      generation++
      answers.clear()
      if (url === undefined) {
        lists.clear()
        underway.clear()
      } else {
        lists.delete(url)
        underway.delete(url)
      }
    },

    ageSeconds() {
      const issued = [...lists.values()].map(({ crl }) => crl.thisUpdate.getTime())
      return issued.length === 0 ? undefined : Math.max(0, (clock.now().getTime() - Math.min(...issued)) / 1000)
    },
  }
}
