import type { LedgerBreach, LedgerStore } from '../../storage/stores-ledger.ts'

/** What a check found. `off` of a breach is fen, or entries where the rule counts them, as digits. */
export interface CheckReport {
  ok: boolean
  journals: number
  accounts: number
  breaches: readonly { rule: LedgerBreach['rule']; at: string; off: string }[]
}

/** numbers in one question: small enough that it disturbs nobody */
const SPAN = 5000n
const MOST_BREACHES = 100

/**
 * Holds the whole ledger against its rules, a span at a time: every journal, account and owner, every day and the total. It reads while others write: what changes between two questions is whole in each of them.
 * Stops at a hundred breaches.
 */
export async function checkLedger(store: LedgerStore, onProgress: (done: number, total: number) => void = () => undefined): Promise<CheckReport> {
  const { journal, account } = await store.extent()
  const breaches: LedgerBreach[] = []
  const room = () => MOST_BREACHES - breaches.length
  const through = async (last: bigint, offset: bigint, question: LedgerStore['breachesOfJournals']) => {
    for (let after = 0n; after < last && room() > 0; after += SPAN) {
      const to = after + SPAN < last ? after + SPAN : last
      breaches.push(...(await question(after, to, room())))
      onProgress(Number(offset + to), Number(journal + account))
    }
  }
  await through(journal, 0n, store.breachesOfJournals)
  await through(account, journal, store.breachesOfAccounts)
  if (room() > 0) breaches.push(...(await store.breachesOfWhole(room())))
  return {
    ok: breaches.length === 0,
    journals: Number(journal),
    accounts: Number(account),
    breaches: breaches.map(({ rule, at, off }) => ({ rule, at, off: String(off) })),
  }
}
