import { expect } from 'chai'
import pg from 'pg'
import { fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { openCreditStage, START, TRACE } from '../credit/stage.ts'
import { consentStorageSuite } from '../suites/consent-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

consentStorageSuite('PGlite', async () => {
  const clock = fixedClock(START)
  return { stores: await openTestStores({ clock }), clock }
})

describe('a stored consent', () => {
  it('that somebody widened in the database gives nothing, and neither its terms nor its uses can be rewritten', async () => {
    const clock = fixedClock(START)
    const stores = await openTestStores({ clock })
    const stage = await openCreditStage(stores, clock)
    const boss = await stage.boss()
    const id = await stage.consent(boss, { project: 'P-1' })
    const question = { uscc: boss.uscc as never, recipient: 'bank-a', dataSet: 'credit.bid', purpose: 'financing', reference: newId() } as const
    await stage.credit.consents.use({ ...question, project: 'P-1' }, TRACE)
    for (const change of [
      `UPDATE data_consent SET project = NULL`,
      `UPDATE data_consent SET used = 0`,
      `DELETE FROM data_consent`,
      `UPDATE data_use SET project = 'P-9'`,
      `DELETE FROM data_use`,
    ])
      expect(await stores.pglite.query(change).then(() => 'done', String), change).to.match(/append-only|do not change|stays/)
    await stores.pglite.exec(
      `ALTER TABLE data_consent DISABLE TRIGGER ALL; UPDATE data_consent SET project = NULL WHERE id = '${id}'; ALTER TABLE data_consent ENABLE TRIGGER ALL`,
    )
    const used = stage.credit.consents.use({ ...question, project: 'P-2', reference: newId() }, TRACE)
    expect(await used.then(() => 'done', codeOf)).to.equal('consent_tampered')
    expect(stage.events.at(-1)?.facts).to.include({ failure: 'consent_tampered' })
    await stage.close()
  })
})

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  const open = async () => {
    const clock = fixedClock(START)
    return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
  }
  consentStorageSuite('PostgreSQL', open)

  describe('two processes on PostgreSQL', function () {
    this.timeout(60_000)
    it('agree: a use that waits for a withdrawal under way finds it withdrawn', async () => {
      const { stores, clock } = await open()
      const stage = await openCreditStage(stores, clock)
      const boss = await stage.boss()
      const id = await stage.consent(boss)
      const other = new pg.Client({ connectionString: database?.url })
      await other.connect()
      try {
        await other.query('BEGIN')
        await other.query(`UPDATE data_consent SET state = 'withdrawn', withdrawn_at = now(), withdrawn_by = 'other' WHERE id = $1`, [id])
        const question = {
          uscc: boss.uscc as never,
          recipient: 'bank-a',
          dataSet: 'credit.bid',
          purpose: 'financing',
          project: 'P',
          reference: newId(),
        } as const
        const use = stage.credit.consents.use(question, TRACE).then(() => 'done', codeOf)
        // until the other process really waits for the row
        for (let waiting = 0; waiting === 0; )
          waiting = Number((await other.query(`SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`)).rows[0].n)
        await other.query('COMMIT')
        expect(await use).to.equal('consent_withdrawn')
        expect(await stores.dataConsents.uses(id, 10)).to.deep.equal([])
      } finally {
        await other.end()
        await stage.close()
      }
    })
  })
}
