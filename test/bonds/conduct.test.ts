import { expect } from 'chai'
import { type AddConduct, createConduct } from '../../server/bonds/conduct.ts'
import { createBondConduct } from '../../server/credit/facts/conduct.ts'
import { createFacts } from '../../server/credit/facts/facts.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import type { bondDesk } from '../suites/bond-desk.ts'
import type { openTestStores } from '../suites/memory-stores.ts'
import { decided } from './stage.ts'
import { useBondDesk } from './use-desk.ts'

const DEADLINE = '2026-05-12T01:30:00.000Z'
const TRACE = 'K7QM-3F9T'

describe('what bonds say about their bidders', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let desk: ReturnType<typeof bondDesk>
  useBondDesk(clock, (opened, on) => {
    desk = opened
    stores = on
  })

  it('is told to their credit once names are released, each thing once; what others paid says nothing', async function () {
    this.timeout(60_000)
    const { section, shares, asked } = await desk.announce()
    const [good, short, foreign, refuses] = [
      await desk.bidder(section.id),
      await desk.bidder(section.id),
      await desk.bidder(section.id),
      await desk.bidder(section.id),
    ]
    await desk.pay(good, good)
    await desk.pay(short, short, { fen: 1n })
    await desk.pay(foreign, { name: '演示个人', basicAccount: '990000000001' })
    await desk.pay(refuses, refuses)
    const facts = createFacts({
      store: stores.credit,
      signedBy: async () => '',
      changed: async () => undefined,
      clock,
      trail: { append: async () => undefined },
    })
    const credit = createBondConduct({ facts, store: stores.credit, clock })
    let told = 0
    const add: AddConduct = (about, trace) => {
      told++
      return credit.add(about, trace)
    }
    const conduct = createConduct({ store: stores.bonds, readings: desk.readings, add })
    await conduct.tell(section.id)
    expect(told, 'before the opening').to.equal(0)
    clock.set(DEADLINE)
    await conduct.tell(section.id)
    expect(told, 'before the release').to.equal(0)
    await desk.sections.release(asked, shares, TRACE)
    await conduct.tell(section.id)
    const forfeits = [{ ground: 'contract-refused' as const, fen: 1n }]
    await desk.happen(refuses.bondId, decided({ cause: 'forfeiture', winner: true, forfeits }))
    await conduct.tell(section.id)
    const of = async (who: typeof good) => {
      const { kept, late, forfeited } = await credit.conductOf(who.uscc)
      return [kept, late, forfeited]
    }
    expect(await of(good)).to.deep.equal([1, 0, 0])
    expect(await of(short)).to.deep.equal([0, 1, 0])
    expect(await of(foreign)).to.deep.equal([0, 0, 0])
    expect(await of(refuses)).to.deep.equal([1, 0, 1])
  })
})
