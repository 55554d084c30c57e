import { type Clock, minutes } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { MandateStore } from '../storage/stores-authorization.ts'
import type { Signatures } from './ports.ts'

/** Words that a person signs on our pages with a shield: whose shield it was, and that the words are those that were shown, of the last minutes. */
export interface SignedWords {
  /**
   * The signature must be of a shield with which this very person has logged in, and for this company where the shield names one (`own`).
   * @returns the certificate's thumbprint. @throws BrokerError mandate_wrong_shield, signature_invalid, challenge_mismatch, certificate_*
   */
  signedBy(facts: { membership: { personId: string; uscc: string } }, signed: { text: string; cms: string }, own: boolean): Promise<string>
  /** Texts are made again and compared, but for the time in them (their last line), which must be of the last minutes. @throws BrokerError challenge_mismatch, challenge_expired */
  demandWords(text: string, make: (at: string) => string): void
}

/** between showing the words and signing them */
const SIGNING_TIME = minutes(15)

export function createSignedWords({
  signatures,
  store,
  clock,
}: {
  signatures: Pick<Signatures, 'verify'>
  store: Pick<MandateStore, 'holderOf'>
  clock: Clock
}): SignedWords {
  return {
    async signedBy(facts, signed, own) {
      const { certificate, uscc } = await signatures.verify(signed)
      const holder = await store.holderOf(certificate.thumbprint)
      if (holder?.personId !== facts.membership.personId)
        throw new BrokerError('mandate_wrong_shield', 'the signer’s certificate is bound to another person or to nobody', {
          received: certificate.thumbprint.slice(0, 16),
        })
      if (own && uscc !== undefined && uscc !== facts.membership.uscc)
        throw new BrokerError('mandate_wrong_shield', 'a shield of another company', { received: uscc, expected: facts.membership.uscc })
      return certificate.thumbprint
    },
    demandWords(text, make) {
      const at = /\n时间:(\S+)$/.exec(text)?.[1] ?? ''
      const age = clock.now().getTime() - Date.parse(at)
      if (make(at) !== text) throw new BrokerError('challenge_mismatch', 'other words than those that were shown')
      if (!(age >= -minutes(1) && age <= SIGNING_TIME))
        throw new BrokerError('challenge_expired', 'the words were shown too long ago', { received: at })
    },
  }
}
