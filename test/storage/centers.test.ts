import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { centerStorageSuite } from '../suites/center-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

centerStorageSuite('PGlite', clock => openTestStores({ clock }))
centerStorageSuite('PostgreSQL', async clock => {
  const database = await createTemporaryDatabase()
  if (database === undefined) return undefined
  const stores = await openStores({ databaseUrl: database.url, dataDir: 'memory', clock, log: silentLog })
  return {
    ...stores,
    async close() {
      await stores.close()
      await database.drop()
    },
  }
})
