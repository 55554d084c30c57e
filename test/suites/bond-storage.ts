import { expect } from 'chai'
import { createCenterActs } from '../../server/bonds/center-acts.ts'
import { postingsOf } from '../../server/bonds/postings.ts'
import type { Readings, Seen } from '../../server/bonds/readings.ts'
import type { Whose } from '../../server/bonds/sections.ts'
import { newId } from '../../server/kernel/ids.ts'
import { pagesOf } from '../../server/kernel/pages.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { ledgerWrite } from '../../server/storage/writes.ts'
import { decided, ordered, paid, tell } from '../bonds/stage.ts'
import { bondDesk, DEADLINE, evidence, FEN, TRACE } from './bond-desk.ts'
import { codeOf, newUscc, type SuiteClock } from './storage.ts'

/** What every database does for bid bonds. `open` is called once; tests use ids of their own. */
export function bondStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of bid bonds on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    let desk: ReturnType<typeof bondDesk>
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
      desk = bondDesk(stores, clock)
    })
    after(() => stores.close())
    const START = '2026-05-01T08:00:00.000Z'
    beforeEach(() => clock.set(START))
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)

    it('leads a bond from its sub-account to the payer and keeps every line', async () => {
      const { section, asked } = await desk.announce()
      const who = await desk.bidder(section.id)
      expect((await desk.pay(who, { ...who, name: who.name.replace('（', '(').replace('）', ')') })).bond.finding).to.equal('matched')
      await desk.happen(who.bondId, { kind: 'frozen' })
      clock.set('2026-05-20T02:00:00.000Z')
      await desk.happen(who.bondId, decided())
      const order = await desk.happen(who.bondId, ordered({ valueDay: '2026-05-22', toAccount: desk.tags.account(who.basicAccount) }))
      expect(order.movements.at(-1)).to.include({ kind: 'refund-ordered', fen: FEN, interestFen: 4083n })
      await desk.happen(who.bondId, paid(FEN + 4083n, { serial: newId(), toAccount: desk.tags.account(who.basicAccount) }))
      const [own] = await desk.readings.forCompany(who.uscc)
      expect(own).to.include({ id: who.bondId, state: 'returned', version: 6 })
      expect(own?.totals).to.deep.equal({ in: FEN, forfeited: 0n, fee: 0n, toPerformance: 0n, interest: 4083n, returned: FEN + 4083n })
      expect((await stores.bonds.lines(who.bondId, 100)).map(({ number }) => number)).to.deep.equal([2, 3, 4, 5, 6])
      const inProject = await desk.readings.inProject(who.uscc, section.projectId)
      expect(inProject.map(({ bond, events }) => [bond.id, events.map(({ kind }) => kind)])).to.deep.equal([
        [who.bondId, ['money-arrived', 'frozen', 'decided', 'refund-ordered', 'refund-paid']],
      ])
      const nobodys = desk.readings.inProject(newUscc(), section.projectId)
      expect(await nobodys.then(() => 'told', codeOf)).to.equal('bond_unknown')
      expect((await desk.readings.ofSection(asked).page()).map(({ bond }) => bond.state)).to.deep.equal(['returned'])
      const left = (await stores.ledger.accountsOf(who.bondId)).map(({ kind, creditsPosted, debitsPosted }) => [kind, creditsPosted, debitsPosted])
      expect(left).to.have.deep.members([
        ['bond', FEN, FEN],
        ['interest', 4083n, 4083n],
        ['settlement', FEN + 4083n, FEN + 4083n],
      ])
    })

    it('books nothing where the event is not written, and writes no event that the ledger refuses', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section.id)
      await desk.pay(who, who)
      const booked = async () => (await stores.ledger.history(who.bondId, { journal: 0n, n: 0 }, 10)).length
      expect(await booked()).to.equal(2)
      const planned = await desk.register.event(who.bondId, tell({ kind: 'frozen' }, { at: clock.now().toISOString() }), TRACE)
      const tooMuch = ledgerWrite(postingsOf(planned.bond, tell(decided()), [{ kind: 'fee', fen: FEN + 1n }], TRACE))
      expect(await refusal(stores.effects.apply(async () => ({ ...planned, writes: [...planned.writes, tooMuch] })))).to.equal('ledger_insufficient')
      expect((await desk.readings.forBank(who.account))?.state).to.equal('received')
      expect(await booked()).to.equal(2)
    })

    it('counts a notice once of twenty that come at once', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section.id)
      const serial = newId()
      const answers = await Promise.all(Array.from({ length: 20 }, () => desk.pay(who, who, { serial })))
      expect(answers.filter(({ repeated }) => !repeated)).to.have.length(1)
      expect((await desk.readings.forCompany(who.uscc)).map(({ totals }) => totals.in)).to.deep.equal([FEN])
      expect(await refusal(desk.pay(who, who, { serial, fen: 1n }))).to.equal('bond_event_conflict')
    })

    it('keeps all money of five payments at once, and one of them as the bond', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section.id)
      await Promise.all(Array.from({ length: 5 }, () => desk.pay(who, who)))
      const bonds = await desk.readings.forCompany(who.uscc)
      expect(bonds.map(({ finding }) => finding).sort()).to.deep.equal(['matched', ...Array.from({ length: 4 }, () => 'twice')])
      expect(bonds.reduce((sum, { totals }) => sum + totals.in, 0n)).to.equal(FEN * 5n)
    })

    it('counts one bond of a bidder that pays too little, then in full, and then in full again', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section.id)
      const found = async () => (await desk.readings.forCompany(who.uscc)).map(({ finding }) => finding).sort()
      await desk.pay(who, who, { fen: FEN - 1n })
      await desk.pay(who, who)
      await desk.pay(who, who)
      expect(await found()).to.deep.equal(['matched', 'short', 'twice'])
      const both = await desk.bidder(section.id)
      await desk.pay(both, both, { fen: FEN - 1n })
      await Promise.all(Array.from({ length: 4 }, () => desk.pay(both, both)))
      expect((await desk.readings.forCompany(both.uscc)).filter(({ finding }) => finding === 'matched')).to.have.length(1)
    })

    it('of a moment with fresh, doubled, late and conflicting payments counts each as if it had come alone', async () => {
      const [{ section }, { section: given }] = [await desk.announce(), await desk.announce()]
      const bidders = await Promise.all(Array.from({ length: 12 }, () => desk.bidder(section.id)))
      const [first, second] = bidders
      if (first === undefined || second === undefined) throw new Error('no bidders')
      const [doubled, shared] = [newId(), newId()]
      await desk.pay(first, first, { serial: shared })
      const outcomes = await Promise.all([
        ...bidders.slice(2).map(each => refusal(desk.pay(each, each))),
        ...[1, 2, 3].map(() => refusal(desk.pay(second, second, { serial: doubled }))),
        refusal(desk.pay(second, second)),
        refusal(desk.pay(second, second, { serial: shared })),
        refusal(desk.pay({ account: newId() }, first)),
        refusal(desk.bidder(given.id)),
      ])
      expect(outcomes.filter(outcome => outcome !== 'done')).to.deep.equal(['bond_event_conflict'])
      for (const { uscc } of [first, ...bidders.slice(2)])
        expect((await desk.readings.forCompany(uscc)).map(({ state, totals }) => [state, totals.in])).to.deep.equal([['received', FEN]])
      const own = await desk.readings.forCompany(second.uscc)
      expect(own.map(({ finding, totals }) => [finding, totals.in]).sort()).to.deep.equal([
        ['matched', FEN],
        ['twice', FEN],
      ])
    })

    it('takes one receipt of a bank for one account alone', async () => {
      const { section } = await desk.announce()
      const [one, two] = [await desk.bidder(section.id), await desk.bidder(section.id)]
      const serial = newId()
      await desk.pay(one, one, { serial })
      expect(await refusal(desk.pay(two, two, { serial }))).to.equal('bond_event_conflict')
      expect((await desk.readings.forBank(two.account))?.state).to.equal('expected')
    })

    it('keeps money to an account that nobody has, until it is assigned', async () => {
      const { section, asked, shares } = await desk.announce()
      const who = desk.company()
      const account = newId()
      const serial = newId()
      const first = await desk.pay({ account }, who, { serial })
      expect(first.bond.finding).to.equal('unmatched')
      expect((await desk.pay({ account }, who, { serial })).repeated).to.equal(true)
      expect(await desk.readings.forCompany(who.uscc)).to.deep.equal([])
      const bidder = { name: desk.tags.name(who.name), basicAccount: desk.tags.account(who.basicAccount) }
      const assigned = { kind: 'assigned', sectionId: section.id, company: desk.tags.company(who.uscc), demandedFen: FEN, bidder } as const
      expect((await desk.happen(first.bondId, assigned)).bond.finding).to.equal('matched')
      expect((await desk.readings.forCompany(who.uscc)).map(({ id }) => id)).to.deep.equal([first.bondId])
      clock.set(DEADLINE)
      await desk.sections.release(asked, shares.slice(0, 2), TRACE)
      const [seen] = await desk.readings.ofSection(asked).page()
      expect(seen?.payer).to.deep.equal({ name: who.name, account: who.basicAccount })
    })

    it('has room for money to any number of accounts that nobody has', async () => {
      const places = new Set<string>()
      for (let i = 0; i < 3; i++) {
        const { bondId } = await desk.pay({ account: newId() }, desk.company())
        places.add((await stores.bonds.forStep(bondId))?.placeTag ?? '')
        expect(desk.tags.places('')).to.not.include([...places].at(-1))
      }
      expect(places).to.have.length(3)
    })

    it('knows a virtual account for a whole project: what comes waits for its section, a second payment too', async () => {
      const { section } = await desk.announce()
      const who = await desk.bidder(section.id, 'project')
      const answers = [await desk.pay(who, who), await desk.pay(who, who)]
      expect(answers.map(({ bond, extra }) => (extra ?? bond).finding)).to.deep.equal(['unmatched', 'unmatched'])
      const bidder = { name: desk.tags.name(who.name), basicAccount: desk.tags.account(who.basicAccount) }
      const assigned = { kind: 'assigned', sectionId: section.id, company: desk.tags.company(who.uscc), demandedFen: FEN, bidder } as const
      const ids = (await desk.readings.forCompany(who.uscc)).map(({ id }) => id)
      const found = []
      for (const id of ids) found.push((await desk.happen(id, assigned)).bond.finding)
      expect(found).to.deep.equal(['matched', 'twice'])
    })

    it('tells a center nothing before the opening, in the same words whatever there is', async () => {
      const closed = [await desk.announce(), await desk.announce(), await desk.announce()] as const
      await desk.bidder(closed[1].section.id)
      for (let i = 0; i < 5; i++) {
        const who = await desk.bidder(closed[2].section.id)
        await desk.pay(who, who)
      }
      const said = async () =>
        await Promise.all(
          closed.map(({ asked }) =>
            desk.readings
              .ofSection(asked)
              .page()
              .then(
                () => 'seen',
                (thrown: unknown) => String(thrown),
              ),
          ),
        )
      const [words] = await said()
      expect(words).to.include('bond_before_opening')
      expect(new Set(await said()).size).to.equal(1)
      clock.set('2026-05-12T01:29:59.999Z')
      expect(new Set(await said())).to.deep.equal(new Set([words]))
      for (const { asked } of closed) await desk.sections.postpone(asked, undefined, TRACE)
      clock.set('2026-06-30T00:00:00.000Z')
      expect(new Set(await said()), 'no time announced').to.deep.equal(new Set([words]))
      for (const { asked } of closed) await desk.sections.postpone(asked, '2026-07-01T01:30:00.000Z', TRACE)
      expect(new Set(await said()), 'postponed').to.deep.equal(new Set([words]))
      clock.set('2026-07-01T01:30:00.000Z')
      const counts = await Promise.all(closed.map(async ({ asked }) => (await desk.readings.ofSection(asked).page()).length))
      expect(counts).to.deep.equal([0, 1, 5])
    })

    it('tells a center its bonds page by page, money beside a bond under its company’s name on whichever page it stands', async () => {
      const { asked, section, shares } = await desk.announce()
      const other = await desk.announce()
      const names: string[] = []
      for (let i = 0; i < 4; i++) {
        const who = await desk.bidder(section.id)
        names.push(who.name, who.name)
        for (let n = 0; n < 2; n++) await desk.pay(who, who)
      }
      const { bondId: foreign } = await desk.bidder(other.section.id)
      clock.set(DEADLINE)
      await desk.sections.release(asked, shares.slice(0, 2), TRACE)
      const pages: Seen[][] = []
      for await (const page of pagesOf<Seen>(after => desk.readings.ofSection(asked).page(after?.bond.id, 3), 3)) pages.push([...page])
      expect(pages.map(({ length }) => length)).to.deep.equal([3, 3, 2])
      const ids = pages.flat().map(({ bond }) => bond.id)
      expect(ids).to.deep.equal([...new Set(ids)].sort())
      expect(pages.flat().map(({ bidder }) => bidder?.name)).to.have.members(names)
      const some = await desk.readings.ofSection(asked).some([ids[5] ?? '', foreign, newId(), ids[0] ?? ''])
      expect(some.map(({ bond }) => bond.id)).to.deep.equal([ids[0], ids[5]])
      expect((await desk.readings.ofSection(asked).all()).map(({ id }) => id)).to.deep.equal(ids)
    })

    describe('money that is told when the task of its section is done', () => {
      const TOLD = '2026-05-12T01:30:25.000Z'
      const ended = async (uscc: ReturnType<typeof newUscc>) =>
        (await desk.readings.forCompany(uscc)).map(({ finding, state, decision }) => [finding, state, decision?.cause, decision?.at])
      const causes = async (uscc: ReturnType<typeof newUscc>) => (await ended(uscc)).map(([finding, state, cause]) => [finding, state, cause])

      it('goes back where it does not count: late, short, twice, of another payer, beside a bond that ended before', async () => {
        const { section } = await desk.announce()
        const [late, short, twice, other] = [
          ...[await desk.bidder(section.id), await desk.bidder(section.id)],
          ...[await desk.bidder(section.id), await desk.bidder(section.id)],
        ] as const
        if (late === undefined || short === undefined || twice === undefined || other === undefined) throw new Error('no bidders')
        await desk.pay(twice, twice)
        clock.set(DEADLINE)
        await desk.work(section.id)
        clock.set(TOLD)
        await desk.pay(late, late, { at: '2026-05-12T01:30:05.000Z' })
        await desk.pay(short, short, { at: START, fen: FEN - 1n })
        await desk.pay(twice, twice, { at: START })
        await desk.pay(other, late, { at: START })
        await desk.work(section.id)
        const back = (finding: string) => [finding, 'refund-due', 'no-bond', TOLD]
        expect(await ended(late.uscc)).to.deep.equal([back('late')])
        expect(await ended(short.uscc)).to.deep.equal([back('short')])
        expect(await ended(twice.uscc)).to.have.deep.members([['matched', 'received', undefined, undefined], back('twice')])
        expect(await ended(other.uscc)).to.deep.equal([back('wrong-payer')])
        clock.set('2026-05-13T01:30:00.000Z')
        await desk.pay(late, late)
        await desk.work(section.id)
        expect((await ended(late.uscc)).map(([finding, state]) => [finding, state])).to.deep.equal([
          ['late', 'refund-due'],
          ['late', 'refund-due'],
        ])
      })

      it('goes back where the section is abandoned, or bids are no longer valid', async () => {
        const [left, over] = [await desk.announce(), await desk.announce({ validityDays: 1 })]
        const [one, two] = [await desk.bidder(left.section.id), await desk.bidder(over.section.id)]
        await desk.sections.abandon(left.asked, TRACE)
        await desk.work(left.section.id)
        await desk.pay(one, one)
        await desk.work(left.section.id)
        expect(await causes(one.uscc)).to.have.deep.members([
          [undefined, 'released', 'abandoned'],
          ['unmatched', 'refund-due', 'abandoned'],
        ])
        clock.set('2026-05-14T08:00:00.000Z')
        await desk.work(over.section.id)
        await desk.pay(two, two, { at: START })
        await desk.work(over.section.id)
        expect(await causes(two.uscc)).to.deep.equal([['matched', 'refund-due', 'validity-ended']])
      })

      it('goes back where it was judged just before the task and is written just after it', async () => {
        const [opening, over, left] = [await desk.announce(), await desk.announce({ validityDays: 1 }), await desk.announce()]
        const [short, last] = [await desk.bidder(opening.section.id), await desk.bidder(over.section.id)]
        const lost = desk.company()
        clock.set('2026-05-12T01:29:59.990Z')
        desk.beforeWriting(async () => {
          clock.set(DEADLINE)
          expect((await desk.work(opening.section.id)).map(what => what.do)).to.deep.equal(['opened'])
        })
        await desk.pay(short, short, { fen: 1n })
        await desk.work(opening.section.id)
        expect(await ended(short.uscc)).to.deep.equal([['short', 'refund-due', 'no-bond', new Date(DEADLINE).toISOString()]])

        clock.set('2026-05-13T15:59:59.990Z')
        desk.beforeWriting(async () => {
          clock.set('2026-05-13T16:00:00.000Z')
          await desk.work(over.section.id)
        })
        await desk.pay(last, last, { at: START })
        await desk.work(over.section.id)
        expect(await causes(last.uscc)).to.deep.equal([['matched', 'refund-due', 'validity-ended']])

        clock.set(START)
        const { bondId } = (await desk.pay({ account: newId() }, lost)) as { bondId: string }
        desk.beforeWriting(async () => {
          await desk.sections.abandon(left.asked, TRACE)
          await desk.work(left.section.id)
        })
        const bidder = { name: desk.tags.name(lost.name), basicAccount: desk.tags.account(lost.basicAccount) }
        const to = { sectionId: left.section.id, company: desk.tags.company(lost.uscc), demandedFen: FEN, bidder }
        await desk.happen(bondId, { kind: 'assigned', ...to })
        clock.set('2026-05-01T08:01:00.000Z')
        await desk.work(left.section.id)
        expect(await causes(lost.uscc)).to.deep.equal([['matched', 'refund-due', 'abandoned']])
      })

      it('is something to do just before the opening whether it counts or not, so that nobody can tell which does', async () => {
        const { section } = await desk.announce()
        const [good, short] = [await desk.bidder(section.id), await desk.bidder(section.id)]
        clock.set('2026-05-12T01:29:30.000Z')
        await desk.pay(good, good, { at: START })
        await desk.pay(short, short, { at: START, fen: 1n })
        clock.set(DEADLINE)
        expect((await desk.work(section.id)).map(what => what.do)).to.deep.equal(['opened', 'opened', 'opened'])
        expect([...(await ended(good.uscc)), ...(await ended(short.uscc))].map(([finding, state]) => [finding, state])).to.deep.equal([
          ['matched', 'received'],
          ['short', 'refund-due'],
        ])
      })

      it('leaves nothing to do where its task is still to come, or it counts', async () => {
        const { section } = await desk.announce()
        const who = await desk.bidder(section.id)
        await desk.pay(who, who, { fen: 1n })
        expect(await desk.work(section.id)).to.deep.equal([])
        clock.set(TOLD)
        await desk.pay(who, who, { at: START })
        expect((await desk.work(section.id)).map(what => what.do)).to.deep.equal(['opened'])
      })
    })

    describe('an opened section that is known by its list', () => {
      const HOUR_LATER = '2026-05-12T02:30:00.000Z'
      const idsOf = async (readings: Readings, asked: Whose) => (await readings.ofSection(asked).all()).map(({ id }) => id)
      /** somebody reads it at its opening, and somebody an hour later */
      const settle = async (asked: Whose) => {
        clock.set(DEADLINE)
        await desk.readings.ofSection(asked).page()
        clock.set(HOUR_LATER)
        await desk.readings.ofSection(asked).page()
      }
      const assign = (who: ReturnType<typeof desk.company>, bondId: string, sectionId: string) => {
        const bidder = { name: desk.tags.name(who.name), basicAccount: desk.tags.account(who.basicAccount) }
        return desk.happen(bondId, { kind: 'assigned', sectionId, company: desk.tags.company(who.uscc), demandedFen: FEN, bidder })
      }

      it('is asked for its places until then, and no more afterwards', async () => {
        const { asked, section } = await desk.announce()
        const { bondId } = await desk.bidder(section.id)
        clock.set(DEADLINE)
        const failed = () => idsOf(desk.listed, asked).then(() => 'told', String)
        expect(await failed()).to.include('places were asked')
        expect(await idsOf(desk.readings, asked)).to.deep.equal([bondId])
        clock.set('2026-05-12T02:29:59.999Z')
        expect(await idsOf(desk.readings, asked)).to.deep.equal([bondId])
        expect(await failed()).to.include('places were asked')
        clock.set(HOUR_LATER)
        expect(await idsOf(desk.readings, asked)).to.deep.equal([bondId])
        expect(await idsOf(desk.listed, asked)).to.deep.equal([bondId])
        expect(await refusal(desk.listed.ofSection({ ...asked, center: newId() }).page())).to.equal('bond_unknown')
      })

      it('misses no late money, no second payment, no money that is assigned, no account that is given later', async () => {
        const { asked, section } = await desk.announce({ deadline: '2026-05-20T01:30:00.000Z' })
        const [early, tardy] = [await desk.bidder(section.id), await desk.bidder(section.id)]
        await desk.pay(early, early)
        const stranger = desk.company()
        const unmatched = await desk.pay({ account: newId() }, stranger)
        await settle(asked)
        const late = await desk.pay(tardy, tardy)
        const second = await desk.pay(early, early)
        await assign(stranger, unmatched.bondId, section.id)
        const after = await desk.bidder(section.id)
        const all = [early.bondId, tardy.bondId, second.extra?.id, unmatched.bondId, after.bondId]
        expect(await idsOf(desk.listed, asked)).to.have.members(all)
        const found = await desk.listed.ofSection(asked).some([late.bondId])
        expect(found.map(({ bond }) => bond.totals.in)).to.deep.equal([FEN])
        expect(await idsOf(desk.readings, asked)).to.have.members(all)
      })

      it('loses to another section what is assigned to that, and the money beside it stands where it came', async () => {
        const [home, other] = [await desk.announce(), await desk.announce()]
        const who = await desk.bidder(home.section.id, 'project')
        await desk.pay(who, who)
        await settle(home.asked)
        await settle(other.asked)
        const { extra } = await desk.pay(who, who)
        await assign(who, who.bondId, other.section.id)
        for (const readings of [desk.listed, desk.readings]) {
          expect(await idsOf(readings, home.asked)).to.deep.equal([extra?.id])
          expect(await idsOf(readings, other.asked)).to.deep.equal([who.bondId])
        }
      })

      it('has what was planned before the opening and written after it', async () => {
        const { asked, section } = await desk.announce()
        const who = await desk.bidder(section.id)
        await desk.pay(who, who)
        const receipt = { bank: 'ccb', serial: newId(), at: clock.now().toISOString(), fen: FEN }
        const planned = await desk.register.arrival({
          ...{ account: who.account, receipt, evidence, trace: TRACE },
          payer: { name: who.name, account: who.basicAccount },
        })
        clock.set(DEADLINE)
        expect(await idsOf(desk.readings, asked)).to.deep.equal([who.bondId])
        await stores.effects.apply(async () => planned)
        clock.set(HOUR_LATER)
        for (const readings of [desk.readings, desk.listed]) expect(await idsOf(readings, asked)).to.have.members([who.bondId, planned.extra?.id])
      })

      it('is looked through anew where it was postponed after its opening', async () => {
        const { asked, section } = await desk.announce({ deadline: '2026-06-20T01:30:00.000Z' })
        const first = await desk.bidder(section.id)
        await settle(asked)
        await desk.sections.postpone(asked, '2026-06-01T01:30:00.000Z', TRACE)
        expect(await refusal(desk.listed.ofSection(asked).page())).to.equal('bond_before_opening')
        const meanwhile = await desk.bidder(section.id)
        clock.set('2026-06-01T01:30:00.000Z')
        const both = [first.bondId, meanwhile.bondId]
        expect(await idsOf(desk.readings, asked)).to.have.members(both)
        clock.set('2026-06-01T02:30:00.000Z')
        expect(await idsOf(desk.readings, asked)).to.have.members(both)
        expect(await idsOf(desk.listed, asked)).to.have.members(both)
      })

      it('is written by nobody on a plan that is older than a minute', async () => {
        const { section } = await desk.announce()
        const who = await desk.bidder(section.id)
        let plans = 0
        const planned = await stores.effects.apply(async () => {
          const plan = await desk.register.event(who.bondId, tell(decided({ cause: 'withdrawn' }), { at: START }), TRACE)
          if (plans++ === 0) clock.set('2026-05-01T08:01:00.000Z')
          return { ...plan, plans }
        })
        expect(planned.plans).to.equal(2)
      })
    })

    it('does what two contracts of one moment say, each of its winner, and one told twice once', async () => {
      const { section, asked } = await desk.announce({}, 'procurement')
      const winners = [await desk.bidder(section.id), await desk.bidder(section.id)]
      for (const each of winners) await desk.pay(each, each)
      clock.set('2026-05-20T02:00:00.000Z')
      await desk.work(section.id)
      const at = '2026-05-20T00:00:00.000Z'
      for (let again = 0; again < 2; again++)
        for (const [i, { bondId }] of winners.entries())
          await desk.acts.contract(asked, { winners: [{ bondId, performanceFen: FEN }], at, ref: `HT-${i}` })
      expect((await desk.work(section.id)).map(what => what.do)).to.deep.equal(['contracted', 'contracted'])
      for (const { uscc } of winners)
        expect((await desk.readings.forCompany(uscc))[0]?.decision).to.include({ cause: 'contract', performanceFen: FEN })
    })

    it('does not know another center’s section, before and after the opening', async () => {
      const { asked } = await desk.announce()
      for (const at of [START, DEADLINE]) {
        clock.set(at)
        for (const foreign of [
          { ...asked, center: newId() },
          { ...asked, sectionId: newId() },
        ])
          expect(await refusal(desk.readings.ofSection(foreign).page())).to.equal('bond_unknown')
      }
    })

    it('opens names with the time and two custodians, with neither alone', async () => {
      const { section, shares, asked } = await desk.announce()
      const other = await desk.announce()
      const who = await desk.bidder(section.id)
      await desk.pay(who, who)
      const release = (some: typeof shares) => refusal(desk.sections.release(asked, some, TRACE))
      expect(await release(shares)).to.equal('bond_before_opening')
      clock.set(DEADLINE)
      const [first, second] = shares
      if (first === undefined || second === undefined) throw new Error('three shares were made')
      for (const some of [[], [first], [first, first], [first, { ...second, x: 3 }], other.shares])
        expect(await release(some)).to.equal('bond_custodians_missing')
      expect((await desk.readings.ofSection(asked).page())[0]).to.not.have.any.keys('bidder', 'payer')
      expect(await release([second, first])).to.equal('done')
      const { uscc, name, basicAccount } = who
      expect((await desk.readings.ofSection(asked).page())[0]).to.deep.include({ bidder: { uscc, name }, payer: { name, account: basicAccount } })
    })

    it('answers as the first time what a center says once more in the same words: a project, an abandonment, a refund that is ordered', async () => {
      const facts = { center: newId(), code: newId(), title: '演示项目', law: 'bidding' as const }
      const project = await desk.sections.announceProject(facts)
      expect(await desk.sections.announceProject(facts)).to.deep.equal(project)
      for (const other of [{ title: '另一项目' }, { law: 'procurement' as const }])
        expect(await refusal(desk.sections.announceProject({ ...facts, ...other }))).to.equal('bond_wrong_state')

      const { asked: gone } = await desk.announce()
      const abandoned = await desk.sections.abandon(gone, TRACE)
      expect(await desk.sections.abandon(gone, TRACE)).to.deep.equal(abandoned)
      expect(await refusal(desk.sections.abandon({ ...gone, center: newId() }, TRACE))).to.equal('bond_unknown')
      const said = desk.told.filter(({ code, facts }) => code === 'bond.section-changed' && facts['what'] === 'abandoned')
      expect(said.filter(({ facts }) => facts['section'] === gone.sectionId)).to.have.length(1)

      const { section, asked } = await desk.announce()
      const acts = createCenterActs({
        ...{ store: stores.bonds, sections: desk.sections, effects: stores.effects, tasks: desk.tasks, sealing: desk.sealing, clock },
        decisions: { decide: () => expect.fail('nothing is decided') },
        wake: () => undefined,
      })
      const who = await desk.bidder(section.id)
      const retry = () => refusal(acts.retryRefund(asked, who.bondId, TRACE))
      await desk.pay(who, who)
      await desk.happen(who.bondId, { kind: 'frozen' })
      clock.set('2026-05-20T02:00:00.000Z')
      expect(await retry(), 'nothing is due').to.equal('bond_wrong_state')
      await desk.happen(who.bondId, decided())
      expect(await retry()).to.equal('done')
      await desk.happen(who.bondId, ordered({ order: newId(), valueDay: '2026-05-22', toAccount: desk.tags.account(who.basicAccount) }))
      expect(await retry(), 'once more').to.equal('done')
    })

    it('gives no account of a section that is over, abandoned or unknown; a section tendered anew has accounts of its own', async () => {
      const { section, asked } = await desk.announce()
      const before = await desk.bidder(section.id)
      await desk.sections.abandon(asked, TRACE)
      expect(await refusal(desk.bidder(section.id))).to.equal('bond_section_closed')
      expect(await refusal(desk.sections.postpone(asked, DEADLINE, TRACE))).to.equal('bond_wrong_state')
      expect(await refusal(desk.bidder(newId()))).to.equal('bond_unknown')
      expect((await desk.pay(before, before)).bond.finding).to.equal('unmatched')
      const anew = await desk.announce()
      expect((await desk.bidder(anew.section.id)).account).to.match(/^4400\d{12}$/)
      clock.set(DEADLINE)
      expect(await refusal(desk.bidder(anew.section.id))).to.equal('bond_section_closed')
    })

    it('takes a year’s calendar in as revisions, each effective at once', async () => {
      const year = 2100 + Math.floor(clock.now().getTime() % 7)
      const file = (workdays: string[]) =>
        JSON.stringify({
          year,
          source: { title: '通知', number: '国办发明电〔2099〕1号', issued: `${year - 1}-11-01` },
          daysOff: [{ name: '元旦', from: `${year}-01-01`, to: `${year}-01-01` }],
          workdays,
        })
      const about = async () => (await desk.parameters.calendar()).about(`${year}-01-01`)
      expect(await refusal(about())).to.equal('calendar_not_covered')
      expect(await desk.parameters.enter('calendar', file([]), 'operator', TRACE)).to.deep.equal({ key: String(year), revision: 1 })
      expect((await about()).kind).to.equal('holiday')
      expect((await desk.parameters.enter('calendar', file([]), 'operator', TRACE)).revision).to.equal(2)
      expect(await refusal(desk.parameters.enter('calendar', '{', 'operator', TRACE))).to.equal('calendar_malformed')
      expect(await refusal(desk.parameters.enter('calendar', ' '.repeat(20_001), 'operator', TRACE))).to.equal('too_large')
      expect(desk.told.filter(({ code }) => code === 'bond.parameter-added')).to.have.length(2)
    })

    it('takes rates and banks’ hours in, and refuses what is none', async () => {
      await desk.parameters.enter('deposit-rate', JSON.stringify({ from: '2025-05-20', millionths: 500, basis: '挂牌利率' }), 'operator', TRACE)
      expect((await desk.parameters.depositRates()).map(({ millionths }) => millionths)).to.deep.equal([3500, 500])
      const times = { bank: 'icbc', settles: [{ before: '24:00', workingDays: 1 }], closed: { days: [], lastWorkingDayOfMonth: false } }
      await desk.parameters.enter('bank-times', JSON.stringify(times), 'operator', TRACE)
      expect(await desk.parameters.bankTimes('icbc')).to.deep.equal(times)
      expect(await desk.parameters.bankTimes('abc')).to.equal(undefined)
      for (const wrong of [
        { from: '2025-02-30', millionths: 1, basis: 'x' },
        { from: '2025-01-01', millionths: 0.5, basis: 'x' },
        { from: '2025-01-01', millionths: 43_501, basis: 'x' },
        { from: '2025-01-01', millionths: 1 },
      ])
        expect(await refusal(desk.parameters.enter('loan-rate', JSON.stringify(wrong), 'operator', TRACE))).to.equal('bond_parameter_malformed')
    })
  })
}
