import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import type { Channel } from '../channel/channel.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { type Desk, sweepLeftOvers } from '../reconciliation/desk.ts'
import type { PayerKeys } from '../reconciliation/payer-keys.ts'
import { createReconciliation, type Reconciliation } from '../reconciliation/reconciliation.ts'
import type { Stores } from '../storage/stores.ts'
import type { Parties } from './channel-parties.ts'

/** Joins reconciliation with the house: the channel's parties and keys, the ledger's days, the data folder. Owns nothing but the joining. */
export async function openReconciliation(deps: {
  config: Pick<Config, 'dataDir' | 'publicUrl'>
  parties: Parties
  stores: Stores
  channel: Pick<Channel, 'keys'>
  payerKeys: PayerKeys
  reconciled: Desk['reconciled']
  trail: Trail
  clock: Clock
  log: Log
}): Promise<Reconciliation> {
  const { config, parties, stores, channel, trail, clock, log } = deps
  const folder = config.dataDir === 'memory' ? await mkdtemp(join(tmpdir(), 'shield-reconciliation-')) : join(config.dataDir, 'reconciliation')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const desk: Desk = {
    ...{ store: stores.reconciliation, folder, platform: PLATFORM, reconciled: deps.reconciled, audit: trail, clock, log },
    parties: parties.all.map(({ name }) => name),
    partyOf: parties.of,
    ownKey: () => channel.keys.sign.current(),
    payerKeys: deps.payerKeys,
  }
  await sweepLeftOvers(desk)
  return createReconciliation(desk, { publicUrl: config.publicUrl, once: stores.onceIds })
}
