import type { Tag } from './stores-bonds.ts'
import type { Write } from './stores-effects.ts'

/** Deals, and what banks lend on them: what they are, and what may be asked of the database about them. The rest of what may be asked stands in stores.ts. Amounts are whole fen, times ISO 8601 with milliseconds. */

/** What a center says was won and contracted. */
export interface Deal {
  id: string
  /** client id of the center */
  center: string
  winner: { uscc: string; name: string }
  /** the center's code of the project */
  project: string
  title: string
  section?: string
  fen: bigint
  contract: string
  /** a day of the calendar in China */
  signedOn: string
  reportedAt: string
}

/** Why a bank was told of a deal. */
export type FlowGround =
  /** by the company: number of the consent's use */
  | { kind: 'consent'; consent: string; use: number }
  /** the center names it */
  | { kind: 'law'; law: string; article: string }

export interface DealFlow {
  id: string
  dealId: string
  bank: string
  ground: FlowGround
  at: string
  trace: string
}

export type FinancingKind = 'deal-loan' | 'bond-loan'
export type CaseState = 'applied' | 'offered' | 'declined' | 'withdrawn' | 'closed' | 'accepted' | 'approved' | 'signed' | 'paid-out' | 'refused'

/** One bank's part in an application. */
export interface FinancingCase {
  bank: string
  /** all that messages say in the open: 32 random characters */
  code: string
  state: CaseState
  /** the consents by which the bank was given data, and what it was given */
  given: { dataSet: string; consent: string; use: number }[]
  offer?: FinancingOffer
  /** the bank's words, where it declines or refuses */
  reason?: string
  progress: { stage: ProgressStage; at: string }[]
}

export type ProgressStage = 'approved' | 'signed' | 'paid-out' | 'refused'

export interface FinancingOffer {
  /** the bank's own number of it */
  serial: string
  fen: bigint
  /** a year, in millionths */
  rateMillionths: number
  termDays: number
  feeFen: bigint
  validUntil: string
  conditions: string
  /** the signed message that it came in */
  message: string
}

/** A company's application to several banks. The machine of financing/state/ alone says what follows on what. */
export interface Financing {
  id: string
  version: number
  kind: FinancingKind
  company: { uscc: string; name: string }
  /** of the deal, or of the bond that is to be paid */
  source: string
  /** the project that the consents are about; of a bond loan a random code */
  project: string
  fen: bigint
  termDays: number
  appliedAt: string
  cases: FinancingCase[]
  /** keys of what happened, each with a digest of it */
  counted: Record<string, string>
}

export interface DealRow {
  id: string
  companyTag: Tag
  /** of the center and its contract number: a second deal is refused by the database */
  numberTag: Tag
  sealed: string
}
export interface DealFlowRow {
  /** of the deal and the bank: it is told once */
  keyTag: Tag
  dealId: string
  sealed: string
}
export interface FinancingRow {
  id: string
  version: number
  companyTag: Tag
  /** of what it is for: the applications for one deal or bond */
  sourceTag: Tag
  sealed: string
}
/** A line of evidence; never changed. */
export interface FinancingLine {
  /** of what happened: a second one is refused by the database, whichever application it is for */
  keyTag: Tag
  sealed: string
}

/** Who may ask is in the name of each reading. Rows are written by effects (stores-effects.ts) alone. */
export interface FinancingStore {
  dealWrite(row: DealRow): Write
  flowWrite(row: DealFlowRow): Write
  /** the application at `row.version` (0: a new one, with the tags of its banks' codes) and the lines of what happened; what its version says otherwise is judged anew */
  write(row: FinancingRow, lines: readonly FinancingLine[], codeTags?: readonly Tag[]): Write
  /** for whoever may read it: the winner and its center */
  deal(id: string): Promise<DealRow | undefined>
  dealByNumber(numberTag: Tag): Promise<DealRow | undefined>
  /** the winner's alone, in the order of the ids */
  dealsOf(companyTag: Tag, limit: number, after?: string): Promise<DealRow[]>
  flows(dealId: string, limit: number): Promise<DealFlowRow[]>
  flow(keyTag: Tag): Promise<DealFlowRow | undefined>
  /** for the machine, which answers nobody with it */
  forStep(id: string): Promise<FinancingRow | undefined>
  /** the bank's alone, who knows the code */
  forBank(codeTag: Tag): Promise<FinancingRow | undefined>
  /** the applicant's alone, in the order of the ids */
  forCompany(companyTag: Tag, limit: number, after?: string): Promise<FinancingRow[]>
  forSource(sourceTag: Tag, limit: number): Promise<FinancingRow[]>
  /** what happened, in order; for whoever may read the application */
  lines(id: string, limit: number): Promise<(FinancingLine & { number: number })[]>
}
