import { expect } from 'chai'
import { days, fixedClock, hours, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createUsageCounter } from '../../server/recognition/usage.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { RecognitionUsage } from '../../server/storage/stores-recognition.ts'
import { readableLog } from '../http/app.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { derOf, openStage, revoked, shield, stranger } from './stage.ts'

type Row = Omit<RecognitionUsage, 'day' | 'count'>
const row = (more: Partial<Row> = {}): Row => ({ client: 'center-a', ca: 'ca-1', region: '440100', kind: 'certificate', outcome: 'ok', ...more })
const clockAt = () => fixedClock('2027-06-01T15:59:59.000Z')

function suite(name: string, open: (clock: ReturnType<typeof clockAt>) => Promise<{ stores: Stores; close(): Promise<void> } | undefined>): void {
  describe(`recognition storage on ${name}`, () => {
    const clock = clockAt()
    let opened: Awaited<ReturnType<typeof open>>
    before(async function () {
      this.timeout(60_000)
      opened = await open(clock)
      if (opened === undefined) {
        console.log('      skipped: TEST_DATABASE_URL names no server')
        this.skip()
      }
    })
    after(() => opened?.close())
    const stores = () => {
      if (opened === undefined) throw new Error('not open')
      return opened.stores
    }
    const challenge = (more: Record<string, string> = {}) => ({
      id: newId(),
      client: 'center-a',
      purpose: 'login',
      text: '共享盾\n"\\{}, NULL ✓',
      createdAt: clock.now().toISOString(),
      expiresAt: new Date(clock.now().getTime() + minutes(5)).toISOString(),
      ...more,
    })

    it('keeps a challenge as it was, and knows no other', async () => {
      const [plain, bound] = [challenge(), challenge({ thumbprint: 'ab'.repeat(32) })]
      await Promise.all([plain, bound].map(each => stores().recognitionChallenges.insert(each)))
      expect(await stores().recognitionChallenges.find(plain.id)).to.deep.equal({ challenge: plain, used: false })
      expect(await stores().recognitionChallenges.find(bound.id)).to.deep.equal({ challenge: bound, used: false })
      expect(await stores().recognitionChallenges.find('none')).to.equal(undefined)
    })

    it('lets one of 50 consume it, of the right client alone, and not after its time', async () => {
      const [one, late] = [challenge(), challenge()]
      await Promise.all([one, late].map(each => stores().recognitionChallenges.insert(each)))
      const tries = await Promise.all(
        Array.from({ length: 50 }, (_, i) => stores().recognitionChallenges.consume(one.id, i % 2 === 0 ? 'center-a' : 'center-b')),
      )
      expect(tries.filter(Boolean)).to.have.length(1)
      expect(tries.findIndex(Boolean) % 2).to.equal(0)
      expect((await stores().recognitionChallenges.find(one.id))?.used).to.equal(true)
      clock.advance(minutes(5))
      expect(await stores().recognitionChallenges.consume(late.id, 'center-a')).to.equal(false)
      clock.advance(-minutes(5))
    })

    it('adds counts up, and a batch that is sent twice counts once', async () => {
      const { add, between } = stores().recognitionUsage
      const client = newId()
      const rows = (count: number) => [
        { ...row({ client }), day: '2027-06-01', count },
        { ...row({ client, outcome: 'certificate_expired' }), day: '2027-06-01', count: 1 },
      ]
      const until = new Date(clock.now().getTime() + days(1))
      const [first, second] = [newId(), newId()]
      await add(first, rows(3), until)
      await add(first, rows(3), until)
      await Promise.all([add(second, rows(4), until), add(second, rows(4), until), add(first, rows(3), until)])
      const found = (await between('2027-06-01', '2027-06-01', 1000)).filter(each => each.client === client)
      expect(found.map(({ outcome, count }) => [outcome, count])).to.deep.equal([
        ['certificate_expired', 2],
        ['ok', 7],
      ])
    })

    it('adds from several processes at once without losing any or waiting for each other', async () => {
      const client = newId()
      const outcomes = Array.from({ length: 40 }, (_, i) => `o${i}`)
      const until = new Date(clock.now().getTime() + days(1))
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => {
          const order = i % 2 === 0 ? outcomes : outcomes.toReversed()
          return stores().recognitionUsage.add(
            newId(),
            order.map(outcome => ({ ...row({ client, outcome }), day: '2027-06-02', count: 1 })),
            until,
          )
        }),
      )
      const found = (await stores().recognitionUsage.between('2027-06-02', '2027-06-02', 1000)).filter(each => each.client === client)
      expect(found).to.have.length(40)
      expect(found.every(({ count }) => count === 20)).to.equal(true)
    })
  })
}
suite('PGlite', async clock => {
  const stores = await openTestStores({ clock })
  return { stores, close: stores.close }
})
suite('PostgreSQL', async clock => {
  const database = await createTemporaryDatabase()
  if (database === undefined) return undefined
  const stores = await openStores({ databaseUrl: database.url, dataDir: 'memory', clock, log: silentLog })
  return {
    stores,
    async close() {
      await stores.close()
      await database.drop()
    },
  }
})

describe('recognition: counts of use', () => {
  const store = () => {
    const batches: { id: string; rows: readonly RecognitionUsage[] }[] = []
    const state = { fail: undefined as Error | undefined, arriveAndFail: false }
    return {
      batches,
      state,
      /** as the table does it: a batch counts once */
      total: () =>
        [...new Map(batches.map(batch => [batch.id, batch])).values()].flatMap(batch => batch.rows).reduce((sum, each) => sum + each.count, 0),
      async add(id: string, rows: readonly RecognitionUsage[]) {
        if (state.arriveAndFail) batches.push({ id, rows })
        if (state.fail !== undefined) throw state.fail
        batches.push({ id, rows })
      },
      between: async () => [],
    }
  }
  const counterOn = (fake: ReturnType<typeof store>, clock = clockAt(), log = silentLog) =>
    createUsageCounter({ store: fake, clock, log, everyMs: hours(1) })

  it('a thousand calls are one statement', async () => {
    const fake = store()
    const usage = counterOn(fake)
    for (let i = 0; i < 1000; i++) usage.count(row({ outcome: i % 2 === 0 ? 'ok' : 'certificate_expired' }))
    await usage.close()
    expect(fake.batches).to.have.length(1)
    expect(fake.batches[0]?.rows.map(({ outcome, count }) => [outcome, count])).to.deep.equal([
      ['ok', 500],
      ['certificate_expired', 500],
    ])
  })

  it('a day ends at midnight in Beijing', async () => {
    const fake = store()
    const clock = clockAt()
    const usage = counterOn(fake, clock)
    usage.count(row())
    clock.advance(1000)
    usage.count(row())
    await usage.close()
    expect(fake.batches[0]?.rows.map(({ day }) => day)).to.deep.equal(['2027-06-01', '2027-06-02'])
  })

  it('are kept while the database is away, and sent again under the same id, so that what arrived unheard counts once', async () => {
    const fake = store()
    const usage = counterOn(fake)
    usage.count(row(), 5)
    fake.state.fail = new BrokerError('database_unavailable', 'away')
    fake.state.arriveAndFail = true
    await usage.flush()
    usage.count(row(), 2)
    await usage.flush()
    fake.state.fail = undefined
    fake.state.arriveAndFail = false
    await usage.close()
    expect(fake.total()).to.equal(7)
    expect(new Set(fake.batches.map(({ id }) => id)).size).to.equal(2)
  })

  it('what could not be written before the end is told to the log', async () => {
    const fake = store()
    const { log, lines } = readableLog()
    const usage = counterOn(fake, clockAt(), log)
    usage.count(row(), 5)
    fake.state.fail = new Error('away')
    await usage.close()
    expect(lines.some(line => line.msg === 'counts of use were lost')).to.equal(true)
  })

  it('stand by center, CA, region, kind and outcome after an orderly stop, with no write for a call before it', async function () {
    this.timeout(60_000)
    const stage = await openStage()
    try {
      const good = { certificate: derOf(shield()), use: 'login' }
      const before = stage.stores.statements().writes
      await stage.post('certificates:verify', good)
      await stage.post('certificates:verify', good, { token: 'center-b' })
      await stage.post('certificates:verifyBatch', {
        items: [good, { certificate: derOf(revoked), use: 'login' }, { certificate: derOf(stranger), use: 'login' }, 7],
      })
      expect(stage.stores.statements().writes).to.equal(before)
      await stage.room.close()
      const rows = await stage.stores.recognitionUsage.between('2027-06-01', '2027-06-01', 100)
      expect(rows.map(({ client, ca, region, kind, outcome, count }) => [client, ca, region, kind, outcome, count])).to.have.deep.members([
        ['center-a', 'recognition-ca', '440100', 'certificate', 'ok', 2],
        ['center-a', 'recognition-ca', '440100', 'certificate', 'certificate_revoked', 1],
        ['center-a', '', '', 'certificate', 'certificate_untrusted', 1],
        ['center-a', '', '', 'certificate', 'bad_request', 1],
        ['center-b', 'recognition-ca', '440100', 'certificate', 'ok', 1],
      ])
    } finally {
      await stage.close()
    }
  })
})
