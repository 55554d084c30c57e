import type { Clock } from '../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { Bid, Opening } from '../storage/stores-bids.ts'
import type { Openings } from './opening/openings.ts'
import { openingWords } from './opening-words.ts'
import type { BidVisit } from './pages/ports.ts'

/**
 * The half of the self-test that is about signing: a shield whose certificate has ended or was revoked may still decrypt, and yet lets nobody log in to do it. The shield in hand signs words made for this test; they are
 * verified as at a login, and stand in the evidence with their signature. Owns which refusals are the shield's, and so the outcome of a test, and which are not.
 */
export interface SignTest {
  /** What the shield is to sign now. */
  words(visit: Pick<BidVisit, 'bidder'>, opening: Opening, bid: Bid): Promise<string>
  /**
   * @returns how it went, as it was saved
   * @throws BrokerError challenge_mismatch and challenge_expired for other words, revocation_unknown, bid_wrong_state: none of these says anything of the shield
   */
  prove(
    visit: Pick<BidVisit, 'bidder' | 'actor' | 'who'>,
    opening: Opening,
    bid: Bid,
    signed: { text: string; cms: string },
  ): Promise<Bid['signTest']>
}

export interface SignTestDeps {
  /** as at a login. @throws BrokerError signature_invalid, challenge_mismatch, certificate_* */
  verify(signed: { text: string; cms: string }): Promise<{ certificate: { thumbprint: string }; uscc: string | undefined }>
  /** @throws BrokerError challenge_mismatch, challenge_expired */
  demandWords(text: string, make: (at: string) => string): void
  openings: Pick<Openings, 'signTested'>
  centerName(id: string): Promise<string>
  clock: Clock
}

/** What a login with this shield would be refused for as well. */
const OF_THE_SHIELD: ReadonlySet<FailureCode> = new Set([
  'certificate_untrusted',
  'certificate_expired',
  'certificate_not_yet_valid',
  'certificate_revoked',
  'certificate_wrong_use',
  'certificate_chain_invalid',
  'algorithm_refused',
  'signature_invalid',
  'mandate_wrong_shield',
])

export function createSignTest({ verify, demandWords, openings, centerName, clock }: SignTestDeps): SignTest {
  async function wordsAt({ bidder }: Pick<BidVisit, 'bidder'>, opening: Opening, { file }: Bid): Promise<(at: string) => string> {
    const center = await centerName(opening.center)
    return at => openingWords('标书自检:先试签名,再试解密', { opening, center, bidder, lines: [`标书信封SM3:${file.sm3}`], at })
  }

  async function outcomeOf({ bidder, actor }: Pick<BidVisit, 'bidder' | 'actor'>, signed: { text: string; cms: string }) {
    try {
      const { certificate, uscc } = await verify(signed)
      // who acts by mandate has the shield of another company
      if (actor.byMandate !== true && uscc !== undefined && uscc !== bidder.uscc)
        throw new BrokerError('mandate_wrong_shield', 'a shield of another company', { received: uscc, expected: bidder.uscc })
      return { ok: true, thumbprint: certificate.thumbprint }
    } catch (thrown) {
      if (thrown instanceof BrokerError && OF_THE_SHIELD.has(thrown.code)) return { ok: false, code: thrown.code }
      throw thrown
    }
  }

  return {
    words: async (visit, opening, bid) => (await wordsAt(visit, opening, bid))(clock.now().toISOString()),
    async prove(visit, opening, bid, signed) {
      demandWords(signed.text, await wordsAt(visit, opening, bid))
      const outcome = await outcomeOf(visit, signed)
      return (await openings.signTested(opening.id, visit.bidder.uscc, outcome, signed, visit.who)).signTest
    },
  }
}
