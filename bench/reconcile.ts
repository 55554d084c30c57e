import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareDay } from '../bank-adapters/reconciliation/compare.ts'
import { differencesOf } from '../bank-adapters/reconciliation/difference.ts'
import { type Contents, readDayFile, writeDayFile } from '../bank-adapters/reconciliation/file.ts'
import { type DayRow, keyOf } from '../bank-adapters/reconciliation/row.ts'

/**
 * `npm run bench -- reconcile`: two compressed day files of a million rows in other orders, one row in a hundred planted as a difference, read, verified and compared; against the naive way, which reads both into maps. Each
 * way runs in a process of its own, so that its memory is its own.
 */
const ROWS = 1_000_000
const EVERY = 100

interface Ran {
  seconds: number
  /** of the whole process at its most, and by how much that is more than before, MiB */
  peak: number
  grown: number
  differences: number
}

type File = Contents & { path: string; format: 'csv' }
const rowsOf = ({ path, ...contents }: File) => readDayFile(path, contents)

export async function benchReconcile({ json }: { json: boolean }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shield-reconcile-'))
  try {
    const files = { bank: await write(join(folder, 'bank.gz'), rowsOfBank()), platform: await write(join(folder, 'platform.gz'), rowsOfPlatform()) }
    await writeFile(join(folder, 'files.json'), JSON.stringify(files))
    const rows = (['parts on disk', 'two maps'] as const).map((way, i) => ({ way, ...run(folder, i === 0 ? 'parts' : 'maps') }))
    if (json) return void console.log(JSON.stringify({ rows: ROWS, planted: ROWS / EVERY, ways: rows }))
    console.table(rows.map(row => ({ ...row, seconds: row.seconds.toFixed(1), peak: Math.round(row.peak), grown: Math.round(row.grown) })))
    console.log(`${ROWS} rows a side, ${ROWS / EVERY} planted`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const write = async (path: string, rows: Iterable<DayRow>): Promise<File> => ({ path, format: 'csv', ...(await writeDayFile(path, 'csv', rows)) })

function row(n: number): DayRow {
  const serial = `CCB20261201${String(n).padStart(8, '0')}`
  const at = new Date(Date.parse('2026-11-30T16:00:00.000Z') + (n % 86_400) * 1000).toISOString()
  const code = serial.slice(-8)
  return {
    ...{ kind: 'receipt', reference: `in/${serial}`, serial, direction: 'in', fen: BigInt(80_000 + n), at, value: '2026-12-01', state: 'booked' },
    payer: `${code}${code}${code}${code}`,
  }
}
/** every number once, in an order that looks like none */
function* numbers(step: number) {
  for (let i = 0, n = 0; i < ROWS; i++, n = (n + step) % ROWS) yield n
}
function* rowsOfPlatform() {
  for (const n of numbers(7919)) yield row(n)
}
function* rowsOfBank() {
  for (const n of numbers(104_729)) {
    if (n % EVERY !== 0) yield row(n)
    else yield* planted(row(n), (n / EVERY) % 5)
  }
}
function* planted(good: DayRow, kind: number): Generator<DayRow> {
  if (kind === 0) yield { ...good, fen: good.fen + 1n }
  else if (kind === 1) yield { ...good, payer: 'f'.repeat(32) }
  else if (kind === 2) yield { ...good, state: 'reversed' }
  else if (kind === 3) yield* [good, good]
}

function run(folder: string, way: 'parts' | 'maps'): Ran {
  const done = spawnSync(process.execPath, [import.meta.filename, folder, way], { encoding: 'utf8', maxBuffer: 2 ** 20 })
  if (done.status !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout)
}

async function byParts(files: Record<'bank' | 'platform', File>, folder: string): Promise<number> {
  const { found, doubtful } = await compareDay(
    { bank: { rows: rowsOf(files.bank) }, platform: { rows: rowsOf(files.platform) } },
    { folder: join(folder, 'parts'), list: join(folder, 'found.jsonl') },
  )
  return Object.values(found).reduce((all, count) => all + count, doubtful)
}

async function byMaps(files: Record<'bank' | 'platform', File>): Promise<number> {
  const [bank, platform] = [new Map<string, DayRow[]>(), new Map<string, DayRow[]>()]
  for (const [file, map] of [
    [files.bank, bank],
    [files.platform, platform],
  ] as const)
    for await (const lot of rowsOf(file)) for (const each of lot) map.set(keyOf(each), [...(map.get(keyOf(each)) ?? []), each])
  let differences = 0
  for (const [key, theirs] of bank) {
    const ours = platform.get(key)
    differences += theirs.length - 1
    if (ours?.[0] === undefined || theirs[0] === undefined) differences++
    else differences += differencesOf(theirs[0], ours[0]).length
  }
  for (const key of platform.keys()) if (!bank.has(key)) differences++
  return differences
}

if (import.meta.main) {
  const [folder = '', way] = process.argv.slice(2)
  const files = JSON.parse(await readFile(join(folder, 'files.json'), 'utf8'))
  const before = process.memoryUsage.rss()
  const began = performance.now()
  const differences = way === 'maps' ? await byMaps(files) : await byParts(files, folder)
  const peak = process.resourceUsage().maxRSS * 1024
  const ran: Ran = { seconds: (performance.now() - began) / 1000, peak: peak / 2 ** 20, grown: (peak - before) / 2 ** 20, differences }
  process.stdout.write(JSON.stringify(ran))
}
