import type { InputFact } from './inputs.ts'
import type { Factor, Rule } from './model.ts'

/** Points of one factor. Pure, in whole numbers, and the same in whatever order facts come. */

/** those that the factor looks at, on the day */
export const concerned = ({ rule }: Factor, facts: readonly InputFact[], asOf: string): InputFact[] =>
  facts.filter(({ type, level, on, until }) => type === rule.type && on <= asOf && asOf < until && counts(rule, level))

export function pointsOf({ rule, most }: Factor, facts: readonly Pick<InputFact, 'id' | 'source' | 'level' | 'value' | 'on'>[]): number {
  switch (rule.kind) {
    case 'deduct':
      return Math.max(0, most - sum(facts.map(({ level }) => rule.points[level] ?? 0)))
    case 'count':
      return Math.min(most, facts.length * rule.each)
    case 'mean':
      return facts.length === 0
        ? part(most, rule.without, 100)
        : part(most, sum(facts.map(({ level }) => rule.worth[level] ?? 0)), 100 * facts.length)
    case 'latest': {
      const newest = newestBySource(facts)
      return newest.length === 0
        ? part(most, rule.without, 100)
        : part(most, sum(newest.map(({ value = 0 }) => Math.min(value, rule.scale))), rule.scale * newest.length)
    }
  }
}

/** The part of the points, rounded down; whole numbers all the way. */
const part = (most: number, numerator: number, denominator: number): number => Number((BigInt(most) * BigInt(numerator)) / BigInt(denominator))
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

function counts(rule: Rule, level: string): boolean {
  switch (rule.kind) {
    case 'deduct':
      return (rule.points[level] ?? 0) > 0
    case 'count':
      return rule.levels.includes(level)
    case 'mean':
      return Object.hasOwn(rule.worth, level)
    case 'latest':
      return true
  }
}

function newestBySource<F extends Pick<InputFact, 'id' | 'source' | 'on'>>(facts: readonly F[]): F[] {
  const newest = new Map<string, F>()
  for (const fact of facts) {
    const known = newest.get(fact.source)
    if (known === undefined || [fact.on, fact.id].join(' ') > [known.on, known.id].join(' ')) newest.set(fact.source, fact)
  }
  return [...newest.values()]
}
