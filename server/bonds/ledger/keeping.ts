import type { Trail } from '../../audit/events.ts'
import { chinaDay } from '../../kernel/china-time.ts'
import { type Clock, days, minutes } from '../../kernel/clock.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import type { LedgerStore } from '../../storage/stores-ledger.ts'
import { type ChainVerdict, seal, verifyChain } from './chain.ts'
import { type CheckReport, checkLedger } from './check.ts'

/** What the ledger owes to time: days are closed, journals sealed, and the rules checked, on any number of processes. Owns when, and that the audit record has each block's hash and whatever is broken. */
export interface LedgerKeeping {
  /** closes yesterday once it is over, and seals what can be sealed */
  turn(): Promise<void>
  /** @param onProgress called with how much is done, of how much */
  check(onProgress?: (done: number, total: number) => void): Promise<CheckReport>
  verify(onProgress?: (blocks: number) => void): Promise<ChainVerdict>
}

/** milliseconds after midnight in Beijing: for orders that are on their way */
const GRACE = minutes(1)

export function createLedgerKeeping({ store, clock, trail }: { store: LedgerStore; clock: Clock; trail: Trail }): LedgerKeeping {
  let closed = ''
  const broken = (facts: Record<string, string | number>) => trail.append({ code: 'ledger.broken', trace: newTraceCode(), facts })

  async function close(): Promise<void> {
    const now = clock.now()
    const day = chinaDay(new Date(now.getTime() - days(1) - GRACE))
    if (day <= closed) return
    const done = await store.closeDay(day, now)
    if (done === undefined) return
    closed = day
    const found = done ? await store.closedDay(day) : undefined
    if (found !== undefined)
      await trail.append({ code: 'ledger.day-closed', trace: newTraceCode(), facts: { day, lastJournal: String(found.lastId) } })
  }

  return {
    async turn() {
      await close()
      const blocks = await seal(store, () => clock.now())
      const facts = blocks.map(({ number, lastId, hash }) => ({ block: Number(number), lastJournal: String(lastId), hash }))
      await trail.append(...facts.map(each => ({ code: 'ledger.sealed' as const, trace: newTraceCode(), facts: each })))
    },
    async check(onProgress) {
      const report = await checkLedger(store, onProgress)
      const [first] = report.breaches
      if (first !== undefined) await broken({ breaches: report.breaches.length, rule: first.rule, at: first.at })
      return report
    },
    async verify(onProgress) {
      const verdict = await verifyChain(store, onProgress)
      if (!verdict.ok) await broken({ block: verdict.block, what: verdict.facts })
      return verdict
    },
  }
}
