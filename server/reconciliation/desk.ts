import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { OwnKey, Party } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
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

type Whose = Pick<ReconciliationFile, 'bank' | 'sender' | 'what' | 'day'>
const nameOf = ({ bank, day, sender, what }: Whose): string => `${bank}.${day}.${sender}.${what}`

/**
 * Where a file is put: of two that are made or come for one day at one moment each has a place of its own, and the record says which counts. Names are of a closed form each, so that none leads out of the folder.
 */
export const placeFor = ({ folder }: Pick<Desk, 'folder'>, file: Whose & Pick<ReconciliationFile, 'hash'>): string =>
  join(folder, `${nameOf(file)}.${file.hash}.gz`)

/** Where a file lies. */
export function filePath(desk: Pick<Desk, 'folder'>, file: Whose & Pick<ReconciliationFile, 'hash'>): string {
  const place = placeFor(desk, file)
  // as files were named before
  const bare = join(desk.folder, `${nameOf(file)}.gz`)
  return !existsSync(place) && existsSync(bare) ? bare : place
}

/** Until a file is whole and its hash known. */
export const arrivingPath = ({ folder }: Pick<Desk, 'folder'>, whose: Whose): string => join(folder, `${nameOf(whose)}.new.${newId()}`)

/** What a process left that died while it made a file or compared a day. */
export async function sweepLeftOvers({ folder, clock }: Pick<Desk, 'folder' | 'clock'>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.new(\.[\w-]+)?$|\.differences(\.parts)?$/.test(name)) continue
    const there = await stat(join(folder, name)).catch(() => undefined)
    if (there !== undefined && clock.now().getTime() - there.mtimeMs > LEFT) await rm(join(folder, name), { recursive: true, force: true })
  }
}
const LEFT = days(1)
