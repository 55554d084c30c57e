import type { SectionAsked, Tag } from './stores-bonds.ts'
import type { Write } from './stores-effects.ts'

/** Guarantees (保函) for bid bonds: what a guarantee is, and what may be asked of the database about it. The rest of what may be asked stands in stores.ts. Amounts are whole fen, times ISO 8601 with milliseconds. */

export type GuaranteeWay = 'bank-guarantee' | 'insurance-guarantee'
export type GuaranteeState =
  | 'applied'
  | 'offered'
  | 'refused'
  | 'withdrawn'
  | 'accepted'
  | 'paid'
  | 'issued'
  | 'in-force'
  | 'claimed'
  | 'drawn'
  | 'released'
  | 'expired'

/** One application to one issuer, and the guarantee that comes of it. The machine of bonds/guarantees/state/ alone says what follows on what. */
export interface Guarantee {
  id: string
  version: number
  state: GuaranteeState
  way: GuaranteeWay
  /** the issuer's name in the data channel */
  issuer: string
  /** all that the issuer is told of what it is for: 32 random characters (解耦码) */
  code: string
  /** printed on the document; after the opening anybody may ask with it whether the guarantee is genuine and in force */
  verification: string
  bondId: string
  sectionId: string
  /** what the tender demands; the text by the SM3 of its model */
  asked: { fen: bigint; validUntil: string; textSm3: string }
  offer?: { priceFen: bigint; terms: string; until: string }
  /** the issuer's words, where it gives none */
  reason?: string
  payment?: { serial: string; fen: bigint }
  document?: GuaranteeDocument
  /** what the document lacks of what the tender demands */
  unfit?: Unfit
  /** an amendment that is asked for and not answered */
  amendment?: { id: string; fen: bigint; validUntil: string }
  /** why the issuer did not amend, in its words */
  notAmended?: string
  /** why the issuer will not extend the guarantee, in its words */
  noExtension?: string
  claims: GuaranteeClaim[]
  /** keys of what happened, each with a digest of it */
  counted: Record<string, string>
}

export type Unfit = 'section' | 'second' | 'text' | 'amount' | 'late' | 'period'

/** What the issuer signed, in short. */
export interface GuaranteeDocument {
  /** of the signed file's bytes */
  sm3: string
  /** the issuer's own number */
  number: string
  fen: bigint
  validFrom: string
  validUntil: string
  textVersion: string
  textSm3: string
}

export interface GuaranteeClaim {
  id: string
  /** in bonds/state/grounds.ts, with its article */
  ground: string
  article: string
  fen: bigint
  paidFen: bigint
  /** in how many parts */
  payments: number
  state: 'demanded' | 'paid' | 'refused' | 'extended'
  /** extend or pay: the new end of validity that would do instead */
  extendTo?: string
  /** the issuer asks whom it guarantees for, and what they said */
  choice?: 'asked' | 'extend' | 'pay'
  /** why the issuer does not pay, in its words */
  reason?: string
}

/** A line of a guarantee's evidence; never changed. */
export interface GuaranteeLine {
  /** of what happened: a second one is refused by the database, whichever guarantee it is for */
  keyTag: Tag
  /** the event as JSON, sealed */
  sealed: string
}

/** A guarantee as it is stored: what can be looked for is a tag, everything else is sealed. */
export interface GuaranteeRow {
  id: string
  version: number
  /** one of its section's many places, at random */
  placeTag: Tag
  /** one of the many places of the day on which something of it ends, at random */
  dueTag: Tag
  companyTag: Tag
  /** of the bond: the applications to several issuers for one bond */
  bondTag: Tag
  codeTag: Tag
  verificationTag: Tag
  sealed: string
  /** `BondIdentity`, sealed to the section's key */
  bidder: string
}

/** Who may ask is in the name of each reading. Rows are written by effects (stores-effects.ts) alone. */
export interface GuaranteeStore {
  /** the guarantee at `row.version` (0: a new one) with the lines of what happened; what its version says otherwise is judged anew */
  write(row: GuaranteeRow, lines: readonly GuaranteeLine[]): Write
  /** for the machine, which answers nobody with it */
  forStep(id: string): Promise<GuaranteeRow | undefined>
  /** the issuer's alone, who knows the code */
  forIssuer(codeTag: Tag): Promise<GuaranteeRow | undefined>
  /** the applicant's alone, in the order of the ids */
  forCompany(companyTag: Tag, limit: number, after?: string): Promise<GuaranteeRow[]>
  /**
   * In one statement with the question whether it may be asked: those for any of these bonds, in the order of their ids.
   * @throws BrokerError `bond_unknown` for a section that is not this center's; `bond_before_opening` before the latest announced opening time, and where that is missing, whatever there is
   */
  forCenter(asked: SectionAsked & { bondTags: readonly Tag[] }, limit: number): Promise<GuaranteeRow[]>
  /** the applicant's and the machine's: all for one bond */
  forBond(bondTag: Tag, limit: number): Promise<GuaranteeRow[]>
  forBonds(bondTags: readonly Tag[], limit: number): Promise<GuaranteeRow[]>
  /** anybody's who has the code of a document; whether they may know yet is not judged here */
  forVerification(verificationTag: Tag): Promise<GuaranteeRow | undefined>
  /** for the clock's chore */
  due(dueTags: readonly Tag[]): Promise<GuaranteeRow[]>
  /** what happened, in order; for whoever may read the guarantee */
  lines(guaranteeId: string, limit: number, after?: number): Promise<(GuaranteeLine & { number: number })[]>
}
