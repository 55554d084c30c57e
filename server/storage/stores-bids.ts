import type { Uscc } from '../kernel/uscc.ts'
import type { Webhook, WebhookTable } from './stores-webhooks.ts'

/** Openings of bids, the bids themselves, rescues and warnings. The rest of what may be asked of the database stands in stores.ts. Every change writes its step in the same statement; steps are never changed. */

export type OpeningState = 'announced' | 'open' | 'closed' | 'cancelled'

export interface Opening {
  id: string
  /** the center's client id */
  center: string
  project: string
  section?: string
  title: string
  /** a rehearsal */
  drill: boolean
  state: OpeningState
  /** grows with every change; a change names the one it was judged by */
  version: number
  /** the latest announced time: the deadline for bids, too. ISO 8601 with milliseconds, as all times here */
  opensAt: string
  /** until when bids are decrypted */
  decryptBy: string
  /** to whom every envelope has to be encrypted for its rescue */
  rescue?: {
    custodians: string[]
    threshold: number
    platform: string
    /** the custodians' certificates in the same order and then the platform's, DER in base64: what bidders encrypt to */
    certificates?: string[]
  }
  openedAt?: string
  closedAt?: string
  createdAt: string
}

export type BidState = 'waiting' | 'decrypting' | 'opened' | 'failed' | 'rescuing' | 'rescued' | 'withdrawn'

/** Lost or broken, or given back for another one. */
export type ShieldGone = 'lost' | 'replaced'

/** A company's bid in an opening: one, whose envelope may be replaced until the deadline. */
export interface Bid {
  openingId: string
  uscc: Uscc
  /** the envelope's id */
  envelope: string
  name: string
  state: BidState
  version: number
  /** of the whole envelope as it was received */
  file: { size: number; sm3: string }
  /** the certificates it is encrypted to, as the bidder's client said: SM3, and when each ends */
  certificates: {
    thumbprint: string
    notAfter: string
    /** DER in base64, where the client gave it: whether it was revoked or renewed can be asked of that alone */
    der?: string
    /** as the client says: the key is in a bank's app on a phone */
    onPhone?: true
    /** what the company itself says became of the shield or phone; taken back by a test that passes */
    gone?: { how: ShieldGone; at: string; by: string }
  }[]
  receivedAt: string
  /** the last check by the bidder that it opens */
  selfTest?: { at: string; ok: boolean; code?: string; thumbprint?: string }
  /** the last check that the shield in hand signs, as at a login; `thumbprint` of the certificate that it signs with */
  signTest?: { at: string; ok: boolean; code?: string; thumbprint?: string }
  /** when an app on a phone last showed that it has the key of this certificate; of the envelope that says nothing */
  phoneTest?: { at: string; thumbprint: string }
  /** since when a process is at it, told anew while it is */
  since?: string
  by?: 'shield' | 'phone'
  attempts: number
  failure?: { reason: string; facts: string; at: string; attributedBy?: string }
  content?: { name: string; size: number; sm3: string; at: string }
  ticket?: string
  rescued?: { custodians: string[]; releasedAt: string; askedBy: string }
}

export type StepKind =
  | 'announced'
  | 'postponed'
  | 'opening-opened'
  | 'extended'
  | 'closed'
  | 'cancelled'
  | 'registered'
  | 'withdrawn'
  | 'self-tested'
  | 'sign-tested'
  | 'phone-tested'
  | 'shield-gone'
  | 'begun'
  | 'opened'
  | 'failed'
  | 'attributed'
  | 'interrupted'
  | 'late'
  | 'rescue-asked'
  | 'share-given'
  | 'released'
  | 'rescued'
  | 'rescue-failed'
  | 'warned'

/** One line of the evidence. */
export interface Step {
  openingId: string
  uscc?: Uscc
  kind: StepKind
  at: string
  /** who: a person's or a process's name for itself */
  by: string
  facts: Record<string, string | number | boolean>
  trace: string
}
export type StoredStep = Step & { seq: number }

/** The steps that a center may hear of; of those about a bid, nothing before the opening. */
export const TOLD_STEPS = [
  ...(['announced', 'postponed', 'opening-opened', 'extended', 'closed', 'cancelled'] as const),
  ...(['warned', 'opened', 'failed', 'interrupted', 'late', 'attributed', 'rescue-asked', 'rescued', 'rescue-failed'] as const),
] as const satisfies readonly StepKind[]

/** A step that a center may hear of, and its opening as it is now. */
export interface BidNews {
  id: string
  step: StoredStep
  opening: Opening
}

export interface BidNewsStore extends WebhookTable {
  /** the oldest first; of a bid only once its opening is announced no more */
  news(limit: number): Promise<BidNews[]>
  handedOn(newsIds: readonly string[]): Promise<void>
  /** this center's webhooks that ask for it */
  concerned(center: string, event: string, limit: number): Promise<Webhook[]>
}

/** `gathering`: shares come in. `performing`: there are enough, and one process is at it. */
type RescueState = 'gathering' | 'performing' | 'done' | 'failed'

export interface RescueTicket {
  id: string
  openingId: string
  uscc: Uscc
  envelope: string
  state: RescueState
  version: number
  threshold: number
  why: string
  askedBy: string
  askedAt: string
  /** since when a process is performing it */
  since?: string
  /** how often one has begun to */
  tries?: number
}

/** One custodian's share, sealed under the platform's key until the rescue ends. */
export interface GivenShare {
  ticketId: string
  place: number
  custodian: string
  /** the person who handed it in */
  by: string
  at: string
  sealed: string
}

export interface BidStore {
  /** false when there is one of this id */
  announce(opening: Opening, step: Step): Promise<boolean>
  opening(id: string): Promise<Opening | undefined>
  /** compare-and-set on `opening.version`; the saved one with its new version, or undefined when somebody else was faster */
  changeOpening(opening: Opening, step: Step): Promise<Opening | undefined>
  /** of this state, whose opening time lies in the span, the soonest first */
  openingsBetween(state: OpeningState, from: Date, to: Date, limit: number, after?: { opensAt: string; id: string }): Promise<Opening[]>
  /** open ones whose time to decrypt is over, and closed ones whose bids are not all settled */
  openingsToSettle(at: Date, limit: number): Promise<Opening[]>
  /** writes down that no bid of a closed opening is waiting any more; nothing when one is */
  settled(openingId: string): Promise<void>
  /**
   * Takes a bid in, in the place of the company's earlier one. One statement: only while the opening is announced or open, and its deadline is ahead at the bid's `receivedAt`.
   * @param before the company's bid as it stood when this one came; where another stands by now, or in another state, it stays
   * @returns undefined when it was not taken: too late, another bid stands, decrypted already, or the envelope is another bid's
   */
  register(bid: Bid, step: Step, before?: Pick<Bid, 'envelope' | 'state'>): Promise<Bid | undefined>
  bid(openingId: string, uscc: Uscc): Promise<Bid | undefined>
  /**
   * Compare-and-set on `bid.version`, and only while the opening is in one of these states.
   * @param ticket a rescue that is asked for with it
   */
  changeBid(bid: Bid, step: Step, opening: readonly OpeningState[], ticket?: RescueTicket): Promise<Bid | undefined>
  /** tells that a process is still at it; false when the bid has changed */
  stillAt(bid: Bid, at: Date): Promise<boolean>
  /** in the order of the companies' codes */
  bids(openingId: string, limit: number, after?: Uscc, state?: BidState): Promise<Bid[]>
  counts(openingId: string): Promise<Partial<Record<BidState, number>>>
  /** bids of any opening that nobody has been at since */
  stale(before: Date, limit: number): Promise<Bid[]>
  /** waiting bids encrypted to this certificate, of openings still announced, the soonest first */
  byCertificate(thumbprint: string, limit: number): Promise<{ bid: Bid; opening: Opening }[]>
  /** Whether a bid of theirs waits for an opening. Asked at every login: what many ask at once is one statement. */
  isWaiting(uscc: Uscc): Promise<boolean>
  /** a company's bids with their openings, the latest opening first */
  ofCompany(uscc: Uscc, limit: number, before?: { opensAt: string; id: string }): Promise<{ bid: Bid; opening: Opening }[]>
  /** a center's, the latest first */
  ofCenter(center: string, limit: number, before?: { opensAt: string; id: string }): Promise<Opening[]>
  /** in the order they happened */
  steps(openingId: string, limit: number, after?: number, uscc?: Uscc): Promise<StoredStep[]>
  /** a step that changes nothing else */
  note(step: Step): Promise<void>
  /** steps the audit record may not have yet, the oldest first */
  unaudited(limit: number): Promise<StoredStep[]>
  audited(seqs: readonly number[]): Promise<void>
}

/** An envelope on its way in, until it is registered. */
export interface BidUpload {
  envelope: string
  openingId: string
  uscc: Uscc
  /** octets of the whole file, as announced */
  size: number
  begunAt: string
  /** not before this is it over; a postponement of its opening puts that off */
  expiresAt: string
}

export interface BidUploadStore {
  /**
   * One statement: an id is begun once, and a company announces no more octets for an opening than `most`. The same one again is `begun`.
   * @returns `taken` when the id is another company's, another opening's, of another size, or a bid's
   */
  begin(upload: BidUpload, most: number): Promise<'begun' | 'taken' | 'full'>
  find(envelope: string): Promise<BidUpload | undefined>
  /** those of a company for an opening, the newest first */
  of(openingId: string, uscc: Uscc, limit: number): Promise<BidUpload[]>
  /** whose time is over, and whose opening's latest time was before `opened` */
  over(at: Date, opened: Date, limit: number): Promise<BidUpload[]>
  /** Only where its opening's latest time was before `opened`. @returns `left` when it was dropped and no bid has the envelope, `registered` when it was and one has */
  dropOver(envelope: string, opened: Date): Promise<'left' | 'registered' | undefined>
  drop(envelope: string): Promise<void>
}

/** A shield that logged in for a company, as the watch compares it. */
export interface SeenShield {
  uscc: Uscc
  thumbprint: string
  /** RFC 4514 texts */
  issuer: string
  subject: string
  notBefore: string
  firstSeenAt: string
}

export interface SeenShieldStore {
  /** in one statement, of each company the newest */
  ofCompanies(usccs: readonly Uscc[], limitEach: number): Promise<SeenShield[]>
}

/** What a bank said of a certificate last; whether it may speak of it is not said here. */
export interface ShieldReport {
  thumbprint: string
  bank: string
  state: ShieldGone | 'found'
  saidAt: string
}

export interface ShieldReportStore {
  /** in one statement */
  of(thumbprints: readonly string[]): Promise<ShieldReport[]>
}

export interface BidRescueStore {
  ticket(id: string): Promise<RescueTicket | undefined>
  /** Only while the ticket gathers. False when it does not, this place is given, or this person gave another share. */
  give(share: GivenShare, step: Step): Promise<boolean>
  shares(ticketId: string): Promise<GivenShare[]>
  /** compare-and-set on `ticket.version` */
  change(ticket: RescueTicket): Promise<RescueTicket | undefined>
  /** Ends ticket and bid in one statement, each only at its version, and wipes the shares. */
  end(ticket: RescueTicket, bid: Bid, step: Step): Promise<boolean>
  /** those that gather or perform, not touched since */
  waiting(state: 'gathering' | 'performing', before: Date, limit: number): Promise<RescueTicket[]>
}

export interface BidNoticeStore {
  /**
   * True for exactly one of any number of callers, once; a claim that was not followed by `sent` within the time may be claimed again.
   * @param key bid, cause and stage
   */
  claim(key: string, at: Date, lost: Date): Promise<boolean>
  /** those of these keys that are sent, in one reading */
  among(keys: readonly string[]): Promise<Set<string>>
  sent(key: string, at: Date): Promise<void>
}
