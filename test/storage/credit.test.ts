import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { openCreditStage, START, TRACE } from '../credit/stage.ts'
import { creditStorageSuite } from '../suites/credit-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

creditStorageSuite('PGlite', async () => {
  const clock = fixedClock(START)
  return { stores: await openTestStores({ clock }), clock }
})

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  creditStorageSuite('PostgreSQL', async () => {
    const clock = fixedClock(START)
    return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
  })
}

describe('stored facts', () => {
  it('change by their steps alone: no term, step or report can be rewritten, and what is repaired stays so', async () => {
    const clock = fixedClock(START)
    const stores = await openTestStores({ clock })
    const stage = await openCreditStage(stores, clock)
    const boss = await stage.boss()
    const [fact] = await stage.credit.facts.record('center-a', [{ content: stage.fact(boss.uscc) }], TRACE)
    await stage.consent(boss)
    const asked = { kind: 'bidder', subject: boss.uscc, report: 'bid', recipient: 'bank-a', project: 'P', purpose: 'financing' } as const
    await stage.credit.reports.give(asked, TRACE)
    await stage.credit.facts.recall('center-a', fact?.id ?? '', '报送有误', TRACE)
    for (const change of [
      `UPDATE credit_fact SET level = 'light'`,
      `UPDATE credit_fact SET state = 'in-force'`,
      'DELETE FROM credit_fact',
      `UPDATE credit_fact_step SET why = 'other'`,
      `UPDATE credit_report SET document = 'other'`,
      'DELETE FROM credit_report',
    ])
      expect(await stores.pglite.query(change).then(() => 'done', String), change).to.match(/append-only|do not change|stays/)
    await stage.close()
  })
})
