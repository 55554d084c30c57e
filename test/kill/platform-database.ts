import { type Clock, days } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openEmbedded } from '../../server/storage/embedded.ts'
import { embeddedStores, openStores } from '../../server/storage/open.ts'
import { openPostgres } from '../../server/storage/postgres.ts'
import type { Sql } from '../../server/storage/sql.ts'
import type { Stores } from '../../server/storage/stores.ts'

/** The stores as the product opens them, and beside them a way to ask the tables themselves. */
export async function openDatabase(given: { databaseUrl?: string; dataDir: string }, clock: Clock): Promise<{ sql: Sql; stores: Stores }> {
  const { databaseUrl, dataDir } = given
  if (databaseUrl === undefined) {
    const { sql, pglite } = await openEmbedded(dataDir)
    return { sql, stores: await embeddedStores(sql, pglite, { clock, log: silentLog }) }
  }
  const stores = await openStores({ databaseUrl, dataDir, clock, log: silentLog })
  return { sql: openPostgres(databaseUrl, silentLog).sql, stores }
}

/** What is still to be done by tomorrow. */
export interface State {
  waiting: number
  tasks: number
}

export async function stateOf(sql: Sql, clock: Clock): Promise<State> {
  const { rows } = await sql.run(
    `SELECT (SELECT count(*)::int FROM channel_outgoing WHERE state = 'waiting') AS waiting, (SELECT count(*)::int FROM bond_task WHERE due_at < $1::timestamptz) AS tasks`,
    [new Date(clock.now().getTime() + days(1)).toISOString()],
  )
  const [row] = rows
  return { waiting: Number(row?.['waiting']), tasks: Number(row?.['tasks']) }
}
