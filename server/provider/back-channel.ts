import type { FailureCode } from '../kernel/errors.ts'
import type { CertificateFacts } from '../kernel/identity.ts'

/**
 * The other screen of a back-channel login (CIBA): whoever asks the person there and takes the answer. The composition root joins it to the asks of the authorization room; this room knows neither pages nor
 * signatures.
 */
export interface BackChannel {
  /** Puts the question before the person. Must not take longer than a write. */
  open(question: BackChannelQuestion): Promise<void>
  /** how many questions of this center wait for this person */
  waiting(membershipId: string, center: string, limit: number): Promise<number>
  /** Hears that a question was answered, on the process that took the answer; may be heard twice or, after a crash, never. */
  onAnswered(handler: (subject: string) => Promise<void>): void
  /**
   * Has the answer acted on, by one of any number of callers at a time, and by none any more once one came to its end. Where `act` throws, or dies over it, it is begun again by whoever comes next.
   * @returns false while there is no answer, and when somebody else is at it
   */
  take(subject: string, act: (answer: BackChannelAnswer) => Promise<void>): Promise<boolean>
}

export interface BackChannelQuestion {
  /** names the request without opening anything */
  subject: string
  center: { id: string; name: string }
  membershipId: string
  enterpriseId: string
  /** what the person reads */
  rows: { name: { zh: string; en: string }; value: string }[]
  /** the very words they sign with the shield */
  text: string
  /** where it began */
  from: string
  expiresAt: string
  trace: string
}

export type BackChannelAnswer =
  | {
      kind: 'approved'
      /** the shield that signed the words, which was judged then */
      certificate: CertificateFacts
      bank: string
      /** the bank's name for the person */
      bankSubject: string
    }
  | { kind: 'refused'; failure: FailureCode }
