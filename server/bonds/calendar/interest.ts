import { BrokerError } from '../../kernel/errors.ts'
import { type Day, daysBetween, plusDays } from './day.ts'

/**
 * Interest on whole fen, in integers throughout. The day the money came counts, the day it goes does not; days are actual, a year has 360 (人民币 deposit practice); simple, without capitalising. What has accrued is an exact
 * fraction, so parts of a period sum to the whole exactly; it becomes fen once, when it is paid, half a fen and more rounding up.
 */
export interface DatedRate {
  /** from this day on, until the next one */
  from: Day
  /** a year's rate in millionths: 3500 is 0.35 % */
  millionths: number
  /** whose rate it is and where it stands */
  basis: string
}

/** An exact amount: so many parts of `PARTS` to the fen. */
export type Accrued = bigint
export const PARTS = 360_000_000n

/**
 * @param fen the principal, not negative
 * @param to the day the money goes; as `from` or later
 * @param rates of one day the last counts; any order
 * @throws BrokerError `bond_rate_missing` where no rate covers the first day; `bad_request` for a negative principal or period
 */
export function accrue(fen: bigint, from: Day, to: Day, rates: readonly DatedRate[]): Accrued {
  if (fen < 0n || to < from) throw new BrokerError('bad_request', `interest on ${fen} fen from ${from} to ${to}`)
  if (from === to || fen === 0n) return 0n
  const ordered = rates.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const first = ordered.findLastIndex(rate => rate.from <= from)
  if (first < 0)
    throw new BrokerError('bond_rate_missing', `no rate is known for ${from}`, { received: from, expected: ordered[0]?.from ?? 'a rate' })
  return ordered.slice(first).reduce((sum, rate, i, all) => {
    const begins = rate.from > from ? rate.from : from
    const next = all[i + 1]?.from ?? to
    const ends = next < to ? next : to
    return ends > begins ? sum + fen * BigInt(rate.millionths) * BigInt(daysBetween(begins, ends)) : sum
  }, 0n)
}

/** Whole fen of what has accrued: the one place where it is rounded, half up. */
export const toFen = (accrued: Accrued): bigint => (accrued * 2n + PARTS) / (PARTS * 2n)

/**
 * What a late refund costs: 财政部令第87号 第三十八条, the central bank's benchmark loan rate and a fifth more, for each day after the last one in time, the day the money goes among them.
 * @param lastDay the last day in time
 * @param to the day the money goes
 * @throws as `accrue`
 */
export function accrueLate(fen: bigint, lastDay: Day, to: Day, loanRates: readonly DatedRate[]): Accrued {
  if (to <= lastDay) return 0n
  return accrue(
    fen,
    plusDays(lastDay, 1),
    plusDays(to, 1),
    loanRates.map(rate => ({ ...rate, millionths: surcharged(rate.millionths) })),
  )
}

function surcharged(millionths: number): number {
  if (millionths % 5 !== 0) throw new BrokerError('bad_request', 'a loan rate is given to five millionths', { received: String(millionths) })
  return (millionths / 5) * 6
}

/** The central bank's benchmarks as they stand, until an operator enters a bank's own. */
export const BENCHMARK_DEPOSIT: readonly DatedRate[] = [{ from: '2012-07-06', millionths: 3500, basis: '中国人民银行 人民币活期存款基准利率 0.35%' }]
export const BENCHMARK_LOAN: readonly DatedRate[] = [
  { from: '2015-10-24', millionths: 43_500, basis: '中国人民银行 金融机构一年以内（含一年）贷款基准利率 4.35%' },
]
