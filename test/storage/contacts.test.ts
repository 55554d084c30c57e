import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { contactStorageSuite } from '../suites/contact-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2027-05-01T08:00:00.000Z'

contactStorageSuite('PGlite', async () => {
  const clock = fixedClock(start)
  return { stores: await openTestStores({ clock }), clock }
})

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  contactStorageSuite('PostgreSQL', async () => {
    const clock = fixedClock(start)
    return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
  })
}
