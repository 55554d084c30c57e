/**
 * `openTestStores()`: real stores on an embedded database in memory, fresh and fast. Those that tests gave back are kept: the next test gets an emptied one
 * (some 20 ms), a test that opens a second while the first is in use gets a copy of the template (some 400 ms).
 * Close what you opened; a database in memory costs about 300 MB until it is given back. For the file system, for several processes and for races between connections see test/storage.
 */
import { PGlite } from '@electric-sql/pglite'
import { type Clock, systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { embeddedSql } from '../../server/storage/embedded.ts'
import { embeddedStores } from '../../server/storage/open.ts'
import type { OutboxOptions } from '../../server/storage/outbox.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { template } from './template.ts'

const idle: PGlite[] = []

// A PGlite that is open has a timer of its own, now and then for good: the last test would have ended and the process would not. Registered once, for the whole run.
after(async () => {
  for (const pglite of idle.splice(0)) await pglite.close()
})

/** `pglite` is the database itself, for tests that tamper with rows. Jobs that fail are retried at once unless `outbox` says otherwise. */
export async function openTestStores(options: { clock?: Clock; outbox?: Partial<OutboxOptions> } = {}): Promise<Stores & { pglite: PGlite }> {
  const pglite = idle.pop() ?? (await PGlite.create({ loadDataDir: await template() }))
  await empty(pglite)
  const sql = embeddedSql(pglite)
  const { query } = sql
  let closed = false
  // what a finished test left running must not reach the next one's rows
  sql.query = (statement, values) => (closed ? Promise.reject(new Error('these test stores are closed')) : query(statement, values))
  sql.close = async () => {
    closed = true
    idle.push(pglite)
  }
  const stores = await embeddedStores(sql, pglite, {
    clock: options.clock ?? systemClock,
    log: silentLog,
    outbox: { retries: 3, retrySeconds: 0, ...options.outbox },
  })
  return { ...stores, pglite }
}

/** tables whose triggers tests of tampering take away */
const LEDGER = ['ledger_account', 'ledger_journal', 'ledger_entry', 'ledger_block', 'ledger_day']

/** Only what has rows, and only the counters that have counted: to empty all hundred tables takes ten times as long. */
async function empty(pglite: PGlite): Promise<void> {
  const { rows: tables } = await pglite.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE (schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'audit_head')) OR (schemaname = 'pgboss' AND tablename = 'job')`,
  )
  const filled = await pglite.query<{ name: string }>(
    tables.map(({ name }) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`).join(' UNION ALL '),
  )
  const counters = await pglite.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL`,
  )
  const truncate = filled.rows.length > 0 ? `TRUNCATE ${filled.rows.map(({ name }) => name).join(', ')} CASCADE;` : ''
  await pglite.exec(
    `SET session_replication_role = replica; ${truncate} SET session_replication_role = DEFAULT; UPDATE audit_head SET seq = 0, hash = repeat('0', 64);
     ${counters.rows.map(({ name }) => `ALTER SEQUENCE ${name} RESTART;`).join(' ')}
     ALTER TABLE audit_event ENABLE TRIGGER ALL; ${LEDGER.map(table => `ALTER TABLE ${table} ENABLE TRIGGER ALL`).join('; ')}`,
  )
}
