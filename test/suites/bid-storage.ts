import { expect } from 'chai'
import { days, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Bid, GivenShare, Opening, RescueTicket, Step, StepKind } from '../../server/storage/stores-bids.ts'
import { newUscc, type SuiteClock } from './storage.ts'

/** What every database does for openings of bids. `open` is called once; tests use openings of their own. */
export function bidStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`openings of bids on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })

    const inTime = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const step = (openingId: string, kind: StepKind, uscc?: Uscc): Step => ({
      openingId,
      ...(uscc === undefined ? {} : { uscc }),
      kind,
      at: clock.now().toISOString(),
      by: 'test',
      facts: { quoted: '"\\{},' },
      trace: 'K7QM-3F9T',
    })
    async function announced(wishes: Partial<Opening> = {}): Promise<Opening> {
      const opening: Opening = {
        id: newId(),
        center: 'c',
        project: 'p',
        title: '示例开标',
        drill: false,
        state: 'announced',
        version: 1,
        opensAt: inTime(days(1)),
        decryptBy: inTime(days(1) + minutes(60)),
        createdAt: inTime(0),
        ...wishes,
      }
      expect(await stores.bids.announce(opening, step(opening.id, 'announced'))).to.equal(true)
      return opening
    }
    const bidIn = (openingId: string, wishes: Partial<Bid> = {}): Bid => ({
      openingId,
      uscc: newUscc(),
      envelope: newId(),
      name: '演示公司',
      state: 'waiting',
      version: 1,
      file: { size: 1, sm3: '' },
      certificates: [{ thumbprint: newId(), notAfter: inTime(days(9)) }],
      receivedAt: inTime(0),
      attempts: 0,
      ...wishes,
    })
    const register = (bid: Bid, before?: Pick<Bid, 'envelope' | 'state'>) =>
      stores.bids.register(bid, step(bid.openingId, 'registered', bid.uscc), before)
    async function opened(): Promise<{ opening: Opening; bid: Bid }> {
      const opening = await announced()
      const bid = await register(bidIn(opening.id))
      const saved = await stores.bids.changeOpening({ ...opening, state: 'open' }, step(opening.id, 'opening-opened'))
      if (bid === undefined || saved === undefined) throw new Error('not registered')
      return { opening: saved, bid }
    }
    const kinds = async (openingId: string) => (await stores.bids.steps(openingId, 100)).map(each => each.kind)
    const times = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
    const there = <T>(answers: readonly (T | undefined)[]) => answers.filter(answer => answer !== undefined && answer !== false)

    it('knows of whom a bid waits for its opening, of many asked at once each for itself', async () => {
      const { opening, bid } = await opened()
      const waits = bidIn((await announced()).id)
      const dropped = bidIn((await announced()).id, { uscc: newUscc() })
      await register(waits)
      await register(dropped)
      const gone = (await stores.bids.opening(dropped.openingId)) ?? opening
      await stores.bids.changeOpening({ ...gone, state: 'cancelled' }, step(gone.id, 'cancelled'))
      const asked = [bid.uscc, waits.uscc, dropped.uscc, newUscc(), waits.uscc]
      expect(await Promise.all(asked.map(uscc => stores.bids.isWaiting(uscc)))).to.deep.equal([false, true, false, false, true])
    })

    it('announces an opening once', async () => {
      const opening = await announced()
      expect(await stores.bids.announce(opening, step(opening.id, 'announced'))).to.equal(false)
      expect(await stores.bids.opening(opening.id)).to.deep.equal(opening)
      expect(await kinds(opening.id)).to.deep.equal(['announced'])
    })

    it('lets one of 20 parallel changes through, and writes one step', async () => {
      const opening = await announced()
      const saved = await times(20, () => stores.bids.changeOpening({ ...opening, state: 'cancelled' }, step(opening.id, 'cancelled')))
      expect(there(saved)).to.have.length(1)
      expect(await kinds(opening.id)).to.deep.equal(['announced', 'cancelled'])
    })

    it('keeps one bid of a company, and replaces only the one that stood, however many come at once', async () => {
      const { id } = await announced()
      const uscc = newUscc()
      for (let before: Bid | undefined, round = 1; round < 4; round++) {
        const saved: (Bid | undefined)[] = there(await times(10, () => register(bidIn(id, { uscc }), before)))
        expect(saved).to.have.length(1)
        expect(await stores.bids.counts(id)).to.deep.equal({ waiting: 1 })
        const kept = await stores.bids.bid(id, uscc)
        expect(kept).to.include({ version: round, envelope: saved[0]?.envelope })
        before = kept
      }
      expect((await kinds(id)).filter(kind => kind === 'registered')).to.have.length(3)
    })

    it('does not replace a bid that was taken back since, and one that was tested since', async () => {
      const { id } = await announced()
      const bid = await register(bidIn(id))
      if (bid === undefined) throw new Error('not registered')
      const next = () => bidIn(id, { uscc: bid.uscc })
      const gone = await stores.bids.changeBid({ ...bid, state: 'withdrawn' }, step(id, 'withdrawn', bid.uscc), ['announced'])
      expect(await register(next(), bid)).to.equal(undefined)
      const again = await register(next(), gone)
      if (again === undefined) throw new Error('not registered')
      await stores.bids.changeBid({ ...again, selfTest: { at: inTime(0), ok: true } }, step(id, 'self-tested', bid.uscc), ['announced'])
      expect((await register(next(), again))?.version).to.equal(5)
    })

    it('takes no bid in at the deadline, after it, or when the opening is not announced', async () => {
      const opening = await announced()
      expect(await register(bidIn(opening.id, { receivedAt: opening.opensAt }))).to.equal(undefined)
      expect(await register(bidIn(opening.id, { receivedAt: new Date(Date.parse(opening.opensAt) - 1).toISOString() }))).not.to.equal(undefined)
      await stores.bids.changeOpening({ ...opening, state: 'cancelled' }, step(opening.id, 'cancelled'))
      expect(await register(bidIn(opening.id))).to.equal(undefined)
      expect(await register(bidIn(newId()))).to.equal(undefined)
    })

    it('takes a bid in that came before the deadline, though the opening is opened at the same moment, and changes the opening with it', async () => {
      for (let round = 0; round < 5; round++) {
        const opening = await announced()
        const opens = () => stores.bids.changeOpening({ ...opening, state: 'open' }, step(opening.id, 'opening-opened'))
        const answers = await Promise.all([
          ...Array.from({ length: 5 }, () => register(bidIn(opening.id))),
          opens(),
          ...Array.from({ length: 5 }, () => register(bidIn(opening.id))),
        ])
        expect(there(answers)).to.have.length(11)
        expect((await stores.bids.counts(opening.id)).waiting).to.equal(10)
        expect((await kinds(opening.id)).filter(kind => kind === 'registered')).to.have.length(10)
        const open = await stores.bids.opening(opening.id)
        if (open === undefined) throw new Error('no opening')
        expect(await register(bidIn(opening.id, { receivedAt: opening.opensAt }))).to.equal(undefined)
        expect(await register(bidIn(opening.id))).not.to.equal(undefined)
        const close = (of: Opening) => stores.bids.changeOpening({ ...of, state: 'closed' }, step(of.id, 'closed'))
        expect(await close(open), 'counted without the last').to.equal(undefined)
        expect(await close({ ...open, version: open.version + 1 })).not.to.equal(undefined)
        expect(await register(bidIn(opening.id))).to.equal(undefined)
      }
    })

    it('takes no envelope in that is another company’s', async () => {
      const { id } = await announced()
      const bid = bidIn(id)
      await register(bid)
      expect(await register(bidIn(id, { envelope: bid.envelope }))).to.equal(undefined)
      expect(await stores.bids.counts(id)).to.deep.equal({ waiting: 1 })
    })

    it('changes a bid for one of many, and only while the opening stands so', async () => {
      const { opening, bid } = await opened()
      const begin = (states: Opening['state'][]) =>
        stores.bids.changeBid({ ...bid, state: 'decrypting', since: inTime(0) }, step(opening.id, 'begun', bid.uscc), states)
      expect(await begin(['announced'])).to.equal(undefined)
      expect(there(await times(10, () => begin(['open'])))).to.have.length(1)
      expect(await kinds(opening.id)).to.deep.equal(['announced', 'registered', 'opening-opened', 'begun'])
    })

    it('finds bids that nobody is at any more, and not those that somebody says to be at', async () => {
      const { opening, bid } = await opened()
      const mine = await stores.bids.changeBid({ ...bid, state: 'decrypting', since: inTime(0) }, step(opening.id, 'begun', bid.uscc), ['open'])
      if (mine === undefined) throw new Error('not begun')
      clock.advance(minutes(5))
      expect((await stores.bids.stale(clock.now(), 100)).map(each => each.envelope)).to.include(bid.envelope)
      expect(await stores.bids.stillAt(mine, clock.now())).to.equal(true)
      expect((await stores.bids.stale(clock.now(), 100)).map(each => each.envelope)).not.to.include(bid.envelope)
      expect(await stores.bids.stillAt({ ...mine, version: 1 }, clock.now())).to.equal(false)
    })

    it('finds the waiting bids of a certificate, and none of a replaced envelope', async () => {
      const { id } = await announced()
      const [old, renewed] = [newId(), newId()]
      const first = bidIn(id, { certificates: [{ thumbprint: old, notAfter: inTime(days(9)) }] })
      await register(first)
      expect((await stores.bids.byCertificate(old, 10)).map(each => [each.bid.envelope, each.opening.id])).to.deep.equal([[first.envelope, id]])
      await register({ ...first, envelope: newId(), certificates: [{ thumbprint: renewed, notAfter: inTime(days(9)) }] }, first)
      expect(await stores.bids.byCertificate(old, 10)).to.deep.equal([])
      expect(await stores.bids.byCertificate(renewed, 10)).to.have.length(1)
    })

    it('pages through openings by their time, and through bids by their company', async () => {
      const far = days(4000)
      const ids = await times(3, async i => (await announced({ opensAt: inTime(far + minutes(i)), decryptBy: inTime(far + minutes(90)) })).id)
      const [from, to] = [new Date(inTime(far)), new Date(inTime(far + minutes(5)))]
      const first = await stores.bids.openingsBetween('announced', from, to, 2)
      const rest = await stores.bids.openingsBetween('announced', from, to, 2, first[1])
      expect([...first, ...rest].map(each => each.id)).to.deep.equal(ids)
      const [id = ''] = ids
      const companies = (await times(5, async () => (await register(bidIn(id)))?.uscc ?? '')).sort()
      const page = await stores.bids.bids(id, 3)
      expect([...page, ...(await stores.bids.bids(id, 3, page[2]?.uscc))].map(each => each.uscc)).to.deep.equal(companies)
    })

    it('says that an opening is settled only when no bid of it waits', async () => {
      const { opening, bid } = await opened()
      await stores.bids.changeOpening({ ...opening, state: 'closed', decryptBy: inTime(-1) }, step(opening.id, 'closed'))
      const open = async () => (await stores.bids.openingsToSettle(clock.now(), 100)).some(each => each.id === opening.id)
      await stores.bids.settled(opening.id)
      expect(await open()).to.equal(true)
      await stores.bids.changeBid({ ...bid, state: 'failed' }, step(opening.id, 'late', bid.uscc), ['closed'])
      await stores.bids.settled(opening.id)
      expect(await open()).to.equal(false)
    })

    it('never changes a step, and tells those that the audit record lacks until it is told that it has them', async () => {
      const { id } = await announced()
      await stores.bids.note(step(id, 'warned'))
      const mine = async () => (await stores.bids.unaudited(1000)).filter(each => each.openingId === id)
      expect((await mine()).map(each => [each.kind, each.facts])).to.deep.equal([
        ['announced', { quoted: '"\\{},' }],
        ['warned', { quoted: '"\\{},' }],
      ])
      await stores.bids.audited((await mine()).map(each => each.seq))
      expect(await mine()).to.deep.equal([])
      expect(await kinds(id)).to.deep.equal(['announced', 'warned'])
    })

    describe('rescues', () => {
      async function asked(): Promise<{ bid: Bid; ticket: RescueTicket }> {
        const { opening, bid } = await opened()
        const ticket: RescueTicket = {
          id: newId(),
          openingId: opening.id,
          uscc: bid.uscc,
          envelope: bid.envelope,
          state: 'gathering',
          version: 1,
          threshold: 2,
          why: 'test',
          askedBy: 'test',
          askedAt: inTime(0),
        }
        const rescuing = await stores.bids.changeBid({ ...bid, state: 'rescuing' }, step(opening.id, 'rescue-asked', bid.uscc), ['open'], ticket)
        if (rescuing === undefined) throw new Error('not asked')
        return { bid: rescuing, ticket }
      }
      const share = (ticketId: string, place: number, by = `person ${place}`): GivenShare => ({
        ticketId,
        place,
        custodian: `c${place}`,
        by,
        at: inTime(0),
        sealed: 'x',
      })
      const give = ({ bid, ticket }: { bid: Bid; ticket: RescueTicket }, place: number, by?: string) =>
        stores.bidRescues.give(share(ticket.id, place, by), step(bid.openingId, 'share-given', bid.uscc))

      it('are made with the bid’s change or not at all', async () => {
        const { bid, ticket } = await asked()
        expect(await stores.bidRescues.ticket(ticket.id)).to.deep.equal(ticket)
        const other = { ...ticket, id: newId() }
        expect(await stores.bids.changeBid({ ...bid, version: 1 }, step(bid.openingId, 'rescue-asked', bid.uscc), ['open'], other)).to.equal(
          undefined,
        )
        expect(await stores.bidRescues.ticket(other.id)).to.equal(undefined)
      })

      it('count two custodians who press at once, a place once, and a person once', async () => {
        const rescue = await asked()
        expect(await Promise.all([give(rescue, 1), give(rescue, 2)])).to.deep.equal([true, true])
        expect(await give(rescue, 1, 'somebody else')).to.equal(false)
        expect(await give(rescue, 3, 'person 1')).to.equal(false)
        expect(await stores.bidRescues.shares(rescue.ticket.id)).to.deep.equal([1, 2].map(place => share(rescue.ticket.id, place)))
      })

      it('are performed by one of many, take no share then, and leave none behind', async () => {
        const rescue = await asked()
        const { bid, ticket } = rescue
        await give(rescue, 1)
        const won = there(await times(10, () => stores.bidRescues.change({ ...ticket, state: 'performing', since: inTime(0) })))
        expect(won).to.have.length(1)
        expect(await give(rescue, 2)).to.equal(false)
        const [mine = ticket] = won
        const end = () => stores.bidRescues.end({ ...mine, state: 'done' }, { ...bid, state: 'rescued' }, step(bid.openingId, 'rescued', bid.uscc))
        expect(await end()).to.equal(true)
        expect(await end()).to.equal(false)
        expect(await stores.bidRescues.shares(ticket.id)).to.deep.equal([])
        expect((await stores.bidRescues.ticket(ticket.id))?.state).to.equal('done')
        expect((await stores.bids.bid(bid.openingId, bid.uscc))?.state).to.equal('rescued')
      })

      it('leave no share behind that was given while they ended', async () => {
        for (let round = 0; round < 10; round++) {
          const rescue = await asked()
          const { bid, ticket } = rescue
          const end = () =>
            stores.bidRescues.end({ ...ticket, state: 'failed' }, { ...bid, state: 'failed' }, step(bid.openingId, 'rescue-failed', bid.uscc))
          const [ended] = await Promise.all([end(), ...[1, 2, 3, 4, 5].map(place => give(rescue, place))])
          expect(ended).to.equal(true)
          expect(await stores.bidRescues.shares(ticket.id)).to.deep.equal([])
        }
      })

      it('are found when nobody has touched them', async () => {
        const { ticket } = await asked()
        clock.advance(1)
        expect((await stores.bidRescues.waiting('gathering', clock.now(), 1000)).map(each => each.id)).to.include(ticket.id)
        await stores.bidRescues.change({ ...ticket, state: 'performing', since: inTime(0) })
        expect((await stores.bidRescues.waiting('performing', clock.now(), 1000)).map(each => each.id)).not.to.include(ticket.id)
      })
    })

    it('lets a warning out once, and again where whoever claimed it never sent it', async () => {
      const key = newId()
      const claim = () => stores.bidNotices.claim(key, clock.now(), new Date(clock.now().getTime() - minutes(10)))
      expect((await times(10, claim)).filter(Boolean)).to.have.length(1)
      clock.advance(minutes(11))
      expect(await claim()).to.equal(true)
      await stores.bidNotices.sent(key, clock.now())
      clock.advance(minutes(11))
      expect(await claim()).to.equal(false)
    })
  })
}
