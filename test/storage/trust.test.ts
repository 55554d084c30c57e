import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { trustStorageSuite } from '../suites/trust-storage.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2026-05-01T08:00:00.000Z'
const opened: Stores[] = []
after(() => Promise.all(opened.map(stores => stores.close())))

trustStorageSuite('PGlite', async () => {
  const clock = fixedClock(start)
  const stores = await openTestStores({ clock })
  opened.push(stores)
  return { stores, clock }
})

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('storage of the trust list on PostgreSQL is not tested here: TEST_DATABASE_URL is not set')
} else {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  trustStorageSuite('PostgreSQL', async () => {
    const clock = fixedClock(start)
    const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
    opened.push(stores)
    return { stores, clock }
  })
}
