import type { Uscc } from '../kernel/uscc.ts'

/** Bid bonds: what a bond is, what happens to it, and what may be asked of the database about it. The rest of what may be asked stands in stores.ts. Amounts are whole fen. */

/** A code over an account number or a name under the platform's key: equal for equal ones, and it tells nothing else. */
export type Tag = string

export interface BondProject {
  id: string
  /** the center's client id */
  center: string
  code: string
  title: string
  /** which law counts the deadlines: bidding (招标投标法) or government procurement (政府采购法) */
  law: 'bidding' | 'procurement'
  createdAt: string
}

/** One tendering of one section (标段): tendered anew, it is another one. */
export interface BondSection {
  id: string
  projectId: string
  center: string
  law: BondProject['law']
  name: string
  demandedFen: bigint
  /** until when a bond has to be at the bank. ISO 8601 with milliseconds, as all times here */
  deadline: string
  /** the latest announced opening time; without one everything stays closed */
  opensAt?: string
  /** days of validity of bids, and so of bonds, counted from the deadline for bids */
  validityDays: number
  state: 'open' | 'abandoned'
  version: number
  /** SM2 point in base64: what names and accounts of the section are sealed to */
  publicKey: string
  /** the private key, under the platform's half and the custodians'; commitments are the SM3 of each share, in their order */
  lockedKey: { sealed: string; platformHalf: string; commitments: string[]; threshold: number }
  /** the private key under the platform's key, since custodians released it */
  releasedKey?: string
}

type BondWay = 'transfer' | 'bank-guarantee' | 'insurance-guarantee'
export type BondState =
  | 'expected'
  | 'received'
  | 'held'
  | 'refund-due'
  | 'returning'
  | 'returned'
  | 'forfeited'
  | 'to-performance'
  | 'released'
  | 'reconciled'
export type Finding = 'matched' | 'unmatched' | 'wrong-payer' | 'not-basic-account' | 'short' | 'late' | 'twice'

/** Where money may come from: the bidder's name and basic account (基本账户). */
export interface BondBidder {
  name: Tag
  basicAccount: Tag
}

/** One obligation to bond, or one arrival of money beside it. The machine of bonds/state/ alone says what follows on what. It holds no name and no account. */
export interface Bond {
  id: string
  version: number
  way: BondWay
  state: BondState
  demandedFen: bigint
  /** absent while nobody knows for what the money came */
  sectionId?: string
  bidder?: BondBidder
  finding?: Finding
  /** what the bank received; `at` is its time of receipt, `payerCode` tells who paid in the bank's day file */
  receipt?: { bank: string; serial: string; at: string; fen: bigint; payerCode?: string }
  payer?: { account: Tag; name: Tag }
  /** as its newest document says; `paidFen` is what the issuer paid on claims, `over` when its time ended before anything was decided */
  guarantee?: { number: string; fen: bigint; validUntil: string; paidFen?: bigint; refused?: RefusedClaim; over?: true }
  totals: BondTotals
  /** of the interest in the totals, what is for lateness */
  lateFen: bigint
  /** `at`: the event from which the law counts */
  decision?: { cause: BondCause; rule?: string; at: string; law: BondProject['law']; performanceFen: bigint }
  order?: { id: string; valueDay: string; fen: bigint; interestFen: bigint }
  /** why the bank could not pay the last order, in its words */
  refundFailure?: string
  /** a payment that the bank reports and nobody ordered so */
  unexplained?: string
  /** keys of what happened, each with a digest of it */
  counted: Record<string, string>
}

/** What the issuer refused to pay of what was demanded, and neither paid nor was asked for again since. */
export interface RefusedClaim {
  fen: bigint
  /** of the newest claim that it refused: the sum, the ground in bonds/state/grounds.ts, and the issuer's words */
  demandedFen: bigint
  ground: string
  reason: string
}

/** balance = in − forfeited − fee − toPerformance + interest − returned, never negative */
export interface BondTotals {
  in: bigint
  forfeited: bigint
  fee: bigint
  toPerformance: bigint
  interest: bigint
  returned: bigint
}

export type BondCause = 'withdrawn' | 'abandoned' | 'lost' | 'contract' | 'forfeiture' | 'no-bond' | 'validity-ended'

/** The company behind a bond; sealed to the section's key, readable when time and custodians agree. */
export interface BondIdentity {
  uscc: Uscc
  name: string
}

/** A line of a bond's evidence; never changed. */
export interface BondLine {
  /** of what happened: a second one is refused by the database, whichever bond it is for */
  keyTag: Tag
  /** the event as JSON, sealed */
  sealed: string
}

/** A bond as it is stored: what can be looked for is a tag, everything else is sealed. */
export interface BondRow {
  id: string
  version: number
  /** one of a section's many places, drawn at random: rows of one section look no more alike than others */
  placeTag: Tag
  /** of the sub-account; absent for money beside its bond */
  accountTag?: Tag
  companyTag: Tag
  /** of its company in its section, since it counts as the bond there; nothing else has it then */
  slotTag?: Tag
  /** the bond of the machine, under the platform's key */
  sealed: string
  /** `BondIdentity` and the payer, each sealed to the section's key */
  bidder: string
  payer: string
}

export interface BondParameter {
  kind: 'calendar' | 'deposit-rate' | 'loan-rate' | 'bank-times'
  /** the year, the day a rate begins, or the bank */
  key: string
  revision: number
  body: string
  by: string
  at: string
}

/** What is still to be done about bonds. */
export interface BondTask {
  id: string
  /** under the platform's key */
  sealed: string
  tries: number
}

export interface BondTaskStore {
  /** Tasks that are due and that nobody else works at, the longest due first; each counts as tried, and is leased until then. */
  claim(lease: string, at: { now: Date; until: Date }, limit: number): Promise<BondTask[]>
  /** tried in vain; it is due again then. False where the lease was lost */
  again(id: string, lease: string, due: Date): Promise<boolean>
}

/** What a center asks of one section, and when. */
export interface SectionAsked {
  sectionId: string
  center: string
  now: Date
}

/** Who may ask is in the name of each reading. What is written is written as an effect (storage/writes.ts). */
export interface BondStore {
  /** false when the center has a project of this code */
  announceProject(project: BondProject): Promise<boolean>
  projectByCode(center: string, code: string): Promise<BondProject | undefined>
  project(id: string): Promise<BondProject | undefined>
  section(id: string): Promise<BondSection | undefined>
  sections(ids: readonly string[]): Promise<BondSection[]>
  projectsById(ids: readonly string[]): Promise<BondProject[]>
  /** in the order of the ids, behind one */
  ofProject(projectId: string, after: string, limit: number): Promise<BondSection[]>
  /** a center's, in the order of the ids, behind one */
  projects(center: string, after: string, limit: number): Promise<BondProject[]>
  /**
   * In one statement with the question whether it may be asked: the ids of those in any of these places, in no order.
   * @throws BrokerError `bond_unknown` for a section that is not this center's; `bond_before_opening` before the latest announced opening time, and where that is missing, whatever there is
   */
  idsForCenter(asked: SectionAsked & { placeTags: readonly Tag[] }): Promise<string[]>
  /**
   * The same of rows by their ids, which may be another section's: who asks has to look. Of these companies alone, where some are named.
   * @throws BrokerError as `idsForCenter`
   */
  forCenter(asked: SectionAsked & { ids: readonly string[]; companyTags?: readonly Tag[] }): Promise<BondRow[]>
  /** the bank's alone: the bond that a sub-account was given out for */
  forBank(accountTag: Tag): Promise<BondRow | undefined>
  /** the bidder's alone, in the order of the ids */
  forCompany(companyTag: Tag, limit: number, after?: string): Promise<BondRow[]>
  /** for the machine, which answers nobody with it: in the order of the ids, behind one */
  inPlaces(placeTags: readonly Tag[], after: string, limit: number): Promise<BondRow[]>
  /** for the machine, which answers nobody with it: which bond counts for its company in its section */
  inSlot(slotTag: Tag): Promise<string | undefined>
  /** for the machine, which answers nobody with it */
  forStep(id: string): Promise<BondRow | undefined>
  /** what happened, in order; for whoever may read the bond */
  lines(bondId: string, limit: number, after?: number): Promise<(BondLine & { number: number })[]>
  /** the same of several bonds, in order for each */
  linesOf(bondIds: readonly string[], limit: number): Promise<(BondLine & { bondId: string })[]>
}

/** A signal of collusion, as it is kept. */
export interface BondAlertRow {
  id: string
  sectionId: string
  foundAt: string
  /** under the platform's key */
  sealed: string
}

export interface BondAlertStore {
  /** One that is there gets its new content, and keeps its time. @returns how many are new */
  put(rows: readonly BondAlertRow[]): Promise<number>
  /**
   * In one statement with the question whether it may be asked: in the order of the ids, behind one.
   * @throws BrokerError `bond_unknown` for a section that is not this center's; `bond_before_opening`, whatever there is
   */
  forSupervisor(asked: { sectionId: string; center: string; now: Date }, after: string, limit: number): Promise<BondAlertRow[]>
}

export interface BondParameterStore {
  /** false when there is this revision */
  add(parameter: BondParameter): Promise<boolean>
  /** the newest revision of each key, in the order of the keys */
  current(kind: BondParameter['kind']): Promise<BondParameter[]>
}
