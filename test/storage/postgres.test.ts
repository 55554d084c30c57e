import { expect } from 'chai'
import pg from 'pg'
import { fixedClock, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { codeOf, newUscc, person, type SuiteClock, seat, storageSuite } from '../suites/storage.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('storage on PostgreSQL is not tested here: TEST_DATABASE_URL is not set')
} else {
  const database = await createTemporaryDatabase()
  const url = database?.url
  after(() => database?.drop())

  const open = (clock: SuiteClock) =>
    openStores({ databaseUrl: url, dataDir: 'memory', clock, log: silentLog, outbox: { retries: 3, retrySeconds: 0 } })
  storageSuite('PostgreSQL', open)

  describe('two brokers on one PostgreSQL', () => {
    const clock = fixedClock('2026-05-01T08:00:00.000Z')
    const soon = new Date(clock.now().getTime() + minutes(10))
    let brokers: Stores[] = []

    before(async function () {
      this.timeout(60_000)
      brokers = await Promise.all([open(clock), open(clock), open(clock)])
    })
    after(() => Promise.all(brokers.map(broker => broker.close())))

    const fromAll = <T>(count: number, work: (broker: Stores, i: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, i) => brokers.map(broker => work(broker, i))).flat())

    it('migrate a new database once when they start at the same moment', async () => {
      const fresh = await createTemporaryDatabase()
      try {
        const opened = await Promise.all([1, 2, 3].map(() => openStores({ databaseUrl: fresh?.url, dataDir: 'memory', clock, log: silentLog })))
        await Promise.all(opened.map(stores => stores.ping()))
        await Promise.all(opened.map(stores => stores.close()))
        const client = new pg.Client({ connectionString: fresh?.url })
        await client.connect()
        const { rows } = await client.query(`SELECT migration_name, count(*)::int AS times FROM _prisma_migrations GROUP BY 1`)
        await client.end()
        expect(rows.map(row => row.times)).to.deep.equal(rows.map(() => 1))
        expect(rows).not.to.have.length(0)
      } finally {
        await fresh?.drop()
      }
    })

    for (const model of ['AuthorizationCode', 'RefreshToken']) {
      it(`let exactly one of 150 parallel consumptions of one ${model} win`, async () => {
        const id = newId()
        await brokers[0]?.providerRecords.upsert(model, id, {}, soon)
        const answers = await fromAll(50, broker => broker.providerRecords.consume(model, id))
        expect(answers.filter(answer => answer)).to.have.length(1)
      })
    }

    it('let exactly one of 150 parallel claims of one id win', async () => {
      const id = newId()
      expect((await fromAll(50, broker => broker.onceIds.claim(id, soon))).filter(answer => answer)).to.have.length(1)
    })

    it('consume and claim many ids in different orders without a deadlock reaching a caller', async () => {
      const ids = Array.from({ length: 40 }, newId)
      await Promise.all(ids.map(id => brokers[0]?.providerRecords.upsert('RefreshToken', id, {}, soon)))
      const won = await Promise.all(
        brokers.map(async (broker, b) => {
          const order = b === 1 ? ids.toReversed() : ids
          const consumed = await Promise.all(order.map(id => broker.providerRecords.consume('RefreshToken', id)))
          const claimed = await Promise.all(order.map(id => broker.onceIds.claim(id, soon)))
          await Promise.all(order.map(id => broker.providerRecords.upsert('RefreshToken', id, { b }, soon)))
          return [consumed.filter(Boolean).length, claimed.filter(Boolean).length]
        }),
      )
      const sum = (n: number) => won.reduce((total, each) => total + (each[n] ?? 0), 0)
      expect([sum(0), sum(1)]).to.deep.equal([40, 40])
    })

    it('make one enterprise, one person and one membership of first logins at the same moment', async () => {
      const uscc = newUscc()
      const identity = person({ person: { name: '王芳', idDigest: newId() }, seats: [seat(uscc)] })
      const found = await fromAll(5, broker => broker.parties.recognise(identity, uscc))
      expect(new Set(found.map(each => each.membership.id)).size).to.equal(1)
    })

    it('go on after the server dropped every connection', async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
      await client.end()
      // those under way when it happened are told so, in our own words; then all is as before
      await brokers[0]?.ping().catch(thrown => expect(codeOf(thrown)).to.equal('database_unavailable'))
      await fromAll(20, broker => broker.ping().catch(codeOf))
      await fromAll(20, broker => broker.ping())
    })

    it('say that the database is away when it is, in our own words', async () => {
      const away = openStores({ databaseUrl: 'postgres://root@127.0.0.1:1/none', dataDir: 'memory', clock, log: silentLog })
      expect(await away.then(() => 'opened', codeOf)).to.equal('database_unavailable')
    })
  })
}
