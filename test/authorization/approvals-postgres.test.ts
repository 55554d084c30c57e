import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { approvalSuite } from './approval-suite.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('approvals on PostgreSQL are not tested here: TEST_DATABASE_URL is not set')
} else {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  approvalSuite('PostgreSQL', clock => openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }))
}
