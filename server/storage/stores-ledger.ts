import type { FailureCode } from '../kernel/errors.ts'

/**
 * The double-entry ledger: accounts, journals, entries, the chain over them. Amounts are whole fen, bigint everywhere; days are YYYY-MM-DD as the calendar in Beijing has them, times ISO 8601. What a movement
 * means stands in bonds/ledger/.
 */
export type LedgerSide = 'debit' | 'credit'
export type LedgerAccountKind = 'settlement' | 'suspense' | 'bond' | 'interest' | 'forfeited' | 'performance' | 'fee'
type LedgerPhase = 'post' | 'hold' | 'resolve' | 'reverse'
export type LedgerHoldEnd = 'posted' | 'voided' | 'expired'

export interface LedgerLine {
  kind: LedgerAccountKind
  /** a bond or a bank receipt */
  owner: string
  /** where the money lies; an account never moves to another bank */
  bank: string
  /** of this kind: below which side it never falls */
  normal: LedgerSide
  side: LedgerSide
  amount: bigint
}

/** One journal to be written. It is judged in one statement, and written whole or not at all. */
export interface LedgerOrder {
  /** asked again under the same key it is answered with what was written the first time */
  key: string
  /** SM3 of everything asked, by which asking again is told from asking for something else */
  content: string
  phase: LedgerPhase
  /** of a resolution or reversal: that of the journal it ends or takes back */
  movement: string
  valueOn: string
  bankAt?: string
  evidence: { kind: string; reference: string; digest: string }
  /** none of a reversal; none of a hold that is posted whole, voided or expired */
  lines: readonly LedgerLine[]
  /** of a hold */
  expiresAt?: string
  /** which hold it ends, by key, and how */
  resolves?: { hold: string; outcome: LedgerHoldEnd }
  /** which journal it takes back, by key, why, and who asked and who agreed */
  reverses?: { key: string; reason: string; askedBy: string; agreedBy: string }
  trace: string
}

/** `same`: the key was posted before, with the same content */
export type LedgerAnswer =
  | { outcome: 'posted' | 'same'; journal: bigint; bookedAt: string; bookedOn: string }
  | { outcome: 'refused'; code: FailureCode }

export interface LedgerAccount {
  id: bigint
  kind: LedgerAccountKind
  owner: string
  bank: string
  side: LedgerSide
  debitsPending: bigint
  creditsPending: bigint
  debitsPosted: bigint
  creditsPosted: bigint
  /** how many entries it has */
  version: bigint
}

export interface LedgerJournal {
  id: bigint
  key: string
  content: string
  phase: LedgerPhase
  movement: string
  /** how many */
  entries: number
  bookedAt: string
  bookedOn: string
  valueOn: string
  bankAt?: string
  evidence: { kind: string; reference: string; digest: string }
  expiresAt?: string
  resolves?: bigint
  outcome?: LedgerHoldEnd
  reverses?: bigint
  reason?: string
  askedBy?: string
  agreedBy?: string
  trace: string
}

export interface LedgerEntry {
  journal: bigint
  n: number
  account: bigint
  version: bigint
  side: LedgerSide
  amount: bigint
  pending: boolean
  /** posted debits less posted credits of the account after it */
  balance: bigint
  bookedOn: string
}

/** An entry as a statement shows it: with what its journal says. */
export interface LedgerStatementLine extends LedgerEntry {
  key: string
  phase: LedgerPhase
  movement: string
  bookedAt: string
  valueOn: string
  bankAt?: string
  evidence: { kind: string; reference: string; digest: string }
}

export interface LedgerBlock {
  /** from 1, without a gap */
  number: bigint
  /** its last journal; it begins behind the last of the block before */
  lastId: bigint
  journals: number
  hash: string
  sealedAt: string
}

/** One rule that the ledger does not keep, and where. */
export interface LedgerBreach {
  rule:
    | 'journal-balances'
    | 'journal-whole'
    | 'hold-ends-once'
    | 'hold-covers'
    | 'covered'
    | 'counters-follow'
    | 'pending-follows'
    | 'versions-follow'
    | 'owner-balances'
    | 'bond-adds-up'
    | 'day-balances'
    | 'total-balances'
  /** the journal, day, owner or account */
  at: string
  /** fen by which it is off, or entries where the rule counts them */
  off: bigint
}

export interface LedgerStore {
  /**
   * Posts one order. Orders of one moment share a statement and are judged each for itself.
   * @throws BrokerError ledger_try_again: the database undid it or was lost, several times; whether it was written is unknown, and asking again under the same key is safe
   */
  post(order: LedgerOrder): Promise<LedgerAnswer>
  journal(key: string): Promise<LedgerJournal | undefined>
  account(owner: string, kind: LedgerAccountKind): Promise<LedgerAccount | undefined>
  /** at most one a kind */
  accountsOf(owner: string): Promise<LedgerAccount[]>
  /** the sum over all accounts of a bank and kind, on demand */
  total(bank: string, kind: LedgerAccountKind): Promise<Pick<LedgerAccount, 'debitsPending' | 'creditsPending' | 'debitsPosted' | 'creditsPosted'>>
  /** posted debits less posted credits after the last entry up to and including a day */
  balanceAfter(account: bigint, day: string): Promise<bigint>
  /** entries of one day in their order, behind a version */
  statement(account: bigint, day: string, after: bigint, limit: number): Promise<LedgerStatementLine[]>
  /** all that was moved or reserved for an owner in its order, behind a journal and entry */
  history(owner: string, after: { journal: bigint; n: number }, limit: number): Promise<LedgerStatementLine[]>
  /** holds whose time ended in this span and that nobody ended, the oldest first */
  overdueHolds(from: Date, to: Date, limit: number): Promise<LedgerJournal[]>

  /** the newest block */
  head(): Promise<LedgerBlock | undefined>
  blocks(after: bigint, limit: number): Promise<LedgerBlock[]>
  /**
   * The last journal below which none is under way any more.
   * @returns undefined where somebody writes for so long that it was not waited for
   */
  settled(): Promise<bigint | undefined>
  /** journals of these numbers with their entries, in their order: behind `after`, up to and including `last` */
  between(after: bigint, last: bigint, limit: number): Promise<{ journal: LedgerJournal; entries: LedgerEntry[] }[]>
  /** @returns false where another process has written the block of this number */
  addBlock(block: LedgerBlock): Promise<boolean>
  /** Closes a day and all before it. @returns false where it is closed; undefined where somebody writes for so long that it was not waited for */
  closeDay(day: string, at: Date): Promise<boolean | undefined>
  /** the first closed day that ends behind a journal */
  dayBehind(journal: bigint): Promise<{ day: string; lastId: bigint } | undefined>
  /** a closed day, and the hash with which it ended once its block is written */
  closedDay(day: string): Promise<{ day: string; lastId: bigint; root?: string } | undefined>

  /** rules that journals of these numbers break: behind `after`, up to and including `last` */
  breachesOfJournals(after: bigint, last: bigint, limit: number): Promise<LedgerBreach[]>
  /** rules that accounts of these numbers break, and the bonds they belong to: behind `after`, up to and including `last` */
  breachesOfAccounts(after: bigint, last: bigint, limit: number): Promise<LedgerBreach[]>
  /** rules that the whole breaks: every day and the total */
  breachesOfWhole(limit: number): Promise<LedgerBreach[]>
  /** the largest numbers given so far */
  extent(): Promise<{ journal: bigint; account: bigint }>
}
