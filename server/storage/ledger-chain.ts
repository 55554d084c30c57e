import { ENTRY_COLUMNS, type EntryRow, entryOf, JOURNAL_COLUMNS, type JournalRow, journalOf } from './ledger-reads.ts'
import { errorCode, read, type Sql, write } from './sql.ts'
import type { LedgerBlock, LedgerEntry, LedgerStore } from './stores-ledger.ts'

/** Blocks over the journals, and days that are closed. Owns that a block ends where nothing below is under way any more, and that of several processes one writes it; hashing is bonds/ledger/chain.ts's. */
export function createLedgerChainStore(sql: Sql): ChainStore {
  return {
    head: async () => (await sql.query<BlockRow>(HEAD, [])).map(blockOf)[0],
    blocks: async (after, limit) => (await sql.query<BlockRow>(BLOCKS, [String(after), limit])).map(blockOf),
    settled: () => unlessBusy(async () => BigInt((await sql.query<{ settled: Wide }>(SETTLED, []))[0]?.settled ?? 0)),
    async between(after, last, limit) {
      const journals = (await sql.query<JournalRow>(BETWEEN, [String(after), String(last), limit])).map(journalOf)
      const end = journals.at(-1)
      if (end === undefined) return []
      const entries = new Map<bigint, LedgerEntry[]>(journals.map(({ id }) => [id, []]))
      for (const row of await sql.query<EntryRow>(ENTRIES, [String(after), String(end.id)])) {
        const entry = entryOf(row)
        entries.get(entry.journal)?.push(entry)
      }
      return journals.map(journal => ({ journal, entries: entries.get(journal.id) ?? [] }))
    },
    async addBlock({ number, lastId, journals, hash, sealedAt }) {
      return (await sql.query(ADD, [String(number), String(lastId), journals, hash, sealedAt])).length === 1
    },
    closeDay: (day, at) => unlessBusy(async () => (await sql.query<{ closed: boolean }>(CLOSE, [day, at.toISOString()]))[0]?.closed === true),
    dayBehind: async journal => (await sql.query<DayRow>(DAY_BEHIND, [String(journal)])).map(dayOf)[0],
    closedDay: async day => (await sql.query<DayRow>(CLOSED_DAY, [day])).map(dayOf)[0],
  }
}
type ChainStore = Pick<LedgerStore, 'head' | 'blocks' | 'settled' | 'between' | 'addBlock' | 'closeDay' | 'dayBehind' | 'closedDay'>

type Wide = string | number | bigint
interface BlockRow {
  number: Wide
  lastId: Wide
  journals: number
  hash: string
  sealedAt: string
}
interface DayRow {
  day: string
  lastId: Wide
  root?: string | null
}

const blockOf = ({ number, lastId, journals, hash, sealedAt }: BlockRow): LedgerBlock => ({
  number: BigInt(number),
  lastId: BigInt(lastId),
  journals,
  hash,
  sealedAt: new Date(sealedAt).toISOString(),
})
const dayOf = ({ day, lastId, root }: DayRow) => ({ day, lastId: BigInt(lastId), ...(root == null ? {} : { root }) })

/** @returns undefined where the lock was not to be had in time */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (thrown) {
    if (errorCode(thrown) === '55P03') return undefined
    throw thrown
  }
}

const BLOCK_COLUMNS = `number, last_id AS "lastId", journals, hash, sealed_at AS "sealedAt"`
const HEAD = read('ledger_head', `SELECT ${BLOCK_COLUMNS} FROM ledger_block ORDER BY number DESC LIMIT 1`)
const BLOCKS = read('ledger_blocks', `SELECT ${BLOCK_COLUMNS} FROM ledger_block WHERE number > $1::bigint ORDER BY number LIMIT $2`)
const SETTLED = read('ledger_settled', `SELECT ledger_settled() AS settled`)
const BETWEEN = read(
  'ledger_between',
  `SELECT ${JOURNAL_COLUMNS} FROM ledger_journal j WHERE j.id > $1::bigint AND j.id <= $2::bigint ORDER BY j.id LIMIT $3`,
)
const ENTRIES = read(
  'ledger_entries_between',
  `SELECT ${ENTRY_COLUMNS} FROM ledger_entry e WHERE e.journal_id > $1::bigint AND e.journal_id <= $2::bigint ORDER BY e.journal_id, e.n`,
)
const ADD = write(
  'ledger_block_add',
  `INSERT INTO ledger_block (number, last_id, journals, hash, sealed_at) VALUES ($1::bigint, $2::bigint, $3::int, $4, $5::timestamptz) ON CONFLICT DO NOTHING RETURNING number`,
)
const CLOSE = write('ledger_close', `SELECT ledger_close($1::date, $2::timestamptz) AS closed`)
const DAY_BEHIND = read(
  'ledger_day_behind',
  `SELECT to_char(day, 'YYYY-MM-DD') AS day, last_id AS "lastId" FROM ledger_day WHERE last_id > $1::bigint ORDER BY day LIMIT 1`,
)
const CLOSED_DAY = read(
  'ledger_closed_day',
  `SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.last_id AS "lastId", (SELECT b.hash FROM ledger_block b WHERE b.last_id = d.last_id) AS root FROM ledger_day d WHERE d.day = $1::date`,
)
