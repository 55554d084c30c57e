import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { ledgerStorageSuite } from '../suites/ledger-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2026-05-01T08:00:00.000Z'
const opened: Stores[] = []
after(() => Promise.all(opened.map(stores => stores.close())))

ledgerStorageSuite('PGlite', async () => {
  const clock = fixedClock(start)
  const stores = await openTestStores({ clock })
  opened.push(stores)
  return { stores, clock }
})

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  ledgerStorageSuite('PostgreSQL', async () => {
    const clock = fixedClock(start)
    const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
    opened.push(stores)
    return { stores, clock }
  })
}
