import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { openEnforcementStage, START } from '../enforcement/stage.ts'
import { enforcementStorageSuite } from '../suites/enforcement-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { newUscc } from '../suites/storage.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

enforcementStorageSuite('PGlite', async () => {
  const clock = fixedClock(START)
  return { stores: await openTestStores({ clock }), clock }
})

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  enforcementStorageSuite('PostgreSQL', async () => {
    const clock = fixedClock(START)
    return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
  })
}

describe('stored measures', () => {
  it('end by their end alone: no term can be rewritten, and what was lifted stays so', async () => {
    const clock = fixedClock(START)
    const stores = await openTestStores({ clock })
    const stage = await openEnforcementStage(stores, clock)
    await stage.lift(await stage.punish(newUscc()))
    for (const change of [`UPDATE measure SET state = 'in-force', ended_at = NULL`, `UPDATE measure SET uscc = 'x'`, 'DELETE FROM measure'])
      expect(await stores.pglite.query(change).then(() => 'done', String), change).to.match(/do not change|stays/)
    await stage.close()
  })
})
