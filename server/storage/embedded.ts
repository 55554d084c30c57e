import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { lockFolder } from './folder-lock.ts'
import { type Counter, count, type Sql, type Statement, storageError, type Value } from './sql.ts'

/**
 * PostgreSQL inside the process (PGlite), in `<dataDir>/pg`, or in memory. One process at a time; every statement runs alone, in the order it came. What was acknowledged survives
 * the death of the process, because it is with the operating system by then; against a loss of power choose a PostgreSQL server.
 */
export async function openEmbedded(dataDir: string): Promise<{ sql: Sql; pglite: PGlite }> {
  if (dataDir === 'memory') {
    const pglite = await PGlite.create()
    return { pglite, sql: embeddedSql(pglite) }
  }
  await mkdir(dataDir, { recursive: true })
  const unlock = await lockFolder(join(dataDir, 'pg.lock'))
  try {
    const pglite = await openFolder(dataDir)
    const close = async () => {
      await pglite.close()
      await unlock()
    }
    return { pglite, sql: { ...embeddedSql(pglite), close } }
  } catch (thrown) {
    await unlock()
    throw thrown
  }
}

const UNFINISHED = 'pg.new-'

/** A folder that is killed while it is being made would never open: it is made under another name and renamed when it stands. */
async function openFolder(dataDir: string): Promise<PGlite> {
  const folder = join(dataDir, 'pg')
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { recursive: true, force: true })
  }
  const exists = await stat(folder).then(
    () => true,
    () => false,
  )
  if (!exists) {
    const made = join(dataDir, UNFINISHED + randomBytes(6).toString('hex'))
    const first = await PGlite.create(made)
    await first.close()
    await rename(made, folder)
  }
  return await PGlite.create(folder)
}

/** `Sql` on an open PGlite; closing it closes the PGlite. */
export function embeddedSql(pglite: PGlite): Sql {
  const counter: Counter = { reads: 0, writes: 0 }
  return {
    counter,
    async query<Row extends object>(statement: Statement, values: readonly Value[]) {
      counter[statement.kind === 'read' ? 'reads' : 'writes']++
      try {
        return (await pglite.query<Row>(statement.text, [...values])).rows
      } catch (thrown) {
        throw storageError(thrown)
      }
    },
    async exec(text) {
      count(counter, text)
      await pglite.exec(text)
    },
    async run(text, values) {
      count(counter, text)
      try {
        if (values.length > 0) return await pglite.query<Record<string, unknown>>(text, [...values])
        // several statements in one text are only possible without values, and only through exec
        return { rows: (await pglite.exec(text)).flatMap(result => result.rows) }
      } catch (thrown) {
        // a text with a BEGIN of its own that failed would leave the one connection in a dead transaction
        if (/\bBEGIN\b/i.test(text)) await pglite.exec('ROLLBACK')
        throw storageError(thrown)
      }
    },
    close: () => pglite.close(),
  }
}
