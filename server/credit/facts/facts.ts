import { hash } from 'node:crypto'
import type { Trail } from '../../audit/events.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { CreditFact, CreditStore, FactStep, FactStepKind, Subject } from '../../storage/stores-credit.ts'
import { type FactContent, readFact } from './reading.ts'

/**
 * Facts about tenderers, bidders, agents and experts: recorded by their sources, appealed against by their subjects, repaired or recalled by whoever recorded them. Owns what may follow on what, and that a fact which
 * may no longer be used leaves every report at once and is recalled from whoever was given it.
 */
export interface Facts {
  /**
   * One that does not fit refuses all of them. `known`: it came before in the same words; `other`: the number is taken by another record, and this one was not taken in.
   * @throws BrokerError credit_fact_invalid, those of `signedBy`
   */
  record(source: string, given: readonly Given[], trace: string): Promise<{ id: string; outcome: 'recorded' | 'known' | 'other' }[]>
  /** The subject says that it is wrong; it counts on, marked, until its source has answered. @throws BrokerError credit_fact_unknown, credit_wrong_state */
  appeal(subject: Subject, factId: string, why: string, by: string, trace: string): Promise<void>
  /** The source answers: `upheld` takes the fact back. @throws BrokerError credit_fact_unknown, credit_wrong_state */
  answer(source: string, factId: string, outcome: 'upheld' | 'rejected', why: string, trace: string): Promise<number>
  /** Who recorded it repairs it (谁认定、谁修复). @throws BrokerError credit_fact_unknown, credit_wrong_state, credit_repair_early, credit_repair_unproven */
  repair(source: string, factId: string, shown: Shown, why: string, trace: string): Promise<number>
  /** @returns as `repair`, how many recipients are told @throws BrokerError credit_fact_unknown, credit_wrong_state */
  recall(source: string, factId: string, why: string, trace: string): Promise<number>
  /** a source's own. @throws BrokerError credit_fact_unknown for another's, too */
  ownFact(source: string, factId: string): Promise<CreditFact>
  /** @throws BrokerError credit_fact_unknown for another's, too */
  factOf(subject: Subject, factId: string): Promise<CreditFact>
}

interface Given {
  content: FactContent
  /** SignedData over the canonical text, where the source signs its records */
  cms?: string | undefined
}

/** What a repair takes (Order 36). */
interface Shown {
  corrected: boolean
  dutiesDone: boolean
  promised: boolean
}

export interface FactsDeps {
  store: CreditStore
  /** @returns the thumbprint of the certificate that signed exactly this text @throws BrokerError signature_invalid, challenge_mismatch, certificate_* */
  signedBy(signed: { text: string; cms: string }): Promise<string>
  /** its facts changed: the standing is reckoned anew. Never throws. */
  changed(subjects: readonly Subject[]): Promise<void>
  clock: Clock
  trail: Trail
}

/** how often somebody else may be faster */
const TRIES = 30
/** appeals, answers and the end of one fact */
const MOST_STEPS = 20

export function createFacts(deps: FactsDeps): Facts {
  const { store, clock, trail } = deps

  async function newFact(source: string, { content, cms }: Given, i: number, trace: string): Promise<CreditFact> {
    const now = clock.now()
    const read = readFact(content, source, chinaDay(now))
    if ('wrong' in read) throw new BrokerError('credit_fact_invalid', `fact ${i}: ${read.wrong}`, { expected: `facts.${i}.${read.wrong}` })
    const { text, ...spans } = read
    const { kind, subject, type, level, title, evidence, number: sourceKey, happened_on: happenedOn, value, project, document } = content
    return {
      ...{ id: newId(), source, sourceKey, kind, subject, type, level, title, evidence, happenedOn, ...spans },
      ...(value === undefined ? {} : { value }),
      ...(project === undefined ? {} : { project }),
      ...(document === undefined ? {} : { document }),
      ...(cms === undefined ? {} : { cms, thumbprint: await deps.signedBy({ text, cms }) }),
      ...{ state: 'in-force', version: 1, recordedAt: now.toISOString(), trace },
    }
  }

  async function record(source: string, given: readonly Given[], trace: string) {
    if (new Set(given.map(({ content }) => content.number)).size !== given.length)
      throw new BrokerError('credit_fact_invalid', 'one number twice in one request', { expected: 'each number once' })
    const facts: CreditFact[] = []
    for (const [i, each] of given.entries()) facts.push(await newFact(source, each, i, trace))
    const made = await store.record(facts)
    const fresh = facts.filter((_, i) => made[i]?.outcome === 'recorded')
    if (fresh.length > 0) await deps.changed(subjectsOf(fresh))
    const sm3 = hash('sm3', facts.map(({ digest }) => digest).join(''), 'hex')
    await trail.append({ code: 'credit.recorded', trace, facts: { source, count: facts.length, new: fresh.length, sm3 } })
    return made
  }

  /** Reads, judges, saves; anew when somebody else was faster. */
  async function change(
    find: () => Promise<CreditFact>,
    kind: FactStepKind,
    why: string,
    by: string,
    trace: string,
    judge?: (fact: CreditFact) => void,
  ) {
    for (let tries = 0; tries < TRIES; tries++) {
      const fact = await find()
      const { from, to } = CHANGES[kind]
      if (!from.includes(fact.state) && kind !== 'appealed') {
        judge?.(fact)
        const told = await toldBefore(fact, { kind, by, why })
        if (told !== undefined) return told
      }
      if (!from.includes(fact.state) || (kind === 'appealed' && fact.version >= MOST_STEPS))
        throw new BrokerError('credit_wrong_state', `a fact that is ${fact.state}`, { received: fact.state, expected: from.join(', ') })
      judge?.(fact)
      const [subject] = await store.inForce([fact], fact.effectiveFrom, 0)
      const step = { kind, by, why, at: clock.now().toISOString(), trace }
      const told = await store.change(fact, to, step, subject?.version ?? 0)
      if (told === undefined) continue
      await deps.changed([{ kind: fact.kind, subject: fact.subject }])
      await trail.append({ code: 'credit.changed', trace, facts: { fact: fact.id, source: fact.source, kind, told } })
      return told
    }
    throw new BrokerError('database_unavailable', `a fact changed ${TRIES} times while it was judged`)
  }

  /** What its source said last, said once more in the same words since the answer was lost. @returns how many recipients are told */
  async function toldBefore({ id }: CreditFact, { kind, by, why }: Pick<FactStep, 'kind' | 'by' | 'why'>): Promise<number | undefined> {
    const last = (await store.steps(id)).at(-1)
    return last?.kind === kind && last.by === by && last.why === why ? await store.recallsOf(id) : undefined
  }

  async function ownFact(source: string, id: string): Promise<CreditFact> {
    return await found(id, fact => fact.source === source)
  }
  async function factOf({ kind, subject }: Subject, id: string): Promise<CreditFact> {
    return await found(id, fact => fact.kind === kind && fact.subject === subject)
  }
  async function found(id: string, mine: (fact: CreditFact) => boolean): Promise<CreditFact> {
    const fact = /^[\w-]{1,60}$/.test(id) ? await store.fact(id) : undefined
    if (fact === undefined || !mine(fact)) throw new BrokerError('credit_fact_unknown', 'no such fact for whoever asks')
    return fact
  }

  return {
    record,
    async appeal(subject, id, why, by, trace) {
      await change(() => factOf(subject, id), 'appealed', why, by, trace)
    },
    answer: (source, id, outcome, why, trace) => change(() => ownFact(source, id), outcome, why, source, trace),
    repair: (source, id, shown, why, trace) =>
      change(
        () => ownFact(source, id),
        'repaired',
        why,
        source,
        trace,
        ({ minUntil }) => {
          if (!shown.corrected || !shown.dutiesDone || !shown.promised) throw refusal('credit_repair_unproven', shown)
          const today = chinaDay(clock.now())
          if (today < minUntil)
            throw new BrokerError('credit_repair_early', 'before the least time', { received: today, expected: `from ${minUntil} on` })
        },
      ),
    recall: (source, id, why, trace) => change(() => ownFact(source, id), 'recalled', why, source, trace),
    ownFact,
    factOf,
  }
}

const refusal = (code: FailureCode, shown: Shown): BrokerError => new BrokerError(code, JSON.stringify(shown), { expected: 'all three' })

const CHANGES: Record<FactStepKind, { from: readonly CreditFact['state'][]; to: CreditFact['state'] }> = {
  appealed: { from: ['in-force'], to: 'disputed' },
  rejected: { from: ['disputed'], to: 'in-force' },
  upheld: { from: ['disputed'], to: 'recalled' },
  repaired: { from: ['in-force', 'disputed'], to: 'repaired' },
  recalled: { from: ['in-force', 'disputed'], to: 'recalled' },
}

const subjectsOf = (facts: readonly CreditFact[]): Subject[] => [
  ...new Map(facts.map(({ kind, subject }) => [`${kind} ${subject}`, { kind, subject }])).values(),
]
