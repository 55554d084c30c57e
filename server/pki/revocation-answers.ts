/** Owns asking OCSP responders and keeping their good news for a short while: RFC 6960, RFC 5019. What an answer means is ocsp.ts. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { type OcspVerdict, readOcspResponse } from './ocsp.ts'
import { certificateId, idHashFor, ocspGetUrl, writeOcspRequest } from './ocsp-id.ts'
import type { OcspRule, RevocationRule } from './revocation-rule.ts'
import { type Asking, issuerId, type Source, type Sources } from './revocation-sources.ts'

/** How long a good answer serves without asking again, whatever it says itself; milliseconds. */
const HOLD = 5 * 60_000
const MAX_HELD = 50_000

interface Good {
  askedAt: number
  /** what the answer says itself */
  until: number
  thisUpdate: number
  source: Source
}

type Answer =
  | { status: 'good'; until: Date; heldUntil: number }
  | { status: 'revoked'; facts: string; since?: Date; reason?: number }
  | { status: 'unknown'; facts: string }

export interface AnswerCache {
  /** @throws BrokerError `revocation_unknown`, `outbound_refused`, `certificate_malformed` */
  ask(url: string, asking: Asking, patience: 'insist' | 'spare'): Promise<Answer>
  /** Good news as it was signed, asked for anew: to be kept with a document. @throws BrokerError as `ask`, and where the news is not good */
  signed(url: string, asking: Asking): Promise<Buffer>
  forget(): void
  /** what is at hand from each responder */
  summary(): ReadonlyMap<Source, AnswersAtHand>
}

/** How many good answers of one responder are at hand, and the times of the one asked last; milliseconds. */
export interface AnswersAtHand {
  entries: number
  thisUpdate: number
  until: number
}

export interface AnswerCacheOptions {
  bring: (url: string, request: RequestInit, issuer: Certificate) => Promise<Buffer>
  clock: Clock
  sources: Sources
}

export function createAnswerCache({ bring, clock, sources }: AnswerCacheOptions): AnswerCache {
  const answers = new Map<string, Good>()
  /** revocations heard of: asked again each time, and what counts while the responder is silent */
  const revoked = new Map<string, Answer>()
  const underway = new Map<string, Promise<OcspVerdict>>()
  let generation = 0

  /** One question about a certificate at a time; whoever comes meanwhile waits for the same answer. */
  function question(key: string, url: string, asking: Asking, source: Source): Promise<OcspVerdict> {
    const running = underway.get(key)
    if (running !== undefined) return running
    const began = generation
    const asked = (async () => {
      try {
        const { verdict } = await exchange(url, asking)
        sources.answered(source)
        if (began === generation) keep(key, verdict, source, asking.rule)
        return verdict
      } catch (thrown) {
        throw sources.failed(source, thrown)
      }
    })()
    const cleaned = asked.finally(() => {
      if (underway.get(key) === cleaned) underway.delete(key)
    })
    underway.set(key, cleaned)
    return cleaned
  }

  async function exchange(url: string, { certificate, issuer, rule }: Asking): Promise<{ verdict: OcspVerdict; der: Buffer }> {
    const nonce = randomBytes(32)
    const request = writeOcspRequest(certificateId(issuer, certificate.serial, idHashFor(issuer)), nonce)
    const der = await send(url, request, rule.ocsp, issuer)
    const without = rule.ocsp.nonce === 'optional' ? 'accepted' : 'refused'
    return { verdict: readOcspResponse(der).verdict(certificate, issuer, clock.now(), nonce, without), der }
  }

  function send(url: string, request: Buffer, { method }: OcspRule, issuer: Certificate): Promise<Buffer> {
    const get = method === 'get' ? ocspGetUrl(url, request) : undefined
    if (get !== undefined) return bring(get, { method: 'GET' }, issuer)
    return bring(url, { method: 'POST', body: new Uint8Array(request), headers: { 'content-type': 'application/ocsp-request' } }, issuer)
  }

  function keep(key: string, verdict: OcspVerdict, source: Source, rule: RevocationRule): void {
    const { status, until, thisUpdate } = verdict
    answers.delete(key)
    revoked.delete(key)
    if (status === 'revoked') put(revoked, key, answerOf(verdict, 0, rule))
    if (status === 'good') put(answers, key, { askedAt: clock.now().getTime(), until: until.getTime(), thisUpdate: thisUpdate.getTime(), source })
  }

  return {
    async ask(url, asking, patience) {
      const source = sources.of('ocsp', url, asking)
      const key = `${issuerId(asking.issuer)} ${asking.certificate.serial}`
      const now = clock.now().getTime()
      const held = answers.get(key)
      if (held !== undefined && now < heldUntil(held, asking.rule)) return good(held, asking.rule)
      try {
        if (patience === 'spare' && now < source.retryAt && source.failure !== undefined) throw source.failure.error
        return answerOf(await question(key, url, asking, source), now, asking.rule)
      } catch (thrown) {
        const known = revoked.get(key)
        if (known !== undefined) return known
        // only where the rule says so: an answer is asked for so that it is young
        if (held === undefined || asking.rule.lastKnownGood === 0 || now > held.until + asking.rule.lastKnownGood * 1000) throw thrown
        return { status: 'good', until: new Date(held.until), heldUntil: Math.min(source.retryAt, held.until + asking.rule.lastKnownGood * 1000) }
      }
    },

    async signed(url, asking) {
      const { verdict, der } = await exchange(url, asking)
      if (verdict.status === 'good') return der
      throw new BrokerError('revocation_unknown', `the answer is ${verdict.status}`)
    },

    forget() {
      generation++
      answers.clear()
      revoked.clear()
      underway.clear()
    },

    summary() {
      const found = new Map<Source, AnswersAtHand>()
      for (const { source, thisUpdate, until } of answers.values()) {
        found.set(source, { entries: (found.get(source)?.entries ?? 0) + 1, thisUpdate, until })
      }
      return found
    },
  }
}

/** The one put in longest ago goes when there are too many. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  if (map.size > MAX_HELD) map.delete(map.keys().next().value ?? '')
}

const heldUntil = ({ askedAt, until }: Pick<Good, 'askedAt' | 'until'>, { recheckAfter }: RevocationRule): number =>
  Math.min(until, askedAt + Math.min(HOLD, recheckAfter * 1000))

const good = (held: Pick<Good, 'askedAt' | 'until'>, rule: RevocationRule): Answer => ({
  status: 'good',
  until: new Date(held.until),
  heldUntil: heldUntil(held, rule),
})

function answerOf({ status, revokedAt, reason, until }: OcspVerdict, askedAt: number, rule: RevocationRule): Answer {
  if (status === 'good') return good({ askedAt, until: until.getTime() }, rule)
  if (status === 'unknown') return { status, facts: 'the OCSP responder does not know it' }
  return {
    status,
    facts: `by OCSP, since ${revokedAt?.toISOString() ?? 'an unknown time'}, reason ${reason ?? 'not given'}`,
    ...(revokedAt === undefined ? {} : { since: revokedAt }),
    ...(reason === undefined ? {} : { reason }),
  }
}
