import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { byRescue, inspect, withBidKey } from '../../../server/bids/envelope/open.ts'
import { openShare, type RescueShare, releaseRescue, rescueKey } from '../../../server/bids/envelope/rescue.ts'
import { combineShares } from '../../../server/kernel/shamir.ts'
import {
  assemble,
  contentOf,
  dissect,
  envelopeOf,
  factsOf,
  holder,
  inTime,
  opening,
  outcomeOf,
  parties,
  plaintextOf,
  releaseOf,
  rescueOf,
  shareOf,
  tooEarly,
} from './stage.ts'

const [anna, bert, carl] = parties.custodians
if (anna === undefined || bert === undefined || carl === undefined) throw new Error('three custodians')

describe('a bid that its bidder cannot open', () => {
  const content = contentOf(70_000)
  let envelope: Buffer
  let shares: RescueShare[]
  before(async () => {
    envelope = await envelopeOf(content)
    shares = await Promise.all(parties.custodians.map(each => shareOf(envelope, each)))
  })
  const shared = (...places: number[]) => shares.filter(({ place }) => places.includes(place))
  const rescued = async (given: readonly RescueShare[], from = envelope) => outcomeOf(plaintextOf(envelope, byRescue(given, await releaseOf(from))))

  it('is opened by any two of three custodians and the platform, after the opening', async () => {
    for (const places of [
      [1, 2],
      [1, 3],
      [2, 3],
      [3, 2, 1],
    ]) {
      const opened = await plaintextOf(envelope, byRescue(shared(...places), await releaseOf(envelope)))
      expect(opened.equals(content), String(places)).to.equal(true)
    }
  })

  it('stays shut for all custodians without the platform', async () => {
    expect(await outcomeOf(plaintextOf(envelope, byRescue(shares, undefined)))).to.match(/^bid_before_opening/)
    // whatever they make up for it, and what they have in their hands: the secret behind their shares is not the key
    const secret = combineShares(shares.map(({ place: x, value }) => ({ x, value })))
    expect(await outcomeOf(plaintextOf(envelope, withBidKey(secret)))).to.match(/^bid_envelope_malformed/)
    for (const value of [Buffer.alloc(32), secret, shares[0]?.value ?? Buffer.alloc(0)]) {
      expect(await outcomeOf(plaintextOf(envelope, byRescue(shares, { value })))).to.equal(
        'bid_rescue_part_wrong: of another envelope or changed: the platform',
      )
    }
  })

  it('stays shut for all custodians who also edit the commitment to the platform’s secret', async () => {
    const parts = dissect(envelope)
    const forged = Buffer.alloc(32, 7)
    const head = await inspect(envelope)
    const commitment = createHash('sm3')
      .update('shared-shield bid commitment v1\0')
      .update(head.binding)
      .update(Buffer.of(3, 0))
      .update(forged)
      .digest('hex')
    const edited = assemble({
      ...parts,
      header: { ...parts.header, rescue: { ...head.header.rescue, platform: { ...head.header.rescue?.platform, commitment } } },
    })
    expect(await outcomeOf(plaintextOf(edited, byRescue(shares, { value: forged })))).to.match(/^bid_envelope_malformed: its rescue does not open/)
  })

  it('stays shut for the platform with one custodian too few', async () => {
    expect(await rescued(shared(2))).to.match(/^bid_custodians_missing/)
    expect(await rescued([])).to.match(/^bid_custodians_missing/)
  })

  it('does not count one custodian twice', async () => expect(await rescued([...shared(2), ...shared(2)])).to.match(/^bid_custodians_missing/))

  it('stays shut before the opening: the platform releases nothing, by the clock, the header and the latest announcement', async () => {
    const later = new Date('2027-06-08T01:30:00.000Z')
    for (const [now, announced] of [
      [tooEarly, new Date(opening)],
      [inTime, later],
      [new Date(later.getTime() - 1), later],
      [new Date('2030-01-01T00:00:00Z'), undefined],
      // announced for earlier than what the bidder encrypted for: the bidder's word holds
      [tooEarly, new Date('2027-05-01T00:00:00Z')],
    ] as const) {
      expect(await outcomeOf(release(envelope, now, announced)), `${now.toISOString()} ${announced?.toISOString()}`).to.match(/^bid_before_opening/)
    }
    expect(await outcomeOf(release(envelope, later, later))).to.equal('opened')
  })

  it('stays shut when its opening time is edited: neither platform nor custodian hands anything out', async () => {
    const parts = dissect(envelope)
    const edited = assemble({ ...parts, header: { ...parts.header, opening: '2027-05-01T01:30:00.000Z' } })
    expect(await outcomeOf(release(edited, tooEarly, new Date('2027-05-01T01:30:00.000Z')))).to.match(
      /^bid_envelope_malformed: .*its header was edited/,
    )
    expect(await outcomeOf(shareOf(edited, anna))).to.match(/^bid_envelope_malformed: .*its header was edited/)
  })

  it('stays shut when the platform’s lock or a share of a later bid is put into an early one', async () => {
    const early = dissect(await envelopeOf(content, { facts: factsOf({ opening: '2027-05-01T01:30:00.000Z' }) }))
    const moved = assemble({ ...early, header: { ...early.header, rescue: dissect(envelope).header['rescue'] } })
    expect(await outcomeOf(release(moved, tooEarly, new Date('2027-05-01T01:30:00.000Z')))).to.match(/belongs to another envelope/)
    expect(await outcomeOf(shareOf(moved, anna))).to.match(/belongs to another envelope/)
  })

  it('stays shut when the threshold or a custodian is edited', async () => {
    const parts = dissect(envelope)
    const { rescue } = (await inspect(envelope)).header
    const fewer = assemble({ ...parts, header: { ...parts.header, rescue: { ...rescue, custodians: rescue?.custodians.slice(0, 2) } } })
    expect(await outcomeOf(shareOf(fewer, anna))).to.match(/^bid_envelope_malformed/)
    const more = assemble({ ...parts, header: { ...parts.header, rescue: { ...rescue, threshold: 3 } } })
    expect(await outcomeOf(shareOf(more, anna))).to.match(/^bid_envelope_malformed/)
  })

  describe('names', () => {
    it('the custodian whose share was changed', async () => {
      const changed = shares.map(share => (share.place === 2 ? { ...share, value: Buffer.alloc(32, 1) } : share))
      expect(await rescued(changed)).to.equal('bid_rescue_part_wrong: of another envelope or changed: custodian 2')
    })
    it('the custodians who gave the shares of another envelope', async () => {
      const other = await envelopeOf(content)
      const theirs = await Promise.all([anna, carl].map(each => shareOf(other, each)))
      expect(await rescued(theirs)).to.equal('bid_rescue_part_wrong: of another envelope or changed: custodian 1, custodian 3')
    })
    it('a share given under another custodian’s name', async () =>
      expect(await rescued(shared(1, 2).map(share => ({ ...share, custodian: carl.certificate.thumbprint })))).to.match(/custodian 1, custodian 2$/))
    it('the platform when it released another envelope', async () =>
      expect(await rescued(shared(1, 2), await envelopeOf(content))).to.match(/: the platform$/))
  })

  it('gives a share to nobody but its custodian', async () => {
    expect(await outcomeOf(shareOf(envelope, parties.stranger))).to.match(/^bid_not_for_this_key: the certificate is of no custodian/)
    expect(await outcomeOf(openShare(await inspect(envelope), anna.certificate.thumbprint, holder(carl)))).to.match(
      /^bid_not_for_this_key: the key is not that of custodian 1/,
    )
  })

  it('releases nothing with another platform’s key', async () =>
    expect(await outcomeOf(releaseRescue(await inspect(envelope), holder(parties.stranger), { now: inTime, announced: new Date(opening) }))).to.match(
      /^bid_not_for_this_key/,
    ))

  it('has no other way when it was made without custodians', async () => {
    const alone = await envelopeOf(content, { alone: true })
    expect(await outcomeOf(shareOf(alone, anna))).to.match(/^bid_custodians_missing: the envelope was made without custodians/)
    expect(await outcomeOf(plaintextOf(alone, byRescue(shares, await releaseOf(envelope))))).to.match(/^bid_custodians_missing/)
  })

  describe('is not encrypted', () => {
    for (const [sentence, custodians, threshold] of [
      ['to one custodian who would be enough', [anna, bert], 1],
      ['to fewer custodians than it takes', [anna, bert], 3],
      ['to one custodian twice', [anna, anna], 2],
      ['to the platform as a custodian', [anna, parties.platform], 2],
    ] as const) {
      it(sentence, async () => expect(await outcomeOf(envelopeOf(content, { rescue: rescueOf(custodians, threshold) }))).to.match(/^bad_request/))
    }
    it('to a custodian’s certificate that only signs', async () =>
      expect(await outcomeOf(envelopeOf(content, { rescue: rescueOf([anna, parties.signer]) }))).to.match(/^certificate_wrong_use/))
  })

  it('gives the same key by rescue as to the bidder', async () => {
    const head = await inspect(envelope)
    const secret = rescueKey(head, shared(1, 2), await releaseOf(envelope))
    expect((await plaintextOf(envelope, withBidKey(secret))).equals(content)).to.equal(true)
  })
})

const release = async (envelope: Buffer, now: Date, announced: Date | undefined) =>
  releaseRescue(await inspect(envelope), holder(parties.platform), { now, announced })
