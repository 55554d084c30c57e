import type { Webhook, WebhookTable } from './stores-webhooks.ts'

/** Keys of persons that are kept here, what centers ask them to sign, each use of such a key, and what centers are told of it. The rest of what may be asked of the database stands in stores.ts. */

export type RemoteFactor = 'phone' | 'totp'

export interface RemoteKey {
  id: string
  version: number
  personId: string
  personName: string
  /** `made`: no certificate until both factors were shown once. `expired`: and it was ended for that; until then one over its time is still `active` here */
  state: 'made' | 'active' | 'expired' | 'revoked'
  /** what is asked for beside the PIN; fixed for the life of the key */
  factor: RemoteFactor
  /** tries of the PIN since the last right one */
  tries: number
  /** RFC 6238: the step of the last code taken; -1 before the first */
  totpStep: number
  /** base64 of SubjectPublicKeyInfo */
  publicKey: string
  /** the private key under PIN and sealing key, as remote-signing/vault.ts writes it */
  vault: string
  /** the person check that the key was made on */
  check: { proof: string; bank: string; at: string }
  /** with the certificate, once active */
  serial?: string
  /** base64 DER */
  certificate?: string
  notAfter?: string
  revoked?: { at: string; reason: RemoteRevocation }
  createdAt: string
  trace: string
  /** code over all that never changes */
  integrity: string
}
/** Of a change, for the news that goes with it. */
interface RemoteChange {
  at: Date
  trace: string
}
/** RFC 5280 5.3.1: a new key took its place; the person or the platform took it back */
export type RemoteRevocation = 'superseded' | 'cessationOfOperation' | 'keyCompromise'

/** Each change of which centers may hear is written with its news, in one statement. */
export interface RemoteKeyStore {
  insert(key: RemoteKey): Promise<void>
  find(id: string): Promise<RemoteKey | undefined>
  /** the newest of this person that was not revoked: one that is active before one that waits */
  ofPerson(personId: string): Promise<RemoteKey | undefined>
  /** The name (`sub`) by which a center knows the person of an active key. @returns undefined where the person never logged in there */
  subjectOf(id: string, clientId: string): Promise<string | undefined>
  /**
   * From made to active, with its certificate, and in the same statement every other key of the person is revoked: nobody has two.
   * @returns the ids of those revoked; undefined where it is not `made` any more
   */
  activate(key: RemoteKey & { serial: string; notAfter: string }, change: RemoteChange): Promise<string[] | undefined>
  /** @returns false where it was revoked before */
  revoke(id: string, revoked: NonNullable<RemoteKey['revoked']>, trace: string): Promise<boolean>
  /** Counts a try before the PIN is looked at, so that many at once are no more than `most`. @returns which try it is; undefined where none is left, or the key was revoked */
  countTry(id: string, most: number): Promise<number | undefined>
  /** Nobody looked at the PIN after all. */
  uncountTry(id: string): Promise<void>
  /** No try is left: told once, however often this is called. */
  lock(id: string, most: number, change: RemoteChange): Promise<void>
  /** the PIN was right */
  clearTries(id: string): Promise<void>
  /** true for exactly one of any number of callers with this step, and for none with an earlier one */
  takeCode(id: string, step: number): Promise<boolean>
  /** certificates revoked before their end, the latest first */
  revokedSerials(at: Date, limit: number): Promise<{ serial: string; at: string; reason: RemoteRevocation }[]>
}

export interface RemoteDocument {
  /** from 1 */
  n: number
  name: string
  format: 'pdf' | 'ofd' | 'xml' | 'cms'
  /** bytes */
  size: number
  /** SM3 of the document as it came, lower-case hexadecimal */
  digest: string
  /** words on a page of it where the person's chop is shown; without them nothing is shown */
  words?: string
  /** in the blob store */
  blob: string
  /** the signed document; of `cms` the signature beside it */
  signed?: { blob: string; size: number; digest: string }
}

export interface RemoteRequest {
  id: string
  version: number
  /** `expired`: and it was ended for that; until then one over its time is still `open` here */
  state: 'open' | 'signed' | 'declined' | 'cancelled' | 'expired'
  personId: string
  personName: string
  /** by which the center knows the person (`sub`) */
  membershipId: string
  center: { id: string; name: string }
  title: string
  reference?: string
  project?: string
  /** digest of what was asked, so that asking again is told from asking for something else */
  asked: string
  documents: RemoteDocument[]
  /** the use of the key that signed it */
  signing?: string
  createdAt: string
  expiresAt: string
  trace: string
}

/** Each change is written with its news, in one statement. */
export interface RemoteRequestStore {
  /** its documents' bytes are stored before */
  insert(request: RemoteRequest): Promise<void>
  find(id: string): Promise<RemoteRequest | undefined>
  /** Compare-and-set on the version: a change of state. @returns undefined where somebody else was faster */
  save(request: RemoteRequest, at: Date): Promise<RemoteRequest | undefined>
  /** open and in time, the newest first */
  waiting(personId: string, at: Date, limit: number): Promise<RemoteRequest[]>
  /** the newest first */
  ofCenter(clientId: string, limit: number, before?: { createdAt: string; id: string }): Promise<RemoteRequest[]>
}

export interface RemoteSigning {
  id: string
  version: number
  /** `used`: the approval is spent. `signed`: and this came of it */
  state: 'waiting' | 'used' | 'signed'
  purpose: 'activate' | 'sign'
  personId: string
  membershipId: string
  keyId: string
  requestId?: string
  /** the list as it was shown, and as the phone signs it */
  text: string
  factor: RemoteFactor
  /** what the phone is asked */
  ask?: string
  /** once signed: what was proven, and what was signed */
  record?: RemoteRecord
  createdAt: string
  /** of the approval */
  expiresAt: string
  trace: string
}

/** Evidence of one use of a key. */
export interface RemoteRecord {
  /** SM3 of the list */
  list: string
  certificate: string
  thumbprint: string
  /** of the time-based code no more than its step is kept */
  factors: { pin: true; phone?: { ask: string; evidence: string; thumbprint: string }; totp?: { step: number } }
  personCheck: { proof: string; bank: string; at: string }
  documents: { n: number; name: string; digest: string; signed: string }[]
  at: string
  /** code over all of this */
  integrity: string
}

export interface RemoteSigningStore {
  insert(signing: RemoteSigning): Promise<void>
  find(id: string): Promise<RemoteSigning | undefined>
  /** compare-and-set on the version. @returns undefined where somebody else was faster */
  save(signing: RemoteSigning): Promise<RemoteSigning | undefined>
  /** those that signed, the newest first */
  ofPerson(personId: string, limit: number): Promise<RemoteSigning[]>
  /** the banks that know this person: where a credential of theirs is */
  banksOf(personId: string): Promise<string[]>
}

export interface RemoteNews {
  id: string
  event: string
  /** the one center that it is for; absent: every center where the person logged in */
  clientId?: string
  personId: string
  /** request or key */
  subject: string
  /** JSON */
  data: string
  at: string
  trace: string
}

export interface RemoteNewsStore extends WebhookTable {
  /** Ends requests whose time is over, each once and with its news. */
  endRequests(at: Date, limit: number): Promise<{ id: string; center: string; trace: string }[]>
  /** Ends keys whose certificate is over, each once and with its news. */
  endKeys(at: Date, trace: string, limit: number): Promise<{ id: string; personId: string; serial: string }[]>
  /** what has not been handed on yet, the oldest first */
  news(limit: number): Promise<RemoteNews[]>
  handedOn(newsIds: readonly string[]): Promise<void>
  /** webhooks that ask for this event, of the centers that may hear of it, with the names (`sub`) by which each knows the person */
  concerned(news: RemoteNews, limit: number): Promise<{ hook: Webhook; subjects: string[] }[]>
}
