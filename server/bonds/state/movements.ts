import type { BondTotals, Finding, Tag } from '../../storage/stores-bonds.ts'
import type { GroundId } from './grounds.ts'

/** The money that an event moves, told to whoever keeps the ledger: one list a step, to be posted together. All amounts are whole fen above zero. */
export type Movement =
  /** into the bond, or to suspense with the finding as its reason */
  | { kind: 'received'; into: 'bond' | 'suspense'; finding: Finding; fen: bigint }
  /** out of suspense into the bond */
  | { kind: 'matched'; fen: bigint }
  | { kind: 'frozen'; fen: bigint }
  | { kind: 'forfeited'; fen: bigint; ground: GroundId; article: string }
  | { kind: 'to-performance'; fen: bigint }
  | { kind: 'fee'; fen: bigint }
  /** deposit interest is the bank's, interest for lateness its who was late */
  | { kind: 'interest'; of: 'deposit' | 'late'; fen: bigint }
  /** the way it came: the bank's own receipt says to whom */
  | { kind: 'refund-ordered'; order: string; receipt: { bank: string; serial: string }; toAccount: Tag; fen: bigint; interestFen: bigint }
  | { kind: 'returned'; order: string; toAccount: Tag; fen: bigint; interestFen: bigint }
  /** the order is void; nothing moved */
  | { kind: 'refund-void'; order: string }
  /** the bank reports a payment that was not ordered so: for the worklist, not for the bond's balance */
  | { kind: 'unexplained'; fen: bigint; toAccount: Tag }
  /** a demand on the guarantor */
  | { kind: 'claimed'; fen: bigint; ground: GroundId; article: string }

/** What is still there, in fen. */
export const balanceOf = (totals: BondTotals): bigint =>
  totals.in - totals.forfeited - totals.fee - totals.toPerformance + totals.interest - totals.returned

export const NOTHING: BondTotals = { in: 0n, forfeited: 0n, fee: 0n, toPerformance: 0n, interest: 0n, returned: 0n }
