import type { Assurance } from '../kernel/assurance.ts'
import type { BankIdentity, CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** Enterprises, persons, shields; what was proven at a login, from which claims are read; what was agreed to, and the centers that ask. */

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
