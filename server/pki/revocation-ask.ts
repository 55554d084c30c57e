/** Owns asking one source after the other about one certificate: which ones, in the order of the rule, and what each word is worth together with those before it. */
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError, type BrokerError } from '../kernel/errors.ts'
import type { AnswerCache } from './revocation-answers.ts'
import type { ListCache } from './revocation-cache.ts'
import { freshestOf } from './revocation-delta.ts'
import { type Held, serves } from './revocation-list.ts'
import type { Asking, SignersFor } from './revocation-sources.ts'
import { judgeRevocation, type RevocationVerdict } from './revocation-verdict.ts'

/** What one source said, and until when it says so without being asked; milliseconds. */
export interface Word {
  verdict: RevocationVerdict
  heldUntil: number
}

export interface AskOptions {
  lists: ListCache
  answers: AnswerCache
  clock: Clock
  signersFor: SignersFor
}

const MAX_LISTS = 6
const MAX_RESPONDERS = 3
const MAX_DELTAS = 2
/** Milliseconds: an answer without the delta list that belongs to it is not kept longer, as the delta may be back by then. */
const WITHOUT_DELTA = 30_000

/** Each source in the order of the rule, asked only when the one before did not know. What refuses is given, not thrown. */
export async function* askSources(asking: Asking, { lists, answers, clock, signersFor }: AskOptions): AsyncGenerator<Word | BrokerError> {
  const { certificate, issuer, rule } = asking
  // who lets silence pass need not wait for it at every login
  const patience = rule.when === 'known-only' ? 'spare' : 'insist'
  /** lists that were had and did not know: each may cover some of the reasons */
  const before: Held[] = []

  const judge = (at: Date, held: readonly Held[]) =>
    judgeRevocation(certificate, issuer, { at, crls: held.map(({ crl }) => crl), signersOf: crl => signersFor(crl, issuer) })

  /** A whole list, with the delta lists that it or the certificate names. A delta that cannot be had leaves the whole list as it is. */
  async function askList(url: string): Promise<Word> {
    const base = await lists.at('crl', url, asking, patience).catch(thrown => {
      // silence does not take back what an older list said
      const old = lists.last(url, issuer)
      if (old !== undefined && judge(clock.now(), [old]).state === 'revoked') return old
      throw thrown
    })
    const deltas = unique([...base.freshest, ...freshestOf(certificate)]).slice(0, MAX_DELTAS)
    const found = await Promise.all(deltas.map(delta => lists.at('delta', delta, asking, 'spare').catch(() => undefined)))
    const held = [base, ...found.filter(each => each !== undefined)]
    const now = clock.now()
    // a list that serves beyond its end, as the rule allows, says what it said at its end
    const ended = base.crl.nextUpdate !== undefined && base.crl.nextUpdate < now && serves(base, rule, now.getTime())
    const alone = judge((ended ? base.crl.nextUpdate : undefined) ?? now, held)
    const verdict = alone.state === 'unknown' && before.length > 0 ? judge(now, [...before, ...held]) : alone
    const until = [...before, ...held].map(each => lists.heldUntil(each, rule))
    before.push(...held)
    return { verdict, heldUntil: Math.min(...until, held.length <= deltas.length ? now.getTime() + WITHOUT_DELTA : Number.POSITIVE_INFINITY) }
  }

  async function askResponder(url: string): Promise<Word> {
    const answer = await answers.ask(url, asking, patience)
    if (answer.status === 'good') return { verdict: { state: 'good', until: answer.until }, heldUntil: answer.heldUntil }
    const { status, ...word } = answer
    return { verdict: { state: status, ...word }, heldUntil: 0 }
  }

  const attempts = rule.sources.flatMap(kind =>
    kind === 'crl'
      ? unique([...certificate.crlUrls.slice(0, 4), ...(rule.crlUrls ?? [])])
          .slice(0, MAX_LISTS)
          .map(url => () => askList(url))
      : unique([...certificate.ocspUrls.slice(0, 2), ...(rule.ocspUrls ?? [])])
          .slice(0, MAX_RESPONDERS)
          .map(url => () => askResponder(url)),
  )
  for (const attempt of attempts) yield await attempt().catch(asBrokerError)
}

const unique = (urls: readonly string[]): string[] => [...new Set(urls)]
