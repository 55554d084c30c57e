import { expect } from 'chai'
import { days, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { shieldReportWrite } from '../../server/storage/shield-reports.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Bid, BidUpload, Opening, Step } from '../../server/storage/stores-bids.ts'
import { newUscc, person, type SuiteClock, seat, shield } from './storage.ts'

/** What every database does for the doors of the bid room: lists of a company and a center, envelopes on their way in, shields that were seen. */
export function bidRoomStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`the bid room on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })

    const inTime = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const step = (openingId: string): Step => ({ openingId, kind: 'announced', at: inTime(0), by: 'test', facts: {}, trace: 'K7QM-3F9T' })
    async function announced(wishes: Partial<Opening> = {}): Promise<Opening> {
      const times = { opensAt: inTime(days(1)), decryptBy: inTime(days(1) + minutes(60)), createdAt: inTime(0) }
      const opening: Opening = {
        id: newId(),
        center: 'c',
        project: 'p',
        title: '示例开标',
        drill: false,
        state: 'announced',
        version: 1,
        ...times,
        ...wishes,
      }
      expect(await stores.bids.announce(opening, step(opening.id))).to.equal(true)
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
    const register = (bid: Bid) => stores.bids.register(bid, step(bid.openingId))
    const times = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))

    describe('what a company and a center have', () => {
      it('is found by company and by center, the latest opening first, in pages', async () => {
        const [uscc, center] = [newUscc(), newId()]
        const openings = await times(3, i => announced({ center, opensAt: inTime(days(i + 1)), decryptBy: inTime(days(i + 2)) }))
        for (const { id } of openings) await register(bidIn(id, { uscc }))
        await announced()
        const [first, second, third] = openings.toReversed()
        if (first === undefined || second === undefined || third === undefined) throw new Error('three were announced')
        const ids = (found: readonly { bid: Bid; opening: Opening }[]) => found.map(({ bid, opening }) => [bid.openingId, opening.id])
        expect(ids(await stores.bids.ofCompany(uscc, 2))).to.deep.equal([
          [first.id, first.id],
          [second.id, second.id],
        ])
        expect(ids(await stores.bids.ofCompany(uscc, 2, second))).to.deep.equal([[third.id, third.id]])
        expect((await stores.bids.ofCenter(center, 2)).map(({ id }) => id)).to.deep.equal([first.id, second.id])
        expect((await stores.bids.ofCenter(center, 2, second)).map(({ id }) => id)).to.deep.equal([third.id])
      })
    })

    describe('an envelope on its way in', () => {
      const upload = (openingId: string, wishes: Partial<BidUpload> = {}): BidUpload => ({
        envelope: newId(),
        openingId,
        uscc: newUscc(),
        size: 5_000_000_000,
        begunAt: inTime(0),
        expiresAt: inTime(days(2)),
        ...wishes,
      })
      const MOST = 10_000_000_000

      it('is begun once, again by the same company, and by nobody else under its id', async () => {
        const { id } = await announced()
        const one = upload(id)
        expect(await times(5, () => stores.bidUploads.begin(one, MOST))).to.deep.equal(Array(5).fill('begun'))
        expect(await stores.bidUploads.find(one.envelope)).to.deep.equal(one)
        for (const other of [{ uscc: newUscc() }, { openingId: newId() }, { size: 1 }])
          expect(await stores.bidUploads.begin({ ...one, ...other }, MOST)).to.equal('taken')
        expect(await stores.bidUploads.of(id, one.uscc, 10)).to.deep.equal([one])
        await stores.bidUploads.drop(one.envelope)
        expect(await stores.bidUploads.find(one.envelope)).to.equal(undefined)
      })

      it('takes no more octets of a company for an opening than it may announce, and not the id of a bid', async () => {
        const { id } = await announced()
        const [uscc, bid] = [newUscc(), bidIn(id)]
        for (const expected of ['begun', 'begun', 'full']) expect(await stores.bidUploads.begin(upload(id, { uscc }), MOST)).to.equal(expected)
        expect(await stores.bidUploads.begin(upload(id), MOST)).to.equal('begun')
        await register(bid)
        expect(await stores.bidUploads.begin(upload(id, { envelope: bid.envelope, uscc: bid.uscc }), MOST)).to.equal('taken')
      })

      it('is over at its time, and says whether a bid has it all the same', async () => {
        const opens = { opensAt: inTime(-days(10)), decryptBy: inTime(-days(9.9)) }
        const [{ id }, put] = [await announced(opens), await announced(opens)]
        const [left, taken] = [upload(id, { expiresAt: inTime(-days(9)) }), upload(id, { expiresAt: inTime(-days(8)) })]
        const off = upload(put.id, { expiresAt: inTime(-days(9)) })
        for (const each of [left, taken, off]) await stores.bidUploads.begin(each, MOST)
        await register(bidIn(id, { envelope: taken.envelope, receivedAt: inTime(-days(11)) }))
        await stores.bids.changeOpening({ ...put, opensAt: inTime(days(1)), decryptBy: inTime(days(2)) }, step(put.id))
        const opened = new Date(inTime(-days(8)))
        const over = await stores.bidUploads.over(new Date(inTime(-days(7))), opened, 10)
        expect(over.map(({ envelope }) => envelope)).to.deep.equal([left.envelope, taken.envelope])
        for (const [{ envelope }, outcome] of [
          [left, 'left'],
          [taken, 'registered'],
          [off, undefined],
        ] as const)
          expect(await stores.bidUploads.dropOver(envelope, opened)).to.equal(outcome)
        expect(await stores.bidUploads.find(off.envelope)).to.deep.equal(off)
        expect(await stores.bidUploads.over(new Date(inTime(-days(7))), opened, 10)).to.deep.equal([])
      })
    })

    it('keeps each bank’s latest word about a certificate, in whatever order its messages come', async () => {
      const [thumbprint, other] = [newId(), newId()]
      const say = (bank: string, state: 'lost' | 'replaced' | 'found', saidAt: string) =>
        stores.effects.apply(async () => ({ lock: thumbprint, writes: [shieldReportWrite({ thumbprint, bank, state, saidAt })] }))
      await say('abc', 'found', inTime(2000))
      await Promise.all([say('abc', 'lost', inTime(1000)), say('ccb', 'lost', inTime(0)), say('abc', 'replaced', inTime(1500))])
      expect(await stores.shieldReports.of([thumbprint, other])).to.have.deep.members([
        { thumbprint, bank: 'abc', state: 'found', saidAt: inTime(2000) },
        { thumbprint, bank: 'ccb', state: 'lost', saidAt: inTime(0) },
      ])
    })

    it('tells the newest shields that companies came with', async () => {
      const usccs = [newUscc(), newUscc()]
      const came = usccs.map(uscc => ({ uscc, identity: person({ seats: [seat(uscc)], certificate: shield() }) }))
      for (const { identity, uscc } of came) await stores.parties.recognise(identity, uscc)
      const found = await stores.seenShields.ofCompanies(usccs, 5)
      const expected = came.map(({ uscc, identity: { certificate } }) => ({
        uscc,
        thumbprint: certificate?.thumbprint,
        issuer: certificate?.issuer,
        subject: certificate?.subject,
        notBefore: certificate?.notBefore,
        firstSeenAt: inTime(0),
      }))
      expect(found).to.have.deep.members(expected)
    })
  })
}
