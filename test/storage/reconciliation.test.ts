import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { payerKeyStorageSuite } from '../suites/payer-key-storage.ts'
import { reconciliationSuite } from '../suites/reconciliation.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2026-05-01T08:00:00.000Z'

for (const suite of [reconciliationSuite, payerKeyStorageSuite])
  suite('PGlite', async () => {
    const clock = fixedClock(start)
    return { stores: await openTestStores({ clock }), clock }
  })

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  // closed days stand for the whole database
  for (const suite of [reconciliationSuite, payerKeyStorageSuite]) {
    const database = await createTemporaryDatabase()
    after(() => database?.drop())
    suite('PostgreSQL', async () => {
      const clock = fixedClock(start)
      return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
    })
  }
}
