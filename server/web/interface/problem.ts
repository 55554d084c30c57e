import { z } from 'zod'
import type { BrokerError, FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'

/** RFC 9457 as the interfaces for programs describe it, and as http/respond.ts writes it. */
export const UserWords = z.strictObject({ zh: z.string(), en: z.string() })
export const WhoCanFix = z.enum(['clerk', 'bank', 'center', 'operator'])

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
    expected: z.string().optional().describe('With the code bad_request: which member holds what it should not.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457: the question was not answered.' })
export type Problem = z.output<typeof Problem>

/** Characters of one fact that leave the house. */
const MOST = 300

export const docUrl = (publicUrl: string, code: FailureCode): string => `${publicUrl}/errors/${code}`

/** One item's problem, as a request of its own would get it. */
export function problemOf({ code, expected }: BrokerError, { publicUrl, trace }: { publicUrl: string; trace: string }): Problem {
  const { status, zh, en, who } = failures[code]
  const about = docUrl(publicUrl, code)
  // the one code whose expectation is written by the schemas, and so tells nothing but the interface
  const more = code === 'bad_request' && expected !== undefined ? { expected: expected.slice(0, MOST) } : {}
  return { type: about, title: en, status, code, detail: en, user_message: { zh, en }, who_can_fix: who, trace, doc_url: about, ...more }
}
