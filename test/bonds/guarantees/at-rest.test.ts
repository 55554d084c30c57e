import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { DEADLINE, guaranteeDesk, saveSection, TRACE } from '../../suites/guarantee-desk.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { codeOf } from '../../suites/storage.ts'

/** What a copy of the database, the messages on their way and the public look-up say before the opening to somebody who has no key. */
describe('guarantees at rest', () => {
  const START = '2026-05-01T08:00:00.000Z'
  const clock = fixedClock(START)
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let desk: ReturnType<typeof guaranteeDesk>
  before(async () => {
    stores = await openTestStores({ clock })
    desk = guaranteeDesk(stores, clock)
  })
  after(() => stores.close())
  beforeEach(() => clock.set(START))
  const rows = async (table: string) => (await stores.pglite.query<Record<string, unknown>>(`SELECT * FROM ${table}`)).rows

  it('say neither whose they are, nor of which section, for how much, nor how far they are', async function () {
    this.timeout(60_000)
    const sections = [await desk.announce(), await desk.announce()]
    const all = []
    for (const [i, count] of [1, 8].entries()) {
      const { section } = sections[i] ?? (await desk.announce())
      for (let n = 0; n < count; n++) {
        const who = await desk.bidder(section)
        all.push({ who, guarantee: await desk.apply(who, n % 2 === 0 ? 'ccb' : 'icbc') })
      }
    }
    for (const { guarantee } of all.slice(0, 4)) await desk.offers(guarantee)
    const made = await rows('guarantee')
    const events = await rows('guarantee_event')
    const outgoing = await rows('channel_outgoing')
    const text = JSON.stringify([made, events, outgoing])
    for (const secret of [
      ...all.flatMap(({ who, guarantee }) => [who.company.uscc, who.company.name, who.bondId, guarantee.verification]),
      ...sections.flatMap(({ section }) => [section.id, section.center, section.name]),
      '20000000',
      '2026-08-10',
    ])
      expect(text).to.not.include(secret)
    expect(JSON.stringify([made, events])).to.not.include(all[0]?.guarantee.code)
    for (const column of Object.keys(made[0] ?? {}).filter(name => name !== 'version'))
      expect(new Set(made.map(row => String(row[column]).length)), column).to.have.length(1)
    expect(new Set(events.map(row => String(row['sealed']).length))).to.have.length(1)
    for (const column of ['place_tag', 'bond_tag', 'company_tag']) expect(new Set(made.map(row => row[column])), column).to.have.length(all.length)
    // an SM2 cipher in DER is a few octets longer or shorter by chance; what it holds shows in none of them
    const lengths = outgoing.map(row => String(row['body']).length)
    expect(Math.max(...lengths) - Math.min(...lengths)).to.be.lessThan(24)
    expect(outgoing.every(row => row['deadline'] === null)).to.equal(true)
    const ids = all.map(({ guarantee }) => guarantee.id)
    expect(ids).to.not.deep.equal(ids.toSorted())
  })

  it('before the opening a code that is known and one that is not get one answer by the same reads', async () => {
    const { section } = await desk.announce()
    const { guarantee } = await desk.inForce(section)
    const asked = async (code: string) => {
      const before = stores.statements().reads
      const answer = await desk.lookUp(code).then(() => 'known', String)
      return [answer, stores.statements().reads - before]
    }
    const [known, unknown] = [await asked(guarantee.verification), await asked('AAAA-AAAA-AAAA-AAAA')]
    expect(known).to.deep.equal(unknown)
    expect(known[0]).to.include('guarantee_unknown')
    clock.set(DEADLINE)
    expect(await desk.lookUp(guarantee.verification)).to.include({ inForce: true, number: 'CCB-BH-2026-0001' })
    expect(await desk.lookUp('AAAA-AAAA-AAAA-AAAA').then(() => 'known', codeOf)).to.equal('guarantee_unknown')
    await saveSection(stores, { ...section, opensAt: '2026-06-01T00:00:00.000Z' })
    expect(await asked(guarantee.verification), 'postponed').to.deep.equal(unknown)
  })

  it('an application that came to no document has nothing to look up, after the opening either', async () => {
    const { section } = await desk.announce()
    const guarantee = await desk.apply(await desk.bidder(section))
    clock.set(DEADLINE)
    expect(await desk.lookUp(guarantee.verification).then(() => 'known', codeOf)).to.equal('guarantee_unknown')
  })

  it('the audit record tells of all acts alike, and of each refusal once', async () => {
    const { section, asked } = await desk.announce()
    const who = await desk.bidder(section)
    desk.told.splice(0)
    const guarantee = await desk.apply(who)
    await desk.applications.withdraw({ uscc: who.company.uscc, id: guarantee.id }, TRACE)
    expect(desk.told.map(({ code, facts }) => [code, Object.keys(facts)])).to.deep.equal([
      ['guarantee.happened', ['sm3']],
      ['guarantee.happened', ['sm3']],
    ])
    desk.told.splice(0)
    await desk.beneficiary.list(asked, TRACE).catch(() => undefined)
    await desk.beneficiary.release({ ...asked, id: guarantee.id }, { cause: 'lost', winner: false, decision: 'D-1' }, TRACE).catch(() => undefined)
    expect(desk.told.map(({ code, facts }) => [code, facts['failure']])).to.deep.equal([
      ['guarantee.refused', 'bond_before_opening'],
      ['guarantee.refused', 'bond_before_opening'],
    ])
  })

  it('events can neither be changed nor taken away', async () => {
    const { section } = await desk.announce()
    await desk.apply(await desk.bidder(section))
    for (const statement of ['UPDATE guarantee_event SET number = 9', 'DELETE FROM guarantee_event'])
      expect(await stores.pglite.exec(statement).then(() => 'done', String)).to.include('append-only')
  })
})
