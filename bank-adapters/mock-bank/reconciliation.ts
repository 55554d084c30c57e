import { createWriteStream, existsSync, openAsBlob, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { newId } from '../../server/kernel/ids.ts'
import type { OwnKey, Party } from '../channel/keys.ts'
import { signMessage } from '../channel/message.ts'
import { PLATFORM } from '../channel/published.ts'
import { compareDay } from '../reconciliation/compare.ts'
import { readDifference, type Side } from '../reconciliation/difference.ts'
import { packDifferences } from '../reconciliation/difference-file.ts'
import { readDayFile, writeDayFile } from '../reconciliation/file.ts'
import {
  demandFollows,
  FIRST,
  hashOf,
  type Manifest,
  readManifest,
  type SignedManifest,
  signManifest,
  verifyManifest,
} from '../reconciliation/manifest.ts'
import { linesIn } from '../reconciliation/partitions.ts'
import { comparable, editionOf } from '../reconciliation/payer.ts'
import { type DayRow, keyOf, readRow, signed, writeRow } from '../reconciliation/row.ts'
import type { AccountBook } from './account-book.ts'
import type { Bank } from './bank.ts'
import { rowsOfBook, troubled } from './day-rows.ts'
import type { Trouble } from './trouble.ts'

/** The bank's end of reconciliation: its day file out of its book, the platform's fetched and verified, the two compared, and its list of differences sent back. */
export interface BankReconciliation {
  /** the key by which payers have their codes, as the platform handed it over, and its edition */
  setPayerKey(key: string, edition?: number): void
  /** sends the day's file. @returns the platform’s answer */
  sendDay(day: string): Promise<Answered>
  /** fetches the platform's file of the day, compares, and sends the differences. @returns how many differ for good */
  answer(day: string): Promise<Answered & { differences: number }>
}
interface Answered {
  status: number
  body: string
}

const sealed = z.object({ text: z.string(), signature: z.string() })
const known = z.object({
  day: sealed.optional(),
  differences: sealed.optional(),
  /** the platform's file of the last day that was compared */
  platform: sealed.optional(),
  /** one-sided rows that wait for the next day, as differences */
  waiting: z.array(z.string()),
  /** of the payer key, in both files of that day */
  editions: z.array(z.int()).optional(),
  /** rows that trouble keeps for the next file */
  late: z.array(z.string()),
})

export function createBankReconciliation(
  bank: Bank,
  book: AccountBook,
  deps: { folder: string; platform(): Promise<Party>; own(): Promise<OwnKey>; trouble(): Trouble },
): BankReconciliation {
  const { folder } = deps
  const name = bank.profile.id
  const stateFile = join(folder, 'state.json')
  let payerKey: { key: string; edition: number } | undefined
  const load = () => (existsSync(stateFile) ? known.parse(JSON.parse(readFileSync(stateFile, 'utf8'))) : { waiting: [], late: [] })
  const save = async (state: z.input<typeof known>) => {
    await writeFile(`${stateFile}.new`, JSON.stringify(state))
    await rename(`${stateFile}.new`, stateFile)
  }
  const now = () => bank.clock.now().toISOString()
  const beforeOf = (one: SignedManifest | undefined) => (one === undefined ? undefined : { manifest: readManifest(one.text), hash: hashOf(one) })

  async function post(file: SignedManifest, path: string): Promise<Answered> {
    const answer = await fetch(`${bank.brokerUrl()}/reconciliation/files`, {
      method: 'POST',
      headers: { ...headersOf(file), 'content-type': 'application/octet-stream' },
      body: await openAsBlob(path),
      redirect: 'error',
    })
    return { status: answer.status, body: await answer.text() }
  }

  async function fetchDay(day: string, path: string): Promise<SignedManifest> {
    const target = `${bank.brokerUrl()}/reconciliation/fetch`
    const id = newId()
    const body = Buffer.from(JSON.stringify({ day, what: 'day' }))
    const message = { target, sender: name, receiver: PLATFORM, id, idempotencyKey: id, type: 'reconciliation.fetch', schema: '1', body }
    const answer = await fetch(target, {
      method: 'POST',
      headers: await signMessage(message, [await deps.own()], bank.clock),
      body,
      redirect: 'error',
    })
    const text = answer.headers.get('x-reconciliation-manifest')
    if (!answer.ok || answer.body === null || text === null) throw new Error(`the platform’s file of ${day}: ${answer.status} ${await answer.text()}`)
    await pipeline(Readable.from(answer.body), createWriteStream(path))
    return { text: Buffer.from(text, 'base64').toString('utf8'), signature: answer.headers.get('x-reconciliation-signature') ?? '' }
  }

  return {
    setPayerKey(key, edition = 1) {
      payerKey = { key, edition }
    },
    async sendDay(day) {
      await mkdir(folder, { recursive: true })
      const state = load()
      const before = beforeOf(state.day)
      const path = join(folder, `${day}.gz`)
      if (before?.manifest.day === day && state.day !== undefined) return await post(state.day, path)
      const all = rowsOfBook(book, payerKey?.key)
      const { rows, late } = troubled(
        all.filter(each => each.day === day).map(({ row }) => row),
        deps.trouble().dayFile,
      )
      const contents = await writeDayFile(path, 'csv', [...state.late.map(line => asNow(readRow(line, 'csv', 0), all)), ...rows])
      const earlier = all.filter(each => each.day < day).reduce((sum, { row }) => sum + signed(row), 0n)
      const opening = before?.manifest.closing ?? String(earlier)
      const moved = Object.values(contents.sums).reduce((sum, { fen }) => sum + BigInt(fen), 0n)
      const manifest: Manifest = {
        ...{ version: 1, what: 'day', bank: name, sender: name, receiver: PLATFORM, day, format: 'csv' },
        ...(payerKey === undefined ? {} : { payerKey: payerKey.edition }),
        ...{ sequence: (before?.manifest.sequence ?? 0) + 1, previous: before?.hash ?? FIRST },
        ...contents,
        ...{ opening, closing: String(BigInt(opening) + moved), madeAt: now() },
      }
      const file = await signManifest(manifest, [await deps.own()])
      await save({ ...state, day: file, late: late.map(row => writeRow(row, 'csv')) })
      return await post(file, path)
    },
    async answer(day) {
      const state = load()
      const own = join(folder, `${day}.gz`)
      const [theirs, list, packed] = [join(folder, `${day}.platform.gz`), join(folder, `${day}.differences`), join(folder, `${day}.differences.gz`)]
      const fetched = await fetchDay(day, theirs)
      const platform = await deps.platform()
      const manifest = await verifyManifest(fetched, party => (party === PLATFORM ? platform : undefined), bank.clock.now())
      demandFollows(manifest, beforeOf(state.platform))
      if (state.day === undefined || manifest.bank !== name || manifest.day !== day) throw new Error(`no files of ${day} to compare`)
      const waited = state.waiting.map(readDifference)
      const carried = async function* (side: Side): AsyncGenerator<DayRow[]> {
        yield waited.flatMap(each => each[side] ?? [])
      }
      const ownManifest = readManifest(state.day.text)
      const today = [editionOf(ownManifest), editionOf(manifest)]
      const sinceYesterday = [...today, ...(state.editions ?? [])]
      const { found } = await compareDay(
        {
          bank: { rows: comparable(readDayFile(own, ownManifest), today), carried: comparable(carried('bank'), sinceYesterday) },
          platform: { rows: comparable(readDayFile(theirs, manifest), today), carried: comparable(carried('platform'), sinceYesterday) },
        },
        { folder: `${list}.parts`, list },
      )
      const waiting: string[] = []
      for await (const line of linesIn(list)) if (readDifference(line).doubtful === true) waiting.push(line)
      const names = { bank: name, sender: name, receiver: PLATFORM, day, madeAt: now() }
      const file = await signManifest(await packDifferences(list, packed, names, beforeOf(state.differences)), [await deps.own()])
      await save({ ...state, differences: file, platform: fetched, waiting, editions: today })
      const answered = await post(file, packed)
      return { ...answered, differences: Object.values(found).reduce((all, each) => all + each, 0) }
    },
  }
}

/** A row that comes late is coded with the key of the file that it stands in. */
const asNow = (late: DayRow, all: readonly { row: DayRow }[]): DayRow => all.find(({ row }) => keyOf(row) === keyOf(late))?.row ?? late

const headersOf = ({ text, signature }: SignedManifest): Record<string, string> => ({
  'x-reconciliation-manifest': Buffer.from(text).toString('base64'),
  'x-reconciliation-signature': signature,
})
