import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Difference, differencesOf, oneSided, orderOf, readDifference, type Side, writeDifference } from './difference.ts'
import { linesIn, openPartitions, PARTS, pathOf, readPartition } from './partitions.ts'
import { type DayRow, keyOf, writeRow } from './row.ts'

/**
 * Compares the two files of a day. Owns that each row finds its counterpart or is told, whatever the order and size of the files: rows go to parts on disk by their key, and one part of each side is in memory at a time.
 * Used by either end; the platform's are `platform`, whoever calls.
 */
export interface Compared {
  rows: Record<Side, number>
  /** pairs that agree, and of these, with a row that waited since the day before */
  agreed: number
  late: number
  /** of each kind, without the doubtful ones */
  found: Partial<Record<Difference['kind'], number>>
  doubtful: number
  /** SM3 over the list of differences, line by line in its order */
  digest: string
}

export interface Input {
  /** in lots; must throw before it ends where the file is not to be believed */
  rows: AsyncIterable<readonly DayRow[]>
  /** what waited since the day before */
  carried?: AsyncIterable<readonly DayRow[]>
}

/**
 * @param folder for what is in between; made, and taken away again
 * @param list where the differences are written, a line each
 * @param settled told of rows that waited and have their counterpart now
 * @param onProgress with a share of 1
 */
export async function compareDay(
  input: Record<Side, Input>,
  {
    folder,
    list,
    settled,
    onProgress,
  }: { folder: string; list: string; settled?: (key: string, side: Side) => void; onProgress?: (share: number) => void },
): Promise<Compared> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const rows = { bank: await spread(input.bank, folder, 'bank'), platform: 0 }
    onProgress?.(0.35)
    rows.platform = await spread(input.platform, folder, 'platform')
    onProgress?.(0.7)
    const counts = { agreed: 0, late: 0 }
    for (let part = 0; part < PARTS; part++) {
      const differences = await comparePart(folder, part, counts, settled)
      differences.sort((a, b) => (a.order < b.order ? -1 : 1))
      await writeFile(pathOf(folder, 'found', part), differences.map(({ line }) => `${line}\n`).join(''), 'latin1')
      onProgress?.(0.7 + (0.25 * (part + 1)) / PARTS)
    }
    const written = await merge(folder, list)
    onProgress?.(1)
    return { rows, ...counts, ...written }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function spread({ rows, carried }: Input, folder: string, side: Side): Promise<number> {
  const parts = openPartitions(folder, side)
  let count = 0
  try {
    for await (const lot of carried ?? []) {
      for (const row of lot) parts.add(row, true)
      await parts.drain()
    }
    for await (const lot of rows) {
      for (const row of lot) parts.add(row, false)
      count += lot.length
      await parts.drain()
    }
  } finally {
    await parts.close()
  }
  return count
}

interface Kept {
  row: DayRow
  carried: boolean
  /** further rows of this key */
  more?: DayRow[]
}

async function comparePart(
  folder: string,
  part: number,
  counts: { agreed: number; late: number },
  settled?: (key: string, side: Side) => void,
): Promise<{ order: string; line: string }[]> {
  const found: { order: string; line: string }[] = []
  const tell = (difference: Difference) => found.push({ order: orderOf(difference), line: writeDifference(difference) })
  const [bank, platform] = [await load(pathOf(folder, 'bank', part)), await load(pathOf(folder, 'platform', part))]
  const alone = (side: Side, key: string, kept: Kept) => {
    const [row, ...more] = rowsOf(kept)
    tell({ kind: oneSided(side), key, [side]: row, ...(kept.carried ? {} : { doubtful: true }) })
    for (const again of more) tell({ kind: 'duplicate', key, [side]: again })
  }
  for (const [key, theirs] of bank) {
    const ours = platform.get(key)
    if (ours === undefined) {
      alone('bank', key, theirs)
      continue
    }
    platform.delete(key)
    const late = theirs.carried !== ours.carried
    if (theirs.carried) settled?.(key, 'bank')
    if (ours.carried) settled?.(key, 'platform')
    const [one, other] = paired(theirs, ours)
    // a day's boundary lay between the two: that they did not come on one day is what the wait was for
    const kinds = differencesOf(one.row, other.row).filter(kind => !(late && kind === 'time'))
    for (const kind of kinds) tell({ kind, key, bank: one.row, platform: other.row })
    if (kinds.length === 0) {
      counts.agreed++
      if (late) counts.late++
    }
    for (const again of one.more) tell({ kind: 'duplicate', key, bank: again })
    for (const again of other.more) tell({ kind: 'duplicate', key, platform: again })
  }
  for (const [key, ours] of platform) alone('platform', key, ours)
  return found
}

/** Of several rows of one key those are a pair that agree, by number too before by content alone; else the first of each side. Rows are taken in the order of their text: in which order they came changes nothing. */
function paired(theirs: Kept, ours: Kept): [{ row: DayRow; more: DayRow[] }, { row: DayRow; more: DayRow[] }] {
  const [bank, platform] = [rowsOf(theirs), rowsOf(ours)]
  const [one, other] = sameIn(bank, platform, textOf) ?? sameIn(bank, platform, contentOf) ?? [bank[0] ?? theirs.row, platform[0] ?? ours.row]
  return [
    { row: one, more: bank.filter(row => row !== one) },
    { row: other, more: platform.filter(row => row !== other) },
  ]
}
function sameIn(bank: readonly DayRow[], platform: readonly DayRow[], of: (row: DayRow) => string): [DayRow, DayRow] | undefined {
  if (bank.length + platform.length === 2) return undefined
  const wanted = new Map(platform.toReversed().map(row => [of(row), row]))
  for (const row of bank) {
    const same = wanted.get(of(row))
    if (same !== undefined) return [row, same]
  }
  return undefined
}
const rowsOf = ({ row, more }: Kept): DayRow[] =>
  more === undefined ? [row] : [row, ...more].sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1))
const textOf = (row: DayRow): string => writeRow(row, 'csv')
const contentOf = ({ direction, fen, state, value }: DayRow): string => `${direction} ${fen} ${state} ${value}`

async function load(path: string): Promise<Map<string, Kept>> {
  const kept = new Map<string, Kept>()
  for await (const { row, carried } of readPartition(path)) {
    const key = keyOf(row)
    const first = kept.get(key)
    if (first === undefined) kept.set(key, { row, carried })
    else {
      first.more ??= []
      first.more.push(row)
    }
  }
  return kept
}

/** The parts' lists, each in order, as one in order. */
async function merge(folder: string, list: string): Promise<Pick<Compared, 'found' | 'doubtful' | 'digest'>> {
  const digest = createHash('sm3')
  const found: Compared['found'] = {}
  let doubtful = 0
  async function* merged() {
    const heads: { order: string; difference: Difference; line: string; rest: AsyncGenerator<string> }[] = []
    const take = async (rest: AsyncGenerator<string>) => {
      const { value: line, done } = await rest.next()
      if (done === true) return
      const difference = readDifference(line)
      const head = { order: orderOf(difference), difference, line, rest }
      const at = heads.findIndex(({ order }) => order > head.order)
      heads.splice(at < 0 ? heads.length : at, 0, head)
    }
    for (let part = 0; part < PARTS; part++) await take(linesIn(pathOf(folder, 'found', part)))
    for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
      if (head.difference.doubtful === true) doubtful++
      else found[head.difference.kind] = (found[head.difference.kind] ?? 0) + 1
      const line = `${head.line}\n`
      digest.update(line, 'latin1')
      yield Buffer.from(line, 'latin1')
      await take(head.rest)
    }
  }
  await pipeline(Readable.from(merged()), createWriteStream(list, { mode: 0o600 }))
  return { found, doubtful, digest: digest.digest('hex') }
}
