import { scoreOf } from './compute.ts'
import type { InputFact, Inputs } from './inputs.ts'
import type { ModelInForce } from './model.ts'

/** What a score would be: on another day, without some facts, with some more. Pure; nothing is stored. */
export interface Wish {
  /** the day; what ages out until then is gone */
  on?: string
  /** ids of facts that are gone, as after a repair */
  without?: readonly string[]
  /** further facts as of that day */
  more?: readonly { type: string; level: string; value?: number; count: number }[]
}

/** further facts in one question */
const MOST_MORE = 100

export function whatIf(inForce: ModelInForce, inputs: Inputs, { on = inputs.asOf, without = [], more = [] }: Wish): { now: number; would: number } {
  const gone = new Set(without)
  const added = more.flatMap(({ count, ...fact }) =>
    Array.from(
      { length: Math.min(count, MOST_MORE) },
      (_, i): InputFact => ({
        ...fact,
        id: `more-${fact.type}-${fact.level}-${i}`,
        source: '',
        on,
        repairableFrom: on,
        until: '9999-12-31',
        digest: '',
        disputed: false,
      }),
    ),
  )
  const then = { ...inputs, asOf: on, facts: [...inputs.facts.filter(({ id }) => !gone.has(id)), ...added] }
  return { now: scoreOf(inForce, inputs), would: scoreOf(inForce, then) }
}
