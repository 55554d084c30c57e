import type { LedgerAccountKind, LedgerLine, LedgerSide } from '../../storage/stores-ledger.ts'
import { ACCOUNTS } from './accounts.ts'

/** What happens to money, as debits and credits. Every movement balances for each of its owners. Owns their meaning; what may happen when is for whoever calls. Amounts are fen; parts of nothing are left out. */
type MovementKind = 'receipt' | 'match' | 'assign' | 'interest' | 'refund' | 'forfeit' | 'perform' | 'charge' | 'payout'
export interface Movement {
  kind: MovementKind
  lines: readonly LedgerLine[]
}

/** Whose money, and at which bank it lies. */
export interface Place {
  owner: string
  bank: string
}

/** The bank received money. It is a fact and never refused for what it is: what fits no bond goes to suspense, under the receipt's own number. */
export const receipt = (at: Place, amount: bigint, into: 'bond' | 'suspense'): Movement =>
  movement('receipt', [line(at, 'settlement', 'debit', amount), line(at, into, 'credit', amount)])

/** What stood in suspense is a bond's: the money at the bank goes with it. Both lie at one bank. */
export const match = (bank: string, from: { receipt: string }, to: { bond: string }, amount: bigint): Movement => {
  const [receiptAt, bondAt] = [
    { bank, owner: from.receipt },
    { bank, owner: to.bond },
  ]
  return movement('match', [
    line(receiptAt, 'suspense', 'debit', amount),
    line(receiptAt, 'settlement', 'credit', amount),
    line(bondAt, 'settlement', 'debit', amount),
    line(bondAt, 'bond', 'credit', amount),
  ])
}

/** What stood in suspense counts as the bond now. */
export const assign = (at: Place, amount: bigint): Movement => within('assign', at, 'suspense', 'bond', amount)

/** The bank credited interest, which is the bidder's. */
export const interest = (at: Place, amount: bigint): Movement =>
  movement('interest', [line(at, 'settlement', 'debit', amount), line(at, 'interest', 'credit', amount)])

/**
 * Money goes back to who paid, with interest, in one journal with whatever of it is kept on legal grounds.
 * @param from what is owed and ends with this, by account
 * @param kept what of it does not go back; the rest leaves the bank
 */
export function refund(
  at: Place,
  from: Partial<Record<'bond' | 'interest' | 'suspense', bigint>>,
  kept: Partial<Record<'forfeited' | 'performance' | 'fee', bigint>> = {},
): Movement {
  const [debits, credits] = [partsOf(at, from, 'debit'), partsOf(at, kept, 'credit')]
  return movement('refund', [...debits, line(at, 'settlement', 'credit', sumOf(debits) - sumOf(credits)), ...credits])
}

/** The bond is kept, on legal grounds. */
export const forfeit = (at: Place, amount: bigint): Movement => within('forfeit', at, 'bond', 'forfeited', amount)
/** The winner's bond becomes the bond for the performance of the contract. */
export const perform = (at: Place, amount: bigint): Movement => within('perform', at, 'bond', 'performance', amount)
/** A fee is taken out of the bond. */
export const charge = (at: Place, amount: bigint): Movement => within('charge', at, 'bond', 'fee', amount)

/** What was kept leaves the bank: to the beneficiary, or back when the contract is performed. */
export const payout = (at: Place, from: 'forfeited' | 'performance' | 'fee', amount: bigint): Movement =>
  within('payout', at, from, 'settlement', amount)

const movement = (kind: MovementKind, lines: readonly LedgerLine[]): Movement => ({ kind, lines })

const within = (kind: MovementKind, at: Place, from: LedgerAccountKind, to: LedgerAccountKind, amount: bigint): Movement =>
  movement(kind, [line(at, from, 'debit', amount), line(at, to, 'credit', amount)])

const line = (at: Place, kind: LedgerAccountKind, side: LedgerSide, amount: bigint): LedgerLine => ({
  kind,
  owner: at.owner,
  bank: at.bank,
  normal: ACCOUNTS[kind].normal,
  side,
  amount,
})

function partsOf(at: Place, parts: Partial<Record<LedgerAccountKind, bigint>>, side: LedgerSide): LedgerLine[] {
  const kinds: readonly LedgerAccountKind[] = ['bond', 'interest', 'suspense', 'forfeited', 'performance', 'fee']
  return kinds.flatMap(kind => (parts[kind] === undefined || parts[kind] === 0n ? [] : [line(at, kind, side, parts[kind])]))
}

const sumOf = (lines: readonly LedgerLine[]): bigint => lines.reduce((sum, { amount }) => sum + amount, 0n)
