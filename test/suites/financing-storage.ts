import { expect } from 'chai'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { BOND_FEN, financingDesk, TRACE } from './financing-desk.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for deals and financing. `open` is called once; tests use ids of their own. */
export function financingStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of deals and financing on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    let desk: ReturnType<typeof financingDesk>
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
      desk = financingDesk(stores, clock)
    })
    after(() => stores.close())
    beforeEach(() => clock.set('2026-06-01T08:00:00.000Z'))
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)

    it('takes a deal once for a contract number, and other words under it not at all', async () => {
      const by = desk.company()
      const contract = newId()
      const [one, two] = await Promise.all([desk.report(by, { contract }), desk.report(by, { contract })])
      expect(one.id).to.equal(two.id)
      expect(await refusal(desk.report(by, { contract, fen: 1n }))).to.equal('deal_conflict')
      expect((await desk.report(by, { contract, center: 'center-b' })).id).not.to.equal(one.id)
      expect(await refusal(desk.deals.ofCenter(one.id, 'center-b'))).to.equal('deal_unknown')
      expect(await refusal(desk.deals.one(desk.company().membership.uscc, one.id))).to.equal('deal_unknown')
    })

    it('tells a bank of a deal by consent or by law alone, once, and writes it down for the company', async () => {
      const by = desk.company()
      const deal = await desk.report(by)
      const asked = { id: deal.id, center: 'center-a' }
      expect(await refusal(desk.deals.tell({ ...asked, bank: 'ccb' }, TRACE))).to.equal('consent_missing')
      expect(await desk.toBanks(by.membership.uscc)).to.deep.equal([])
      const given = await desk.consent(by, ['ccb'], deal.project, ['deal'])
      await Promise.all([desk.deals.tell({ ...asked, bank: 'ccb' }, TRACE), desk.deals.tell({ ...asked, bank: 'ccb' }, TRACE)])
      const counted = (await Promise.all(given.map(id => stores.dataConsents.uses(id, 10)))).flat()
      expect(counted.map(({ number }) => number)).to.deep.equal([1])
      expect(desk.told.filter(({ code, facts }) => code === 'deal.flowed' && facts['deal'] === deal.id)).to.have.length(1)
      const law = { law: '政府采购法', article: '第五十条' }
      await desk.deals.tell({ ...asked, bank: 'icbc', law }, TRACE)
      expect((await desk.toBanks(by.membership.uscc)).map(({ type, receiver }) => `${type} ${receiver}`).sort()).to.deep.equal([
        ...['deal.reported ccb', 'deal.reported icbc'],
      ])
      const flows = await desk.deals.flows(deal)
      expect(flows.map(({ bank, ground }) => `${bank} ${ground.kind}`)).to.deep.equal(['ccb consent', 'icbc law'])
      expect(flows[1]?.ground).to.deep.include(law)
      expect(desk.told.filter(({ code, facts }) => code === 'deal.flowed' && facts['deal'] === deal.id).at(-1)?.facts).to.deep.include(law)
    })

    it('leads from the consents to the loan, and tells the other bank that it is over', async () => {
      const { by, deal, financing, read } = await desk.applied({ credit: true })
      await desk.offers('ccb', financing)
      await desk.offers('icbc', financing, { serial: 'O-icbc', rateMillionths: 36_500 })
      await desk.applications.accept(by, financing.id, { bank: 'icbc', serial: 'O-icbc' })
      for (const stage of ['approved', 'signed', 'paid-out']) await desk.says('progress', 'icbc', financing, { stage })
      expect((await read()).cases.map(({ bank, state }) => `${bank} ${state}`)).to.deep.equal(['ccb closed', 'icbc paid-out'])
      const told = await desk.toBanks(
        by.membership.uscc,
        financing.cases.map(({ code }) => code),
      )
      expect(told.map(({ type, receiver }) => `${type} ${receiver}`).sort()).to.deep.equal([
        ...['financing.accepted icbc', 'financing.applied ccb', 'financing.applied icbc', 'financing.closed ccb'],
      ])
      expect(told.find(({ type }) => type === 'financing.applied')?.part).to.deep.include({ creditReport: `report about ${by.membership.uscc}` })
      expect((await desk.deals.flows(deal)).map(({ bank }) => bank).sort()).to.deep.equal(['ccb', 'icbc'])
      const { events } = await desk.applications.one(by.membership.uscc, financing.id)
      expect(events.map(({ kind }) => kind)).to.deep.equal(['applied', 'offered', 'offered', 'accepted', 'progress', 'progress', 'progress'])
    })

    it('gives no bank anything where one consent is missing, and the report only where it was consented to', async () => {
      const by = desk.company()
      const deal = await desk.report(by)
      await desk.consent(by, ['ccb'], deal.project, ['deal'])
      expect(await refusal(desk.apply(by, deal.id))).to.equal('consent_missing')
      expect(await refusal(desk.apply(by, deal.id, { banks: ['ccb'], credit: true }))).to.equal('consent_missing')
      expect(await desk.toBanks(by.membership.uscc)).to.deep.equal([])
      await desk.apply(by, deal.id, { banks: ['ccb'] })
      expect((await desk.toBanks(by.membership.uscc)).map(({ part }) => Object.keys(part as object))[0]).not.to.include('creditReport')
    })

    it('stops with a withdrawn consent: no acceptance, no new application, no telling', async () => {
      const { by, deal, given, financing } = await desk.applied()
      await desk.offers('ccb', financing, { serial: 'O-gone' })
      for (const id of given) await desk.consents.withdraw(by, id)
      expect(await refusal(desk.applications.accept(by, financing.id, { bank: 'ccb', serial: 'O-gone' }))).to.equal('consent_withdrawn')
      await desk.applications.withdraw(by, financing.id)
      expect(await refusal(desk.apply(by, deal.id))).to.equal('consent_withdrawn')
      expect(await refusal(desk.deals.tell({ id: deal.id, center: 'center-a', bank: 'ccb' }, TRACE))).to.equal('consent_withdrawn')
      const codes = financing.cases.map(({ code }) => code)
      expect((await desk.toBanks(by.membership.uscc, codes)).filter(({ type }) => type === 'financing.closed')).to.have.length(2)
    })

    it('tells a bank of a bid bond the amount and a random code, and nothing of the tender', async () => {
      const by = desk.company()
      const bondId = newId()
      const code = `DK-${newId()}`
      await desk.consent(by, ['ccb'], code, ['bond.amount'])
      await desk.apply(by, bondId, { source: { kind: 'bond-loan', id: bondId }, banks: ['ccb'], fen: BOND_FEN, code })
      const [message] = await desk.toBanks(by.membership.uscc)
      expect(message?.part).to.deep.include({ kind: 'bond-loan', fen: Number(BOND_FEN) })
      expect(Object.keys(message?.part as object)).not.to.include.members(['deal'])
      expect(JSON.stringify(message)).not.to.include(bondId)
      expect(Object.keys(JSON.parse(message?.body ?? '{}') as object)).to.deep.equal(['code', 'confidential'])
    })

    it('accepts one offer of several at once, none that is over, and none that was replaced', async () => {
      const { by, financing, read } = await desk.applied()
      await desk.offers('ccb', financing, { serial: 'O-1000' })
      await desk.offers('icbc', financing, { serial: 'O-2000', validUntil: '2026-06-02T00:00:00.000Z' })
      clock.set('2026-06-02T00:00:00.000Z')
      expect(await refusal(desk.applications.accept(by, financing.id, { bank: 'icbc', serial: 'O-2000' }))).to.equal('financing_offer_over')
      await desk.offers('icbc', financing, { serial: 'O-3000' })
      expect(await refusal(desk.applications.accept(by, financing.id, { bank: 'icbc', serial: 'O-2000' }))).to.equal('financing_offer_changed')
      const outcomes = await Promise.all([
        refusal(desk.applications.accept(by, financing.id, { bank: 'ccb', serial: 'O-1000' })),
        refusal(desk.applications.accept(by, financing.id, { bank: 'icbc', serial: 'O-3000' })),
      ])
      expect(outcomes.filter(each => each === 'done')).to.have.length(1)
      expect((await read()).cases.filter(({ state }) => state === 'accepted')).to.have.length(1)
    })

    it('counts what a bank numbers once, and hears of an application only the bank that it went to', async () => {
      const [one, two] = [await desk.applied(), await desk.applied()]
      const fact = { serial: 'SAME-0001', at: '2026-06-01T08:00:00.000Z' }
      await desk.offers('ccb', one.financing, fact)
      await desk.offers('ccb', one.financing, fact)
      expect((await one.read()).version).to.equal(2)
      expect(await refusal(desk.offers('ccb', one.financing, { ...fact, rateMillionths: 1 }))).to.equal('financing_event_conflict')
      expect(await refusal(desk.offers('ccb', two.financing, fact))).to.equal('financing_event_conflict')
      const stranger = desk.says('declined', 'ccb', two.financing, { reason: '不' }, { sender: 'icbc' })
      expect(await refusal(stranger)).to.equal('financing_unknown')
    })

    it('runs one application for a deal at a time, is the answer when it is sent twice, and is nobody else’s', async () => {
      const { by, deal, financing } = await desk.applied()
      expect((await desk.apply(by, deal.id, { id: financing.id })).cases).to.deep.equal(financing.cases)
      expect(await refusal(desk.apply(by, deal.id))).to.equal('financing_running')
      expect(await refusal(desk.apply(by, deal.id, { fen: deal.fen + 1n }))).to.equal('financing_amount_wrong')
      expect(await refusal(desk.apply(by, deal.id, { banks: ['nobody'] }))).to.equal('financing_bank_unavailable')
      expect(await refusal(desk.applications.withdraw(desk.company(), financing.id))).to.equal('financing_unknown')
    })

    it('of one application that is sent twice at one moment makes one, which answers both, and tells of it once', async () => {
      const by = desk.company()
      const deal = await desk.report(by)
      await desk.consent(by, ['ccb', 'icbc'], deal.project, ['deal'])
      const id = newId()
      const [one, two] = await Promise.all([desk.apply(by, deal.id, { id }), desk.apply(by, deal.id, { id })])
      expect(two.cases).to.deep.equal(one.cases)
      expect(desk.told.filter(({ code, facts }) => code === 'deal.flowed' && facts['deal'] === deal.id)).to.have.length(2)
      expect(await refusal(desk.apply(by, deal.id))).to.equal('financing_running')
    })

    it('keeps nothing readable at rest', async () => {
      const { by, deal, financing } = await desk.applied()
      const rows = [await stores.financing.deal(deal.id), await stores.financing.forStep(financing.id), await stores.financing.flows(deal.id, 10)]
      const text = JSON.stringify(rows)
      for (const secret of [by.membership.uscc, deal.contract, deal.project, 'ccb']) expect(text).not.to.include(secret)
    })
  })
}
