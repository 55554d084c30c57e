import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { ReportKind } from '../../storage/stores-credit.ts'
import { factType, TYPE_NAMES } from '../facts/types.ts'

/** A formula as data: what counts, for how many points at most, and by which rule. Owns what a formula may say; no number of it stands anywhere else. */
const words = z.strictObject({ zh: z.string().min(1).max(60), en: z.string().min(1).max(120) })
const points = z.int().min(0).max(10_000)
const code = z.string().regex(/^[a-z][a-z-]{1,30}$/)

const rule = z.discriminatedUnion('kind', [
  /** begins with all points; each fact takes some, by its level */
  z.strictObject({ kind: z.literal('deduct'), type: z.enum(TYPE_NAMES), points: z.record(z.string(), points) }),
  /** each fact of these levels gives some */
  z.strictObject({ kind: z.literal('count'), type: z.enum(TYPE_NAMES), levels: z.array(z.string()).min(1), each: points.min(1) }),
  /** the mean of what levels are worth in hundredths; `without`: what no fact is worth */
  z.strictObject({ kind: z.literal('mean'), type: z.enum(TYPE_NAMES), worth: z.record(z.string(), points.max(100)), without: points.max(100) }),
  /** the mean of each source's newest value, of `scale`; `without`: what no fact is worth, in hundredths */
  z.strictObject({ kind: z.literal('latest'), type: z.enum(TYPE_NAMES), scale: z.int().min(1), without: points.max(100) }),
])
export type Rule = z.output<typeof rule>

const model = z.strictObject({
  report: z.enum(['bid', 'financing']),
  version: z.string().regex(/^[\w.-]{1,20}$/),
  title: words,
  most: points,
  subjects: z.array(z.enum(['tenderer', 'bidder', 'agent', 'expert'])).min(1),
  factors: z
    .array(z.strictObject({ code, title: words, most: points.min(1), rule }))
    .min(1)
    .max(30),
})
export type Model = z.output<typeof model>
export type Factor = Model['factors'][number]

/** A formula in force, under the name by which reports tell of it. */
export interface ModelInForce {
  /** `bid/2026.1/1`: report, version, revision as it was entered (0: came with the platform) */
  name: string
  model: Model
}
export const nameOf = ({ report, version }: Model, revision: number): string => `${report}/${version}/${revision}`
export const revisionOf = (name: string): { report: ReportKind; revision: number } => {
  const [report, , revision] = name.split('/')
  return { report: report === 'financing' ? 'financing' : 'bid', revision: Number(revision) }
}

/** characters of a formula */
export const MAX_MODEL = 50_000

/** @throws BrokerError credit_model_malformed */
export function readModel(json: unknown): Model {
  const found = model.safeParse(json)
  if (!found.success) throw wrong(found.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const { factors, most } = found.data
  if (new Set(factors.map(each => each.code)).size !== factors.length) throw wrong('one code twice')
  const sum = factors.reduce((total, each) => total + each.most, 0)
  if (sum !== most) throw wrong(`factors come to ${sum}, most is ${most}`)
  for (const each of factors) {
    const levels = factType(each.rule.type)?.levels ?? {}
    const named = each.rule.kind === 'count' ? each.rule.levels : each.rule.kind === 'latest' ? [] : levelsIn(each.rule)
    const unknown = named.find(level => !Object.hasOwn(levels, level))
    if (unknown !== undefined) throw wrong(`${each.code}: ${each.rule.type} has no level ${unknown}`)
    if (each.rule.kind === 'latest' && factType(each.rule.type)?.value === undefined) throw wrong(`${each.code}: ${each.rule.type} has no value`)
  }
  return found.data
}
const levelsIn = (each: Extract<Rule, { kind: 'deduct' | 'mean' }>): string[] => Object.keys(each.kind === 'deduct' ? each.points : each.worth)
const wrong = (facts: string): BrokerError => new BrokerError('credit_model_malformed', facts.slice(0, 500))
