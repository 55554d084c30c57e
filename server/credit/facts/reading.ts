import { hash } from 'node:crypto'
import { z } from 'zod'
import { isUscc } from '../../kernel/uscc.ts'
import { canonical } from '../canonical.ts'
import { addMonths } from './days.ts'
import { factType, TYPE_NAMES } from './types.ts'

/** A fact as its source sends it, and what is made of it: its span by the law, and its digest. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(text => text.isWellFormed() && !/\p{C}/u.test(text), 'one line of text')
const hex = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
export const subjectKind = z.enum(['tenderer', 'bidder', 'agent', 'expert'])
export const SUBJECT_ABOUT = 'Unified social credit code (统一社会信用代码); of an expert the SM3 of the id number.'

export const factContent = z.strictObject({
  number: line(100).describe('The source’s own number of the record; one of a source is recorded once.'),
  kind: subjectKind,
  subject: z.string().max(64).describe(SUBJECT_ABOUT),
  type: z.enum(TYPE_NAMES),
  level: z.string().max(20),
  value: z.int().min(0).optional(),
  title: line(200),
  project: line(100).optional(),
  document: line(200).optional().describe('Number of the decision or other document behind it; needed for a penalty.'),
  happened_on: z.iso.date().describe('For a penalty the day of the decision.'),
  until: z.iso.date().optional().describe('When it stops to count, where that is earlier than the rule.'),
  evidence: hex.describe('SM3 of the evidence, which stays at its source.'),
})
export type FactContent = z.output<typeof factContent>

export interface ReadFact {
  effectiveFrom: string
  minUntil: string
  maxUntil: string
  /** what a source signs, and what the digest is of */
  text: string
  digest: string
}

/** @returns what is wrong, in words, or the fact @param today the day in China */
export function readFact(content: FactContent, source: string, today: string): ReadFact | { wrong: string } {
  const type = factType(content.type)
  const level = type !== undefined && Object.hasOwn(type.levels, content.level) ? type.levels[content.level] : undefined
  if (type === undefined || level === undefined) return { wrong: `level: one of ${Object.keys(type?.levels ?? {}).join(', ')}` }
  if (content.kind === 'expert' ? !/^[0-9a-f]{64}$/.test(content.subject) : !isUscc(content.subject)) return { wrong: `subject: ${SUBJECT_ABOUT}` }
  if (type.value === undefined ? content.value !== undefined : content.value === undefined || content.value > type.value.most)
    return { wrong: type.value === undefined ? 'value: none for this type' : `value: ${type.value.en}` }
  if (type.document === 'needed' && content.document === undefined) return { wrong: 'document: the number of the decision' }
  const from = content.happened_on
  if (from > today) return { wrong: 'happened_on: not in the future' }
  const [minUntil, rule] = [addMonths(from, level.least), addMonths(from, level.most)]
  const maxUntil = content.until ?? rule
  if (maxUntil > rule || maxUntil < minUntil) return { wrong: `until: from ${minUntil} to ${rule}` }
  const text = canonical({ source, ...content })
  return { effectiveFrom: from, minUntil, maxUntil, text, digest: hash('sm3', text, 'hex') }
}
