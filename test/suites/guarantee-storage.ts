import { expect } from 'chai'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { DEADLINE, FEN, guaranteeDesk, saveSection, TRACE, VALID_UNTIL } from './guarantee-desk.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for guarantees. `open` is called once; tests use ids of their own. */
export function guaranteeStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of guarantees on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    let desk: ReturnType<typeof guaranteeDesk>
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
      desk = guaranteeDesk(stores, clock)
    })
    after(() => stores.close())
    beforeEach(() => clock.set('2026-05-01T08:00:00.000Z'))
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)

    it('leads from the application to the bond that it stands for, and keeps every line', async () => {
      const { section } = await desk.announce()
      const { who, guarantee } = await desk.inForce(section)
      expect(guarantee).to.deep.include({ state: 'in-force', issuer: 'ccb' })
      expect(await desk.bond(who.bondId)).to.deep.include({
        ...{ state: 'held', way: 'bank-guarantee' },
        guarantee: { number: 'CCB-BH-2026-0001', fen: FEN, validUntil: VALID_UNTIL },
      })
      expect((await stores.guarantees.lines(guarantee.id, 100)).map(({ number }) => number)).to.deep.equal([1, 2, 3, 4, 5])
      expect((await stores.guarantees.lines(guarantee.id, 1, 4)).map(({ number }) => number)).to.deep.equal([5])
      expect(guarantee.version).to.equal(5)
      expect((await desk.toIssuer(guarantee)).map(({ type }) => type).sort()).to.deep.equal(['guarantee.accepted', 'guarantee.applied'])
    })

    it('tells an issuer who applies, how much and how long, and nothing of the tender', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const guarantee = await desk.apply(who)
      const [first] = await desk.toIssuer(guarantee)
      expect(guarantee.code).to.match(/^[0-9a-f]{32}$/)
      expect(first?.part).to.deep.include({ fen: Number(FEN), validUntil: VALID_UNTIL, applicant: who.company, verification: guarantee.verification })
      const words = JSON.stringify(first)
      for (const secret of [section.id, section.center, section.projectId, section.name, DEADLINE, who.bondId]) expect(words).to.not.include(secret)
      // and in the open nothing but the code
      expect(Object.keys(JSON.parse(first?.message.body ?? '{}'))).to.deep.equal(['code', 'confidential'])
      expect(first?.message.deadline).to.equal(undefined)
    })

    it('applies to several issuers without ranking them, and to a stranger not at all', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const [one, two] = [await desk.apply(who, 'ccb'), await desk.apply(who, 'icbc')]
      await desk.offers(one, { priceFen: 40_000 })
      await desk.offers(two, { priceFen: 30_000 })
      const offers = await desk.applications.forBond({ uscc: who.company.uscc, bondId: who.bondId })
      expect(new Map(offers.map(({ issuer, offer }) => [issuer, offer?.priceFen]))).to.deep.equal(
        new Map([
          ['ccb', 40_000n],
          ['icbc', 30_000n],
        ]),
      )
      const orders = new Set(Array.from({ length: 100 }, () => desk.applications.issuers().join(' ')))
      expect(orders).to.deep.equal(new Set(['ccb icbc', 'icbc ccb']))
      expect(await refusal(desk.apply(who, 'nobody'))).to.equal('guarantee_issuer_unavailable')
    })

    it('lets only its own company see and act on it', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const stranger = (await desk.bidder(section)).company
      const guarantee = await desk.apply(who)
      await desk.offers(guarantee)
      expect(await refusal(desk.applications.accept({ uscc: stranger.uscc, id: guarantee.id }, '', TRACE))).to.equal('guarantee_unknown')
      expect(await refusal(desk.applications.forBond({ uscc: stranger.uscc, bondId: who.bondId }))).to.equal('bond_unknown')
      expect(await desk.applications.forBonds(stranger.uscc, [who.bondId])).to.deep.equal([])
      expect(await desk.applications.forBonds(who.company.uscc, [who.bondId])).to.have.length.above(0)
      expect(await refusal(desk.apply({ company: stranger, bondId: who.bondId }))).to.equal('bond_unknown')
      expect(await desk.applications.forCompany(stranger.uscc)).to.deep.equal([])
    })

    it('believes only the issuer that was asked, of a code that was given', async () => {
      const { section } = await desk.announce()
      const guarantee = await desk.apply(await desk.bidder(section), 'icbc')
      const offer = desk.fact({ priceFen: 1, terms: '见索即付', until: DEADLINE })
      expect(await refusal(desk.says('offered', guarantee.code, offer, { sender: 'ccb' }))).to.equal('guarantee_unknown')
      expect(await refusal(desk.says('offered', 'f'.repeat(32), offer, { sender: 'icbc' }))).to.equal('guarantee_unknown')
    })

    it('counts a fact once of twenty tellings at once, and refuses it for another guarantee or in other words', async () => {
      const { section } = await desk.announce()
      const [who, other] = [await desk.bidder(section), await desk.bidder(section)]
      const [one, two] = [await desk.apply(who), await desk.apply(other)]
      const offer = desk.fact({ priceFen: 40_000, terms: '见索即付', until: DEADLINE })
      await Promise.all(Array.from({ length: 20 }, () => desk.says('offered', one.code, offer)))
      expect(await desk.read(one, who)).to.include({ state: 'offered', version: 2 })
      expect(await refusal(desk.says('offered', one.code, { ...offer, priceFen: 1 }))).to.equal('guarantee_event_conflict')
      expect(await refusal(desk.says('offered', two.code, offer))).to.equal('guarantee_event_conflict')
      expect(await desk.read(two, other)).to.include({ state: 'applied' })
    })

    it('applies once to an issuer, however often it is asked at once; and again once that is over', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const made = await Promise.all(Array.from({ length: 10 }, () => desk.apply(who)))
      const [first] = made
      if (first === undefined) throw new Error('ten were made')
      expect(new Set(made.map(({ id }) => id))).to.deep.equal(new Set([first.id]))
      expect(await desk.toIssuer(first)).to.have.length(1)
      await desk.applications.withdraw({ uscc: who.company.uscc, id: first.id }, TRACE)
      expect((await desk.apply(who)).id).to.not.equal(first.id)
    })

    it('takes no more applications for one bond than it may have', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      let taken = 0
      while ((await refusal(desk.apply(who))) === 'done') {
        taken++
        const [running] = (await desk.applications.forBond({ uscc: who.company.uscc, bondId: who.bondId })).filter(({ state }) => state === 'applied')
        await desk.applications.withdraw({ uscc: who.company.uscc, id: running?.id ?? '' }, TRACE)
      }
      expect(taken).to.equal(24)
      expect(await refusal(desk.apply(who))).to.equal('guarantee_too_many')
    })

    it('takes no application and accepts no offer that comes too late, or for a bond that is held', async () => {
      const { section } = await desk.announce()
      const { who } = await desk.inForce(section)
      expect(await refusal(desk.apply(who))).to.equal('bond_wrong_state')
      const other = await desk.bidder(section)
      const guarantee = await desk.apply(other)
      await desk.offers(guarantee, { until: '2026-06-01T00:00:00.000Z' })
      clock.set(DEADLINE)
      expect(await refusal(desk.apply(other))).to.equal('bond_section_closed')
      expect(await refusal(desk.accepts({ uscc: other.company.uscc, id: guarantee.id }))).to.equal('bond_section_closed')
    })

    it('accepts once, however often it is asked', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const mine = { uscc: who.company.uscc, id: (await desk.apply(who)).id }
      const guarantee = await desk.read(mine, who)
      await desk.offers(guarantee)
      await Promise.all(Array.from({ length: 5 }, () => desk.accepts(mine)))
      clock.advance(1000)
      expect(await desk.accepts(mine)).to.include({ state: 'accepted', version: 3 })
      expect((await desk.toIssuer(guarantee)).filter(({ type }) => type === 'guarantee.accepted')).to.have.length(1)
    })

    it('of two guarantees for one bond at once one stands, and the other says that it is the second', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const both = [await desk.apply(who, 'ccb'), await desk.apply(who, 'icbc')]
      for (const each of both) {
        await desk.offers(each)
        await desk.accepts({ uscc: who.company.uscc, id: each.id })
      }
      await Promise.all(both.map(each => desk.issues(each)))
      const after = await Promise.all(both.map(each => desk.read(each, who)))
      expect(after.map(({ state, unfit }) => [state, unfit]).sort()).to.deep.equal([
        ['in-force', undefined],
        ['issued', 'second'],
      ])
    })

    it('of two guarantees for one company at once, each on a sub-account of its own, one stands', async () => {
      const { section } = await desk.announce()
      const one = await desk.bidder(section)
      const asked = []
      for (const who of [one, await desk.bidder(section, one.company.uscc)]) {
        const guarantee = await desk.apply(who)
        asked.push({ who, guarantee })
        await desk.offers(guarantee)
        await desk.accepts({ uscc: who.company.uscc, id: guarantee.id })
      }
      await Promise.all(asked.map(({ guarantee }) => desk.issues(guarantee)))
      const after = await Promise.all(
        asked.map(async ({ who, guarantee }) => [await desk.read(guarantee, who), await desk.bond(who.bondId)] as const),
      )
      expect(after.map(([{ state, unfit }, bond]) => [state, unfit, bond.state]).sort()).to.deep.equal([
        ['in-force', undefined, 'held'],
        ['issued', 'second', 'expected'],
      ])
    })

    for (const [what, spoilt, more, code] of [
      ['signed by somebody else under the issuer’s name', 'forged', {}, 'guarantee_document_forged'],
      ['changed after it was signed', 'altered', {}, 'guarantee_document_forged'],
      ['of another application', undefined, { code: '0'.repeat(32) }, 'guarantee_document_altered'],
      ['with another verification code', undefined, { verification: 'AAAA-AAAA-AAAA-AAAA' }, 'guarantee_document_altered'],
      ['for insurance where a bank’s was asked', undefined, { way: 'insurance-guarantee' }, 'guarantee_document_altered'],
    ] as const)
      it(`refuses a document ${what}`, async () => {
        const { section } = await desk.announce()
        const who = await desk.bidder(section)
        const guarantee = await desk.apply(who)
        await desk.offers(guarantee)
        await desk.accepts({ uscc: who.company.uscc, id: guarantee.id })
        expect(await refusal(desk.issues(guarantee, more, spoilt))).to.equal(code)
        expect(await desk.read(guarantee, who)).to.include({ state: 'accepted' })
        expect((await desk.bond(who.bondId)).state).to.equal('expected')
      })

    it('refuses a digest that is not the file’s, and a file that is no document', async () => {
      const { section } = await desk.announce()
      const guarantee = await desk.apply(await desk.bidder(section))
      const { document } = await desk.document(guarantee)
      expect(await refusal(desk.says('issued', guarantee.code, desk.fact({ document, sm3: '0'.repeat(64) })))).to.equal('guarantee_document_altered')
      const sm3 = '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b' // of nothing
      expect(await refusal(desk.says('issued', guarantee.code, desk.fact({ document: '', sm3 })))).to.equal('guarantee_document_forged')
    })

    for (const [what, more, spoilt, unfit] of [
      ['too little', { fen: Number(FEN) - 1 }, undefined, 'amount'],
      ['too short', { validUntil: '2026-08-10T15:59:59.999Z' }, undefined, 'period'],
      ['of another text', {}, 'other-text', 'text'],
    ] as const)
      it(`keeps a genuine document that is ${what}, which stands for nothing until it is amended`, async () => {
        const { section } = await desk.announce()
        const who = await desk.bidder(section)
        const mine = { uscc: who.company.uscc, id: (await desk.apply(who)).id }
        const guarantee = await desk.read(mine, who)
        await desk.offers(guarantee)
        await desk.accepts(mine)
        await desk.issues(guarantee, more, spoilt)
        expect(await desk.read(guarantee, who)).to.include({ state: 'issued', unfit })
        expect((await desk.bond(who.bondId)).state).to.equal('expected')
        const amendment = newId()
        await desk.applications.amend(mine, { amendment }, TRACE)
        expect(await desk.lastTold(guarantee, 'amendment-asked')).to.deep.include({
          amendment,
          why: 'unfit',
          fen: Number(FEN),
          validUntil: VALID_UNTIL,
        })
        await desk.says('amendment-answered', guarantee.code, desk.fact({ amendment, answer: 'amended', ...(await desk.document(guarantee)) }))
        expect(await desk.read(guarantee, who)).to.include({ state: 'in-force' })
        expect((await desk.bond(who.bondId)).state).to.equal('held')
      })

    it('looks anew at the same document that comes as an amendment', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section)
      const mine = { uscc: who.company.uscc, id: (await desk.apply(who)).id }
      const guarantee = await desk.read(mine, who)
      await desk.offers(guarantee)
      await desk.accepts(mine)
      const document = await desk.document(guarantee, { fen: 1 })
      await desk.says('issued', guarantee.code, desk.fact(document))
      const amendment = newId()
      await desk.applications.amend(mine, { amendment }, TRACE)
      await desk.says('amendment-answered', guarantee.code, desk.fact({ amendment, answer: 'amended', ...document }))
      expect(await desk.read(guarantee, who)).to.include({ state: 'issued', unfit: 'amount', version: 8 })
    })

    it('asks to extend by as much as an opening is put off, and takes the answer in', async () => {
      const { section } = await desk.announce()
      const { mine, who, guarantee } = await desk.inForce(section)
      await saveSection(stores, { ...section, opensAt: '2026-05-22T01:30:00.000Z' })
      const amendment = newId()
      await desk.applications.amend(mine, { amendment }, TRACE)
      const validUntil = '2026-08-20T16:00:00.000Z'
      expect(await desk.lastTold(guarantee, 'amendment-asked')).to.deep.include({ amendment, why: 'extension', validUntil })
      const short = desk.fact({ amendment, answer: 'amended', ...(await desk.document(guarantee)) })
      expect(await refusal(desk.says('amendment-answered', guarantee.code, short))).to.equal('bond_guarantee_unfit')
      const answer = desk.fact({ amendment, answer: 'amended', ...(await desk.document(guarantee, { validUntil })) })
      await desk.says('amendment-answered', guarantee.code, answer)
      expect((await desk.read(guarantee, who)).document?.validUntil).to.equal(validUntil)
    })
  })
}
