import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import type { bondDesk } from '../../suites/bond-desk.ts'
import type { openTestStores } from '../../suites/memory-stores.ts'
import { decided } from '../stage.ts'
import { useBondDesk } from '../use-desk.ts'

/** What a copy of the database says before the opening to somebody who has no key. */
describe('bonds at rest', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let desk: ReturnType<typeof bondDesk>
  useBondDesk(clock, (opened, on) => {
    desk = opened
    stores = on
  })
  const rows = async (table: string) => (await stores.pglite.query<Record<string, unknown>>(`SELECT * FROM ${table}`)).rows

  it('say neither whose they are, nor of which section, nor how far they are', async function () {
    this.timeout(60_000)
    const sections = [await desk.announce(), await desk.announce(), await desk.announce()]
    const bidders = []
    for (const [i, count] of [0, 1, 12].entries()) {
      for (let n = 0; n < count; n++) {
        const who = await desk.bidder(sections[i]?.section.id ?? '')
        bidders.push(who)
        if (n % 2 === 0) await desk.pay(who, who, { fen: n % 4 === 0 ? 20_000_000n : 1n })
      }
    }
    const bonds = await rows('bond')
    const events = await rows('bond_event')
    const text = JSON.stringify([bonds, events])
    for (const secret of [
      ...bidders.flatMap(({ uscc, name, account, basicAccount }) => [uscc, name, account, basicAccount]),
      ...sections.map(({ section }) => section.id),
    ])
      expect(text).to.not.include(secret)
    for (const column of ['sealed', 'bidder', 'payer', 'place_tag', 'account_tag', 'company_tag', 'id'])
      expect(new Set(bonds.map(row => String(row[column]).length)), column).to.have.length(1)
    expect(new Set(events.map(row => String(row['sealed']).length))).to.have.length(1)
    expect(new Set(bonds.map(row => row['place_tag']))).to.have.length(bidders.length)
    // the sections' own rows are public, and do not change with those who bid
    expect(new Set((await rows('bond_section')).map(row => String(row['body']).length)), 'section').to.have.length(1)
    // in the order they were made, ids neither rise nor fall
    const ids = bidders.map(({ bondId }) => bondId)
    expect(ids).to.not.deep.equal(ids.toSorted())
  })

  it('the audit record tells of events alike', async () => {
    const { section } = await desk.announce()
    for (const way of ['paid', 'unpaid']) {
      const who = await desk.bidder(section.id)
      if (way === 'paid') await desk.pay(who, who)
      await desk.happen(who.bondId, decided({ cause: 'withdrawn' }))
    }
    const told = desk.told.filter(({ code }) => code === 'bond.happened')
    expect(told).to.have.length(2)
    for (const { facts } of told) expect(Object.keys(facts)).to.deep.equal(['sm3'])
  })

  it('events and parameters can neither be changed nor taken away', async () => {
    await desk.parameters.enter('deposit-rate', JSON.stringify({ from: '2026-01-01', millionths: 500, basis: '挂牌利率' }), 'operator', 'K7QM-3F9T')
    for (const statement of [
      'UPDATE bond_event SET number = 9',
      'DELETE FROM bond_event',
      `UPDATE bond_parameter SET body = ''`,
      'DELETE FROM bond_parameter',
    ])
      expect(await stores.pglite.exec(statement).then(() => 'done', String)).to.include('append-only')
  })
})
