import { expect } from 'chai'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { DEADLINE, FEN, guaranteeDesk, TRACE, VALID_UNTIL } from './guarantee-desk.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for what centers and time do to guarantees. `open` is called once; tests use ids of their own. */
export function guaranteeEndStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of the end of guarantees on ${name}`, () => {
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
    const AFTER = '2026-05-20T02:00:00.000Z'

    it('refuses a center in the same words before the opening, whatever there is; then shows it', async () => {
      const [empty, single, many] = [await desk.announce(), await desk.announce(), await desk.announce()]
      const sections = [empty, single, many]
      const { guarantee } = await desk.inForce(single.section)
      for (let i = 0; i < 3; i++) await desk.inForce(many.section)
      const said = () => Promise.all(sections.map(({ asked }) => desk.beneficiary.list(asked, TRACE).then(() => 'seen', String)))
      expect(new Set(await said())).to.have.length(1)
      expect((await said())[0]).to.include('bond_before_opening')
      const { asked } = single
      const claim = { claim: newId(), ground: 'contract-refused', winner: true, fen: FEN, decision: 'D-1' } as const
      for (const id of [guarantee.id, newId()]) {
        expect(await refusal(desk.beneficiary.claim({ ...asked, id }, claim, TRACE))).to.equal('bond_before_opening')
        expect(await refusal(desk.beneficiary.release({ ...asked, id }, { cause: 'lost', winner: false, decision: 'D-1' }, TRACE))).to.equal(
          'bond_before_opening',
        )
      }
      clock.set(DEADLINE)
      const counts = await Promise.all(sections.map(async each => (await desk.beneficiary.list(each.asked, TRACE)).length))
      expect(counts).to.deep.equal([0, 1, 3])
      expect(await refusal(desk.beneficiary.list({ ...asked, center: newId() }, TRACE))).to.equal('bond_unknown')
      expect(await refusal(desk.beneficiary.claim({ ...asked, sectionId: empty.section.id, id: guarantee.id }, claim, TRACE))).to.equal(
        'bond_unknown',
      )
    })

    it('names the bidder once custodians released the names', async () => {
      const { section, asked, release } = await desk.announce()
      const { who } = await desk.inForce(section)
      clock.set(DEADLINE)
      expect((await desk.beneficiary.list(asked, TRACE))[0]).to.not.have.any.keys('bidder')
      await release()
      expect((await desk.beneficiary.list(asked, TRACE))[0]?.bidder).to.deep.equal(who.company)
    })

    it('claims on a ground with its article, once however often it is asked, and takes the payment in', async () => {
      const { section, asked } = await desk.announce()
      const { guarantee } = await desk.inForce(section)
      clock.set(AFTER)
      const claim = { claim: newId(), ground: 'contract-refused', winner: true, fen: FEN / 2n, decision: 'D-1' } as const
      const mine = { ...asked, id: guarantee.id }
      await Promise.all(Array.from({ length: 5 }, () => desk.beneficiary.claim(mine, claim, TRACE)))
      clock.advance(1000)
      expect((await desk.beneficiary.claim(mine, claim, TRACE)).claims).to.have.length(1)
      expect(await refusal(desk.beneficiary.claim(mine, { ...claim, fen: 1n }, TRACE))).to.equal('guarantee_event_conflict')
      const sent = (await desk.toIssuer(guarantee)).filter(({ type }) => type === 'guarantee.claimed')
      expect(sent).to.have.length(1)
      expect(sent[0]?.part).to.deep.include({ claim: claim.claim, fen: Number(FEN / 2n), article: '招标投标法实施条例 第七十四条' })
      await desk.says('claim-paid', guarantee.code, desk.fact({ claim: claim.claim, payment: 'C-1', fen: Number(FEN / 2n) }))
      const [seen] = await desk.beneficiary.list(asked, TRACE)
      expect(seen?.guarantee).to.deep.include({ state: 'in-force' })
      expect(seen?.guarantee.claims[0]).to.deep.include({ state: 'paid', paidFen: FEN / 2n })
      await desk.beneficiary.release(mine, { cause: 'contract', winner: true, decision: 'D-2' }, TRACE)
      expect(await desk.lastTold(guarantee, 'released')).to.include({ at: clock.now().toISOString() })
      expect(await refusal(desk.beneficiary.claim(mine, { ...claim, claim: newId() }, TRACE))).to.equal('guarantee_wrong_state')
    })

    it('decides the bond with the first claim, and with the release; what the bond’s law forbids is not done', async () => {
      const { section, asked } = await desk.announce({ law: 'procurement' })
      const [one, two] = [await desk.inForce(section), await desk.inForce(section)]
      clock.set(AFTER)
      const claim = { ground: 'revoked-after-deadline', winner: false, fen: 1n, decision: 'D-1' } as const
      for (const id of [newId(), newId()]) await desk.beneficiary.claim({ ...asked, id: one.guarantee.id }, { ...claim, claim: id }, TRACE)
      expect((await desk.bond(one.who.bondId)).state).to.equal('forfeited')
      const mine = { ...asked, id: two.guarantee.id }
      expect(await refusal(desk.beneficiary.release(mine, { cause: 'contract', winner: false, decision: 'D-2' }, TRACE))).to.equal('bond_wrong_state')
      expect(await refusal(desk.beneficiary.release(mine, { cause: 'validity-ended', winner: false, decision: 'D-2' }, TRACE))).to.equal(
        'bond_wrong_state',
      )
      expect(await refusal(desk.beneficiary.release(mine, { cause: 'lost', winner: false, decision: '' }, TRACE))).to.equal(
        'guarantee_evidence_missing',
      )
      expect((await desk.bond(two.who.bondId)).state).to.equal('held')
      await desk.beneficiary.release(mine, { cause: 'lost', winner: false, decision: 'D-2' }, TRACE)
      expect((await desk.bond(two.who.bondId)).state).to.equal('released')
      expect(await desk.read(two.guarantee, two.who)).to.include({ state: 'released' })
    })

    it('lets a second guarantee go without the bond that another one stands for', async () => {
      const { section, asked } = await desk.announce()
      const who = await desk.bidder(section)
      const both = [await desk.apply(who, 'ccb'), await desk.apply(who, 'icbc')]
      for (const each of both) await desk.offers(each)
      for (const each of both) await desk.accepts({ uscc: who.company.uscc, id: each.id })
      for (const each of both) await desk.issues(each)
      clock.set(AFTER)
      const [first, second] = both.map(({ id }) => ({ ...asked, id }))
      const release = { cause: 'lost', winner: false, decision: 'D-1' } as const
      if (first === undefined || second === undefined) throw new Error('two were applied for')
      expect(await desk.beneficiary.release(second, release, TRACE)).to.include({ state: 'released', unfit: 'second' })
      expect((await desk.bond(who.bondId)).state).to.equal('held')
      await desk.beneficiary.release(first, release, TRACE)
      expect((await desk.bond(who.bondId)).state).to.equal('released')
    })

    it('keeps the issuer’s refusal of a claim, and of another its question to extend or pay with the answer', async () => {
      const { section, asked } = await desk.announce()
      const { mine, guarantee } = await desk.inForce(section)
      clock.set(AFTER)
      const [first, second] = [newId(), newId()]
      const extendTo = '2026-09-30T16:00:00.000Z'
      const claim = { ground: 'contract-refused', winner: true, decision: 'D-1' } as const
      await desk.beneficiary.claim({ ...asked, id: guarantee.id }, { ...claim, claim: first, fen: 1n }, TRACE)
      await desk.says('claim-refused', guarantee.code, desk.fact({ claim: first, reason: '索赔单据与保函不符' }))
      await desk.beneficiary.claim({ ...asked, id: guarantee.id }, { ...claim, claim: second, fen: FEN, extendTo }, TRACE)
      await desk.says('extend-or-pay', guarantee.code, desk.fact({ claim: second }))
      await desk.applications.extendOrPay(mine, { claim: second, choice: 'extend' }, TRACE)
      expect(await desk.lastTold(guarantee, 'extend-or-pay-answered')).to.deep.include({ claim: second, choice: 'extend' })
      const answer = desk.fact({
        amendment: second,
        answer: 'amended',
        ...(await desk.document(guarantee, { validFrom: guarantee.document?.validFrom ?? '', validUntil: extendTo })),
      })
      await desk.says('amendment-answered', guarantee.code, answer)
      const [seen] = await desk.beneficiary.list(asked, TRACE)
      expect(seen?.guarantee.claims.map(({ state, reason }) => [state, reason])).to.deep.equal([
        ['refused', '索赔单据与保函不符'],
        ['extended', undefined],
      ])
      expect(seen?.guarantee).to.deep.include({ state: 'in-force' })
    })

    it('ends what is over at its end, and tells the issuer; a claim that came in time stays open', async () => {
      const { section, asked } = await desk.announce()
      const idle = await desk.inForce(section)
      const claimed = await desk.inForce(section)
      const waiting = await desk.bidder(section)
      const offered = await desk.apply(waiting)
      await desk.offers(offered)
      clock.set(AFTER)
      const claim = { claim: newId(), ground: 'contract-refused', winner: true, fen: FEN, decision: 'D-1' } as const
      await desk.beneficiary.claim({ ...asked, id: claimed.guarantee.id }, claim, TRACE)
      await desk.turn()
      expect(await desk.read(offered, waiting), 'the offer was over').to.include({ state: 'expired' })
      expect(await desk.read(idle.guarantee, idle.who)).to.include({ state: 'in-force' })
      clock.set(new Date(Date.parse(VALID_UNTIL) - 1))
      await desk.turn()
      expect(await desk.read(idle.guarantee, idle.who)).to.include({ state: 'in-force' })
      clock.set(VALID_UNTIL)
      await desk.turn()
      expect(await desk.read(idle.guarantee, idle.who)).to.include({ state: 'expired' })
      expect(await desk.lastTold(idle.guarantee, 'expired')).to.include({ at: VALID_UNTIL })
      expect(await desk.read(claimed.guarantee, claimed.who)).to.include({ state: 'claimed' })
      await desk.says('claim-refused', claimed.guarantee.code, desk.fact({ claim: claim.claim, reason: '单据不符' }))
      await desk.turn()
      expect(await desk.read(claimed.guarantee, claimed.who)).to.include({ state: 'expired' })
    }).timeout(60_000)
  })
}
