import { z } from 'zod'
import type { BrokerError, FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { restrictionWords } from '../../kernel/restrictions.ts'

/** RFC 9457 as the interfaces for programs describe it, and as http/respond.ts writes it. */
export const UserWords = z.strictObject({ zh: z.string(), en: z.string() })
export const WhoCanFix = z.enum(['clerk', 'bank', 'center', 'operator'])

/** One measure of joint punishment, as those concerned are told of it. */
export const RestrictionAnswer = z
  .strictObject({
    id: z.string(),
    effect: z.enum(['refuse', 'flag']),
    list: z.string().describe('The list or measure by its name.'),
    basis: z.string(),
    document: z.string(),
    authority: z.string().describe('Who recognised it, and so repairs or lifts it.'),
    contact: z.string(),
    until: z.string().describe('The last day.'),
    user_message: UserWords,
  })
  .describe('A measure of joint punishment (联合惩戒) that reaches the act.')

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    user_message: UserWords,
    who_can_fix: WhoCanFix,
    trace: z.string().describe('Give it to support; also in the header X-Trace-Code.'),
    doc_url: z.string(),
    restriction: RestrictionAnswer.optional().describe('The measure that stands in the way.'),
    expected: z.string().optional().describe('With the code bad_request: which member holds what it should not.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457: the question was not answered.' })
export type Problem = z.output<typeof Problem>

/** Characters of one fact that leave the house. */
const MOST = 300

export const docUrl = (publicUrl: string, code: FailureCode): string => `${publicUrl}/errors/${code}`

/** One item's problem, as a request of its own would get it. */
export function problemOf({ code, expected, restriction }: BrokerError, { publicUrl, trace }: { publicUrl: string; trace: string }): Problem {
  const { status, zh, en, who } = failures[code]
  const about = docUrl(publicUrl, code)
  // the one code whose expectation is written by the schemas, and so tells nothing but the interface
  const measure = restriction === undefined ? {} : { restriction: { ...restriction, user_message: restrictionWords(restriction) } }
  const more = code === 'bad_request' && expected !== undefined ? { expected: expected.slice(0, MOST) } : {}
  return { type: about, title: en, status, code, detail: en, user_message: { zh, en }, who_can_fix: who, trace, doc_url: about, ...more, ...measure }
}
