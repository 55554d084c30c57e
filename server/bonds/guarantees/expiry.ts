import { newTraceCode } from '../../kernel/ids.ts'
import type { GuaranteeRow } from '../../storage/stores-guarantees.ts'
import { dayOf, plusDays } from '../calendar/day.ts'
import { type ActDeps, act } from './acts.ts'
import { dueShares, keptOf } from './rows.ts'
import { endOf, isOver } from './state/context.ts'

/** What time ends: applications, offers and guarantees. Owns only that they are told so and leave the lists; whether one is over is judged by the clock wherever it matters. */

/** days back, so that a process that stood still misses none */
const BACK = 14
/** at once, in one statement */
const AT_ONCE = 50

/** @returns how many ended. One that cannot be ended is logged by whoever calls, and tried again at the next turn. */
export async function endWhatIsOver(deps: ActDeps): Promise<number> {
  const today = dayOf(deps.clock.now())
  let ended = 0
  for (let back = 0; back <= BACK; back++) {
    for (const share of dueShares(deps, plusDays(today, -back))) {
      const over = (await deps.store.due(share)).filter(row => isDue(deps, row))
      for (let i = 0; i < over.length; i += AT_ONCE) ended += await endAll(deps, over.slice(i, i + AT_ONCE))
    }
  }
  return ended
}

function isDue(deps: ActDeps, row: GuaranteeRow): boolean {
  const guarantee = keptOf(row, deps)
  // a demand that came in time stays open
  return !isOver(guarantee) && guarantee.state !== 'claimed' && deps.clock.now().getTime() >= Date.parse(endOf(guarantee))
}

async function endAll(deps: ActDeps, rows: readonly GuaranteeRow[]): Promise<number> {
  const at = deps.clock.now().toISOString()
  const outcomes = await Promise.allSettled(
    rows.map(({ id }) =>
      act(deps, {
        async read() {
          const row = await deps.store.forStep(id)
          if (row === undefined) throw new Error('a guarantee that was there is gone')
          return row
        },
        event: { kind: 'expired', key: 'expired', at, evidence: [] },
        tell: () => ({ type: 'guarantee.expired', part: { at } }),
        by: 'clock',
        trace: newTraceCode(),
      }),
    ),
  )
  return outcomes.filter(({ status }) => status === 'fulfilled').length
}
