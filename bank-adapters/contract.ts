import type { Assurance } from '../server/kernel/assurance.ts'
import type { Clock } from '../server/kernel/clock.ts'
import type { BankIdentity } from '../server/kernel/identity.ts'
import type { Certificate } from '../server/pki/certificate.ts'
import type { BankData } from './bank-data.ts'

/** What a bank must be able to do. An adapter keeps no state: what it must remember between the two calls is its memo, stored with the login. */
export interface BankAdapter {
  begin(attempt: Attempt): Promise<{ challenge: Challenge; memo: Memo }>
  /** @throws BrokerError with the exact reason; the caller records it and shows the person one sentence */
  complete(attempt: Attempt, answer: Answer, memo: Memo): Promise<BankIdentity>
  /** only where the bank's certificates alone say whom it knows by them: the holder of one that was proven and checked elsewhere; undefined where it does not fit the bank's profile */
  holderOf?(certificate: Certificate): BankIdentity | undefined
  /** only where the bank has single logout: where to send the browser so that its session at the bank ends too */
  logoutUrl?(ended: { subject: string; bankSession?: string | undefined; returnTo: string }): Promise<string>
  /**
   * Only where the bank tells us of its logouts: the message is verified, `end` ends the sessions that it names, and only then does the message count as used, so that one whose end failed may come again. `next`: where
   * the browser goes. @throws BrokerError with the exact reason, bank_replayed, and what `end` throws
   */
  readLogout?(message: Record<string, string>, end: (who: LoggedOut) => Promise<void>): Promise<{ next?: string }>
}

/** Whose sessions ended at the bank: at least one of the two. */
export interface LoggedOut {
  subject?: string
  bankSession?: string
}

/** One try at one bank within one login; everything a challenge is bound to. */
export interface Attempt {
  /** random, one use */
  id: string
  trace: string
  callbackUrl: string
  needs: Assurance
  /** the center wants the person to prove themselves now: a session they still have at the bank will not do */
  afresh: boolean
  /** the page's origin, the center that asked, and the purpose, as they will be shown and signed */
  binding: { origin: string; relyingParty: string; relyingPartyName: string; purpose: 'login'; browser: string }
}

/** What the browser has to do next. */
export type Challenge =
  | { kind: 'redirect'; url: string }
  | { kind: 'post-form'; url: string; fields: Record<string, string> }
  | { kind: 'sign'; text: string; agentUrl: string; issuers: string[] /** ISO 8601: a signature after it comes too late */; expiresAt: string }

/** What came back through the browser. */
export type Answer =
  | { kind: 'query'; url: string }
  | { kind: 'form'; fields: Record<string, string> }
  | { kind: 'signature'; certificate: string; signature: string; algorithm: string }

export type Memo = Record<string, string>

export interface AdapterDeps {
  clock: Clock
  fetch: typeof fetch
  /** path, validity, use and revocation, decided by us. @throws BrokerError */
  checkCertificate(input: { bank: string; leaf: Uint8Array; use: 'sign' | 'encrypt' }): Promise<Certificate>
  /** remembers an assertion or challenge id until it expires; false when it was already there (compare-and-set, on every process) */
  once(id: string, expiresAt: Date): Promise<boolean>
  /** whether `once` remembers it */
  seen(id: string): Promise<boolean>
  keys: { clientJwk(): Promise<{ kid: string; privateKey: CryptoKey }>; saml(): Promise<{ privateKeyPem: string; certificatePem: string }> }
  publicUrl: string
}

/** One protocol: how to open a bank's data into an adapter. */
export type AdapterKind = (bank: BankData, deps: AdapterDeps) => BankAdapter
