import { createHash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Compared, compareDay } from '../../bank-adapters/reconciliation/compare.ts'
import { type Difference, readDifference, type Side, writeDifference } from '../../bank-adapters/reconciliation/difference.ts'
import { packDifferences } from '../../bank-adapters/reconciliation/difference-file.ts'
import { readDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { hashOf, readManifest, signManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { linesIn } from '../../bank-adapters/reconciliation/partitions.ts'
import { comparable, editionOf } from '../../bank-adapters/reconciliation/payer.ts'
import type { DayRow } from '../../bank-adapters/reconciliation/row.ts'
import { dayBefore } from '../kernel/china-time.ts'
import { days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { ReconciliationCase, ReconciliationFile } from '../storage/stores-reconciliation.ts'
import { arrivingPath, type Desk, filePath, placeFor } from './desk.ts'

/** One day of a bank, compared. Owns what follows from each difference, and that comparing again after a crash comes to the same. */
const LOT = 500

/** working days are the calendar's affair; a difference of cash is looked at within two days */
const DUE = days(2)

/** @throws BrokerError reconciliation_file_missing, those of a day file */
export async function compare(desk: Desk, bank: string, day: string, trace: string): Promise<Compared> {
  const { store, platform, clock } = desk
  const [theirs, ours] = [
    await store.fileOf({ bank, sender: bank, what: 'day' }, day),
    await store.fileOf({ bank, sender: platform, what: 'day' }, day),
  ]
  if (theirs === undefined || ours === undefined)
    throw new BrokerError('reconciliation_file_missing', `${theirs === undefined ? bank : platform} has no file of ${day}`, { received: day })
  // another process may compare the same day: each has files of its own, and both come to the same
  const list = join(desk.folder, `${bank}.${day}.${newId()}.differences`)
  const settled: string[] = []
  const updatedAt = () => clock.now().toISOString()
  let shown = 0
  const progress = (share: number) => {
    const percent = Math.floor(share * 100)
    if (percent < shown + 10 || percent >= 100) return
    shown = percent
    void store.putDay({ bank, day, state: 'comparing', progress: percent, counts: '{}', updatedAt: updatedAt() }).catch(() => undefined)
  }
  await store.putDay({ bank, day, state: 'comparing', progress: 0, counts: '{}', updatedAt: updatedAt() })
  const today = [editionOf(readManifest(theirs.text)), editionOf(readManifest(ours.text))]
  const sinceYesterday = [...today, ...(await editionsOf(desk, bank, dayBefore(day)))]
  const side = (file: ReconciliationFile, which: Side) => ({
    rows: comparable(readDayFile(filePath(desk, file), readManifest(file.text)), today),
    carried: comparable(waiting(desk, bank, day, which), sinceYesterday),
  })
  const compared = await compareDay(
    { bank: side(theirs, 'bank'), platform: side(ours, 'platform') },
    { folder: `${list}.parts`, list, settled: key => settled.push(key), onProgress: progress },
  )
  for (let at = 0; at < settled.length; at += LOT) await store.matched(bank, day, settled.slice(at, at + LOT))
  const dueAt = new Date(clock.now().getTime() + DUE).toISOString()
  await store.decideRest(bank, day, dueAt)
  let cases: ReconciliationCase[] = []
  for await (const line of linesIn(list)) {
    const made = caseOf(readDifference(line), { bank, day, dueAt })
    if (made === undefined) continue
    cases.push(made)
    if (cases.length < LOT) continue
    await store.addCases(cases)
    cases = []
  }
  await store.addCases(cases)
  await signDifferences(desk, { bank, day, list, compared })
  const { digest, ...counts } = compared
  await store.putDay({ bank, day, state: 'compared', progress: 100, counts: JSON.stringify({ ...counts, digest }), updatedAt: updatedAt() })
  const found = Object.values(counts.found).reduce((all, each) => all + each, 0)
  await desk.audit.append({
    code: 'reconciliation.compared',
    trace,
    facts: { bank, day, agreed: counts.agreed, differ: found, doubtful: counts.doubtful, digest },
  })
  return compared
}

/** What the files of a day name; nothing of one that is not there. */
async function editionsOf({ store, platform }: Desk, bank: string, day: string): Promise<number[]> {
  const files = await Promise.all([bank, platform].map(sender => store.fileOf({ bank, sender, what: 'day' }, day)))
  return files.flatMap(file => (file === undefined ? [] : [editionOf(readManifest(file.text))]))
}

/** One-sided rows that no file has decided yet. */
async function* waiting({ store }: Desk, bank: string, day: string, side: Side): AsyncGenerator<DayRow[]> {
  let after = ''
  for (;;) {
    const page = await store.waiting(bank, day, after, LOT)
    yield page.flatMap(({ body }) => readDifference(body)[side] ?? [])
    const last = page.at(-1)
    if (last === undefined || page.length < LOT) return
    after = last.id
  }
}

/** One-sided and past its day of doubt, it is a case of the day before already. */
function caseOf(difference: Difference, { bank, day, dueAt }: { bank: string; day: string; dueAt: string }): ReconciliationCase | undefined {
  const { kind, key, doubtful } = difference
  if ((kind === 'bank-only' || kind === 'platform-only') && doubtful !== true) return undefined
  const body = writeDifference(difference)
  const id = createHash('sm3')
    .update(JSON.stringify([bank, day, body]))
    .digest('hex')
    .slice(0, 32)
  return { id, bank, day, kind, key, body, state: doubtful === true ? 'doubtful' : 'open', owner: '清算岗', dueAt }
}

/** Our list of differences, packed and signed, for the bank to hold against its own. */
async function signDifferences(
  desk: Desk,
  { bank, day, list, compared }: { bank: string; day: string; list: string; compared: Compared },
): Promise<void> {
  const { store, platform } = desk
  const whose = { bank, sender: platform, what: 'differences' as const }
  const arriving = arrivingPath(desk, { ...whose, day })
  try {
    // where another day's list took the number meanwhile, it is packed again with the next
    while ((await store.fileOf(whose, day)) === undefined) {
      const last = await store.lastFile(whose)
      const before = last === undefined ? undefined : { manifest: readManifest(last.text), hash: last.hash }
      const names = { bank, sender: platform, receiver: bank, day, madeAt: desk.clock.now().toISOString() }
      const manifest = await packDifferences(list, arriving, names, before)
      if (manifest.content !== compared.digest) throw new BrokerError('internal', 'the list of differences changed while it was packed')
      const sealed = await signManifest(manifest, [await desk.ownKey()])
      const file = { ...whose, sequence: manifest.sequence, day, ...sealed, hash: hashOf(sealed), takenAt: manifest.madeAt }
      await rename(arriving, placeFor(desk, file))
      if (!(await store.addFile(file)) && (await store.fileOf(whose, day))?.hash !== file.hash) await rm(placeFor(desk, file), { force: true })
    }
  } finally {
    await rm(arriving, { force: true })
    await rm(list, { force: true })
  }
}
