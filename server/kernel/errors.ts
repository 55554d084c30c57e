import type { failures } from './failures.ts'
import type { Restriction } from './restrictions.ts'

export type FailureCode = keyof typeof failures

/**
 * The one error class. `code` is closed and stable, `facts` goes to the log and the integrator's trace (never a secret, never to the
 * person), and the person's sentence stands in failures.ts under the code. The only mapping to HTTP is http/respond.ts.
 */
export class BrokerError extends Error {
  readonly code: FailureCode
  readonly facts: string
  readonly received: string | undefined
  readonly expected: string | undefined
  /** the measure that stands in the way: unlike facts, it is the person's and the center's to know */
  readonly restriction: Restriction | undefined

  constructor(code: FailureCode, facts: string, more: { cause?: unknown; received?: string; expected?: string; restriction?: Restriction } = {}) {
    super(`${code}: ${facts}`, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'BrokerError'
    this.code = code
    this.facts = facts
    this.received = more.received
    this.expected = more.expected
    this.restriction = more.restriction
  }
}

/** Nothing was decided: the fault is ours, or the database is away. Asked again, it may come out otherwise. */
export const isOurFault = (code: FailureCode): boolean => code === 'internal' || code === 'database_unavailable'

/** Anything thrown, as a BrokerError: what is not one is `internal`, and its own words stay in the log. */
export function asBrokerError(thrown: unknown): BrokerError {
  if (thrown instanceof BrokerError) return thrown
  return new BrokerError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
