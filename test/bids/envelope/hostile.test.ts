import { expect } from 'chai'
import fc from 'fast-check'
import { inspect, withBidderKey } from '../../../server/bids/envelope/open.ts'
import { scanEnvelope } from '../../../server/bids/envelope/scan.ts'
import { contentOf, envelopeOf, holder, outcomeOf, parties, plaintextOf } from './stage.ts'

const key = withBidderKey(holder(parties.second))

describe('whatever is handed in for an envelope', () => {
  let envelope: Buffer
  before(async () => {
    envelope = await envelopeOf(contentOf(3000), { recipients: [parties.second.certificate] })
  })

  it('is an envelope or refused, without a crash', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (octets, begun) => {
        const bytes = Buffer.concat([begun ? envelope.subarray(0, 9) : Buffer.alloc(0), octets])
        for (const work of [inspect(bytes), scanEnvelope(bytes)]) expect(await outcomeOf(work)).to.match(/^bid_envelope_malformed/)
      }),
      { numRuns: 300 },
    ))

  it('never gives out another content than the one that went in', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(), octet: fc.integer({ min: 1, max: 255 }) }), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        async (changes, cut) => {
          const changed = Buffer.from(envelope)
          for (const { at, octet } of changes) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ octet
          if (changed.equals(envelope)) return
          const found = cut % 3 === 0 ? changed.subarray(0, cut % changed.length) : changed
          expect(await outcomeOf(plaintextOf(found, key))).to.match(/^bid_(envelope_malformed|not_for_this_key)/)
        },
      ),
      { numRuns: 300 },
    ))

  it('is not held in memory before it is known to be one: a header of 4 GiB is refused at its length', async () => {
    let drawn = 0
    const endless = async function* () {
      yield Buffer.concat([envelope.subarray(0, 9), Buffer.of(0xff, 0xff, 0xff, 0xff)])
      for (;;) {
        drawn++
        yield Buffer.alloc(1024)
      }
    }
    expect(await outcomeOf(scanEnvelope(endless()))).to.match(/^bid_envelope_malformed/)
    expect(drawn).to.be.below(3)
  })
})
