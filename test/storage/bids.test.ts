import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { bidRoomStorageSuite } from '../suites/bid-room-storage.ts'
import { bidStorageSuite } from '../suites/bid-storage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

const start = '2026-05-01T08:00:00.000Z'
const opened: Stores[] = []
after(() => Promise.all(opened.map(stores => stores.close())))

const embedded = async () => {
  const clock = fixedClock(start)
  const stores = await openTestStores({ clock })
  opened.push(stores)
  return { stores, clock }
}
bidStorageSuite('PGlite', embedded)
bidRoomStorageSuite('PGlite', embedded)

if (process.env['TEST_DATABASE_URL'] !== undefined) {
  const database = await createTemporaryDatabase()
  after(() => database?.drop())
  const server = async () => {
    const clock = fixedClock(start)
    const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
    opened.push(stores)
    return { stores, clock }
  }
  bidStorageSuite('PostgreSQL', server)
  bidRoomStorageSuite('PostgreSQL', server)
}
