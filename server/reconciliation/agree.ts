import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type Difference, readDifference } from '../../bank-adapters/reconciliation/difference.ts'
import { readDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { readManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { ReconciliationCase } from '../storage/stores-reconciliation.ts'
import { type Desk, filePath } from './desk.ts'

/** Both ends' lists of differences of a day are one. Owns that only then a refund counts as reconciled, and only one that differs in nothing. */
const LOT = 500

/** @returns whether the day is agreed; for as long as one list is missing it is not */
export async function agree(desk: Desk, bank: string, day: string, trace: string): Promise<boolean> {
  const { store, platform, clock } = desk
  const [ours, theirs, known] = await Promise.all([
    store.fileOf({ bank, sender: platform, what: 'differences' }, day),
    store.fileOf({ bank, sender: bank, what: 'differences' }, day),
    store.day(bank, day),
  ])
  if (ours === undefined || theirs === undefined || known === undefined || known.state === 'comparing') return false
  const { content } = readManifest(ours.text)
  if (readManifest(theirs.text).content !== content) return false
  if (known.state === 'agreed') return true
  await reconcile(desk, bank, day, trace)
  const isFirst = await store.putDay({ ...known, state: 'agreed', updatedAt: clock.now().toISOString() })
  if (isFirst) await desk.audit.append({ code: 'reconciliation.agreed', trace, facts: { bank, day, digest: content } })
  return true
}

/** Refunds of the day that stand in no difference, and those that waited and were matched by this day's file. */
async function reconcile(desk: Desk, bank: string, day: string, trace: string): Promise<void> {
  const { store, platform } = desk
  const ours = await store.fileOf({ bank, sender: platform, what: 'day' }, day)
  const list = await store.fileOf({ bank, sender: platform, what: 'differences' }, day)
  if (ours === undefined || list === undefined) return
  const differing = new Set<string>()
  for await (const { key } of differencesIn(filePath(desk, list))) differing.add(key)
  const found = (key: string) => {
    const order = /^refund order\/(.+)$/.exec(key)?.[1]
    return order === undefined || differing.has(key) ? undefined : desk.reconciled({ order, day, file: ours.hash, trace })
  }
  for await (const rows of readDayFile(filePath(desk, ours), readManifest(ours.text)))
    for (const { kind, reference } of rows) await found(`${kind} ${reference}`)
  for await (const page of pagesOf<ReconciliationCase>(after => store.matchedOn(bank, day, after?.id ?? '', LOT), LOT))
    for (const { key } of page) await found(key)
}

/** Of a list that we packed ourselves. */
async function* differencesIn(path: string): AsyncGenerator<Difference> {
  let rest = ''
  for await (const chunk of createReadStream(path).pipe(createGunzip())) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield readDifference(line)
  }
}
