import type { Assurance } from './assurance.ts'
import type { ActRequest } from './authority.ts'

/**
 * What a center asks a person to agree to beyond a login (RFC 9396), on its way through the house: read and put into words by the provider, shown and signed in the login, decided by
 * authorization, and back to the center in its tokens. Plain JSON, for it lies in the login record.
 */
export interface RequestedDetail {
  /** as the center sent it, to the letter, its schema checked */
  asked: { type: string; [member: string]: unknown }
  act: ActRequest
  /** what the person reads and the shield signs, a line a row */
  rows: { name: { zh: string; en: string }; value: string }[]
  documents: RequestedDocument[]
}

export interface RequestedDocument {
  name: string
  /** SM3, lower-case hexadecimal */
  digest: string
  bytes: number
}

/** What the center asked, with what came of it: `power`, and where there is one `evidence` (id of what was signed), `entry` and `place` (numbers in the company's record and in the mandate's). */
export type GrantedDetail = { type: string; [member: string]: unknown }

/** All that is asked of one person at one login. */
export interface RichAsk {
  /** id of the login: part of the signed text, and the reference of every use */
  login: string
  trace: string
  center: { id: string; name: string }
  company: { uscc: string; name: string }
  /** `byMandate`: as in Actor */
  person: { membershipId: string; personId: string; name: string; assurance: Assurance; byMandate?: true }
  details: readonly RequestedDetail[]
}

/** What makes a text to be signed good for one time and a few minutes. */
export interface RichChallenge {
  nonce: string
  /** ISO 8601 */
  at: string
  until: string
}

/** Signed by the person, and now others of the company have to agree: what was signed, and what waits in their inboxes. */
export interface RichWaiting {
  /** id of what was signed */
  evidence: string
  /** ids of what waits */
  approvals: string[]
}

/** How far it is, as the person who asked sees it. */
export interface RichProgress {
  needed: number
  agreed: { name: string; at: string }[]
  /** names of those who may still agree */
  open: string[]
  /** ISO 8601: until when they may */
  until: string
  /** performed */
  done: boolean
}

/** What the login room is given by the composition root; authorization/rich-requests.ts is it. */
export interface RichRequests {
  /** whether anything of this takes a shield's signature */
  needsSignature(details: readonly RequestedDetail[]): boolean
  /** the words to be signed, the same for the same ask and challenge */
  text(ask: RichAsk, challenge: RichChallenge): string
  /**
   * Decides the login and every detail, and writes nothing but a denial into the audit record.
   * @returns the stronger proof that is needed first, if any
   * @throws BrokerError the first denial's code
   */
  judge(ask: RichAsk): Promise<Assurance | undefined>
  /**
   * Verifies the signature, decides the login and every detail, and only when all are allowed uses each; the login itself is used by who grants it. What others have to agree to waits, and nothing is used yet.
   * @param claim called once all is decided and before anything is written: throws where somebody else was faster
   * @throws BrokerError challenge_mismatch, challenge_expired, signature_*, certificate_*, mandate_wrong_shield, and what `judge` throws; step_up_needed
   */
  grant(
    ask: RichAsk,
    signed: { challenge: RichChallenge; cms: string } | undefined,
    claim: () => Promise<void>,
  ): Promise<{ granted: GrantedDetail[] } | { waits: RichWaiting }>
  /** How far each is. @throws BrokerError ask_refused, ask_expired, or why it could not be performed */
  progress(waits: RichWaiting): Promise<RichProgress[]>
  /**
   * What became of what waits: everything used as soon as the last one was agreed to, without another signature.
   * @throws BrokerError ask_refused, ask_expired, approvals_needed (what was performed went to another login), and what `judge` throws
   */
  resume(ask: RichAsk, waits: RichWaiting): Promise<{ granted: GrantedDetail[] } | { progress: RichProgress[] }>
}
