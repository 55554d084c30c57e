/** Bid envelopes: what opens is one of the originals to the octet, under its own header, or nothing is said. */
import { createHash } from 'node:crypto'
import { inspect, openBid, withBidderKey } from '../../server/bids/envelope/open.ts'
import { scanEnvelope } from '../../server/bids/envelope/scan.ts'
import { asBrokerError } from '../../server/kernel/errors.ts'
import { all, contentOf, envelopeOf, holder, parties } from '../bids/envelope/stage.ts'
import { seedOf } from './mutate.ts'
import { type Target, targetOf } from './target.ts'

export async function bidTargets(): Promise<Target[]> {
  const recipients = [parties.second.certificate]
  const seeds = [
    await envelopeOf(contentOf(5000), { recipients }),
    await envelopeOf(contentOf(0), { recipients }),
    await envelopeOf(contentOf(300), { recipients, alone: true }),
  ]
  return [
    await targetOf({
      name: 'bid-envelope',
      weight: 2,
      seeds: seeds.map(seedOf),
      run: async input => {
        const frames = await Promise.all([inspect(input), scanEnvelope(input)].map(codeOf))
        const opened = openBid(input, withBidderKey(holder(parties.second))).then(async ({ header, cover, content }) => ({
          header,
          cover,
          content: await all(content),
        }))
        const code = await codeOf(opened)
        if ([...frames, code].some(each => each !== undefined && !EXPECTED.has(each))) throw new Error(`refused with ${[...frames, code].join(', ')}`)
        if (code !== undefined) return frames.includes('bid_envelope_malformed') ? 'refused' : 'read'
        const { header, cover, content } = await opened
        return {
          accepted: createHash('sm3')
            .update(JSON.stringify([header, cover]))
            .update(content)
            .digest('hex'),
        }
      },
    }),
  ]
}

const EXPECTED: ReadonlySet<string> = new Set(['bid_envelope_malformed', 'bid_not_for_this_key'])

const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (thrown: unknown) => asBrokerError(thrown).code,
  )
