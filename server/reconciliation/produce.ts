import { createHash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { writeDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { demandFollows, FIRST, hashOf, type Manifest, readManifest, signManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { editionOf } from '../../bank-adapters/reconciliation/payer.ts'
import type { DayRow } from '../../bank-adapters/reconciliation/row.ts'
import { dayBefore, nextDay } from '../kernel/china-time.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { BankMovement, ReconciliationFile } from '../storage/stores-reconciliation.ts'
import { arrivingPath, type Desk, placeFor } from './desk.ts'
import { payerIn } from './payer-keys.ts'

/** Our file of a closed day, out of the ledger. Owns that it chains to the one before, that its balances are the ledger's, and that a day has one file, however often it is asked for. */
const PAGE = 1000

/** @throws BrokerError reconciliation_day_open, reconciliation_balance */
export async function produce(desk: Desk, bank: string, day: string, trace: string): Promise<ReconciliationFile> {
  const { store, platform, clock } = desk
  const whose = { bank, sender: platform, what: 'day' as const }
  // the last one first: another that makes this day's may end in between, and is then found
  let last = await store.lastFile(whose)
  const there = await store.fileOf(whose, day)
  if (there !== undefined) return there
  const closed = await store.lastClosedDay()
  if (closed === undefined || day > closed) throw new BrokerError('reconciliation_day_open', `${day} is not closed`, { received: day })
  // days that nobody asked for have files too, since each opens with the one before
  while (last !== undefined && nextDay(last.day) < day) last = await produce(desk, bank, nextDay(last.day), trace)
  const before = last === undefined ? undefined : { manifest: readManifest(last.text), hash: last.hash }
  const opening = before?.manifest.closing ?? String(await store.balanceAfter(bank, dayBefore(day)))
  const arriving = arrivingPath(desk, { ...whose, day })
  try {
    const payerKey = await editionFor(desk, bank, day)
    const contents = await writeDayFile(arriving, 'csv', rowsOf(desk, bank, day, payerKey))
    const manifest: Manifest = {
      ...{
        version: 1,
        ...whose,
        receiver: bank,
        day,
        format: 'csv',
        payerKey,
        sequence: (before?.manifest.sequence ?? 0) + 1,
        previous: before?.hash ?? FIRST,
      },
      ...contents,
      ...{ opening, closing: String(await store.balanceAfter(bank, day)), madeAt: clock.now().toISOString() },
    }
    demandFollows(manifest, before)
    const sealed = await signManifest(manifest, [await desk.ownKey()])
    const file = { ...whose, sequence: manifest.sequence, day, ...sealed, hash: hashOf(sealed), takenAt: manifest.madeAt }
    const place = placeFor(desk, file)
    await rename(arriving, place)
    if (!(await store.addFile(file))) {
      const first = await produce(desk, bank, day, trace)
      if (first.hash !== file.hash) await rm(place, { force: true })
      return first
    }
    await desk.audit.append({
      code: 'reconciliation.made',
      trace,
      facts: { bank, day, number: file.sequence, rows: contents.rows, file: contents.file },
    })
    return file
  } finally {
    await rm(arriving, { force: true })
  }
}

/** That of the bank's file of the day, or else of its last one: it says by that which it has. */
async function editionFor({ store, payerKeys }: Desk, bank: string, day: string): Promise<number> {
  const theirs = { bank, sender: bank, what: 'day' as const }
  const last = (await store.fileOf(theirs, day)) ?? (await store.lastFile(theirs))
  return payerKeys.forFile(bank, last === undefined ? undefined : editionOf(readManifest(last.text)))
}

async function* rowsOf({ store }: Desk, bank: string, day: string, edition: number): AsyncGenerator<DayRow> {
  let after = { journal: 0n, n: 0 }
  for (;;) {
    const page = await store.movements(bank, day, after, PAGE)
    for (const each of page) yield rowOf(each, edition)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last
  }
}

function rowOf({ key, phase, movement, side, fen, bankAt = '', valueOn, reference }: BankMovement, edition: number): DayRow {
  const common = { direction: side === 'debit' ? ('in' as const) : ('out' as const), fen, at: bankAt, value: valueOn, state: 'booked' as const }
  if (phase === 'reverse') return { kind: 'correction', reference: named(key), serial: '', ...common, payer: '' }
  const { serial, payer } = payerIn(reference, edition)
  if (movement === 'receipt') return { kind: 'receipt', reference: `in/${serial}`, serial, ...common, payer }
  if (movement === 'interest') return { kind: 'interest', reference: `order/${reference}`, serial: '', ...common, payer: '' }
  const order = /^refund\/(.+)\/posted$/.exec(key)?.[1]
  if (movement === 'refund' && order !== undefined) return { kind: 'refund', reference: `order/${order}`, serial, ...common, payer: '' }
  return { kind: movement === 'refund' ? 'refund' : 'payout', reference: named(key), serial: '', ...common, payer: '' }
}

/** A key of the ledger may hold signs that no file may. */
const named = (key: string): string => `journal/${/^[0-9A-Za-z._:/-]{1,128}$/.test(key) ? key : createHash('sm3').update(key).digest('hex')}`
