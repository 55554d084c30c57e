import { hash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { systemClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'
import { startThreads } from '../server/kernel/threads.ts'
import { generateSm2, signSm2, verifySm2 } from '../server/pki/sm2.ts'
import { openStores } from '../server/storage/open.ts'
import type { Stores } from '../server/storage/stores.ts'
import { createTemporaryDatabase } from '../test/storage/temporary-postgres.ts'
import { openNotices } from './channel-notices.ts'
import { byMany, median, rate } from './rate.ts'

/**
 * `npm run bench -- channel`: signed notices of money taken in a second, by many callers at once: verified, opened, judged, booked, the order to freeze queued, answered with a signature, on disk. Against (a) one native SM2
 * verification and one signature, and (b) the same rows inserted bare, one transaction each. Ratio to the slower of the two, within one run.
 */
export async function benchChannel({ json }: { json: boolean }): Promise<void> {
  // as the broker's own program
  const threads = startThreads(fail)
  const rows = [{ database: 'embedded', ...(await onEmbedded()) }]
  const server = await onServer()
  if (server !== undefined) rows.push({ database: 'PostgreSQL', ...server })
  await threads.close()
  if (json) return void console.log(JSON.stringify(rows))
  console.table(
    rows.map(({ database, taken, crypto, bare, ratio }) => ({
      ...{ database, 'notices/s': taken.toFixed(0), '(a) SM2 verify + sign/s': crypto.toFixed(0), '(b) bare rows/s': bare.toFixed(0) },
      'ratio to the slower': ratio.toFixed(2),
    })),
  )
}

interface Rates {
  taken: number
  crypto: number
  bare: number
  ratio: number
}

const TURNS = 5
const AT_ONCE = 256

async function turns(stores: Stores, bare: (count: number) => Promise<unknown>, each: number): Promise<Rates> {
  const notices = await openNotices(stores)
  const [taken, crypto, inserted]: [number[], number[], number[]] = [[], [], []]
  try {
    for (let turn = -1; turn < TURNS; turn++) {
      const made = await notices.make(turn < 0 ? each >> 2 : each)
      const rates = [
        await rate(made.length, count => byMany(count, AT_ONCE, async i => void (await notices.receive(made[i] ?? fail())))),
        await rate(made.length, verifyAndSign),
        await rate(made.length, bare),
      ] as const
      if (turn < 0) continue
      taken.push(rates[0])
      crypto.push(rates[1])
      inserted.push(rates[2])
    }
  } finally {
    await notices.close()
  }
  const ratio = median(taken.map((one, turn) => one / Math.min(crypto[turn] ?? Number.NaN, inserted[turn] ?? Number.NaN)))
  return { taken: median(taken), crypto: median(crypto), bare: median(inserted), ratio }
}

const pair = generateSm2()
const text = Buffer.alloc(500, 'x')
const signature = signSm2(pair.privateKey, text)
async function verifyAndSign(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (!verifySm2(pair.publicKey, text, signature)) fail()
    signSm2(pair.privateKey, text)
  }
}
const fail = (): never => {
  throw new Error('the bench does not work')
}

const TABLES = [
  'channel_message',
  'bond',
  'bond_event',
  'ledger_account',
  'ledger_journal',
  'ledger_entry',
  'channel_outgoing',
  'once_id',
  'audit_event',
]
const BARE_TABLES = TABLES.map(table => `CREATE TABLE IF NOT EXISTS bare_${table} (LIKE ${table} INCLUDING DEFAULTS INCLUDING INDEXES)`)
type Query = (text: string, values?: unknown[]) => Promise<{ rows: { id: unknown }[] }>
let made = 0

/** The rows of one notice, in tables without a trigger, check or function; as long as they are. */
async function insertBare(query: Query): Promise<void> {
  const number = made++
  const key = `bench-${number}`
  const digest = hash('sm3', key, 'hex')
  const box = randomBytes(2970).toString('base64')
  await query('BEGIN')
  await query(
    `INSERT INTO bare_channel_message (sender, id, idempotency_key, type, digest, signed, signatures, body, answer_status, answer_headers, answer_body, received_at, trace)
     VALUES ('ccb', $1, $1, 'bond.received', $2, $3, $2, $3, 200, $4, $2, now(), 'K7QM-3F9T')`,
    [key, digest, box.slice(0, 600), '{}'],
  )
  await query(
    `INSERT INTO bare_bond (id, version, place_tag, account_tag, company_tag, sealed, bidder, payer) VALUES ($1, 2, $1, $1, $1, $2, $3, $3)`,
    [key, box, box.slice(0, 1700)],
  )
  await query(`INSERT INTO bare_bond_event (bond_id, number, key_tag, sealed) VALUES ($1, 2, $1, $2)`, [key, box.slice(0, 1915)])
  const settlement = `INSERT INTO bare_ledger_account (kind, owner, bank, currency, side, debits_posted, version) VALUES ('settlement', $1, 'ccb', 'CNY', 'debit', 80000, 1) RETURNING id`
  const bond = `INSERT INTO bare_ledger_account (kind, owner, bank, currency, side, credits_posted, version) VALUES ('bond', $1, 'ccb', 'CNY', 'credit', 80000, 1) RETURNING id`
  const accounts = [(await query(settlement, [key])).rows[0]?.id, (await query(bond, [key])).rows[0]?.id]
  const journal = (
    await query(
      `INSERT INTO bare_ledger_journal (key, content, phase, movement, entries, booked_at, booked_on, value_on, evidence_kind, evidence_ref, evidence_digest, trace)
       VALUES ($1, $2, 'post', 'receipt', 2, now(), '2026-05-01', '2026-05-01', 'bank-receipt', $1, $2, 'K7QM-3F9T') RETURNING id`,
      [key, digest],
    )
  ).rows[0]?.id
  const entry = `INSERT INTO bare_ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on) VALUES ($1, $2, 2, $3, 1, $4, 80000, false, $5, '2026-05-01')`
  await query(entry, [journal, 1, accounts[0], 'debit', 80000])
  await query(entry, [journal, 2, accounts[1], 'credit', -80000])
  await query(
    `INSERT INTO bare_channel_outgoing (id, receiver, idempotency_key, type, schema, body, encryption_key, created_at, due_at, trace, state, tries)
     VALUES ($1, 'ccb', $1, 'bond.freeze-ordered', '1', $2, '-', now(), now(), 'K7QM-3F9T', 'waiting', 0)`,
    [key, digest],
  )
  await query(`INSERT INTO bare_once_id (id, expires_at) VALUES ($1, now())`, [digest])
  await query(
    `INSERT INTO bare_audit_event (seq, at, code, trace, body, hash) VALUES ($1, '2026-05-01T00:00:00.000Z', 'channel.taken', 'K7QM-3F9T', $2, $2)`,
    [number, digest],
  )
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
    const query: Query = (statement, values) => pglite.query(statement, values)
    return await turns(stores, count => byMany(count, 1, () => insertBare(query)), 400)
  } finally {
    await stores.close()
  }
}

/** as the broker's own pool */
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
        const client = clients[i] ?? fail()
        await insertBare((statement, values) =>
          client.query(statement.startsWith('INSERT') ? { name: hash('md5', statement), text: statement, values: values ?? [] } : statement),
        )
      })
    return await turns(stores, bare, 1000)
  } finally {
    await Promise.all(clients.map(client => client.end()))
    await stores.close()
    await database.drop()
  }
}
