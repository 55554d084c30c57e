import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'

/** The embedded database in a folder, as a broker's first start leaves it. It is made once a process: making one takes seconds, copying a folder does not. */
let prepared: Promise<string> | undefined

export async function copyPreparedDatabase(dataDir: string): Promise<void> {
  prepared ??= prepareDatabase()
  await cp(join(await prepared, 'pg'), join(dataDir, 'pg'), { recursive: true })
}

async function prepareDatabase(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-prepared-'))
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog })
  await stores.close()
  return dataDir
}

after(async () => {
  if (prepared !== undefined) await rm(await prepared, { recursive: true, force: true })
})
