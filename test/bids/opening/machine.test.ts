import { expect } from 'chai'
import fc from 'fast-check'
import { type BidEvent, nextBid, nextOpening, type OpeningEvent } from '../../../server/bids/opening/machine.ts'
import { REASONS, type Reason } from '../../../server/bids/opening/reasons.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { readUscc } from '../../../server/kernel/uscc.ts'
import type { Bid, Opening } from '../../../server/storage/stores-bids.ts'

const opensAt = '2027-06-01T01:30:00.000Z'
const decryptBy = '2027-06-01T02:30:00.000Z'
const opening: Opening = {
  id: 'o',
  center: 'c',
  project: 'p',
  title: 't',
  drill: false,
  state: 'announced',
  version: 1,
  opensAt,
  decryptBy,
  createdAt: '2027-05-01T00:00:00.000Z',
}
const bid: Bid = {
  openingId: 'o',
  uscc: readUscc('91350200556207664B'),
  envelope: 'e',
  name: 'n',
  state: 'waiting',
  version: 1,
  file: { size: 1, sm3: '' },
  certificates: [{ thumbprint: 't', notAfter: '2028-01-01T00:00:00.000Z' }],
  receivedAt: '2027-05-01T00:00:00.000Z',
  attempts: 0,
}
const content = { name: 'x', size: 1, sm3: '' }
const reasons = fc.constantFrom(...(Object.keys(REASONS) as Reason[]))
const bidEvents: fc.Arbitrary<BidEvent> = fc.oneof(
  fc.constantFrom<BidEvent>(
    { kind: 'self-tested', ok: true },
    { kind: 'sign-tested', ok: true, thumbprint: 's' },
    { kind: 'phone-tested', thumbprint: 't' },
    { kind: 'shield-gone', thumbprint: 't', how: 'lost', by: 'x' },
    { kind: 'withdrawn' },
    { kind: 'begun', by: 'phone' },
    { kind: 'opened', attempt: 1, content },
    { kind: 'opened', attempt: 2, content },
    { kind: 'interrupted', silentSince: new Date(decryptBy) },
    { kind: 'rescue-asked', ticket: 't' },
    { kind: 'rescued', content, custodians: ['a', 'b'], askedBy: 'x' },
    { kind: 'late' },
  ),
  reasons.map(reason => ({ kind: 'failed' as const, attempt: 1, reason, facts: '' })),
  reasons.map(reason => ({ kind: 'rescue-failed' as const, reason, facts: '' })),
  reasons.map(reason => ({ kind: 'attributed' as const, reason, facts: '', by: 'x' })),
)
const openingEvents: fc.Arbitrary<OpeningEvent> = fc.oneof(
  fc.constantFrom<OpeningEvent>({ kind: 'opened' }, { kind: 'cancelled' }, { kind: 'closed', unsettled: 0 }, { kind: 'closed', unsettled: 1 }),
  fc.nat(7200).map(s => ({ kind: 'extended' as const, decryptBy: new Date(Date.parse(decryptBy) + s * 1000) })),
  fc.nat(7200).map(s => ({
    kind: 'postponed' as const,
    opensAt: new Date(Date.parse(opensAt) + s * 1000),
    decryptBy: new Date(Date.parse(decryptBy) + s * 1000),
  })),
)

describe('whatever is pressed in whatever order', () => {
  const orders = fc.array(
    fc.record({
      wait: fc.nat(1800),
      event: fc.oneof(
        bidEvents.map(event => ({ bid: event })),
        openingEvents.map(event => ({ opening: event })),
      ),
    }),
    {
      maxLength: 40,
    },
  )
  function play(
    order: readonly { wait: number; event: { bid: BidEvent } | { opening: OpeningEvent } }[],
    look: (now: Date, opening: Opening, bid: Bid, before: Bid) => void,
  ) {
    let [now, of, own] = [Date.parse(opensAt) - 1_800_000, opening, bid]
    for (const { wait, event } of order) {
      now += wait * 1000
      const before = own
      try {
        if ('bid' in event) own = nextBid(of, own, event.bid, new Date(now))
        else of = nextOpening(of, event.opening, new Date(now))
      } catch (thrown) {
        if (!(thrown instanceof BrokerError)) throw thrown
        expect(['bid_wrong_state', 'bid_before_opening']).to.include(thrown.code)
      }
      look(new Date(now), of, own, before)
    }
  }

  it('no bid is decrypted or rescued before the latest announced time', () =>
    fc.assert(
      fc.property(orders, order =>
        play(order, (now, of, own) => {
          if (now < new Date(of.opensAt)) expect(['waiting', 'withdrawn']).to.include(own.state)
        }),
      ),
      { numRuns: 500 },
    ))

  it('an opened bid stays opened, and a withdrawn one withdrawn', () =>
    fc.assert(
      fc.property(orders, order =>
        play(order, (_now, _of, own, before) => {
          if (['opened', 'rescued', 'withdrawn'].includes(before.state)) expect(own.state).to.equal(before.state)
        }),
      ),
      { numRuns: 500 },
    ))

  it('a failed bid has a reason, and no other has one but while it is tried again', () =>
    fc.assert(
      fc.property(orders, order =>
        play(order, (_now, _of, own) => {
          if (own.state === 'failed') expect(own.failure?.reason).to.be.a('string')
          if (own.state === 'opened' || own.state === 'rescued') expect(own.failure).to.equal(undefined)
        }),
      ),
      { numRuns: 500 },
    ))
})

describe('reasons', () => {
  it('are the bidder’s cause or others’, each with words in both languages', () => {
    for (const { cause, zh, en } of Object.values(REASONS)) {
      expect(['bidder', 'others']).to.include(cause)
      expect(zh).to.match(/\p{Script=Han}/u)
      expect(en).to.match(/[a-z]/)
    }
  })
})
