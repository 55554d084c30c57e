import { expect } from 'chai'
import type { Decided } from '../../server/bonds/state/decide.ts'
import { lackOf } from '../../server/bonds/state/guarantee.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { FEN, guaranteeDesk, saveSection, TRACE, VALID_UNTIL } from './guarantee-desk.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for a bond and the guarantee that stands for it, whichever of the two something happens to. `open` is called once; tests use ids of their own. */
export function guaranteeBondStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of bonds with their guarantees on ${name}`, () => {
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

    const evidence = (['withdrawal-notice', 'termination-notice', 'award-notice', 'contract', 'forfeiture-decision', 'opening-record'] as const).map(
      kind => ({ kind, ref: 'D-1' }),
    )
    const decided = (cause: Decided['cause'], more: Partial<Decided> = {}): Decided => ({
      ...{ kind: 'decided', key: `${cause}/D-1`, at: clock.now().toISOString(), evidence, cause, winner: true, forfeits: [], feeFen: 0n },
      ...{ performanceFen: 0n, ...more },
    })
    const forfeiture = (fen: bigint) => decided('forfeiture', { forfeits: [{ ground: 'contract-refused', fen }] })
    const told = async (guarantee: { code: string }, type: string) =>
      (await desk.toIssuer(guarantee)).filter(each => each.type === `guarantee.${type}`).map(({ part }) => part)
    const claimOf = async (guarantee: { code: string }) => {
      const [part] = (await told(guarantee, 'claimed')) as { claim: string }[]
      return part?.claim ?? ''
    }

    it('claims from the issuer what a decision keeps of the bond, once and on its ground; what is paid reaches the bond', async () => {
      const { section } = await desk.announce()
      const { who, guarantee } = await desk.inForce(section)
      clock.set(AFTER)
      const decision = forfeiture(FEN)
      await Promise.all(Array.from({ length: 5 }, () => desk.decisions.decide(who.bondId, decision, TRACE)))
      expect((await desk.bond(who.bondId)).state).to.equal('forfeited')
      expect(await desk.read(guarantee, who)).to.include({ state: 'claimed' })
      const claims = await told(guarantee, 'claimed')
      expect(claims).to.have.length(1)
      expect(claims[0]).to.deep.include({
        ...{ fen: Number(FEN), ground: 'contract-refused', article: '招标投标法实施条例 第七十四条' },
        beneficiary: { center: `中心 ${section.center}`, section: section.name },
      })
      expect(await refusal(desk.decisions.decide(who.bondId, { ...decision, winner: false }, TRACE))).to.equal('bond_event_conflict')
      const claim = await claimOf(guarantee)
      const half = desk.fact({ claim, payment: 'C-1', fen: Number(FEN / 2n) })
      for (let again = 0; again < 2; again++) await desk.says('claim-paid', guarantee.code, half)
      expect((await desk.bond(who.bondId)).guarantee?.paidFen).to.equal(FEN / 2n)
      await desk.says('claim-paid', guarantee.code, desk.fact({ claim, payment: 'C-2', fen: Number(FEN / 2n) }))
      expect((await desk.bond(who.bondId)).guarantee?.paidFen).to.equal(FEN)
      expect(await desk.read(guarantee, who)).to.include({ state: 'drawn' })
    })

    for (const [cause, at, more] of [
      ['withdrawn', '2026-05-02T08:00:00.000Z', { winner: false }],
      ['abandoned', '2026-05-02T08:00:00.000Z', { winner: false }],
      ['lost', AFTER, { winner: false }],
      ['contract', AFTER, {}],
      ['validity-ended', '2026-08-10T16:00:00.000Z', { winner: false }],
    ] as const)
      it(`releases the guarantee of a bond that ends as ${cause}, and tells the issuer once`, async () => {
        const { section } = await desk.announce()
        const { who, guarantee } = await desk.inForce(section)
        clock.set(at)
        const decision = decided(cause, more)
        await Promise.all(Array.from({ length: 3 }, () => desk.decisions.decide(who.bondId, decision, TRACE)))
        expect((await desk.bond(who.bondId)).state).to.equal('released')
        expect(await desk.read(guarantee, who)).to.include({ state: 'released' })
        expect(await told(guarantee, 'released')).to.have.length(1)
        expect(await told(guarantee, 'claimed')).to.have.length(0)
      })

    it('decides nothing where the issuer cannot be told, or the guarantee is over', async () => {
      const { section } = await desk.announce()
      const { who, guarantee } = await desk.inForce(section)
      clock.set(AFTER)
      const gone = desk.parties.splice(0)
      expect(await refusal(desk.decisions.decide(who.bondId, forfeiture(FEN), TRACE))).to.equal('guarantee_issuer_unavailable')
      desk.parties.push(...gone)
      clock.set(VALID_UNTIL)
      expect(await refusal(desk.decisions.decide(who.bondId, forfeiture(FEN), TRACE))).to.equal('guarantee_over')
      expect((await desk.bond(who.bondId)).state).to.equal('held')
      expect(await desk.read(guarantee, who)).to.include({ state: 'in-force' })
      expect(await told(guarantee, 'claimed')).to.have.length(0)
    })

    it('tells the bond of a claim that the issuer refuses, once and with its reason, until it is paid, claimed again or let go', async () => {
      const { section, asked } = await desk.announce()
      const { who, guarantee } = await desk.inForce(section)
      clock.set(AFTER)
      await desk.decisions.decide(who.bondId, forfeiture(FEN), TRACE)
      const standing = async () => (await desk.bond(who.bondId)).guarantee?.refused
      const refuses = async (claim: string, reason: string) => await desk.says('claim-refused', guarantee.code, desk.fact({ claim, reason }))
      const first = await claimOf(guarantee)
      const length = async () => (await stores.bonds.forStep(who.bondId))?.sealed.length
      const asDecided = await length()
      const reason = '单'.repeat(300)
      const no = desk.fact({ claim: first, reason })
      await Promise.all(Array.from({ length: 5 }, () => desk.says('claim-refused', guarantee.code, no)))
      const refused = { fen: FEN, demandedFen: FEN, ground: 'contract-refused', reason }
      expect(await standing()).to.deep.equal(refused)
      expect(await length(), 'the row says nothing of it by its length').to.equal(asDecided)
      const events = async () => (await stores.bonds.lines(who.bondId, 100)).length
      expect(await events(), 'stands for it, decided, refused').to.equal(3)
      expect(await desk.bond(who.bondId)).to.deep.include({ state: 'forfeited' })
      // paid in part after all
      await desk.says('claim-paid', guarantee.code, desk.fact({ claim: first, payment: 'C-1', fen: 5_000_000 }))
      expect(await standing()).to.deep.equal({ ...refused, fen: 15_000_000n })
      // demanded again, nothing stands refused; refused again, with another reason
      const again = { ground: 'conditions-added', winner: true, decision: 'D-2' } as const
      await desk.beneficiary.claim({ ...asked, id: guarantee.id }, { ...again, claim: 'claim-again', fen: 15_000_000n }, TRACE)
      expect(await standing()).to.equal(undefined)
      await refuses('claim-again', '过了期限')
      expect(await standing()).to.deep.equal({ fen: 15_000_000n, demandedFen: 15_000_000n, ground: 'conditions-added', reason: '过了期限' })
      await desk.beneficiary.release({ ...asked, id: guarantee.id }, { cause: 'validity-ended', winner: false, decision: 'D-3' }, TRACE)
      expect(await standing()).to.equal(undefined)
      expect(await desk.bond(who.bondId)).to.deep.include({ state: 'forfeited' })
    })

    it('claims no more than there is, whether the guarantee or its bond is decided first', async () => {
      const { section, asked } = await desk.announce()
      for (let race = 0; race < 10; race++) {
        const { who, guarantee } = await desk.inForce(section)
        clock.set(AFTER)
        const claim = { claim: newId(), ground: 'contract-refused', winner: true, fen: FEN, decision: 'D-1' } as const
        const outcomes = await Promise.all([
          refusal(desk.beneficiary.claim({ ...asked, id: guarantee.id }, claim, TRACE)),
          refusal(desk.decisions.decide(who.bondId, forfeiture(FEN), TRACE)),
        ])
        expect(
          outcomes.filter(each => each === 'done'),
          outcomes.join(),
        ).to.have.length(1)
        expect((await desk.bond(who.bondId)).state).to.equal('forfeited')
        expect(await told(guarantee, 'claimed')).to.have.length(1)
        clock.set('2026-05-01T08:00:00.000Z')
      }
    })

    it('has the bond hold what an accepted amendment says, and judges it anew when the opening is put off', async () => {
      const { section } = await desk.announce()
      const { who, mine, guarantee } = await desk.inForce(section)
      expect(lackOf(await desk.bond(who.bondId), section)).to.equal(undefined)
      const later = { ...section, opensAt: '2026-06-12T01:30:00.000Z' }
      await saveSection(stores, later)
      expect(lackOf(await desk.bond(who.bondId), later)).to.equal('period')
      expect(lackOf(await desk.bond(who.bondId), { ...section, demandedFen: FEN + 1n })).to.equal('amount')
      const amendment = newId()
      await desk.applications.amend(mine, { amendment }, TRACE)
      const asked = (await desk.read(guarantee, who)).amendment?.validUntil ?? ''
      expect(asked).to.equal('2026-09-10T16:00:00.000Z')
      const short = { amendment, answer: 'amended', ...(await desk.document(guarantee, { validUntil: '2026-09-10T15:59:59.000Z' })) }
      expect(await refusal(desk.says('amendment-answered', guarantee.code, desk.fact(short)))).to.equal('bond_guarantee_unfit')
      expect((await desk.bond(who.bondId)).guarantee?.validUntil).to.equal(VALID_UNTIL)
      const answer = desk.fact({
        amendment,
        answer: 'amended',
        ...(await desk.document(guarantee, { validUntil: asked, number: 'CCB-BH-2026-0002' })),
      })
      for (let again = 0; again < 2; again++) await desk.says('amendment-answered', guarantee.code, answer)
      const bond = await desk.bond(who.bondId)
      expect(bond).to.deep.include({ state: 'held', guarantee: { number: 'CCB-BH-2026-0002', fen: FEN, validUntil: asked } })
      expect(lackOf(bond, later)).to.equal(undefined)
    })

    for (const by of ['our clock', 'its issuer'] as const)
      it(`lets a bond go whose guarantee is over, by ${by}, and no other`, async () => {
        const { section } = await desk.announce({ opensAt: '2027-01-01T00:00:00.000Z' })
        const idle = await desk.inForce(section)
        const opened = await desk.announce()
        const kept = await desk.inForce(opened.section)
        clock.set(AFTER)
        await desk.decisions.decide(kept.who.bondId, forfeiture(1n), TRACE)
        const refused = desk.fact({ claim: await claimOf(kept.guarantee), reason: '单据不符' })
        await desk.says('claim-refused', kept.guarantee.code, refused)
        clock.set(VALID_UNTIL)
        if (by === 'our clock') await desk.turn()
        else for (const { guarantee } of [idle, kept]) await desk.says('expired', guarantee.code, desk.fact())
        expect(await desk.bond(idle.who.bondId)).to.deep.include({
          state: 'released',
          guarantee: { number: 'CCB-BH-2026-0001', fen: FEN, validUntil: VALID_UNTIL, over: true },
        })
        expect((await desk.bond(kept.who.bondId)).state).to.equal('forfeited')
        // an issuer may pay late what it refused
        await desk.says('claim-paid', kept.guarantee.code, desk.fact({ claim: await claimOf(kept.guarantee), payment: 'C-1', fen: 1 }))
        expect((await desk.bond(kept.who.bondId)).guarantee?.paidFen).to.equal(1n)
      })

    it('releases the guarantees of all who lost, past one whose issuer cannot be told, which is tried again', async () => {
      const { section } = await desk.announce({ law: 'procurement' })
      const all = []
      for (let n = 0; n < 3; n++) all.push(await desk.inForce(section))
      const [first, ...others] = all
      const stuck = await desk.bidder(section)
      const theirs = await desk.apply(stuck, 'icbc')
      await desk.offers(theirs)
      await desk.accepts({ uscc: stuck.company.uscc, id: theirs.id })
      await desk.issues(theirs)
      clock.set(AFTER)
      const award = { do: 'awarded' as const, sectionId: section.id, at: AFTER, winners: [first?.who.bondId ?? ''], ref: 'Z-1' }
      const gone = desk.parties.splice(1)
      expect(await refusal(desk.sectionWork.work(award, 'task-1'))).to.equal('guarantee_issuer_unavailable')
      for (const { who } of others) expect((await desk.bond(who.bondId)).state).to.equal('released')
      expect((await desk.bond(stuck.bondId)).state).to.equal('held')
      desk.parties.push(...gone)
      await desk.sectionWork.work(award, 'task-1')
      expect((await desk.bond(stuck.bondId)).state).to.equal('released')
      expect((await desk.bond(first?.who.bondId ?? '')).state).to.equal('held')
      for (const guarantee of [theirs, ...others.map(each => each.guarantee)]) expect(await told(guarantee, 'released')).to.have.length(1)
    })
  })
}
