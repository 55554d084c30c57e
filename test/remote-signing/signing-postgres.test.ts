import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { remoteSigningSuite } from './suite.ts'

const database = await createTemporaryDatabase()
if (database === undefined) {
  it('remote signing on PostgreSQL is not tested here: TEST_DATABASE_URL is not set')
} else {
  after(() => database.drop())
  remoteSigningSuite('PostgreSQL', async () => {
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    return { stores: await openStores({ databaseUrl: database.url, dataDir: 'memory', clock, log: silentLog }), clock }
  })
}
