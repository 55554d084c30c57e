import type { FinancingOffer } from '../../storage/stores-financing.ts'

/** What an offer costs in all, in whole fen, exactly: simple interest for the whole term over 360 days, half a fen up, and the fees. Owns the comparison, which knows nothing of a bank but what it offers. */
const MILLION = 1_000_000n
const YEAR = 360n

export type Terms = Pick<FinancingOffer, 'fen' | 'rateMillionths' | 'termDays' | 'feeFen'>

export function interestOf({ fen, rateMillionths, termDays }: Terms): bigint {
  const whole = YEAR * MILLION
  return (2n * fen * BigInt(rateMillionths) * BigInt(termDays) + whole) / (2n * whole)
}

export const totalCostOf = (terms: Terms): bigint => interestOf(terms) + terms.feeFen

/** What it costs in all for a year, in millionths of the amount, rounded up: fees count, so that offers of other amounts and terms can be held beside each other. */
export function yearlyMillionthsOf(terms: Terms): bigint {
  const part = terms.fen * BigInt(terms.termDays)
  return (totalCostOf(terms) * YEAR * MILLION + part - 1n) / part
}

/** The cheapest in all first; of equals the one that costs less a year, then the one that stands longer, then by the offer's own number. */
export const byCost = (a: FinancingOffer, b: FinancingOffer): number =>
  compare(totalCostOf(a), totalCostOf(b)) ||
  compare(yearlyMillionthsOf(a), yearlyMillionthsOf(b)) ||
  compare(b.validUntil, a.validUntil) ||
  compare(a.serial, b.serial)

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
