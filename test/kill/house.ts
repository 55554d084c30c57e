import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../server/listen.ts'
import { readBankBooks } from './bank-books.ts'
import type { BankCalls, BankGiven } from './bank-child.ts'
import type { Broken } from './broken-stores.ts'
import type { CommonCalls } from './calls.ts'
import { startChild } from './child.ts'
import { type Breach, compare, type Told } from './compare.ts'
import { type Kept, keepAlive, persist } from './kept.ts'
import type { PlatformCalls, PlatformGiven } from './platform-child.ts'
import type { Point } from './points.ts'

/** Broker, worker and bank, each a process of its own that is started again when it dies, on a database and a folder of their own; and what anybody was told. */
export interface House {
  bank: Kept<BankCalls>
  broker: Kept<PlatformCalls>
  /** on the embedded database the broker itself: it has one process */
  worker: Kept<PlatformCalls>
  told: Told
  /** who dies at a point */
  victim(point: Point): Kept<CommonCalls>
  /** of all processes */
  advance(milliseconds: number): Promise<void>
  compare(): Promise<Breach[]>
  close(): Promise<void>
}

export interface HouseOptions {
  /** the embedded database where it is absent */
  postgres?: { url: string; drop(): Promise<void> }
  /** puts an embedded database that is made and migrated into a folder */
  prepare?: (dataDir: string) => Promise<void>
  /** told of each death, before the process is started again */
  fell?: () => Promise<void>
  broken?: Broken
}

const BANK = 'abc'
/** rates and days off of this day are known */
const START = Date.parse('2026-05-06T02:00:00.000Z')

export async function openHouse({ postgres, prepare, fell = async () => undefined, broken }: HouseOptions = {}): Promise<House> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-kill-'))
  if (postgres === undefined) await prepare?.(dataDir)
  const [bankPort, port] = [await freePort(), await freePort()]
  const urls = { bank: `http://127.0.0.1:${bankPort}`, broker: `http://127.0.0.1:${port}` }
  const sealingKey = randomBytes(32).toString('base64')
  let offset = START - Date.now()

  const bankGiven = (): BankGiven => ({ dataDir, port: bankPort, url: urls.bank, brokerUrl: urls.broker, bank: BANK, offset })
  const platformGiven = (role: PlatformGiven['role']): PlatformGiven => ({
    ...{ role, dataDir, port, url: urls.broker, bank: BANK, bankUrl: urls.bank, sealingKey, offset },
    ...(postgres === undefined ? {} : { databaseUrl: postgres.url }),
    ...(broken === undefined ? {} : { broken }),
  })
  const platform = (role: PlatformGiven['role']) => keepAlive(() => startChild<PlatformCalls>('platform-child.ts', platformGiven(role)), fell)

  // it leaves its keys, which the broker reads
  const bank = await keepAlive(() => startChild<BankCalls>('bank-child.ts', bankGiven()), fell)
  const broker = await platform(postgres === undefined ? 'both' : 'broker')
  const worker = postgres === undefined ? broker : await platform('worker')
  const all: Kept<CommonCalls>[] = worker === broker ? [bank, broker] : [bank, broker, worker]
  const told: Told = { accounts: new Set(), serials: new Set() }
  return {
    ...{ bank, broker, worker, told },
    victim: ({ of }) => ({ bank, broker, worker })[of],
    async advance(milliseconds) {
      offset += milliseconds
      for (const each of all) await persist(() => each.call('clock', offset))
    },
    compare: async () => compare(readBankBooks(join(dataDir, 'mock-bank', BANK, 'channel')), await persist(() => broker.call('books', null)), told),
    async close() {
      for (const each of all) await each.stop()
      await rm(dataDir, { recursive: true, force: true })
      await postgres?.drop()
    },
  }
}
