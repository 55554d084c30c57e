import { expect } from 'chai'
import { newId } from '../../server/kernel/ids.ts'
import { NO_EFFECT } from '../../server/storage/stores-effects.ts'
import { openTestStores } from '../suites/memory-stores.ts'

/** What effects ask of a database that was set up a moment ago: its plans are made while the tables are empty, and stay for as long as nobody counts the rows. */
describe('effects in a young database', () => {
  it('read no more for a message than itself, however many its sender sent before', async () => {
    const stores = await openTestStores()
    try {
      const { pglite } = stores
      const sender = newId()
      const send = (count: number) =>
        Promise.all(
          Array.from({ length: count }, () =>
            stores.effects.take(
              {
                ...{ sender, id: newId(), idempotencyKey: newId(), type: 'channel.test', digest: 'd', signed: 's', signatures: 's', body: '{}' },
                ...{ answer: { status: 200, headers: {}, body: '{}' }, receivedAt: '2026-05-01T00:00:00.000Z', trace: 'K7QM-3F9T' },
              },
              async () => NO_EFFECT,
            ),
          ),
        )
      async function read(): Promise<number> {
        await pglite.query('SELECT pg_stat_force_next_flush()')
        const { rows } = await pglite.query<{ read: number }>(
          `SELECT (sum(idx_tup_read) + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname = 'channel_message'))::int AS read
           FROM pg_stat_user_indexes WHERE relname = 'channel_message'`,
        )
        return rows[0]?.read ?? Number.NaN
      }
      await send(600)
      const before = await read()
      await pglite.query('SELECT count(*) FROM channel_message')
      expect((await read()) - before, 'a scan would be counted').to.be.at.least(600)
      const after = await read()
      await send(300)
      expect((await read()) - after).to.be.at.most(900)
    } finally {
      await stores.close()
    }
  })
})
