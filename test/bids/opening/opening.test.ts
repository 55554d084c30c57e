import { expect } from 'chai'
import { drillEnvelope } from '../../../server/bids/opening/drill.ts'
import { digestOfStep } from '../../../server/bids/opening/evidence.ts'
import { minutes } from '../../../server/kernel/clock.ts'
import { newUscc } from '../../suites/storage.ts'
import { all, outcomeOf, parties, randomFrom, rescueOf, tooEarly } from '../envelope/stage.ts'
import { anna, bert, clerk, content, giveShare, openStage, type Stage } from './stage.ts'

describe('an opening of bids', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(() => stage.stores.close())

  it('goes from its announcement to its close, with a step in evidence for each thing that happened', async () => {
    const { openings, clock } = stage
    const { id } = await stage.announce()
    const [one, two, three] = [await stage.bid(id), await stage.bid(id), await stage.bid(id)]
    await openings.selfTested(id, one.uscc, { ok: true }, clerk)
    await stage.start(id)
    expect((await stage.decrypt(one)).state).to.equal('opened')
    expect(stage.opened.get(one.envelope)?.content.equals(content)).to.equal(true)
    expect((await stage.decrypt(two, parties.stranger)).failure).to.include({ reason: 'wrong-shield' })
    expect((await stage.decrypt(two)).state).to.equal('opened')
    clock.advance(minutes(60))
    await openings.close(id, clerk)
    expect((await openings.ownBid(id, three.uscc)).failure).to.include({ reason: 'late' })
    expect(await stage.kinds(id)).to.deep.equal([
      'announced',
      ...['registered', 'registered', 'registered', 'self-tested', 'opening-opened'],
      ...['begun', 'opened', 'begun', 'failed', 'begun', 'opened', 'closed', 'late'],
    ])
    const board = await openings.board(id)
    expect(board).to.deep.include({ phase: 'closed', counts: { opened: 2, failed: 1 } })
  })

  it('stands step by step in the audit record, which names no company before the opening', async () => {
    const { id } = await stage.announce()
    const bid = await stage.bid(id)
    const rows = (await stage.stores.audit.read(1, 100)).filter(({ code }) => code === 'bid.step')
    const steps = await stage.stores.bids.steps(id, 100)
    expect(rows.map(({ body }) => JSON.parse(body).sm3)).to.deep.equal(steps.map(digestOfStep))
    for (const { body } of rows) expect(body).not.to.include(bid.uscc).and.not.to.include(bid.envelope)
    expect(await stage.stores.bids.unaudited(10)).to.deep.equal([])
    expect(await stage.trail.verify()).to.include({ ok: true })
  })

  it('writes steps to the audit record later, when it cannot be written now', async () => {
    let broken = true
    const { another, trail } = stage
    const limping = another({ trail: { append: async (...events) => (broken ? Promise.reject(new Error('away')) : trail.append(...events)) } })
    const { id } = await stage.announce()
    await limping.postpone(id, new Date('2027-06-02T01:30:00Z'), new Date('2027-06-02T02:30:00Z'), clerk)
    expect(await stage.stores.bids.unaudited(10)).to.have.length(1)
    broken = false
    await limping.tick()
    expect(await stage.stores.bids.unaudited(10)).to.have.length(0)
  })

  describe('before its time', () => {
    it('shows nothing of the bids, their number neither: the board is the same to the octet for none and for three', async () => {
      const { id } = await stage.announce()
      const empty = JSON.stringify(await stage.openings.board(id))
      for (let i = 0; i < 3; i++) await stage.bid(id)
      expect(JSON.stringify(await stage.openings.board(id))).to.equal(empty)
      expect(JSON.parse(empty)).to.have.all.keys('phase', 'title', 'drill', 'now', 'opensAt', 'secondsLeft')
    })

    it('asks the database for nothing of the bids when the board is looked at', async () => {
      const { id } = await stage.announce()
      const refusing = stage.another({
        store: { ...stage.ports.store, bids: () => Promise.reject(new Error('asked')), counts: () => Promise.reject(new Error('asked')) },
      })
      expect((await refusing.board(id)).phase).to.equal('announced')
    })

    it('shows nothing at its time either, until somebody opens it', async () => {
      const { id, opensAt } = await stage.announce()
      stage.clock.set(opensAt)
      expect(await stage.openings.board(id)).to.include({ phase: 'announced', secondsLeft: 0 })
      expect(await outcomeOf(stage.openings.evidence(id))).to.match(/^bid_before_opening/)
    })

    it('is not opened, decrypts nothing, gives out no evidence and rescues nothing', async () => {
      const { id } = await stage.announce()
      const bid = await stage.bid(id)
      stage.clock.set(tooEarly)
      for (const work of [
        () => stage.openings.open(id, clerk),
        () => stage.decrypt(bid),
        () => stage.openings.evidence(id),
        () => stage.openings.close(id, clerk),
        () => stage.openings.rescue.ask(id, bid.uscc, '演示', clerk),
        () => stage.openings.attribute(id, bid.uscc, 'network', '演示', clerk),
      ]) {
        expect(await outcomeOf(work())).to.match(/^bid_before_opening/)
      }
      expect(await stage.kinds(id)).to.deep.equal(['announced', 'registered'])
    })

    it('decrypts nothing when somebody edits the row to open', async () => {
      const { id } = await stage.announce()
      const bid = await stage.bid(id)
      await stage.stores.pglite.query(`UPDATE bid_opening SET state = 'open', body = replace(body, '"state":"announced"', '"state":"open"')`)
      stage.clock.set(tooEarly)
      expect(await outcomeOf(stage.decrypt(bid))).to.match(/^bid_before_opening/)
      expect(await stage.openings.board(id)).to.have.all.keys('phase', 'title', 'drill', 'now', 'opensAt', 'secondsLeft')
    })

    it('moves to a later time only, and then nothing happens at the old one', async () => {
      const { id, opensAt, decryptBy } = await stage.announce()
      const bid = await stage.bid(id)
      const earlier = new Date(Date.parse(opensAt) - 1)
      expect(await outcomeOf(stage.openings.postpone(id, earlier, new Date(decryptBy), clerk))).to.match(/^bid_wrong_state/)
      const later = new Date('2027-06-08T01:30:00.000Z')
      await stage.openings.postpone(id, later, new Date('2027-06-08T02:30:00.000Z'), clerk)
      stage.clock.set(opensAt)
      expect(await outcomeOf(stage.openings.open(id, clerk))).to.match(/^bid_before_opening/)
      stage.clock.set(later)
      await stage.openings.open(id, clerk)
      expect((await stage.decrypt(bid)).state).to.equal('opened')
    })
  })

  describe('takes in', () => {
    it('one bid of a company: the last', async () => {
      const { id } = await stage.announce()
      const first = await stage.bid(id)
      const second = await stage.bid(id, { uscc: first.uscc })
      await stage.start(id)
      expect((await stage.openings.board(id)) as { counts?: object }).to.deep.include({ counts: { waiting: 1 } })
      expect((await stage.decrypt(first)).envelope).to.equal(second.envelope)
    })

    it('not an older one in the place of one that came later and was faster to look at', async () => {
      const { id } = await stage.announce()
      const { uscc } = await stage.bid(id)
      const { openings, looks, letGo } = stage.slow()
      const older = outcomeOf(stage.bid(id, { uscc, by: openings }))
      await looks
      stage.clock.advance(1000)
      const newer = await stage.bid(id, { uscc })
      letGo()
      expect(await older).to.match(/^bid_wrong_state/)
      expect(await stage.openings.ownBid(id, uscc)).to.include({ envelope: newer.envelope, state: 'waiting' })
    })

    it('the later one, where the one that came before it was looked at faster', async () => {
      const { id } = await stage.announce()
      const uscc = newUscc()
      const [first, second] = [stage.slow(), stage.slow()]
      const older = stage.bid(id, { uscc, by: first.openings })
      await first.looks
      stage.clock.advance(1000)
      const newer = stage.bid(id, { uscc, by: second.openings })
      await second.looks
      first.letGo()
      await older
      second.letGo()
      const { envelope } = await newer
      expect((await stage.openings.ownBid(id, uscc)).envelope).to.equal(envelope)
    })

    it('nothing that was taken back while another one was looked at', async () => {
      const { id } = await stage.announce()
      const { uscc } = await stage.bid(id)
      const { openings, looks, letGo } = stage.slow()
      const late = outcomeOf(stage.bid(id, { uscc, by: openings }))
      await looks
      await stage.openings.withdraw(id, uscc, clerk)
      letGo()
      expect(await late).to.match(/^bid_wrong_state/)
      expect((await stage.openings.ownBid(id, uscc)).state).to.equal('withdrawn')
    })

    it('the same envelope once, and what was tested since stands', async () => {
      const { id } = await stage.announce()
      const { uscc, envelope, certificates } = await stage.bid(id)
      await stage.openings.selfTested(id, uscc, { ok: true }, clerk)
      const again = await stage.openings.register({ openingId: id, uscc, name: '示例', envelope, certificates }, clerk)
      expect(again).to.deep.equal(await stage.openings.ownBid(id, uscc))
      expect(again.selfTest?.ok).to.equal(true)
      expect(await stage.kinds(id)).to.deep.equal(['announced', 'registered', 'self-tested'])
    })

    it('what came before the deadline and was looked at until after the opening, and decrypts it', async () => {
      const { id, opensAt } = await stage.announce()
      stage.clock.set(new Date(Date.parse(opensAt) - 20_000))
      const [{ openings, looks, letGo }, one] = [stage.slow(), await stage.bid(id)]
      const coming = stage.bid(id, { by: openings })
      await looks
      await stage.start(id)
      expect((await stage.openings.board(id)) as { counts?: object }).to.deep.include({ counts: { waiting: 1 } })
      letGo()
      const bid = await coming
      expect((await stage.openings.board(id)) as { counts?: object }).to.deep.include({ counts: { waiting: 2 } })
      await stage.decrypt(one)
      expect(await outcomeOf(stage.openings.close(id, clerk)), 'it has time like the others').to.match(/^bid_wrong_state/)
      expect((await stage.decrypt(bid)).state).to.equal('opened')
    })

    it('a bid while somebody closes, who counted without it: the opening stays open', async () => {
      const { id, opensAt } = await stage.announce()
      stage.clock.set(new Date(Date.parse(opensAt) - 20_000))
      const { openings, looks, letGo } = stage.slow()
      const coming = stage.bid(id, { by: openings })
      await looks
      await stage.start(id)
      const { store } = stage.ports
      const closing = stage.another({
        store: {
          ...store,
          async counts(openingId) {
            const counts = await store.counts(openingId)
            letGo()
            await coming
            return counts
          },
        },
      })
      expect(await outcomeOf(closing.close(id, clerk))).to.match(/^bid_wrong_state: 1 bids/)
      expect((await stage.decrypt(await coming)).state).to.equal('opened')
    })

    it('nothing into an opening that was closed meanwhile, and does not say that it came late', async () => {
      const { id, opensAt } = await stage.announce()
      stage.clock.set(new Date(Date.parse(opensAt) - 20_000))
      const { openings, looks, letGo } = stage.slow()
      const coming = outcomeOf(stage.bid(id, { by: openings }))
      await looks
      await stage.start(id)
      await stage.openings.close(id, clerk)
      letGo()
      expect(await coming).to.match(/^bid_wrong_state/)
    })

    it('nothing at the deadline', async () => {
      const { id, opensAt } = await stage.announce()
      stage.clock.set(opensAt)
      expect(await outcomeOf(stage.bid(id))).to.match(/^bid_late/)
    })

    it('no envelope that was cut off in the upload', async () => {
      const { id } = await stage.announce()
      const bid = await stage.bid(id)
      const whole = stage.files.get(bid.envelope) ?? Buffer.alloc(0)
      const { certificates } = bid
      for (const cut of [whole.subarray(0, -1), whole.subarray(0, 1000), Buffer.concat([whole, Buffer.of(0)]), Buffer.alloc(0)]) {
        stage.files.set('cut-off-envelope-1', cut)
        const work = stage.openings.register({ openingId: id, uscc: newUscc(), name: '示例', envelope: 'cut-off-envelope-1', certificates }, clerk)
        expect(await outcomeOf(work)).to.match(/^bid_envelope_malformed/)
      }
    })

    for (const [sentence, facts, says] of [
      ['another project', { project: 'other' }, 'another project'],
      ['another section', { section: '002' }, 'another section'],
      ['another center', { center: 'other' }, 'another center'],
      ['a rehearsal', { drill: true }, 'a rehearsal'],
      ['a later time, so that it could not be rescued', { opening: '2027-06-01T01:30:00.001Z' }, 'a later opening time'],
    ] as const) {
      it(`no envelope made for ${sentence}`, async () => {
        const { id } = await stage.announce()
        expect(await outcomeOf(stage.bid(id, { facts }))).to.match(new RegExp(`^bid_not_for_this_opening: ${says}`))
      })
    }

    it('no envelope made without the center’s custodians, or for others', async () => {
      const { id } = await stage.announce()
      expect(await outcomeOf(stage.bid(id, { encrypt: { alone: true } }))).to.match(/^bid_not_for_this_opening: other custodians/)
      const rescue = {
        custodians: [parties.stranger, parties.second].map(each => each.certificate),
        threshold: 2,
        platform: parties.platform.certificate,
      }
      expect(await outcomeOf(stage.bid(id, { encrypt: { rescue } }))).to.match(/^bid_not_for_this_opening: other custodians/)
    })

    it('no envelope under two companies’ names', async () => {
      const { id } = await stage.announce()
      const { envelope, certificates } = await stage.bid(id)
      const work = stage.openings.register({ openingId: id, uscc: newUscc(), name: '示例', envelope, certificates }, clerk)
      expect(await outcomeOf(work)).to.match(/^bid_wrong_state/)
    })

    it('nothing back after the deadline, and before it whatever the bidder likes', async () => {
      const { id } = await stage.announce()
      const [one, two] = [await stage.bid(id), await stage.bid(id)]
      expect((await stage.openings.withdraw(id, one.uscc, clerk)).state).to.equal('withdrawn')
      await stage.start(id)
      expect(await outcomeOf(stage.openings.withdraw(id, two.uscc, clerk))).to.match(/^bid_wrong_state/)
      expect((await stage.openings.board(id)) as { counts?: object }).to.deep.include({ counts: { waiting: 1 } })
    })
  })

  describe('says whose cause it was that a bid did not open', () => {
    async function failedBy(spoil: (stage: Stage, envelope: string) => void, party = parties.bidder, changed = false) {
      await stage.stores.close()
      stage = await openStage({ changed: async () => changed })
      const { id } = await stage.announce()
      const bid = await stage.bid(id)
      spoil(stage, bid.envelope)
      await stage.start(id)
      await stage.decrypt(bid, party)
      const board = await stage.openings.board(id)
      return 'bids' in board ? board.bids[0]?.failure : undefined
    }
    const nothing = () => {}

    it('the bidder’s with another shield', async () =>
      expect(await failedBy(nothing, parties.second)).to.include({ reason: 'wrong-shield', cause: 'bidder' }))
    it('the bidder’s with a certificate replaced since', async () =>
      expect(await failedBy(nothing, parties.second, true)).to.include({ reason: 'certificate-changed', cause: 'bidder' }))
    it('the center’s when the file is not the one that was received, whatever shield came', async () => {
      const flip = (on: Stage, envelope: string) => on.files.get(envelope)?.writeUInt8(0xff, 4000)
      expect(await failedBy(flip)).to.include({ reason: 'center', cause: 'others' })
      expect(await failedBy(flip, parties.second)).to.include({ reason: 'center', cause: 'others' })
      expect(await failedBy((on, envelope) => on.files.delete(envelope))).to.include({ cause: 'others' })
    })
    it('the center’s when an older envelope of the bidder stands in its place', async () => {
      const { id } = await stage.announce()
      const old = await stage.bid(id)
      const bid = await stage.bid(id, { uscc: old.uscc })
      stage.files.set(bid.envelope, stage.files.get(old.envelope) ?? Buffer.alloc(0))
      await stage.start(id)
      expect((await stage.decrypt(bid)).failure).to.include({ reason: 'center' })
    })
    it('the bidder’s when the envelope’s cover names another company', async () => {
      const { id } = await stage.announce()
      const other = await stage.bid(id)
      const taken = stage.files.get(other.envelope) ?? Buffer.alloc(0)
      const uscc = newUscc()
      await stage.openings.withdraw(id, other.uscc, clerk)
      await stage.stores.pglite.query('UPDATE bid SET envelope = $1', ['moved-away-envelope'])
      stage.files.set(other.envelope, taken)
      const bid = await stage.openings.register(
        { openingId: id, uscc, name: '示例', envelope: other.envelope, certificates: other.certificates },
        clerk,
      )
      await stage.start(id)
      expect((await stage.decrypt(bid)).failure).to.include({ reason: 'envelope-damaged' })
    })
    it('as somebody of the center attributes it, in evidence under their name', async () => {
      const { id } = await stage.announce()
      const bid = await stage.bid(id)
      await stage.start(id)
      await stage.decrypt(bid, parties.second)
      const after = await stage.openings.attribute(id, bid.uscc, 'network', '机房断网', clerk)
      expect(after.failure).to.include({ reason: 'network', attributedBy: '开标人' })
      expect((await stage.openings.evidence(id)).at(-1)).to.deep.include({ kind: 'attributed', by: '开标人' })
    })
  })

  it('is not closed over bids that still have time, is given more time, and closes by itself when that is over', async () => {
    const { id, decryptBy } = await stage.announce()
    await stage.bid(id)
    await stage.start(id)
    expect(await outcomeOf(stage.openings.close(id, clerk))).to.match(/^bid_wrong_state/)
    const later = new Date(Date.parse(decryptBy) + minutes(30))
    await stage.openings.extend(id, later, '网络故障', clerk)
    stage.clock.set(decryptBy)
    await stage.openings.tick()
    expect((await stage.openings.board(id)).phase).to.equal('open')
    stage.clock.set(later)
    await stage.openings.tick()
    expect(await stage.openings.board(id)).to.deep.include({ phase: 'closed', counts: { failed: 1 } })
    expect(await stage.stores.bids.openingsToSettle(later, 10)).to.deep.equal([])
  })

  it('is closed once, and answered as it is to whoever closes it too, at the same moment or later', async () => {
    const { id, decryptBy } = await stage.announce()
    const bids = [await stage.bid(id), await stage.bid(id), await stage.bid(id)]
    await stage.start(id)
    stage.clock.set(decryptBy)
    const close = (by = stage.openings) => by.close(id, clerk)
    const closed = await Promise.all([close(), close(stage.another()), close()])
    await Promise.all([stage.openings.tick(), stage.another().tick()])
    closed.push(await close())
    expect(new Set(closed.map(({ state, closedAt }) => `${state} ${closedAt}`)).size).to.equal(1)
    for (const { uscc } of bids) expect((await stage.openings.ownBid(id, uscc)).failure).to.include({ reason: 'late' })
    const kinds = (await stage.kinds(id)).slice(-4)
    expect(kinds).to.deep.equal(['closed', 'late', 'late', 'late'])
  })

  it('is not closed by a process that had read its end before it was extended', async () => {
    const { id, decryptBy } = await stage.announce()
    await stage.bid(id)
    await stage.start(id)
    stage.clock.set(decryptBy)
    const { store } = stage.ports
    const slow = stage.another({
      store: {
        ...store,
        async openingsToSettle(...asked) {
          const found = await store.openingsToSettle(...asked)
          await stage.openings.extend(id, new Date(Date.parse(decryptBy) + minutes(30)), '网络故障', clerk)
          return found
        },
      },
    })
    await slow.tick()
    expect(await stage.openings.board(id)).to.deep.include({ phase: 'open', counts: { waiting: 1 } })
  })

  it('decrypts one bid once, whoever presses at the same moment', async () => {
    const { id } = await stage.announce()
    const bid = await stage.bid(id)
    await stage.start(id)
    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(stage.decrypt(bid))))
    expect(outcomes.filter(each => each === 'opened')).to.have.length(1)
    expect((await stage.kinds(id)).filter(kind => kind === 'begun')).to.have.length(1)
  })

  it('goes on after a process died while it decrypted: the bid is tried again, and the cause is not the bidder’s', async () => {
    const { id } = await stage.announce()
    const bid = await stage.bid(id)
    await stage.start(id)
    const dying = stage.another({ opened: { keep: () => new Promise(() => {}) } })
    void stage.decrypt(bid, parties.bidder, dying)
    while ((await stage.openings.ownBid(id, bid.uscc)).state !== 'decrypting') await new Promise(resolve => setImmediate(resolve))
    await stage.openings.tick()
    expect((await stage.openings.ownBid(id, bid.uscc)).state).to.equal('decrypting')
    stage.clock.advance(minutes(10) + 1)
    await stage.openings.tick()
    expect((await stage.openings.ownBid(id, bid.uscc)).failure).to.include({ reason: 'platform' })
    expect((await stage.decrypt(bid)).state).to.equal('opened')
  })

  it('does not believe a process that was taken for dead about a later attempt', async () => {
    const { id } = await stage.announce()
    const bid = await stage.bid(id)
    await stage.start(id)
    const held: (() => void)[] = []
    const slow = stage.another({ opened: { keep: () => new Promise((_, reject) => held.push(() => reject(new Error('ENOSPC')))) } })
    const first = outcomeOf(stage.decrypt(bid, parties.bidder, slow))
    while (held.length < 1) await new Promise(resolve => setImmediate(resolve))
    stage.clock.advance(minutes(11))
    await stage.openings.tick()
    const second = outcomeOf(stage.decrypt(bid, parties.bidder, slow))
    while (held.length < 2) await new Promise(resolve => setImmediate(resolve))
    held[0]?.()
    expect(await first).to.match(/^bid_wrong_state: another attempt is under way/)
    expect((await stage.openings.ownBid(id, bid.uscc)).state).to.equal('decrypting')
    held[1]?.()
    expect(await second).to.equal('opened')
    expect((await stage.openings.ownBid(id, bid.uscc)).failure).to.include({ reason: 'platform' })
  })

  it('is rehearsed with envelopes that carry the mark, and otherwise as it will be', async () => {
    const opening = await stage.announce({ drill: true })
    const { id } = opening
    const [envelope, uscc, { certificate }] = ['rehearsal-envelope', newUscc(), parties.bidder]
    const bidder = { uscc, name: '演示建设有限公司' }
    const made = await drillEnvelope({
      opening,
      id: envelope,
      bidder,
      recipients: [certificate],
      rescue: rescueOf(),
      now: stage.clock.now(),
      random: randomFrom('drill'),
    })
    stage.files.set(envelope, await all(made))
    const certificates = [{ thumbprint: certificate.thumbprint, notAfter: certificate.notAfter.toISOString() }]
    const bid = await stage.openings.register({ openingId: id, uscc, name: bidder.name, envelope, certificates }, clerk)
    expect(await outcomeOf(stage.bid(id, { real: true }))).to.match(/^bid_not_for_this_opening: a rehearsal/)
    expect(
      await outcomeOf(stage.openings.register({ openingId: (await stage.announce()).id, uscc, name: '示例', envelope, certificates }, clerk)),
    ).to.match(/^bid_not_for_this_opening/)
    await stage.start(id)
    const ticket = await stage.openings.rescue.ask(id, bid.uscc, '演练', clerk)
    await giveShare(stage.openings, ticket.id, anna)
    expect((await giveShare(stage.openings, ticket.id, bert)).state).to.equal('done')
    expect(await stage.openings.board(id)).to.deep.include({ drill: true, counts: { rescued: 1 } })
  })
})
