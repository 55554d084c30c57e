import { createHash } from 'node:crypto'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { engineAdapter, NO_FILTER, openSchemaEngine, readMigrations } from './engine.ts'
import type { Sql } from './sql.ts'

/**
 * Brings the database to the migrations that this version ships. A start that finds all of them applied costs one plain query; only otherwise is the engine loaded.
 * `alone` runs the work while no other process migrates.
 * @throws BrokerError migration_failed: a migration was edited after it ran, an earlier one stopped half-way, or a new one fails
 */
export async function migrate(deps: {
  sql: Sql
  log: Log
  alone: <T>(work: (engine: EngineAccess) => Promise<T>) => Promise<T>
  migrations?: MigrationList
}): Promise<string[]> {
  const migrations = deps.migrations ?? (await readMigrations())
  if ((await pending(deps.sql, migrations, deps.log)).length === 0) return []
  return await deps.alone(async access => {
    // another process may have done it while we waited
    const names = await pending(deps.sql, migrations, deps.log)
    if (names.length === 0) return []
    deps.log.info({ migrations: names }, 'migrating the database')
    try {
      const engine = await openSchemaEngine(engineAdapter(access.adapter, access.script))
      return (await engine.applyMigrations({ migrationsList: migrations, filters: NO_FILTER })).appliedMigrationNames
    } catch (thrown) {
      throw new BrokerError('migration_failed', `applying ${names.join(', ')}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        cause: thrown,
      })
    }
  })
}

/** What the engine works through: an adapter, and a way to run a script whole. */
export interface EngineAccess {
  adapter: SqlDriverAdapterFactory
  script(text: string): Promise<unknown>
}

interface Applied {
  name: string
  checksum: string
  finished: boolean
}

/** Names of migrations that the database lacks. */
async function pending(sql: Sql, migrations: MigrationList, log: Log): Promise<string[]> {
  const table = await sql.run(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`, [])
  const rows = table.rows[0]?.['found'] === true ? await sql.query<Applied>(APPLIED, []) : []
  const applied = new Map(rows.map(row => [row.name, row]))
  const names: string[] = []
  for (const { path: name, migrationFile } of migrations.migrationDirectories) {
    const row = applied.get(name)
    applied.delete(name)
    if (row === undefined) {
      names.push(name)
      continue
    }
    if (!row.finished) {
      throw new BrokerError(
        'migration_failed',
        `migration ${name} stopped half-way earlier; restore the database or resolve it with prisma migrate resolve`,
      )
    }
    const content = migrationFile.content.tag === 'ok' ? migrationFile.content.value : ''
    const expected = createHash('sha256').update(content).digest('hex')
    if (expected !== row.checksum) {
      throw new BrokerError('migration_failed', `migration ${name} was edited after it was applied`, { received: expected, expected: row.checksum })
    }
  }
  // An older process beside a newer one during an upgrade: schema changes are made so that both can live with them.
  if (applied.size > 0) log.warn({ migrations: [...applied.keys()] }, 'the database has migrations of a newer version')
  return names
}

const APPLIED = {
  name: 'migrations',
  kind: 'read' as const,
  text: `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
}
