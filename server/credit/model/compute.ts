import { hash } from 'node:crypto'
import { canonical, type Plain } from '../canonical.ts'
import { type InputFact, type Inputs, inputsDigest } from './inputs.ts'
import type { Factor, ModelInForce } from './model.ts'
import { concerned, pointsOf } from './points.ts'

/**
 * A subject's score by a formula, with every reason: why each factor has not all its points, which facts took them, what would bring them back and when they age out. Pure: the same inputs and formula are the same
 * octets.
 */
export interface Reckoned {
  score: number
  most: number
  /** what it would be without what is disputed */
  undisputed: number
  /** those that lost points, the most first; of equals in the order of their codes */
  reasons: Reason[]
  factors: { code: string; got: number; most: number }[]
}

export interface Reason {
  code: string
  title: { zh: string; en: string }
  most: number
  got: number
  lost: number
  /** the factor's facts that cost points, the dearest first; at most `MOST_CITED` */
  facts: CitedFact[]
  /** how many of them there are */
  count: number
  /** more facts of a good level would raise it: so many, for so many points */
  more?: { level: string; facts: number; gain: number }
}

export interface CitedFact {
  id: string
  source: string
  digest: string
  type: string
  level: string
  on: string
  disputed: boolean
  /** points that come back when it goes; of an index they may be fewer than none */
  gain: number
  repairable_from: string
  /** it goes by itself on this day */
  ages_out: string
}

const MOST_CITED = 20

/** The score alone. */
export const scoreOf = ({ model }: ModelInForce, { facts, asOf }: Inputs): number =>
  model.factors.reduce((total, factor) => total + pointsOf(factor, concerned(factor, facts, asOf)), 0)

export function reckon({ model }: ModelInForce, inputs: Inputs): Reckoned {
  const without = inputs.facts.filter(({ disputed }) => !disputed)
  const reasons: Reason[] = []
  const factors: Reckoned['factors'] = []
  let undisputed = 0
  for (const factor of model.factors) {
    const facts = concerned(factor, inputs.facts, inputs.asOf)
    const got = pointsOf(factor, facts)
    factors.push({ code: factor.code, got, most: factor.most })
    undisputed += pointsOf(factor, concerned(factor, without, inputs.asOf))
    if (got < factor.most) reasons.push(reasonOf(factor, facts, got))
  }
  reasons.sort((a, b) => b.lost - a.lost || (a.code < b.code ? -1 : 1))
  return { score: factors.reduce((total, { got }) => total + got, 0), most: model.most, undisputed, reasons, factors }
}

function reasonOf(factor: Factor, facts: readonly InputFact[], got: number): Reason {
  const { code, title, most } = factor
  const gainWithout = gains(factor, facts, got)
  const costly = facts
    .map(fact => ({ fact, gain: gainWithout(fact) }))
    // an index is the source of its points even where nothing better would take its place
    .filter(({ gain }) => gain > 0 || factor.rule.kind === 'latest')
    .sort((a, b) => b.gain - a.gain || (a.fact.on === b.fact.on ? (a.fact.id < b.fact.id ? -1 : 1) : a.fact.on < b.fact.on ? 1 : -1))
  const more = moreOf(factor, facts, got)
  return {
    ...{ code, title, most, got, lost: most - got },
    facts: costly.slice(0, MOST_CITED).map(({ fact, gain }) => cited(fact, gain)),
    count: costly.length,
    ...(more === undefined ? {} : { more }),
  }
}

/** What comes back without a fact. But for indices, where the newest counts, facts of one level weigh the same: each is reckoned once. */
function gains(factor: Factor, facts: readonly InputFact[], got: number): (fact: InputFact) => number {
  const known = new Map<string, number>()
  return fact => {
    const key = factor.rule.kind === 'latest' ? fact.id : fact.level
    const found =
      known.get(key) ??
      pointsOf(
        factor,
        facts.filter(other => other !== fact),
      ) - got
    known.set(key, found)
    return found
  }
}

const cited = ({ id, source, digest, type, level, on, disputed, repairableFrom, until }: InputFact, gain: number): CitedFact => ({
  ...{ id, source, digest, type, level, on, disputed, gain },
  repairable_from: repairableFrom,
  ages_out: until,
})

/** How many more of the best level would do the most that they can, at most ten. */
function moreOf(factor: Factor, facts: readonly InputFact[], got: number): Reason['more'] {
  const level = bestLevel(factor)
  if (level === undefined) return undefined
  const with_ = (count: number) => [...facts, ...Array.from({ length: count }, (_, i) => ({ id: `more-${i}`, source: '', level, on: '' }))]
  for (let count = 1; count <= 10; count++) {
    const then = pointsOf(factor, with_(count))
    if (then === factor.most || count === 10) return then > got ? { level, facts: count, gain: then - got } : undefined
  }
  return undefined
}

function bestLevel({ rule }: Factor): string | undefined {
  if (rule.kind === 'count') return rule.levels[0]
  if (rule.kind !== 'mean') return undefined
  return Object.entries(rule.worth).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]
}

export interface ReportFacts {
  id: string
  recipient?: string
  project?: string
  purpose?: string
  consent?: string
  use?: number
}

/** The report's own text: what is signed. */
export function reportText(inForce: ModelInForce, inputs: Inputs, about: ReportFacts): string {
  const { score, most, undisputed, reasons, factors } = reckon(inForce, inputs)
  return canonical({
    type: 'credit-report',
    report: inForce.model.report,
    about: { ...about },
    subject: { kind: inputs.kind, id: inputs.subject },
    as_of: inputs.asOf,
    model: { name: inForce.name, sm3: modelDigest(inForce) },
    inputs: { sm3: inputsDigest(inputs), facts: inputs.facts.length },
    score,
    most,
    score_without_disputed: undisputed,
    factors: factors.map(each => ({ ...each })),
    reasons: reasons as unknown as Plain[],
  })
}

const modelDigest = ({ model }: ModelInForce): string => hash('sm3', canonical(model as unknown as Plain), 'hex')
