import { hash } from 'node:crypto'
import pg from 'pg'
import { createLedger, type Facts } from '../server/bonds/ledger/ledger.ts'
import * as move from '../server/bonds/ledger/movements.ts'
import { systemClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'
import { openStores } from '../server/storage/open.ts'
import type { Stores } from '../server/storage/stores.ts'
import { createTemporaryDatabase } from '../test/storage/temporary-postgres.ts'
import { byMany, median, rate } from './rate.ts'

/**
 * `npm run bench -- ledger`: receipts posted a second by many callers at once, against the same rows inserted bare, one transaction each, by as many connections as the ledger's pool has. On the embedded database, and with
 * TEST_DATABASE_URL on PostgreSQL.
 */
export async function benchLedger({ json }: { json: boolean }): Promise<void> {
  const rows = [{ database: 'embedded', ...(await onEmbedded()) }]
  const server = await onServer()
  if (server !== undefined) rows.push({ database: 'PostgreSQL', ...server })
  if (json) return void console.log(JSON.stringify(rows))
  console.table(rows.map(row => ({ ...row, posted: Math.round(row.posted), bare: Math.round(row.bare), ratio: row.ratio.toFixed(2) })))
}

interface Rates {
  /** postings a second */
  posted: number
  /** the same rows inserted bare, transactions a second */
  bare: number
  /** the median over the turns, each compared with itself */
  ratio: number
}

const TURNS = 5
const MOST_AT_ONCE = 512
const EACH_TURN = 4000

async function turns(post: (count: number) => Promise<unknown>, bare: (count: number) => Promise<unknown>, each: number): Promise<Rates> {
  const posted: number[] = []
  const inserted: number[] = []
  await post(each / 4)
  await bare(each / 4)
  for (let turn = 0; turn < TURNS; turn++) {
    posted.push(await rate(each, post))
    inserted.push(await rate(each, bare))
  }
  return { posted: median(posted), bare: median(inserted), ratio: median(posted.map((each, turn) => each / (inserted[turn] ?? Number.NaN))) }
}

let made = 0
const name = (): string => `bench-${made++}`
const facts = (key: string): Facts => ({
  key,
  valueOn: '2026-05-01',
  evidence: { kind: 'bank-receipt', reference: key, digest: hash('sm3', key, 'hex') },
  trace: 'K7QM-3F9T',
})

/** as many callers as there are banks and centers asking at once, each waiting for its answer */
function posting({ ledger: store }: Stores): (count: number) => Promise<unknown> {
  const ledger = createLedger({ store, trail: { append: async () => undefined } })
  return count =>
    byMany(count, MOST_AT_ONCE, () => {
      const key = name()
      return ledger.post({ ...facts(key), currency: 'CNY' }, move.receipt({ owner: key, bank: 'ccb' }, 80_000n, 'bond'))
    })
}

/** the rows of one receipt, in tables without a trigger, check or function: two accounts, a journal, two entries */
const BARE_TABLES = ['ledger_account', 'ledger_journal', 'ledger_entry'].map(
  table => `CREATE TABLE IF NOT EXISTS bare_${table} (LIKE ${table} INCLUDING DEFAULTS INCLUDING INDEXES)`,
)
const BARE = [
  `INSERT INTO bare_ledger_account (kind, owner, bank, currency, side, debits_posted, version) VALUES ('settlement', $1, 'ccb', 'CNY', 'debit', 80000, 1) RETURNING id`,
  `INSERT INTO bare_ledger_account (kind, owner, bank, currency, side, credits_posted, version) VALUES ('bond', $1, 'ccb', 'CNY', 'credit', 80000, 1) RETURNING id`,
  `INSERT INTO bare_ledger_journal (key, content, phase, movement, entries, booked_at, booked_on, value_on, evidence_kind, evidence_ref, evidence_digest, trace)
   VALUES ($1, $2, 'post', 'receipt', 2, now(), '2026-05-01', '2026-05-01', 'bank-receipt', $1, $2, 'K7QM-3F9T') RETURNING id`,
] as const
const ENTRY = `INSERT INTO bare_ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on) VALUES ($1, $2, 2, $3, 1, $4, 80000, false, $5, '2026-05-01')`

type Query = (text: string, values?: unknown[]) => Promise<{ rows: { id: unknown }[] }>

async function insertBare(query: Query): Promise<void> {
  const key = name()
  const digest = hash('sm3', key, 'hex')
  await query('BEGIN')
  const settlement = (await query(BARE[0], [key])).rows[0]?.id
  const bond = (await query(BARE[1], [key])).rows[0]?.id
  const journal = (await query(BARE[2], [key, digest])).rows[0]?.id
  await query(ENTRY, [journal, 1, settlement, 'debit', 80000])
  await query(ENTRY, [journal, 2, bond, 'credit', -80000])
  await query('COMMIT')
}

async function onEmbedded(): Promise<Rates> {
  const [{ PGlite }, { embeddedSql }, { embeddedStores }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('../server/storage/embedded.ts'),
    import('../server/storage/open.ts'),
  ])
  const pglite = await PGlite.create()
  const stores = await embeddedStores(embeddedSql(pglite), pglite, { clock: systemClock, log: silentLog })
  try {
    for (const table of BARE_TABLES) await pglite.exec(table)
    const query: Query = (text, values) => pglite.query(text, values)
    return await turns(posting(stores), count => byMany(count, 1, () => insertBare(query)), EACH_TURN / 4)
  } finally {
    await stores.close()
  }
}

/** as the ledger's own pool */
const CONNECTIONS = 12

async function onServer(): Promise<Rates | undefined> {
  const database = await createTemporaryDatabase()
  if (database === undefined) return undefined
  const stores = await openStores({ databaseUrl: database.url, dataDir: 'memory', clock: systemClock, log: silentLog })
  const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client({ connectionString: database.url }))
  try {
    await Promise.all(clients.map(client => client.connect()))
    for (const table of BARE_TABLES) await clients[0]?.query(table)
    const bare = (count: number) =>
      byMany(count, CONNECTIONS, async (_, i) => {
        const client = clients[i]
        if (client !== undefined)
          await insertBare((text, values) => client.query(text.startsWith('INSERT') ? { name: hash('md5', text), text, values: values ?? [] } : text))
      })
    return await turns(posting(stores), bare, EACH_TURN)
  } finally {
    await Promise.all(clients.map(client => client.end()))
    await stores.close()
    await database.drop()
  }
}
