import { expect } from 'chai'
import pg from 'pg'
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

  const WAITING = `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  it('standings lock their subjects in the order in which facts are recorded, whoever asks in which', async () => {
    const clock = fixedClock(START)
    const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
    const [holder, other] = [new pg.Client({ connectionString: database?.url }), new pg.Client({ connectionString: database?.url })]
    try {
      for (const client of [holder, other]) await client.connect()
      const lock = (client: pg.Client, subject: string) =>
        client.query('SELECT 1 FROM credit_subject WHERE kind = $1 AND subject = $2 FOR UPDATE NOWAIT', ['bidder', subject])
      for (const subject of ['order-2', 'order-1'])
        await holder.query(`INSERT INTO credit_subject (kind, subject, version, due_at) VALUES ('bidder', $1, 1, now())`, [subject])
      await holder.query('BEGIN')
      await lock(holder, 'order-1')
      const subjects = ['order-2', 'order-1'].map(subject => ({ kind: 'bidder' as const, subject, version: 1 }))
      const settled = stores.credit.settle([], subjects, clock.now())
      for (let tries = 0; ; tries++) {
        const { rows } = await other.query<{ waiting: number }>(WAITING)
        if (rows[0]?.waiting === 1) break
        if (tries > 1000) throw new Error('nobody waits')
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      expect(await lock(other, 'order-2').then(() => 'free', String)).to.equal('free')
      await holder.query('COMMIT')
      await settled
    } finally {
      for (const client of [holder, other]) await client.end()
      await stores.close()
    }
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
