import { expect } from 'chai'
import * as move from '../../server/bonds/ledger/movements.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { ChannelMessage } from '../../server/storage/stores-channel.ts'
import { NO_EFFECT } from '../../server/storage/stores-effects.ts'
import { ledgerOn, paidBond } from '../bonds/ledger/book.ts'
import { CNY, factsOf } from '../suites/ledger-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const messageOf = (sender: string): ChannelMessage => ({
  ...{ sender, id: newId(), idempotencyKey: newId(), type: 'channel.test', digest: 'd', signed: 's', signatures: 's', body: '{}' },
  ...{ answer: { status: 200, headers: {}, body: '{}' }, receivedAt: '2026-05-01T00:00:00.000Z', trace: 'K7QM-3F9T' },
})

/** What effects and postings ask of a database that was set up a moment ago: its plans are made while the tables are empty, and stay for as long as nobody counts the rows. */
describe('a young database', () => {
  let stores: Awaited<ReturnType<typeof openTestStores>>
  beforeEach(async () => {
    stores = await openTestStores({ clock: systemClock })
  })
  afterEach(() => stores.close())

  /** rows that were read of a table since the beginning, by an index or without one */
  async function read(table: string): Promise<number> {
    await stores.pglite.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await stores.pglite.query<{ read: number }>(
      `SELECT ((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = $1) + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname = $1))::int AS read`,
      [table],
    )
    return rows[0]?.read ?? Number.NaN
  }
  const during = async (table: string, work: () => Promise<unknown>): Promise<number> => {
    const before = await read(table)
    await work()
    return (await read(table)) - before
  }

  it('reads no more for a message than itself, however many its sender sent before', async () => {
    const sender = newId()
    const send = (count: number) => Promise.all(Array.from({ length: count }, () => stores.effects.take(messageOf(sender), async () => NO_EFFECT)))
    await send(600)
    const scan = () => stores.pglite.query('SELECT count(*) FROM channel_message')
    expect(await during('channel_message', scan), 'a scan is counted').to.be.at.least(600)
    expect(await during('channel_message', () => send(300))).to.be.at.most(900)
  })

  it('reads no more to end a hold than what it is about, however many there are', async () => {
    const ledger = ledgerOn(stores.ledger)
    const held = async () => {
      const { at } = await paidBond(ledger)
      const facts = factsOf()
      await ledger.hold(
        { ...facts, ...CNY, expiresAt: new Date(systemClock.now().getTime() + 600_000).toISOString() },
        move.refund(at, { bond: 100n }),
      )
      return facts.key
    }
    const end = (keys: string[]) =>
      Promise.all(keys.map((key, i) => (i % 2 === 0 ? ledger.postHold(factsOf(), key) : ledger.voidHold(factsOf(), key))))
    // the database keeps a plan after some five times
    for (let time = 0; time < 8; time++) await end([await held()])
    const keys = await Promise.all(Array.from({ length: 400 }, held))
    expect(await during('ledger_journal', () => end(keys))).to.be.at.most(400 * 20)
  })
})

if (process.env['TEST_DATABASE_URL'] !== undefined)
  describe('effects of two processes on PostgreSQL', () => {
    it('take each of a bank’s doubled messages once, in whatever order they come to either', async function () {
      this.timeout(60_000)
      const database = await createTemporaryDatabase()
      const open = () => openStores({ databaseUrl: database?.url, dataDir: 'memory', clock: systemClock, log: silentLog })
      const [one, other] = [await open(), await open()]
      try {
        for (let round = 0; round < 5; round++) {
          const messages = Array.from({ length: 150 }, () => messageOf('ccb'))
          const taken = await Promise.all([
            ...messages.map(message => one.effects.take(message, async () => NO_EFFECT)),
            ...messages.toReversed().map(message => other.effects.take(message, async () => NO_EFFECT)),
          ])
          expect(taken.filter(known => known === undefined)).to.have.length(messages.length)
        }
      } finally {
        await one.close()
        await other.close()
        await database?.drop()
      }
    })
  })
