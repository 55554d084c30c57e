import { BrokerError } from '../../kernel/errors.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import type { Ask } from '../../storage/stores-authorization.ts'
import type { Opening } from '../../storage/stores-bids.ts'
import { inspect } from '../envelope/open.ts'
import { holderOfAnswers, type KeyHolder, KIND, unwrapPart } from '../envelope/part.ts'
import type { Openings } from '../opening/openings.ts'
import type { BidPagesDeps, BidVisit } from '../pages/ports.ts'
import { bidPath } from '../pages/words.ts'
import { forApp } from '../parts.ts'
import { type PhoneQuestion, type Questions, type SignedBy, subjectOf } from './question.ts'

/**
 * Decrypting a bid at its opening with the bank's app on the phone. Owns what the app is asked, which it is not before the bids are open, and what its answer is worth. What it decrypted is kept sealed until the page
 * that asked takes it, in its own session, as it takes a shield's.
 *
 * `ask` @throws BrokerError bid_before_opening, bid_unknown
 */
export interface DecryptByPhone extends PhoneQuestion {
  /** The key, for one caller. @throws BrokerError ask_* where there is none to take */
  take(visit: BidVisit, opening: Opening, id: string): Promise<KeyHolder>
}

export interface DecryptByPhoneDeps {
  questions: Questions
  signedBy: SignedBy
  sealing: Pick<Sealing, 'seal' | 'open'>
  openings: Pick<Openings, 'demandOpen' | 'ownBid'>
  envelopes: BidPagesDeps['shelf']['envelopes']
}

const KEY = 'bid key from a phone'

export function createDecryptByPhone({ questions, signedBy, sealing, openings, envelopes }: DecryptByPhoneDeps): DecryptByPhone {
  /** @throws BrokerError bid_before_opening: before it is open the app would hand us the key of the bid */
  async function envelopeOf(ask: Ask): ReturnType<typeof inspect> {
    const { openingId, uscc } = subjectOf(ask)
    await openings.demandOpen(openingId)
    return await inspect(envelopes.open((await openings.ownBid(openingId, uscc)).envelope))
  }
  const of = (visit: BidVisit, opening: Opening, id: string) => questions.of('bid-decrypt', visit, opening, id)

  return {
    of,
    async ask(visit, opening, from) {
      await openings.demandOpen(opening.id)
      const bid = await openings.ownBid(opening.id, visit.bidder.uscc)
      const what = { zh: '解密投标文件', en: 'Decrypt a bid' }
      return await questions.open('bid-decrypt', visit, opening, { from, what, lines: [`标书信封SM3:${bid.file.sm3}`] })
    },
    async take(visit, opening, id) {
      const { ask, state } = await of(visit, opening, id)
      if (state === 'approved') await openings.demandOpen(opening.id)
      const { answer = {} } = await questions.settle(ask.id)
      return holderOfAnswers(new Map([[answer['part'] ?? '', Buffer.from(sealing.open(answer['plain'] ?? '', KEY), 'base64')]]))
    },
    answers: {
      back: ask => bidPath(subjectOf(ask).openingId, `phone/${ask.id}`),
      fetches: {
        async request(ask) {
          const { header } = await envelopeOf(ask)
          return {
            kind: 'decrypt',
            text: ask.text ?? '',
            parts: header.keys.map(forApp),
          }
        },
      },
      async prove(ask, { cms = '', plain = '' }) {
        const { membershipId = '' } = ask
        await signedBy(membershipId, { text: ask.text ?? '', cms })
        const { header, binding } = await envelopeOf(ask)
        const octets = Buffer.from(plain, 'base64')
        // which part it was of is not said: what it holds says that it is this envelope's key
        const [part] = header.keys
        const holds = part && (await unwrapPart(part, { open: async () => octets }, { kind: KIND.bidKey, place: 0 }, binding))
        if (part === undefined || holds === undefined) throw new BrokerError('bid_not_for_this_key', 'the app decrypted nothing')
        return { by: [membershipId], answer: { part: part.value, plain: sealing.seal(plain, KEY) } }
      },
    },
  }
}
