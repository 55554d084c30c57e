import { createLedger, type Ledger } from '../../../server/bonds/ledger/ledger.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { newId } from '../../../server/kernel/ids.ts'
import type { LedgerStore } from '../../../server/storage/stores-ledger.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'

/** A ledger on a store, with nobody listening. */
export const ledgerOn = (store: Pick<LedgerStore, 'post'>): Ledger => createLedger({ store, trail: { append: async () => undefined } })

/** A bond that was paid. @returns where it lies, and the key of its receipt */
export async function paidBond(ledger: Ledger, amount = 100n): Promise<{ at: move.Place; key: string }> {
  const at = { owner: newId(), bank: 'ccb' }
  const facts = factsOf()
  await ledger.post({ ...facts, ...CNY }, move.receipt(at, amount, 'bond'))
  return { at, key: facts.key }
}
