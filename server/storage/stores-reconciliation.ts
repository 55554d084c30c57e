/** Daily reconciliation: signed files, how far each day is, and the differences. Days are YYYY-MM-DD as the calendar in Beijing has them, amounts whole fen. */
export interface ReconciliationFile {
  bank: string
  /** the bank, or the platform */
  sender: string
  what: 'day' | 'differences'
  sequence: number
  day: string
  /** the manifest as signed */
  text: string
  signature: string
  hash: string
  takenAt: string
}

export interface ReconciliationDay {
  bank: string
  day: string
  state: 'comparing' | 'compared' | 'agreed'
  /** percent */
  progress: number
  /** JSON */
  counts: string
  updatedAt: string
}

export interface ReconciliationCase {
  id: string
  bank: string
  day: string
  kind: string
  key: string
  /** the difference, one line */
  body: string
  state: 'doubtful' | 'open' | 'matched' | 'resolved'
  owner: string
  dueAt: string
  /** JSON */
  resolution?: string
}

/** What the ledger booked at a bank: one entry of a settlement account. */
export interface BankMovement {
  journal: bigint
  n: number
  key: string
  phase: string
  movement: string
  side: 'debit' | 'credit'
  fen: bigint
  bankAt?: string
  valueOn: string
  reference: string
}

type Whose = Pick<ReconciliationFile, 'bank' | 'sender' | 'what'>

export interface ReconciliationStore {
  /** false where there is a file of this number or day */
  addFile(file: ReconciliationFile): Promise<boolean>
  fileOf(whose: Whose, day: string): Promise<ReconciliationFile | undefined>
  lastFile(whose: Whose): Promise<ReconciliationFile | undefined>
  /** in their order, behind one */
  movements(bank: string, day: string, after: { journal: bigint; n: number }, limit: number): Promise<BankMovement[]>
  /** the ledger books nothing on this day and before it any more */
  lastClosedDay(): Promise<string | undefined>
  /** what lay at a bank when a day ended */
  balanceAfter(bank: string, day: string): Promise<bigint>
  /** false where it is agreed already, and so stays */
  putDay(day: ReconciliationDay): Promise<boolean>
  day(bank: string, day: string): Promise<ReconciliationDay | undefined>
  /** of one bank, the newest first; `listed` where both sides' lists of differences are there */
  daysOf(bank: string, limit: number): Promise<(ReconciliationDay & { listed: boolean })[]>
  /** the newest first */
  days(limit: number): Promise<ReconciliationDay[]>
  /** one-sided rows of earlier days that no file has decided before this one, in the order of their ids */
  waiting(bank: string, day: string, after: string, limit: number): Promise<ReconciliationCase[]>
  /** a day's file decides what waited: what has its counterpart is matched; `keys` are those of the cases */
  matched(bank: string, day: string, keys: readonly string[]): Promise<void>
  /** and what waited longer is a case */
  decideRest(bank: string, day: string, dueAt: string): Promise<void>
  /** those that are there already stay as they are */
  addCases(cases: readonly ReconciliationCase[]): Promise<void>
  /** those that a day's file matched, in the order of their ids */
  matchedOn(bank: string, day: string, after: string, limit: number): Promise<ReconciliationCase[]>
  /** in the order of their ids, behind one */
  cases(state: ReconciliationCase['state'], after: string, limit: number): Promise<ReconciliationCase[]>
  case(id: string): Promise<ReconciliationCase | undefined>
  /** by kind and state, with the earliest time due */
  counted(): Promise<{ kind: string; state: ReconciliationCase['state']; cases: number; dueAt: string }[]>
  /** false where it is not open */
  resolve(id: string, resolution: string): Promise<boolean>
}

/** An edition of the key by which a bank codes payers, after its first, which is there without a row. */
export interface PayerKeyEdition {
  bank: string
  /** from 2 */
  edition: number
  begunAt: string
  by: string
  /** over all of it, under a key that the database does not hold */
  integrity: string
}

export interface PayerKeyStore {
  /** of all banks, each bank's in their order */
  all(): Promise<PayerKeyEdition[]>
  /** false where the bank has one of this number */
  add(edition: PayerKeyEdition): Promise<boolean>
}
