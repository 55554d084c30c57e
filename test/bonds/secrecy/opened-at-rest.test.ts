import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import type { bondDesk } from '../../suites/bond-desk.ts'
import type { openTestStores } from '../../suites/memory-stores.ts'
import { codeOf } from '../../suites/storage.ts'
import { useBondDesk } from '../use-desk.ts'

/** What the lists of opened sections say to somebody who has a copy of the database and no key: nothing of a closed one, and of an open one not which rows it has. */
describe('lists of opened sections at rest', () => {
  const OPENING = '2026-05-12T01:30:00.000Z'
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let desk: ReturnType<typeof bondDesk>
  useBondDesk(clock, (opened, on) => {
    desk = opened
    stores = on
  })
  const rows = async (table: string) => (await stores.pglite.query<Record<string, unknown>>(`SELECT * FROM ${table}`)).rows
  const lists = async () => [...(await rows('bond_opened')), ...(await rows('bond_late'))]

  it('are empty before the opening, whatever comes and whoever asks, and do not grow while a section is closed again', async () => {
    const { asked, section } = await desk.announce({ deadline: '2026-06-20T01:30:00.000Z' })
    const other = await desk.announce()
    const bonds: string[] = []
    const come = async () => {
      const who = await desk.bidder(section.id)
      bonds.push(who.bondId)
      for (let n = 0; n < 2; n++) bonds.push((await desk.pay(who, who)).extra?.id ?? who.bondId)
    }
    const ask = () =>
      desk.readings
        .ofSection(asked)
        .page()
        .then(({ length }) => length, codeOf)
    await come()
    expect([await ask(), await lists()]).to.deep.equal(['bond_before_opening', []])

    clock.set(OPENING)
    expect(await ask()).to.equal(2)
    clock.set('2026-05-12T02:30:00.000Z')
    await ask()
    await come()
    expect(await ask()).to.equal(4)
    const open = await lists()
    const [opened] = open
    expect(open).to.have.length(3)
    const text = JSON.stringify(open)
    for (const id of [...bonds, other.section.id]) expect(text).to.not.include(id)
    // as long for two bonds as for none
    await desk.readings.ofSection(other.asked).page()
    clock.set('2026-05-12T03:30:00.000Z')
    await desk.readings.ofSection(other.asked).page()
    const lengths = (await rows('bond_opened')).map(({ sealed }) => String(sealed).length)
    expect(lengths).to.deep.equal([String(opened?.['sealed']).length, String(opened?.['sealed']).length])

    for (const opensAt of [undefined, '2026-06-01T01:30:00.000Z']) {
      await desk.sections.postpone(asked, opensAt, 'K7QM-3F9T')
      const before = await lists()
      await come()
      expect(await ask()).to.equal('bond_before_opening')
      expect(await lists()).to.deep.equal(before)
    }
  })
})
