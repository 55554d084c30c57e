import type { z } from 'zod'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'

/**
 * A question as its schema says: the body of a request, or one item of a batch.
 * @param own codes for a member whose value is none of those allowed, where that alone is wrong
 * @throws BrokerError bad_request naming members and never their values; too_large; a code of `own`
 */
export function readBody<S extends z.ZodType>(value: unknown, schema: S, own: Readonly<Record<string, FailureCode>> = {}): z.output<S> {
  if (value === undefined)
    throw new BrokerError('bad_request', 'a request without a JSON body', { expected: 'Content-Type: application/json, and an object' })
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  throw new BrokerError(codeOf(issues, value, own), 'the question does not hold what it should', {
    received: `members: ${namesOf(value)}`,
    expected: issues
      .slice(0, 10)
      .map(issue => `${issue.path.map(String).join('.') || 'the question'}: ${issue.message.slice(0, 200)}`)
      .join('; '),
  })
}

/** A whole that is wrong in several ways is a bad request; one that is only too large, or names an algorithm that we lack, is told so. */
function codeOf(issues: readonly z.core.$ZodIssue[], value: unknown, own: Readonly<Record<string, FailureCode>>): FailureCode {
  // a number that is too large is a wrong number
  if (issues.every(issue => issue.code === 'too_big' && issue.origin !== 'number' && issue.origin !== 'int')) return 'too_large'
  const member = issues[0]?.path.join('.') ?? ''
  const named = Object.entries(typeof value === 'object' && value !== null ? value : {}).some(
    ([name, held]) => name === member && typeof held === 'string',
  )
  const lacking = named && issues.every(issue => issue.code === 'invalid_value' && issue.path.join('.') === member)
  return (lacking ? own[member] : undefined) ?? 'bad_request'
}

const namesOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.keys(value)
        .slice(0, 20)
        .map(name => name.slice(0, 40))
        .join(', ') || 'none'
    : `none, ${Array.isArray(value) ? 'an array' : typeof value}`
