import { expect } from 'chai'
import { inspect } from '../../../server/bids/envelope/open.ts'
import { holderOfAnswers, type KeyHolder } from '../../../server/bids/envelope/part.ts'
import { minutes } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import type { Bid } from '../../../server/storage/stores-bids.ts'
import { envelopeOf, holder, outcomeOf, parties } from '../envelope/stage.ts'
import { anna, bert, carl, clerk, content, giveShare, openStage, type Stage } from './stage.ts'

describe('a rescue', () => {
  let stage: Stage
  let bid: Bid
  let id: string
  beforeEach(async () => {
    stage = await openStage()
    ;({ id } = await stage.announce())
    bid = await stage.bid(id)
    await stage.start(id)
  })
  afterEach(() => stage.stores.close())

  const ask = () => stage.openings.rescue.ask(id, bid.uscc, '盾遗失', clerk)
  const own = () => stage.openings.ownBid(id, bid.uscc)
  const shares = (ticket: string) => stage.stores.bidRescues.shares(ticket)

  it('opens with the second custodian, says who asked and who took part, and keeps no share', async () => {
    const ticket = await ask()
    expect((await giveShare(stage.openings, ticket.id, anna)).state).to.equal('gathering')
    expect(stage.opened.size).to.equal(0)
    expect((await giveShare(stage.openings, ticket.id, carl)).state).to.equal('done')
    expect(stage.opened.get(bid.envelope)?.content.equals(content)).to.equal(true)
    expect((await own()).rescued).to.deep.include({ custodians: [anna, carl].map(each => each.party.certificate.thumbprint), askedBy: '开标人' })
    expect(await shares(ticket.id)).to.deep.equal([])
    expect((await stage.openings.evidence(id)).slice(-5).map(({ kind, by }) => [kind, by])).to.deep.equal([
      ['rescue-asked', '开标人'],
      ['share-given', '保管人1'],
      ['share-given', '保管人3'],
      ['released', 'platform'],
      ['rescued', 'platform'],
    ])
  })

  it('counts two custodians who press at once, and opens once', async () => {
    const ticket = await ask()
    await Promise.all([giveShare(stage.openings, ticket.id, anna), giveShare(stage.another(), ticket.id, bert)])
    await stage.openings.tick()
    expect((await own()).state).to.equal('rescued')
    expect((await stage.kinds(id)).filter(kind => kind === 'rescued')).to.have.length(1)
  })

  it('lets a custodian’s shield see its own part alone, and takes what it decrypted', async () => {
    const ticket = await ask()
    const { certificate } = anna.party
    const part = await stage.openings.rescue.part(ticket.id, certificate.thumbprint)
    const plain = (await holder(anna.party).open(part)) ?? Buffer.alloc(0)
    const answered = holderOfAnswers(new Map([[part.value, plain]]))
    expect((await stage.openings.rescue.give(ticket.id, certificate.thumbprint, answered, anna.who)).state).to.equal('gathering')
    expect(await outcomeOf(stage.openings.rescue.part(ticket.id, parties.stranger.certificate.thumbprint))).to.match(/^bid_not_for_this_key/)
  })

  it('keeps shares sealed at rest', async () => {
    const ticket = await ask()
    const part = await stage.openings.rescue.part(ticket.id, anna.party.certificate.thumbprint)
    const secret = (await holder(anna.party).open(part))?.subarray(2, 34) ?? Buffer.alloc(0)
    await giveShare(stage.openings, ticket.id, anna)
    const [kept] = await shares(ticket.id)
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(kept?.sealed).not.to.include(secret.toString(form))
    expect(kept?.sealed).to.match(/^v1\./)
  })

  it('does not count one person with two shields', async () => {
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    expect(await outcomeOf(giveShare(stage.openings, ticket.id, { ...bert, who: anna.who }))).to.match(/^bid_wrong_state/)
    expect(await outcomeOf(giveShare(stage.openings, ticket.id, { ...anna, who: bert.who }))).to.match(/^bid_wrong_state/)
    expect((await own()).state).to.equal('rescuing')
  })

  it('answers a custodian who gives the same share again, the last answer having been lost, and counts it once', async () => {
    const ticket = await ask()
    expect((await giveShare(stage.openings, ticket.id, anna)).state).to.equal('gathering')
    expect((await giveShare(stage.openings, ticket.id, anna)).state).to.equal('gathering')
    expect(await shares(ticket.id)).to.have.length(1)
    expect((await giveShare(stage.openings, ticket.id, bert)).state).to.equal('done')
    for (const custodian of [anna, bert]) expect((await giveShare(stage.openings, ticket.id, custodian)).state).to.equal('done')
    expect(await outcomeOf(giveShare(stage.openings, ticket.id, carl))).to.match(/^bid_wrong_state/)
    expect((await stage.kinds(id)).filter(kind => kind === 'share-given' || kind === 'rescued')).to.have.length(3)
  })

  it('takes a rescue over from nobody who is opening, whoever gives a share again meanwhile', async () => {
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    let letGo = () => {}
    const gate = new Promise<void>(resolve => (letGo = resolve))
    const slow = stage.another({
      opened: {
        async keep(...given) {
          await gate
          await stage.ports.opened.keep(...given)
        },
      },
    })
    const opening = giveShare(slow, ticket.id, bert)
    while ((await stage.openings.rescue.ticket(ticket.id)).state !== 'performing') await new Promise(resolve => setImmediate(resolve))
    expect((await giveShare(stage.openings, ticket.id, anna)).state).to.equal('performing')
    letGo()
    expect((await opening).state).to.equal('done')
  })

  it('refuses whoever is no custodian, and a custodian with another key', async () => {
    const ticket = await ask()
    expect(await outcomeOf(giveShare(stage.openings, ticket.id, { ...anna, party: parties.stranger }))).to.match(/^bid_not_for_this_key/)
    const wrong = stage.openings.rescue.give(ticket.id, anna.party.certificate.thumbprint, holder(carl.party), anna.who)
    expect(await outcomeOf(wrong)).to.match(/^bid_not_for_this_key/)
    expect(await shares(ticket.id)).to.deep.equal([])
  })

  it('refuses a share of another bid, naming whose it is', async () => {
    const { envelope } = bid
    const other = await inspect(await envelopeOf(content))
    const part = other.header.rescue?.custodians[0]?.part
    const ticket = await ask()
    const give = (open: KeyHolder['open']) => outcomeOf(stage.openings.rescue.give(ticket.id, anna.party.certificate.thumbprint, { open }, anna.who))
    const moved = await give(async () => (part === undefined ? undefined : holder(anna.party).open(part)))
    expect(moved).to.match(/^bid_envelope_malformed: a key in it belongs to another envelope/)
    const changed = await give(async own => {
      const plain = await holder(anna.party).open(own)
      plain?.writeUInt8((plain[2] ?? 0) ^ 1, 2)
      return plain
    })
    expect(changed).to.match(/^bid_rescue_part_wrong: .*custodian 1$/)
    expect((await own()).envelope).to.equal(envelope)
    expect(await shares(ticket.id)).to.deep.equal([])
  })

  it('does not begin for a bid that is open, or is being rescued', async () => {
    await ask()
    expect(await outcomeOf(ask())).to.match(/^bid_wrong_state/)
    const other = await stage.openings.board(id)
    expect(other).to.deep.include({ counts: { rescuing: 1 } })
    expect(await outcomeOf(stage.decrypt(bid))).to.match(/^bid_wrong_state/)
  })

  it('goes on after the process died that was opening, without asking anybody again', async () => {
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    const dying = stage.another({ opened: { keep: () => new Promise(() => {}) } })
    void giveShare(dying, ticket.id, bert)
    while ((await stage.openings.rescue.ticket(ticket.id)).state !== 'performing') await new Promise(resolve => setImmediate(resolve))
    stage.clock.advance(minutes(9))
    await stage.openings.tick()
    expect((await own()).state).to.equal('rescuing')
    stage.clock.advance(minutes(2))
    await stage.openings.tick()
    expect((await own()).state).to.equal('rescued')
  })

  it('goes on when the disk was full, and blames nobody meanwhile', async () => {
    let full = true
    const full_ = stage.another({
      opened: {
        keep: async (...given) => {
          if (full) throw new Error('ENOSPC')
          await stage.ports.opened.keep(...given)
        },
      },
    })
    const ticket = await ask()
    await giveShare(full_, ticket.id, anna)
    expect((await giveShare(full_, ticket.id, bert)).state).to.equal('performing')
    full = false
    stage.clock.advance(minutes(11))
    await full_.tick()
    expect((await own()).state).to.equal('rescued')
  })

  it('is the platform’s cause when its fault lasts, and can be asked for again', async () => {
    const broken = stage.another({ opened: { keep: () => Promise.reject(new Error('EIO')) } })
    const ticket = await ask()
    await giveShare(broken, ticket.id, anna)
    await giveShare(broken, ticket.id, bert)
    await stage.openings.extend(id, new Date(stage.clock.now().getTime() + minutes(600)), '演示', clerk)
    for (let tries = 0; tries < 4; tries++) {
      expect((await own()).state).to.equal('rescuing')
      stage.clock.advance(minutes(11))
      await broken.tick()
    }
    expect((await own()).failure).to.include({ reason: 'platform' })
    expect(await shares(ticket.id)).to.deep.equal([])
    const again = await ask()
    await giveShare(stage.openings, again.id, anna)
    expect((await giveShare(stage.openings, again.id, carl)).state).to.equal('done')
  })

  it('is the center’s cause when the file is gone', async () => {
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    const gone = stage.another({
      envelopes: {
        open: () => {
          throw new BrokerError('not_found', 'gone')
        },
      },
    })
    stage.clock.advance(minutes(1))
    await stage.stores.bidRescues.give(
      {
        ticketId: ticket.id,
        place: 2,
        custodian: bert.party.certificate.thumbprint,
        by: 'x',
        at: stage.clock.now().toISOString(),
        sealed: stage.ports.sealing.seal('x', `bid rescue share ${ticket.id} 2`),
      },
      { openingId: id, uscc: bid.uscc, kind: 'share-given', at: stage.clock.now().toISOString(), by: 'x', facts: {}, trace: '' },
    )
    await gone.tick()
    expect((await own()).failure).to.include({ reason: 'center' })
  })

  it('ends with the center’s cause when the file was damaged in its keeping', async () => {
    const file = stage.files.get(bid.envelope)
    file?.writeUInt8((file[4000] ?? 0) ^ 0xff, 4000)
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    expect((await giveShare(stage.openings, ticket.id, bert)).state).to.equal('failed')
    expect((await own()).failure).to.include({ reason: 'center' })
    expect(await shares(ticket.id)).to.deep.equal([])
  })

  it('ends when the opening closes and too few custodians came; what the bid failed of before stands', async () => {
    await stage.decrypt(bid, parties.second)
    const ticket = await ask()
    await giveShare(stage.openings, ticket.id, anna)
    stage.clock.advance(minutes(60))
    await stage.openings.tick()
    expect((await own()).failure).to.include({ reason: 'wrong-shield', facts: 'too few custodians came' })
    expect((await stage.openings.rescue.ticket(ticket.id)).state).to.equal('failed')
    expect(await shares(ticket.id)).to.deep.equal([])
    expect(await outcomeOf(giveShare(stage.openings, ticket.id, bert))).to.match(/^bid_wrong_state/)
  })
})
