import { asBrokerError } from '../../server/kernel/errors.ts'
import type { PointName } from './points.ts'

/** What a child process is asked by its parent, by name: one thing given, one answered. */
export interface Calls {
  [name: string]: { given: unknown; answer: unknown }
}
/** every child's */
export type CommonCalls = {
  arm: { given: { point: PointName; nth: number }; answer: unknown }
  /** milliseconds that its time is ahead */
  clock: { given: number; answer: unknown }
}
type Answers<C extends Calls> = { [Name in keyof C]: (given: C[Name]['given']) => C[Name]['answer'] | Promise<C[Name]['answer']> }

interface Call {
  id: number
  name: string
  given: unknown
}
export type Reply = { id: number; value: unknown } | { id: number; error: string; facts: string }

/** The id under which a child says that it serves. */
export const SERVES = 0

/** Answers the parent's calls from now on. */
export function serveCalls<C extends Calls>(answers: Answers<C>): void {
  process.on('message', ({ id, name, given }: Call) => {
    const answer = async () => await answers[name]?.(given)
    answer().then(
      value => process.send?.({ id, value } satisfies Reply),
      (thrown: unknown) => {
        const { code, facts } = asBrokerError(thrown)
        process.send?.({ id, error: code, facts: `${facts} ${thrown instanceof Error ? thrown.stack : ''}` } satisfies Reply)
      },
    )
  })
  // a child outlives nobody who started it
  process.once('disconnect', () => process.exit())
  process.send?.({ id: SERVES, value: undefined } satisfies Reply)
}

/** What the parent gave this child to begin with. */
export const givenTo = <Given>(): Given => JSON.parse(process.argv[2] ?? '{}')
