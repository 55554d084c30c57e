import { rmSync } from 'node:fs'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'

/** The embedded database, made and migrated once a process, and gone with it; making one takes seconds, copying a folder does not. */
let prepared: Promise<string> | undefined

export async function copyPreparedDatabase(dataDir: string): Promise<void> {
  prepared ??= prepareDatabase()
  await cp(join(await prepared, 'pg'), join(dataDir, 'pg'), { recursive: true })
}

async function prepareDatabase(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-prepared-'))
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog })
  await stores.close()
  return dataDir
}
