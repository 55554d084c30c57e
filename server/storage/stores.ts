import type { Assurance } from '../kernel/assurance.ts'
import type { BankIdentity, CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'

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
    /** which of the provider's prompts are open */
    prompts: ('login' | 'consent' | 'select_account')[]
    /** where the browser continues at the provider once the outcome stands */
    returnTo: string
  }
  /** set when the person already has a session and only consent or a stronger proof is missing */
  session?: { membershipId: string; proofId: string }
  attempt?: { id: string; bank: string; memo: Record<string, string>; startedAt: string; ticket?: string; answer?: Record<string, string> }
  identity?: BankIdentity
  /** the company chosen, once it is certain */
  uscc?: Uscc
  /** binding, proof and consent so far */
  membershipId?: string
  proofId?: string
  consented?: boolean
  outcome?: LoginOutcome
}

export type LoginOutcome =
  | { kind: 'granted'; membershipId: string; proofId: string; assurance: Assurance; methods: string[]; authenticatedAt: string }
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

export interface ProviderRecordStore {
  upsert(model: string, id: string, payload: Record<string, unknown>, expiresAt: Date | undefined): Promise<void>
  /** undefined when absent or expired; `consumedAt` tells of an earlier consumption */
  find(model: string, id: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
  findByUid(model: string, uid: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
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
}

export interface PartyStore {
  /**
   * Finds or creates enterprise (by USCC), person (by the bank's subject, else by the id digest the banks share), the bank's credential, the membership, and the
   * shield's certificate, in one transaction; one read and no write when nothing is new. A renewed certificate keeps the binding; one proof never joins two existing accounts.
   * `firstTime`: the person acts for this company, or uses this certificate, for the first time.
   * @throws BrokerError identity_conflict | membership_suspended | company_not_offered
   */
  recognise(identity: BankIdentity, uscc: Uscc): Promise<{ membership: Membership; firstTime: boolean }>
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
  trace: string
}

export interface ProofStore {
  insert(proof: Proof): Promise<void>
  /** the proof with its membership: all that claims are made of, in one statement */
  find(id: string): Promise<{ proof: Proof; membership: Membership } | undefined>
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
  use: 'provider' | 'bank-client' | 'saml'
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
