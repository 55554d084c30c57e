import { expect } from 'chai'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { bondDesk } from './bond-desk.ts'
import { codeOf, type SuiteClock } from './storage.ts'

const START = '2026-05-01T08:00:00.000Z'
const AFTER = '2026-05-12T01:31:00.000Z'
type Desk = ReturnType<typeof bondDesk>

/** What every database does for signals of collusion. `open` is called once; each test has a section of its own. */
export function bondAlertStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`signals of collusion on ${name}`, function () {
    this.timeout(60_000)
    let stores: Stores
    let clock: SuiteClock
    let desk: Desk
    before(async () => {
      ;({ stores, clock } = await open())
      desk = bondDesk(stores, clock)
    })
    after(() => stores.close())
    beforeEach(() => {
      clock.set(START)
      desk.told.splice(0)
    })
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)
    const seen = async (asked: Parameters<Desk['alerts']['forSupervisor']>[0]) => await desk.alerts.forSupervisor(asked, '', 100)
    /** Two rivals with this in common, and a third one with nothing. */
    async function rivals(whence: Parameters<Desk['bidder']>[2]) {
      const made = await desk.announce()
      const { id } = made.section
      const both = [await desk.bidder(id, 'section', whence), await desk.bidder(id, 'section', whence)] as const
      await desk.bidder(id, 'section', { device: newId(), address: '198.51.100.7', shield: newId() })
      return { ...made, both }
    }

    for (const [signal, strength, whence] of [
      ['person', 'strong', { personId: 'the same person' }],
      ['shield', 'strong', { shield: 'ab'.repeat(32) }],
      ['device', 'medium', { device: 'the same browser' }],
      ['network', 'weak', { address: '2001:db8:1:2::5' }],
    ] as const)
      it(`${signal}: tells which two rivals, how strong, and from which records; names once they are released`, async () => {
        const { section, shares, asked, both } = await rivals(whence)
        clock.set(AFTER)
        await desk.alerts.look(section.id)
        const [alert, ...more] = await seen(asked)
        expect(more).to.deep.equal([])
        expect(alert).to.include({ signal, strength, foundAt: AFTER })
        expect(alert?.rivals).to.have.deep.members(both.map(({ bondId }) => ({ bondId })))
        expect(alert?.records).to.have.deep.members(both.map(({ bondId }) => ({ bond: bondId, kind: 'account-given', ref: bondId, at: START })))
        await desk.sections.release(asked, shares.slice(0, 2), 'K7QM-3F9T')
        expect((await seen(asked))[0]?.rivals.map(({ bidder }) => bidder)).to.have.deep.members(
          both.map(({ uscc, name: who }) => ({ uscc, name: who })),
        )
      })

    it('payer-account: two rivals paid from one account, by the banks’ receipts, and no name is needed for it', async () => {
      const { section, asked, both } = await rivals({})
      const [a, b] = both
      await desk.pay(a, a, { serial: `${section.id}-1` })
      await desk.pay(b, { name: b.name, basicAccount: a.basicAccount }, { serial: `${section.id}-2` })
      clock.set(AFTER)
      await desk.alerts.look(section.id)
      const found = await seen(asked)
      expect(found.map(({ signal }) => signal)).to.deep.equal(['payer-account'])
      expect(found[0]?.records.map(({ bond, ref }) => [bond, ref])).to.have.deep.members([
        [a.bondId, `ccb/${section.id}-1`],
        [b.bondId, `ccb/${section.id}-2`],
      ])
      expect(JSON.stringify(found)).to.not.include(a.name).and.not.include(a.basicAccount)
    })

    it('one company that pays twice, and asks twice, is no rival of its own', async () => {
      const { section, asked } = await desk.announce()
      const who = desk.company()
      const whence = { personId: 'p', shield: 's', device: 'd', address: '203.0.113.9' }
      const first = await desk.bidder(section.id, 'section', whence, who)
      await desk.bidder(section.id, 'section', whence, who)
      await desk.pay(first, who)
      await desk.pay(first, who)
      clock.set(AFTER)
      await desk.alerts.look(section.id)
      expect(await seen(asked)).to.deep.equal([])
      expect(desk.told.map(({ code }) => code)).to.not.include('bond.alerted')
    })

    it('rivals of different sections are none', async () => {
      const [one, other] = [await desk.announce(), await desk.announce()]
      for (const { section } of [one, other]) await desk.bidder(section.id, 'section', { personId: 'p', device: 'd' })
      clock.set(AFTER)
      for (const { section, asked } of [one, other]) {
        await desk.alerts.look(section.id)
        expect(await seen(asked)).to.deep.equal([])
      }
    })

    it('before the opening nothing is looked for, kept or told, and it is refused alike with signals and without', async () => {
      const { section, asked } = await rivals({ personId: 'p', device: 'd' })
      const empty = await desk.announce()
      clock.set('2026-05-12T01:29:59.999Z')
      desk.told.splice(0)
      await desk.alerts.look(section.id)
      expect(desk.told).to.deep.equal([])
      const said = async (of: typeof asked) => await seen(of).then(() => 'told', String)
      expect(await said(asked)).to.equal(await said(empty.asked))
      expect(await refusal(seen(asked))).to.equal('bond_before_opening')
      // put off after it had opened: closed again
      clock.set(AFTER)
      expect(await seen(asked)).to.deep.equal([])
      await desk.alerts.look(section.id)
      expect(await seen(asked)).to.have.length(2)
      await desk.sections.postpone(asked, '2026-05-20T01:30:00.000Z', 'K7QM-3F9T')
      expect(await refusal(seen(asked))).to.equal('bond_before_opening')
      expect(await refusal(seen({ ...asked, center: newId() }))).to.equal('bond_unknown')
    })

    it('looked for again they are the same, with one line in the audit record that names nobody', async () => {
      const { section, asked } = await rivals({ personId: 'p', device: 'd' })
      clock.set(AFTER)
      desk.told.splice(0)
      await desk.alerts.look(section.id)
      const found = await seen(asked)
      clock.set('2026-05-12T02:00:00.000Z')
      await Promise.all([desk.alerts.look(section.id), desk.alerts.look(section.id)])
      expect(await seen(asked)).to.deep.equal(found)
      expect(desk.told.map(({ code, facts }) => [code, facts])).to.deep.equal([
        ['bond.alerted', { section: section.id, alerts: 2, strongest: 'strong' }],
      ])
    })
  })
}
