import { join } from 'node:path'
import type { OwnKey, Party } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { ReconciliationFile, ReconciliationStore } from '../storage/stores-reconciliation.ts'
import type { PayerKeys } from './payer-keys.ts'

/** What every part of reconciliation works with: the records, the folder of the files, who may sign, and the house's clock and record. Owns where a file lies. */
export interface Desk {
  store: ReconciliationStore
  /** of the files; made before */
  folder: string
  /** our own name in the channel */
  platform: string
  /** who may send files */
  parties: readonly string[]
  partyOf(name: string): Party | undefined
  ownKey(): Promise<OwnKey>
  payerKeys: Pick<PayerKeys, 'demand' | 'forFile'>
  /** a refund stands in both files of a day; false for what is no order of ours */
  reconciled(found: { order: string; day: string; file: string; trace: string }): Promise<boolean>
  audit: Trail
  clock: Clock
  log: Log
}

/** Names are of a closed form each, so that none leads out of the folder. */
export const filePath = (
  { folder }: Pick<Desk, 'folder'>,
  { bank, sender, what }: Pick<ReconciliationFile, 'bank' | 'sender' | 'what'>,
  day: string,
) => join(folder, `${bank}.${day}.${sender}.${what}.gz`)
