import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { channelKeyStorageSuite } from '../suites/channel-key-storage.ts'
import { channelStorageSuite } from '../suites/channel-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2026-05-01T08:00:00.000Z'
const keySuite = (name: string, open: Parameters<typeof channelKeyStorageSuite>[2]) => channelKeyStorageSuite(name, start, open)

for (const suite of [channelStorageSuite, keySuite])
  suite('PGlite', async () => {
    const clock = fixedClock(start)
    return { stores: await openTestStores({ clock }), clock }
  })

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  for (const suite of [channelStorageSuite, keySuite])
    suite('PostgreSQL', async () => {
      const clock = fixedClock(start)
      return { stores: await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog }), clock }
    })
}
