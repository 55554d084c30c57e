import { silentLog } from '../../../server/kernel/log.ts'
import { openStores } from '../../../server/storage/open.ts'
import { createTemporaryDatabase } from '../../storage/temporary-postgres.ts'
import { lifeSuite } from './suite.ts'

const database = await createTemporaryDatabase()
if (database === undefined) {
  it('the life of a seal on PostgreSQL is not tested here: TEST_DATABASE_URL is not set')
} else {
  after(() => database.drop())
  lifeSuite('PostgreSQL', clock => openStores({ databaseUrl: database.url, dataDir: 'memory', clock, log: silentLog }))
}
