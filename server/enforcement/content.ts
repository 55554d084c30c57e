import { hash } from 'node:crypto'
import { z } from 'zod'
import { chinaDay } from '../kernel/china-time.ts'
import { PROJECT_KINDS, RESTRICTED_ACTS } from '../kernel/restrictions.ts'
import { isUscc } from '../kernel/uscc.ts'
import type { Measure } from '../storage/stores-enforcement.ts'

/** A measure as its source sends it, and what is made of it. Owns that each names its basis, its reach and its end: none is without end, and none reaches further than its words. */
export const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(text => text.isWellFormed() && !/\p{C}/u.test(text), 'one line of text')
const some = <Item extends z.ZodType>(item: Item, most: number) => z.array(item).max(most)

export const measureContent = z
  .strictObject({
    number: line(100).describe('The source’s own number of the measure; one of a source is recorded once.'),
    uscc: z.string().refine(isUscc, 'a unified social credit code').describe('Unified social credit code (统一社会信用代码).'),
    company: line(200),
    list: line(100).describe('The list or measure by its name, such as 失信被执行人, 黑名单, 暂停投标.'),
    basis: line(300).describe('The provision of the law that gives the measure.'),
    document: line(200).describe('Number of the decision.'),
    authority: line(200).describe('Who recognised it, and so repairs or lifts it.'),
    contact: line(200).describe('How the company reaches them.'),
    repair: line(500).describe('What the company has to do for a repair.'),
    effect: z.enum(['refuse', 'flag']).describe('`refuse`: the act is not done; `flag`: it is done, and the center is told.'),
    acts: z.array(z.enum(RESTRICTED_ACTS)).min(1).max(RESTRICTED_ACTS.length).describe('What it is about, and nothing else.'),
    centers: some(line(60), 50).default([]).describe('Client ids of centers; none: any.'),
    regions: some(z.string().regex(/^\d{6}$/, 'six digits of GB/T 2260'), 50)
      .default([])
      .describe('GB/T 2260; the code of a province or city stands for all within. None: any.'),
    project_kinds: some(z.enum(PROJECT_KINDS), PROJECT_KINDS.length)
      .default([])
      .describe('None: any. Only with bond_pay and bid_submit: the others are about no project.'),
    from: z.iso.date().describe('First day, in China.'),
    until: z.iso.date().describe('Last day, in China; at most five years after the first.'),
    evidence: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
      .describe('SM3 of the decision, which stays at its source.'),
  })
  .meta({ id: 'NewMeasure' })
export type MeasureContent = z.output<typeof measureContent>

const DAY = 86_400_000
const beginningOf = (day: string): Date => new Date(`${day}T00:00:00.000+08:00`)
/** days; what is worth longer is recognised anew */
const LONGEST = 5 * 366

/** @returns what is wrong, in words, or the measure */
export function readMeasure(
  content: MeasureContent,
  { id, source, now, trace }: { id: string; source: string; now: Date; trace: string },
): Measure | { wrong: string } {
  const { number, uscc, effect, project_kinds: kinds, ...rest } = content
  if (!isUscc(uscc)) return { wrong: 'uscc: a unified social credit code' }
  const [first, end] = [beginningOf(rest.from), new Date(beginningOf(rest.until).getTime() + DAY)]
  if (end <= first || end.getTime() - first.getTime() > LONGEST * DAY) return { wrong: 'until: from the first day to five years after it' }
  if (rest.until < chinaDay(now)) return { wrong: 'until: not in the past' }
  if (kinds.length > 0 && rest.acts.some(act => act === 'login' || act === 'mandate_sign'))
    return { wrong: 'project_kinds: none with login or mandate_sign, which are about no project' }
  const terms = { ...rest, kinds }
  const digest = hash('sm3', JSON.stringify([source, number, uscc, effect, Object.entries(terms).toSorted(([a], [b]) => (a < b ? -1 : 1))]), 'hex')
  return {
    ...{ id, uscc, source, number, effect, terms, digest, trace },
    fromAt: first.toISOString(),
    untilAt: end.toISOString(),
    state: 'in-force',
    version: 1,
    recordedAt: now.toISOString(),
  }
}
