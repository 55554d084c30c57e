import { fixedClock } from '../../server/kernel/clock.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { remoteSigningSuite } from './suite.ts'

remoteSigningSuite('the embedded database', async () => {
  const clock = fixedClock('2027-06-01T12:00:00.000Z')
  return { stores: await openTestStores({ clock }), clock }
})
