import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { embeddedSql } from '../../server/storage/embedded.ts'
import { readMigrations } from '../../server/storage/engine.ts'
import { embeddedStores } from '../../server/storage/open.ts'

/**
 * A migrated embedded database with nothing in it, as an archive. Making one takes some ten seconds of work: it is made once, and lies beside what other tools keep in node_modules/.cache, named by all that
 * it was made of.
 */
const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'shared-shield')

let made: Promise<Blob> | undefined
export const template = (): Promise<Blob> => (made ??= findOrMake())

async function findOrMake(): Promise<Blob> {
  const path = join(folder, `${await digest()}.tar`)
  const kept = await readFile(path).catch(() => undefined)
  if (kept !== undefined) return new Blob([kept])
  const dump = await make()
  await mkdir(folder, { recursive: true })
  for (const old of await readdir(folder)) if (old.endsWith('.tar')) await rm(join(folder, old), { force: true })
  // another process may be making it as well: whoever is last names the same content
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()))
  await rename(unfinished, path)
  return dump
}

async function digest(): Promise<string> {
  // with the versions of PGlite and of the queue, whose tables are among them
  const hash = createHash('sha256').update(await readFile(join(import.meta.dirname, '..', '..', 'package-lock.json')))
  for (const { path, migrationFile } of (await readMigrations()).migrationDirectories)
    hash.update(`\n${path}\n`).update(migrationFile.content.tag === 'ok' ? migrationFile.content.value : '')
  return hash.digest('hex')
}

async function make(): Promise<Blob> {
  const pglite = await PGlite.create()
  const stores = await embeddedStores(embeddedSql(pglite), pglite, { clock: systemClock, log: silentLog })
  const dump = await pglite.dumpDataDir('none')
  await stores.close()
  return dump
}
