import type { fixedClock } from '../../server/kernel/clock.ts'
import { bondDesk } from '../suites/bond-desk.ts'
import { openTestStores } from '../suites/memory-stores.ts'

type TestStores = Awaited<ReturnType<typeof openTestStores>>

/** One desk for the tests of a `describe`, on an embedded database of its own. @param ready is given it before the first of them */
export function useBondDesk(clock: ReturnType<typeof fixedClock>, ready: (desk: ReturnType<typeof bondDesk>, stores: TestStores) => void): void {
  let stores: TestStores | undefined
  before(async () => {
    stores = await openTestStores({ clock })
    ready(bondDesk(stores, clock), stores)
  })
  after(() => stores?.close())
}
