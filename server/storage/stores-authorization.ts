import type { Act } from '../kernel/acts.ts'
import type { Actor, ActRequest, UseRecord } from '../kernel/authority.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** Mandates, the company's record of what was done in its name, and signed texts. The rest of what may be asked of the database stands in stores.ts. */

/** As stored. `expired` is written down a moment after it is true, and counts from the moment itself; frozen is seen from who the legal representative is now. */
export type MandateState = 'drafted' | 'offered' | 'declined' | 'active' | 'suspended' | 'revoked' | 'expired'

export interface MandateRow {
  id: string
  enterpriseId: string
  state: MandateState
  /** grows with every change of state; a change or a use names the one it was judged by */
  version: number
  /** grows with every change and every use: their order */
  place: number
  usedFen: number
  /** the mandate itself, as it is signed */
  text: string
  /** base64 of SignedData with the text inside */
  givenCms?: string
  acceptedText?: string
  acceptedCms?: string
  giverId: string
  rootGiverId: string
  granteePersonId?: string
  granteeDigest?: string
  /** ids of the mandates it was passed on from, the first one first */
  chain: string[]
  /** ISO 8601 with milliseconds */
  validFrom: string
  validUntil: string
  integrity: string
  createdAt: string
  updatedAt: string
}

/** All that the decision needs to know of one person acting for one company, in one reading. */
export interface AuthorityFacts {
  membership: {
    id: string
    role: PersonRole
    suspended: boolean
    /** a bank names the person for this company */
    byBank: boolean
    personId: string
    personName: string
    personDigest?: string
    enterpriseId: string
    uscc: Uscc
    enterpriseName: string
  }
  /** undefined while no bank has named one */
  legalRepresentativeId?: string
  /** the person's own mandates of this company in whatever state, the newest first, and after them the ancestors of those */
  mandates: MandateRow[]
}

export type EntryKind =
  | 'used'
  | 'drafted'
  | 'offered'
  | 'accepted'
  | 'declined'
  | 'suspended'
  | 'resumed'
  | 'revoked'
  | 'approved'
  | 'expired'
  | 'representative-changed'
  | 'seal-applied'
  | 'seal-approved'
  | 'seal-refused'
  | 'seal-made'
  | 'seal-in-force'
  | 'seal-suspended'
  | 'seal-resumed'
  | 'seal-remade'
  | 'seal-revoked'
  | 'seal-expired'
  | 'seal-certificate-revoked'

/** One line of the company's record. */
export interface CompanyEntry {
  enterpriseId: string
  at: string
  kind: EntryKind
  membershipId?: string
  personName: string
  act?: Act
  center?: string
  project?: string
  section?: string
  amountFen?: number
  seal?: string
  power?: 'legal-representative' | 'bank-named' | 'mandate'
  mandateId?: string
  place?: number
  reference?: string
  trace: string
  /** of a use that must not be written twice, whoever asks for it again: its own key */
  once?: string
}

export interface MandateStore {
  insert(row: MandateRow, entry: CompanyEntry): Promise<void>
  find(id: string): Promise<MandateRow | undefined>
  /** the mandate and its ancestors, in one reading */
  findChain(id: string): Promise<MandateRow[]>
  /** undefined when there is no such membership */
  facts(membershipId: string): Promise<AuthorityFacts | undefined>
  /**
   * Compare-and-set on `after` (the version it was judged by): the row as it shall be, and the line in the company's record, in one statement.
   * @returns the change's place; undefined when somebody else was faster and nothing was written
   */
  change(row: MandateRow, after: number, entry: CompanyEntry): Promise<number | undefined>
  /**
   * Writes a use down, only if every mandate of the chain is still at the version it was judged by and active, the totals hold, the person is not suspended and the legal representative is
   * still the one named. One statement: it and a revocation cannot both come first.
   * @returns undefined when anything of that no longer holds; `before` when a use with this `once` stands already, which is then the one told of
   */
  use(entry: CompanyEntry, judged: Judged): Promise<{ entry: number; place?: number; before?: CompanyEntry } | undefined>
  /** a use by its own key */
  usedOnce(once: string): Promise<(CompanyEntry & { entry: number }) | undefined>
  /** the newest first */
  ofEnterprise(enterpriseId: string, limit: number, before?: { createdAt: string; id: string }): Promise<MandateRow[]>
  /** those whose time ended in this span and whose row does not say so yet, the oldest first */
  overdue(from: Date, to: Date, limit: number): Promise<MandateRow[]>
  /** those that wait for this person, or that it holds, in any company; the newest first */
  ofPerson(who: { personId: string; digest?: string }, limit: number): Promise<(MandateRow & { enterprise: { uscc: Uscc; name: string } })[]>
  /** a line of the company's record that no mandate stands behind; not durable at once */
  record(entry: CompanyEntry): Promise<void>
  /** What an earlier legal representative gave is frozen from now on: news for the centers that were shown it, in one statement. */
  freeze(enterpriseId: string, at: string, trace: string): Promise<void>
  /** companies for which the person holds a mandate in force at this time, in the order of their names; the person by the bank's name or the digest of the id number */
  companiesOf(who: { bank: string; subject: string; digest?: string }, at: Date, limit: number): Promise<{ id: string; uscc: Uscc; name: string }[]>
  /**
   * The newest first.
   * @param only of one person, of one act; `none`: what is no use of a power but a change of one
   */
  history(
    enterpriseId: string,
    limit: number,
    before?: number,
    only?: { membershipId?: string; act?: Act | 'none' },
  ): Promise<(CompanyEntry & { entry: number })[]>
  /** in the order of their places */
  entriesOf(mandateId: string, limit: number): Promise<(CompanyEntry & { entry: number })[]>
  /** who signs with this certificate: the person it is bound to, and the companies it was used for */
  holderOf(thumbprint: string): Promise<
    | {
        bank: string /** the bank's name for the person */
        subject: string
        personId: string
        enterpriseIds: string[]
        certificate: CertificateFacts
      }
    | undefined
  >
  peopleOf(
    enterpriseId: string,
    limit: number,
  ): Promise<{ membershipId: string; personId: string; name: string; role: PersonRole; suspended: boolean }[]>
}

export interface Judged {
  membershipId: string
  /** the membership that has to be the legal representative; undefined for a bank-named operator */
  rootGiverId?: string
  /** whole fen that count for the totals of mandates; the line says it only where everybody may read it */
  usedFen: number
  /** the mandate used and its ancestors; empty without a mandate */
  mandates: readonly { id: string; version: number /** whole fen over its life */; totalFen?: number }[]
}

/** A text that a person signed. */
export interface Evidence {
  id: string
  kind: string
  text: string
  cms: string
  thumbprint: string
  membershipId: string
  at: string
  trace: string
  /** the center that asked for the signature, and may read it */
  clientId?: string
}
export interface EvidenceStore {
  insert(evidence: Evidence): Promise<void>
  find(id: string): Promise<Evidence | undefined>
}

/**
 * Something a person is asked on another screen than the one where it began: on a phone by a QR code, on the phone by a center (CIBA), or in the inbox (a second pair of eyes).
 * `waiting`: nobody has opened it. `opened`: one phone has, and no other may. `approved`, `refused`: answered. `done`: what was asked for has happened, once.
 */
export interface Ask {
  /** unguessable: it stands in the QR code's address */
  id: string
  kind: 'login' | 'ciba' | 'approval' | 'remote-signing' | 'seal-list' | 'seal-shield' | 'bid-decrypt' | 'bid-certificate' | 'bid-key-test'
  state: 'waiting' | 'opened' | 'approved' | 'refused' | 'done'
  version: number
  center: { id: string; name: string }
  /** two digits shown where it began, to be given on the phone: a QR code that somebody passed on does not carry them */
  number: string
  /** where it began, for the person to recognise: address range, browser */
  from: string
  /** who is asked; absent: whoever opens it and proves who they are */
  membershipId?: string
  enterpriseId?: string
  request?: ActRequest
  /** what is asked, in rows for a person to read */
  rows: { name: { zh: string; en: string }; value: string }[]
  /** the very words to be signed on the phone, where it takes a signature */
  text?: string
  /** what it is for: a login's id, a CIBA request, an act that waits */
  subject: string
  /** the phone that opened it, by its cookie */
  phone?: string
  /** the number was given rightly on that phone */
  confirmed?: true
  /** since when an answer of that phone is being judged, or one that stands is being acted on; or was, where whoever did it died over it */
  takenAt?: string
  /** why it ended without a yes: the person's own no, or what the platform found */
  failure?: FailureCode
  /** what came back, for the one who asked */
  answer?: Record<string, string>
  createdAt: string
  expiresAt: string
  trace: string
}
export interface AskStore {
  insert(...asks: Ask[]): Promise<void>
  /** also when it expired, for an hour */
  find(id: string): Promise<Ask | undefined>
  /** compare-and-set on `ask.version`; the saved ask with its new version, or undefined when somebody else was faster */
  save(ask: Ask): Promise<Ask | undefined>
  /** open ones that this membership is asked, the newest first */
  inbox(membershipId: string, at: Date, limit: number): Promise<Ask[]>
  /** all that belong to one subject, the oldest first */
  ofSubject(kind: Ask['kind'], subject: string, limit: number): Promise<Ask[]>
}

/** An ask, and where it stands at the hour. */
export interface AskStatus {
  ask: Ask
  state: Ask['state'] | 'expired'
}

/** What a room asks of one person's phone: words to be signed there. */
type PhoneQuestion<Kind extends Ask['kind']> = Pick<Ask, 'center' | 'from' | 'rows' | 'subject' | 'expiresAt' | 'trace'> & {
  kind: Kind
  membershipId: string
  text: string
}

/** What a room that asks phones is given of authorization's asks (authorization/asks.ts). */
export interface PhoneAsks<Kind extends Ask['kind']> {
  open(question: PhoneQuestion<Kind>): Promise<Ask>
  /** @throws BrokerError ask_unknown */
  status(id: string): Promise<AskStatus>
  /** Uses the answer, once. @throws BrokerError ask_settled, ask_expired, or why it ended without a yes */
  settle(id: string): Promise<Ask>
}

/**
 * An act that waits for others of the company (a second pair of eyes). `waiting`: not enough have agreed. `performing`: enough have, and one process is at it. `done`, `refused`: what became of it.
 * `failed`: enough agreed and it could not be done any more.
 */
export interface Approval {
  id: string
  version: number
  state: 'waiting' | 'performing' | 'done' | 'refused' | 'failed'
  enterpriseId: string
  company: { uscc: Uscc; name: string }
  /** who wants to act, and what their login had proven */
  actor: Actor & { name: string }
  request: ActRequest
  /** what the act is for, as the company's record shall name it */
  reference: string
  center: { id: string; name: string }
  rows: Ask['rows']
  /** how many others have to agree */
  needed: number
  /** who was asked */
  asked: { membershipId: string; name: string }[]
  agreed: { membershipId: string; name: string; at: string /** id of the signed words */; evidence: string }[]
  refusedBy?: { membershipId: string; name: string; at: string }
  /** since when a process is performing it */
  performingSince?: string
  /** how it was written down */
  result?: UseRecord
  /** whom the result went to: it is handed out to one */
  collectedBy?: string
  failure?: FailureCode
  createdAt: string
  expiresAt: string
  trace: string
}
export interface ApprovalStore {
  insert(approval: Approval): Promise<void>
  /** also when it ended or lapsed, for thirty days */
  find(id: string): Promise<Approval | undefined>
  /** compare-and-set on `approval.version`, as asks are saved */
  save(approval: Approval): Promise<Approval | undefined>
  /** what this person wanted to do, the newest first */
  ofActor(membershipId: string, limit: number): Promise<Approval[]>
}
