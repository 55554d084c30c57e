import type { Assurance } from '../kernel/assurance.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { BankIdentity, CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { GrantedDetail, RequestedDetail, RichChallenge, RichWaiting } from '../kernel/rich-request.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { ApprovalStore, AskStore, EvidenceStore, MandateStore } from './stores-authorization.ts'
import type { BidNewsStore, BidNoticeStore, BidRescueStore, BidStore, BidUploadStore, SeenShieldStore, ShieldReportStore } from './stores-bids.ts'
import type { BondAlertStore, BondParameterStore, BondStore, BondTaskStore } from './stores-bonds.ts'
import type { PerformedStore, ShownStore, WebhookStore } from './stores-centers.ts'
import type { ChannelStore, OutgoingStore, PartyKeyStore } from './stores-channel.ts'
import type { DataConsentStore } from './stores-consents.ts'
import type { ContactMessageStore, ContactStore } from './stores-contacts.ts'
import type { CreditStore } from './stores-credit.ts'
import type { EffectStore } from './stores-effects.ts'
import type { MeasureStore } from './stores-enforcement.ts'
import type { FinancingStore } from './stores-financing.ts'
import type { GuaranteeStore } from './stores-guarantees.ts'
import type { LedgerStore } from './stores-ledger.ts'
import type { PayerKeyStore, ReconciliationStore } from './stores-reconciliation.ts'
import type { RemoteKeyStore, RemoteNewsStore, RemoteRequestStore, RemoteSigningStore } from './stores-remote-signing.ts'
import type { SealInterfaceStore, SealNewsStore } from './stores-seal-interface.ts'
import type { BlobStore, SealTaskStore } from './stores-seal-tasks.ts'
import type { SealStore } from './stores-seals.ts'

/**
 * What the rest of the house may ask of the database: one small interface a concept. The Prisma and SQL behind them stand beside this file
 * and nowhere else. Every consumption is a compare-and-set; every list is bounded.
 */
export interface Stores {
  logins: LoginStore
  providerRecords: ProviderRecordStore
  parties: PartyStore
  proofs: ProofStore
  consents: ConsentStore
  clients: ClientStore
  audit: AuditStore
  traces: TraceStore
  signingKeys: SigningKeyStore
  onceIds: OnceStore
  outbox: Outbox
  mandates: MandateStore
  evidence: EvidenceStore
  asks: AskStore
  approvals: ApprovalStore
  shown: ShownStore
  performed: PerformedStore
  webhooks: WebhookStore
  sealTasks: SealTaskStore
  sealInterface: SealInterfaceStore
  sealNews: SealNewsStore
  blobs: BlobStore
  recognitionChallenges: RecognitionChallengeStore
  recognitionUsage: RecognitionUsageStore
  bids: BidStore
  bonds: BondStore
  bondAlerts: BondAlertStore
  bondTasks: BondTaskStore
  bondParameters: BondParameterStore
  dataConsents: DataConsentStore
  credit: CreditStore
  measures: MeasureStore
  guarantees: GuaranteeStore
  financing: FinancingStore
  bidRescues: BidRescueStore
  bidNotices: BidNoticeStore
  bidNews: BidNewsStore
  bidUploads: BidUploadStore
  seenShields: SeenShieldStore
  shieldReports: ShieldReportStore
  contacts: ContactStore
  contactMessages: ContactMessageStore
  trust: TrustStore
  knownCertificates: KnownCertificateStore
  seals: SealStore
  remoteKeys: RemoteKeyStore
  remoteNews: RemoteNewsStore
  remoteRequests: RemoteRequestStore
  remoteSignings: RemoteSigningStore
  channel: ChannelStore
  effects: EffectStore
  channelOutgoing: OutgoingStore
  partyKeys: PartyKeyStore
  payerKeys: PayerKeyStore
  ledger: LedgerStore
  reconciliation: ReconciliationStore
  /** short news from process to process: quick, and now and then lost */
  signals: Signals
  /** statements sent since the start, for the bench: reads and writes apart */
  statements(): { reads: number; writes: number }
  /** deletes what expired of logins, provider records, one-time ids and traces, at most `limit` rows; answers how many */
  sweep(limit: number): Promise<number>
  ping(): Promise<void>
  close(): Promise<void>
}

// ---- logins: the one record through which provider and login meet -----------------------------------------------------------------------------

export interface LoginRecord {
  /** the provider's interaction uid; also the last part of the page's path */
  id: string
  /** grows by one with every save; a save with an old version is refused */
  version: number
  /** speakable code that ties page, log and trace together */
  trace: string
  createdAt: string
  expiresAt: string
  /** the audit record knows of this login: `login.started` is written with the first thing that the person does, so that a mere request of a stranger writes nothing durable */
  announced?: boolean
  request: {
    clientId: string
    clientName: string
    /** origins of the center's redirect URIs: the page's form-action needs them */
    clientOrigins: string[]
    scopes: string[]
    bankHint?: string
    needs: Assurance
    /** the center asked by `prompt=login` or `max_age` for a proof of this moment */
    afresh?: true
    /** which of the provider's prompts are open */
    prompts: ('login' | 'consent' | 'select_account')[]
    /** where the browser continues at the provider once the outcome stands */
    returnTo: string
    /** what the center asks for beyond the login (RFC 9396); never empty */
    details?: RequestedDetail[]
  }
  /** set when the person already has a session and only consent or a stronger proof is missing */
  session?: { membershipId: string; proofId: string }
  attempt?: {
    id: string
    bank: string
    memo: Record<string, string>
    startedAt: string
    /** the very words to be signed, where it takes a signature */
    text?: string
    ticket?: string
    answer?: Record<string, string>
  }
  /** what a phone is asked on behalf of this login */
  ask?: string
  identity?: BankIdentity
  /** the company chosen, once it is certain */
  uscc?: Uscc
  /** more than the center asked for, which this login needs for this company, and why */
  raised?: { needs: Assurance; why: FailureCode; uscc: Uscc }
  /** binding, proof and consent so far */
  membershipId?: string
  proofId?: string
  consented?: boolean
  /** what the person is asked to sign for the details, once; the next page asks for another */
  authorizing?: RichChallenge
  /** signed, and others of the company have to agree first */
  waits?: RichWaiting
  /** why the details could not be agreed to, as the person was told */
  denied?: FailureCode
  /** what came of the details */
  authorized?: GrantedDetail[]
  outcome?: LoginOutcome
}

export type LoginOutcome =
  | {
      kind: 'granted'
      membershipId: string
      proofId: string
      assurance: Assurance
      methods: string[]
      authenticatedAt: string
      details?: GrantedDetail[]
    }
  | { kind: 'refused'; error: 'access_denied' | 'login_required' | 'unmet_authentication_requirements'; description: string }

export interface LoginStore {
  /** creates or, for the provider's own rewrite of its interaction, replaces; `interaction` is the provider's payload */
  put(record: LoginRecord, interaction: Record<string, unknown>): Promise<void>
  find(id: string): Promise<{ record: LoginRecord; interaction: Record<string, unknown> } | undefined>
  /** compare-and-set on `record.version`; answers the record with its new version. @throws BrokerError login_moved_on */
  save(record: LoginRecord): Promise<LoginRecord>
  remove(id: string): Promise<void>
}

// ---- the OpenID Provider's own records ------------------------------------------------------------------------------------------------------------

interface StoredRecord {
  payload: Record<string, unknown>
  consumedAt?: Date
}
interface RecordBehind extends StoredRecord {
  grant?: StoredRecord
  session?: StoredRecord
  proven?: ProvenLogin
}
export interface ProviderRecordStore {
  upsert(model: string, id: string, payload: Record<string, unknown>, expiresAt: Date | undefined): Promise<void>
  /** undefined when absent or expired; `consumedAt` tells of an earlier consumption */
  find(model: string, id: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
  findByUid(model: string, uid: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
  /** A code or an access token with all that whoever brings it is judged by, in one read: its grant, its session, and the proof whose id the grant's id begins with. */
  findBehind(model: 'AuthorizationCode' | 'AccessToken', id: string): Promise<RecordBehind | undefined>
  /** true for exactly one of any number of callers */
  consume(model: string, id: string): Promise<boolean>
  destroy(model: string, id: string): Promise<void>
  revokeGrant(grantId: string): Promise<void>
  /** every live session (model Session) that a membership or a bank's session stands behind, for a logout that the bank began; at most `limit` */
  sessionsOf(who: { membershipId: string }, limit: number): Promise<{ id: string; payload: Record<string, unknown> }[]>
}

// ---- enterprises, persons, shields ---------------------------------------------------------------------------------------------------------------

interface Enterprise {
  id: string
  uscc: Uscc
  name: string
}
interface Person {
  id: string
  name: string
}
/** A person acting for a company; its id is the `sub` that centers see. */
export interface Membership {
  id: string
  enterprise: Enterprise
  person: Person
  role: PersonRole
  suspended: boolean
  /** a bank names the person for this company; otherwise only a mandate does */
  byBank: boolean
}

export interface PartyStore {
  /**
   * Finds or creates enterprise (by USCC), person (by the bank's subject, else by the id digest the banks share), the bank's credential, the membership, and the
   * shield's certificate, in one transaction; one read and no write when nothing is new. A renewed certificate keeps the binding; one proof never joins two existing accounts.
   * `firstTime`: the person acts for this company, or uses this certificate, for the first time. `representativeChanged`: the banks named somebody else before.
   * @throws BrokerError identity_conflict | membership_suspended | company_not_offered | binding_needs_shield (first named for this company, neither by the shield nor as its legal representative)
   */
  recognise(identity: BankIdentity, uscc: Uscc): Promise<{ membership: Membership; firstTime: boolean; representativeChanged?: true }>
  membership(id: string): Promise<Membership | undefined>
  /** membership ids behind a bank's subject (for a logout that the bank began) */
  membershipsOf(bank: string, subject: string): Promise<string[]>
  suspend(membershipId: string, suspended: boolean): Promise<void>
  shieldsOf(enterpriseId: string, limit: number): Promise<(CertificateFacts & { bank: string; lastSeenAt: string })[]>
  counts(): Promise<{ enterprises: number; persons: number; shields: number }>
}

// ---- proofs: what was proven at one login; claims are read from here --------------------------------------------------------------------------------

export interface Proof {
  id: string
  membershipId: string
  bank: string
  subject: string
  bankSession?: string
  assurance: Assurance
  methods: string[]
  authenticatedAt: string
  certificate?: CertificateFacts
  /** the mandate by which the person acts for the company; absent where the bank names them */
  mandate?: string
  trace: string
}

/** A proof with the person it is of. */
export interface ProvenLogin {
  proof: Proof
  membership: Membership
  /** the mandate it stands on, or one above that, is not in force: not active, not in time, or given by one who is no longer the legal representative */
  lapsed?: true
}

export interface ProofStore {
  insert(proof: Proof): Promise<void>
  /** the proof with its membership, and whether it still stands: all that claims are made of, in one statement */
  find(id: string): Promise<ProvenLogin | undefined>
  /** the newest proofs that a session at the bank stands behind */
  byBankSession(bank: string, bankSession: string, limit: number): Promise<Proof[]>
}

export interface ConsentStore {
  has(membershipId: string, clientId: string, scopes: string[]): Promise<boolean>
  grant(membershipId: string, clientId: string, scopes: string[]): Promise<void>
  withdraw(membershipId: string, clientId: string): Promise<void>
}

/** A trading center as a relying party; `metadata` is OpenID Connect client metadata. */
export interface ClientRecord {
  id: string
  name: string
  metadata: Record<string, unknown>
}
export interface ClientStore {
  find(id: string): Promise<ClientRecord | undefined>
  put(client: ClientRecord): Promise<void>
  list(limit: number, after?: string): Promise<ClientRecord[]>
}

// ---- audit ---------------------------------------------------------------------------------------------------------------------------------------

export interface AuditRow {
  /** 1, 2, 3 … without a gap */
  seq: number
  /** ISO 8601 with milliseconds */
  at: string
  code: string
  trace: string
  /** canonical JSON of the event's facts, personal data masked */
  body: string
  /** SM3 over (previous hash ‖ seq ‖ at ‖ code ‖ trace ‖ body), lower-case hexadecimal */
  hash: string
}
export interface AuditStore {
  head(): Promise<{ seq: number; hash: string }>
  /** one durable statement: rows go in only if the head is still `after`; false when another process was faster */
  append(rows: readonly AuditRow[], after: { seq: number; hash: string }): Promise<boolean>
  read(fromSeq: number, limit: number): Promise<AuditRow[]>
  byTrace(trace: string, limit: number): Promise<AuditRow[]>
}

// ---- traces: what the integrator sees under a trace code; kept for weeks, not evidence ------------------------------------------------------------------

export interface TraceStep {
  trace: string
  at: string
  /** where it happened */
  hop: 'center' | 'broker' | 'agent' | 'bank'
  step: string
  milliseconds?: number
  outcome: 'ok' | 'failed'
  code?: string
  received?: string
  expected?: string
  /** redacted facts */
  facts?: Record<string, string>
}
export interface TraceStore {
  /** gathered and written in the background; never awaited by a login, may be lost in a crash */
  add(step: TraceStep): void
  read(trace: string, limit: number): Promise<TraceStep[]>
  flush(): Promise<void>
}

// ---- keys, one-time ids, outbox --------------------------------------------------------------------------------------------------------------------

export interface SigningKey {
  kid: string
  use:
    | 'provider'
    | 'bank-client'
    | 'saml'
    | 'timestamp'
    | 'seal-maker'
    | 'bid-release'
    | 'remote-signing-ca'
    | 'channel-sign'
    | 'channel-encrypt'
    | 'credit-report'
  state: 'initial' | 'active' | 'retired'
  /** private JWK or PEM, encrypted with the configuration's key (AES-256-GCM) */
  sealed: string
  createdAt: string
  activeFrom: string
}
export interface SigningKeyStore {
  list(use: SigningKey['use']): Promise<SigningKey[]>
  /** false when a key of this kid is already there */
  insert(key: SigningKey): Promise<boolean>
  setState(kid: string, from: SigningKey['state'], to: SigningKey['state']): Promise<boolean>
  remove(kid: string): Promise<void>
}

export interface OnceStore {
  /** true the first time an id is seen within its life, on every process; false after */
  claim(id: string, expiresAt: Date): Promise<boolean>
}

/** Effects on the outside: written in the database, delivered by workers, retried, then dead-lettered where a person sees them. */
export interface Outbox {
  send(queue: string, job: Record<string, unknown>): Promise<void>
  /** starts a worker; the handler throws to have the job retried, and is told when this is the last try before the job is dead */
  work(queue: string, handler: (job: Record<string, unknown>, attempt: { last: boolean }) => Promise<void>): Promise<void>
  backlog(): Promise<{ waiting: number; dead: number }>
  /** resolves when nothing of the queue is waiting or running, for tests and an orderly stop */
  drained(queue: string): Promise<void>
}

// ---- trust list ------------------------------------------------------------------------------------------------------------------------------------

/** Where the trust list stands: the version in force (0 before the first), and a count of all decisions, by which writers compare and set. */
export interface TrustHead {
  version: number
  turn: number
}

export interface TrustVersionRow {
  number: number
  /** ISO 8601 */
  at: string
  by: string
  approvedBy?: string
  why: string
  /** the proposal it came of */
  proposal?: string
  /** one line a change */
  summary: string
}

export interface TrustProposalRow {
  id: string
  state: 'open' | 'applied' | 'rejected'
  by: string
  why: string
  /** JSON of the changes, as trust/ wrote it */
  changes: string
  /** SM3 of the changes */
  digest: string
  createdAt: string
  /** an open proposal past this is over, though nobody has written it down */
  expiresAt: string
  decidedBy?: string
  decidedAt?: string
  version?: number
}

export interface TrustStore {
  head(): Promise<TrustHead>
  /** the CAs as they stood in a version: the newest row of each up to it; the one in force unless told */
  rows(version?: number): Promise<{ version: number; rows: { id: string; body: string }[] }>
  /**
   * One durable statement, only if the head is still `after`: a new version with its rows (a body of null takes a CA out), the end of a proposal, or both.
   * @returns false when somebody else was faster; nothing was written
   */
  decide(
    after: TrustHead,
    what: {
      version?: Omit<TrustVersionRow, 'number'> & { rows: readonly { id: string; body: string | null }[] }
      proposal?: { id: string; state: 'applied' | 'rejected'; by: string; at: string }
    },
  ): Promise<boolean>
  propose(proposal: TrustProposalRow): Promise<void>
  proposal(id: string): Promise<TrustProposalRow | undefined>
  /** the newest first */
  proposals(filter: { state?: TrustProposalRow['state']; digest?: string }, limit: number): Promise<TrustProposalRow[]>
  /** the newest first */
  versions(limit: number, before?: number): Promise<TrustVersionRow[]>
  /** the version in force at a time; undefined before the first */
  versionAt(at: Date): Promise<number | undefined>
  /** versions that the audit record may not have yet, the oldest first */
  unaudited(limit: number): Promise<TrustVersionRow[]>
  audited(numbers: readonly number[]): Promise<void>
}

export interface KnownCertificate {
  /** SM3 over the DER, lower-case hexadecimal */
  thumbprint: string
  /** SM3 of the issuer's name as names are compared, the first 32 digits */
  issuer: string
  serial: string
  subjectName: string
  uscc?: string
  caId?: string
  /** ISO 8601 */
  notAfter: string
  algorithm: string
}
/** `taken`: another certificate of this issuer has the serial number */
export type KnownOutcome = 'added' | 'known' | 'taken'
export interface ImportProgress {
  /** SM3 of what is imported */
  source: string
  /** rows worked through */
  done: number
  counts: Record<string, number>
}
export interface KnownCertificateStore {
  /** One statement: the certificates that are new, and how far the import has come. Outcomes in the order given. */
  add(certificates: readonly KnownCertificate[], progress?: ImportProgress): Promise<KnownOutcome[]>
  progress(source: string): Promise<ImportProgress | undefined>
  find(thumbprint: string): Promise<(KnownCertificate & { importedAt: string }) | undefined>
  byUscc(uscc: string, limit: number): Promise<(KnownCertificate & { importedAt: string })[]>
  /** those that end in this span, the soonest first */
  endingBetween(from: Date, to: Date, limit: number): Promise<(KnownCertificate & { importedAt: string })[]>
  counts(): Promise<{ all: number; byCa: Record<string, number> }>
}

export interface Signals {
  /** at most 7000 bytes; reaches every process on this database, this one too. Never throws: whoever must not miss it also looks for itself. */
  send(topic: string, text: string): void
  /** @returns ends it */
  listen(topic: string, heard: (text: string) => void): () => void
}

// ---- recognition -----------------------------------------------------------------------------------------------------------------------------------

/** A text that a center has a person sign at the center's own page: for this client, this purpose and, where named, this certificate; once. */
export interface RecognitionChallenge {
  id: string
  client: string
  purpose: string
  /** SM3 of the one certificate that may sign */
  thumbprint?: string
  text: string
  /** ISO 8601 with milliseconds */
  createdAt: string
  expiresAt: string
}
export interface RecognitionChallengeStore {
  insert(challenge: RecognitionChallenge): Promise<void>
  /** also when it expired or was used */
  find(id: string): Promise<{ challenge: RecognitionChallenge; used: boolean } | undefined>
  /** true for exactly one of any number of callers, and only for its own client and before it expires */
  consume(id: string, client: string): Promise<boolean>
}

export interface RecognitionUsage {
  /** YYYY-MM-DD, as the calendar in Beijing has it */
  day: string
  client: string
  /** the trust list's id of the CA; empty where no entry was found */
  ca: string
  region: string
  kind: string
  /** `ok` or a failure code */
  outcome: string
  count: number
}
export interface RecognitionUsageStore {
  /**
   * Adds counts, each combination once among the rows. The same batch sent again changes nothing until `keepUntil`: whoever does not know whether a batch arrived sends it once more.
   */
  add(batch: string, rows: readonly RecognitionUsage[], keepUntil: Date): Promise<void>
  /** days inclusive, in the order of the columns */
  between(from: string, to: string, limit: number): Promise<RecognitionUsage[]>
}
