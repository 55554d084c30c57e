import type { Clock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { mandateLoginSuite } from './login-suite.ts'
import { mandateSuite } from './suite.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('mandates on PostgreSQL are not tested here: TEST_DATABASE_URL is not set')
} else {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  const open = (clock: Clock) => openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
  mandateSuite('PostgreSQL', open)
  mandateLoginSuite('PostgreSQL', open)
}
