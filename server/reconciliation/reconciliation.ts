import type { ReadStream } from 'node:fs'
import { createReadStream } from 'node:fs'
import type { Router } from 'express'
import type { Compared } from '../../bank-adapters/reconciliation/compare.ts'
import type { SignedManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { dayBefore } from '../kernel/china-time.ts'
import { minutes } from '../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { markRecorded } from '../kernel/recorded.ts'
import type { ReconciliationFile } from '../storage/stores-reconciliation.ts'
import { agree } from './agree.ts'
import { type BankRoutes, bankRoutes } from './bank-routes.ts'
import { compare } from './day.ts'
import { type Desk, filePath } from './desk.ts'
import { takeIn } from './intake.ts'
import { operatorRoutes } from './operator-routes.ts'
import { produce } from './produce.ts'

/**
 * Daily reconciliation (对账) of the ledger with each bank's day file. Owns files, comparison and the differences that persons see to. Does not own money: what is wrong is put right by the ledger's own reversals and postings.
 */
export interface Reconciliation {
  /** for banks, at /reconciliation */
  router: Router
  /** for the management port, at /reconciliation */
  operator: Router
  /** our file of a day. @throws BrokerError reconciliation_day_open, reconciliation_balance */
  produce(bank: string, day: string, trace: string): Promise<ReconciliationFile>
  /** @throws BrokerError those of intake.ts */
  take(sealed: SignedManifest, bytes: AsyncIterable<Uint8Array>, trace: string): Promise<ReconciliationFile>
  /** @throws BrokerError reconciliation_file_missing */
  compare(bank: string, day: string, trace: string): Promise<Compared>
  open(file: ReconciliationFile): ReadStream
  /** Compares the days whose file a bank has sent and that nobody has compared to the end, and agrees on those whose agreement was not written down; for the clock's chores. What fails at one bank is in the log. */
  work(): Promise<void>
}

/** days that one turn goes back */
const MOST_DAYS = 31
/** a comparison of which nothing was heard for so long has died: ten million rows take some minutes, and tell of each tenth */
const DEAD = minutes(20)

export function createReconciliation(desk: Desk, door: Omit<BankRoutes, 'acts' | 'desk'>): Reconciliation {
  /** What is refused is in the record, once, whoever asked. */
  async function recorded<T>(bank: string, trace: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      const error = asBrokerError(thrown)
      await desk.audit.append({ code: 'reconciliation.refused', trace, facts: { failure: error.code, bank: bank.slice(0, 32) } })
      markRecorded(error)
      throw error
    }
  }
  const known = (bank: string) => {
    if (desk.partyOf(bank) === undefined) throw new BrokerError('not_found', 'no bank of this name', { received: bank.slice(0, 32) })
  }
  const acts = {
    produce: (bank: string, day: string, trace: string) =>
      recorded(bank, trace, async () => {
        known(bank)
        return await produce(desk, bank, day, trace)
      }),
    take: (sealed: SignedManifest, bytes: AsyncIterable<Uint8Array>, trace: string) =>
      recorded('', trace, async () => {
        const file = await takeIn(desk, sealed, bytes, trace)
        if (file.what === 'differences') await agree(desk, file.bank, file.day, trace)
        return file
      }),
    compare: (bank: string, day: string, trace: string) =>
      recorded(bank, trace, async () => {
        known(bank)
        await produce(desk, bank, day, trace)
        const compared = await compare(desk, bank, day, trace)
        await agree(desk, bank, day, trace)
        return compared
      }),
    open: (file: ReconciliationFile) => createReadStream(filePath(desk, file)),
  }
  /** In their order. A day that is compared elsewhere at this moment is waited for: what it leaves in doubt is for the day after it to decide. */
  async function dueOf(bank: string): Promise<{ day: string; work: 'compare' | 'agree' }[]> {
    const { store, clock } = desk
    const last = await store.lastFile({ bank, sender: bank, what: 'day' })
    const known = new Map((await store.daysOf(bank, MOST_DAYS)).map(each => [each.day, each]))
    let due: Awaited<ReturnType<typeof dueOf>> = []
    let day = last?.day
    for (let back = 0; day !== undefined && back < MOST_DAYS; back++, day = dayBefore(day)) {
      const there = known.get(day)
      if (there === undefined && (await store.fileOf({ bank, sender: bank, what: 'day' }, day)) === undefined) break
      if (there === undefined || (there.state === 'comparing' && clock.now().getTime() - Date.parse(there.updatedAt) >= DEAD))
        due.unshift({ day, work: 'compare' })
      else if (there.state === 'comparing') due = []
      else if (there.state === 'compared' && there.listed) due.unshift({ day, work: 'agree' })
    }
    return due
  }
  async function workOn(bank: string): Promise<void> {
    for (const { day, work } of await dueOf(bank)) {
      if (work === 'compare') await acts.compare(bank, day, newTraceCode())
      else await agree(desk, bank, day, newTraceCode())
    }
  }
  async function work(): Promise<void> {
    for (const bank of desk.parties)
      try {
        await workOn(bank)
      } catch (thrown) {
        desk.log.error({ err: thrown, bank }, 'reconciliation with a bank failed')
      }
  }
  return { ...acts, work, router: bankRoutes({ ...door, desk, acts }), operator: operatorRoutes(desk, acts) }
}
export type Acts = Pick<Reconciliation, 'produce' | 'take' | 'compare' | 'open'>
