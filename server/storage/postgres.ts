import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Log } from '../kernel/log.ts'
import { asParameter } from './array-literal.ts'
import { type Lane, openLane } from './lane.ts'
import type { EngineAccess } from './migrate.ts'
import { type Counter, count, type LaneName, type Sql, type Statement, storageError, type Value } from './sql.ts'

/** A PostgreSQL server behind `Sql`: a pool, lanes for the small statements of logins, and statements prepared once a connection under their name. */
export function openPostgres(databaseUrl: string, log: Log): { sql: Sql; adapter: PrismaPg } {
  const connection = {
    connectionString: databaseUrl,
    application_name: 'shared-shield',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
    keepAlive: true,
  }
  const lanes = { swift: openLane(connection, log), durable: openLane(connection, log), audit: openLane(connection, log) } satisfies Record<
    LaneName,
    Lane
  >
  const pool = new pg.Pool({
    ...connection,
    max: 12,
    // an idle connection must not keep a finished program alive
    allowExitOnIdle: true,
  })
  // An idle connection that the server drops is replaced at the next query; unheard, the event would end the process.
  pool.on('error', error => log.warn({ err: error }, 'an idle database connection was lost'))
  const counter: Counter = { reads: 0, writes: 0 }

  const sql: Sql = {
    counter,
    async query<Row extends object>(statement: Statement, values: readonly Value[]) {
      counter[statement.kind === 'read' ? 'reads' : 'writes']++
      try {
        const query = { name: statement.name, text: statement.text, values: values.map(asParameter) }
        const { rows } = statement.lane === undefined ? await pool.query<Row>(query) : await lanes[statement.lane].query<Row>(query)
        return rows
      } catch (thrown) {
        throw storageError(thrown)
      }
    },
    async exec(text) {
      await sql.run(text, [])
    },
    async run(text, values) {
      count(counter, text)
      try {
        // a text of several statements answers with an array, though the type does not say so
        const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values.length > 0 ? [...values] : undefined)
        return Array.isArray(result) ? { rows: result.flatMap(each => each.rows) } : result
      } catch (thrown) {
        throw storageError(thrown)
      }
    },
    async close() {
      await Promise.all(Object.values(lanes).map(lane => lane.close()))
      await pool.end()
    },
  }
  return { sql, adapter: new PrismaPg(pool) }
}

/** Not the number under which Prisma's engine locks while it migrates: the engine takes that one as well, but gives up after ten seconds. */
const MIGRATION_LOCK = 72707370

/**
 * Runs work while no other process migrates this database, with an adapter on a connection of its own: locks belong to connections, so ours and the engine's end with
 * these two, whatever happens to this process.
 */
export async function alone<T>(databaseUrl: string, work: (engine: EngineAccess) => Promise<T>): Promise<T> {
  const lock = new pg.Client({ connectionString: databaseUrl, application_name: 'shared-shield migration' })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, application_name: 'shared-shield migration' })
  // a connection that breaks is told by the query that waits on it
  lock.on('error', () => undefined)
  pool.on('error', () => undefined)
  try {
    await lock.connect()
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    return await work({ adapter: new PrismaPg(pool), script: text => pool.query(text) })
  } catch (thrown) {
    throw storageError(thrown)
  } finally {
    await pool.end()
    await lock.end()
  }
}
