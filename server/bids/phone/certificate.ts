import { BrokerError } from '../../kernel/errors.ts'
import { newSecret } from '../../kernel/ids.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { BidStore, Opening } from '../../storage/stores-bids.ts'
import { shieldCertificate } from '../custody.ts'
import type { BidPagesDeps, BidVisit } from '../pages/ports.ts'
import { bidPath } from '../pages/words.ts'
import { type PhoneQuestion, type Questions, type SignedBy, subjectOf } from './question.ts'

/**
 * The certificate of a bank's app, handed out by the phone in the bidder's hand, for a bid to be encrypted to. Owns why it can be nobody else's: the app's signing key signs it together with words that were made for this
 * one question, the person who asked is the one who signs, and trust list and certificate say that it is this company's, for encryption. It is asked for anew for each bid: the phone that answers today is the one at hand.
 *
 * `ask` @throws BrokerError bid_late
 */
export interface AppCertificate extends PhoneQuestion {
  /** What the phone handed out; undefined while and where it did not, or too long ago. */
  given(visit: BidVisit, opening: Opening, id: string): Promise<Certificate | undefined>
}

export interface AppCertificateDeps {
  questions: Questions
  signedBy: SignedBy
  /** the company that a certificate for encryption names, once trust list and revocation have no objection. @throws BrokerError certificate_* */
  holderOf(certificate: Certificate): Promise<string | undefined>
  store: Pick<BidStore, 'opening'>
  clock: BidPagesDeps['clock']
}

/** What the app adds to the words before it signs them (docs/connect-a-bank.md). */
const signedWith = (text: string, { thumbprint }: Certificate): string => `${text}\n加密证书SM3:${thumbprint}`

export function createAppCertificate({ questions, signedBy, holderOf, store, clock }: AppCertificateDeps): AppCertificate {
  const of = (visit: BidVisit, opening: Opening, id: string) => questions.of('bid-certificate', visit, opening, id)

  function demandTime({ state, opensAt }: Opening): void {
    const now = clock.now()
    if (state !== 'announced' || now >= new Date(opensAt))
      throw new BrokerError('bid_late', 'no bids are taken in any more', { received: now.toISOString(), expected: `before ${opensAt}` })
  }

  return {
    of,
    async ask(visit, opening, from) {
      demandTime(opening)
      const what = { zh: '用手机银行的证书加密标书', en: 'Encrypt a bid to this app' }
      return await questions.open('bid-certificate', visit, opening, { from, what, lines: [`一次性编号:${newSecret()}`] })
    },
    async given(visit, opening, id) {
      try {
        const { ask, state } = await of(visit, opening, id)
        const der = state === 'done' ? ask.answer?.['certificate'] : undefined
        return der === undefined ? undefined : shieldCertificate(der)
      } catch (thrown) {
        // an address that was kept: the page is shown without it
        if (thrown instanceof BrokerError && thrown.code === 'ask_unknown') return undefined
        throw thrown
      }
    },
    answers: {
      back: ask => bidPath(subjectOf(ask).openingId, `app/${ask.id}`),
      fetches: {
        request: async ask => ({ kind: 'encryption-certificate', text: ask.text ?? '' }),
      },
      async prove(ask, { cms = '', encryption = '' }) {
        const { membershipId = '', text = '' } = ask
        const { openingId, uscc } = subjectOf(ask)
        const certificate = shieldCertificate(encryption)
        await signedBy(membershipId, { text: signedWith(text, certificate), cms }, true)
        const holder = await holderOf(certificate)
        if (holder !== uscc)
          throw new BrokerError('bid_app_other_company', 'the app’s certificate names another company, or none', {
            received: holder ?? 'none',
            expected: uscc,
          })
        const opening = await store.opening(openingId)
        if (opening !== undefined) demandTime(opening)
        return { by: [membershipId], answer: { certificate: encryption } }
      },
    },
  }
}
