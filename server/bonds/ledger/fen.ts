import { BrokerError } from '../../kernel/errors.ts'

/** Money is whole fen in a bigint, here and in the database: no float ever holds an amount, and JSON has it as a text of digits. */

/** Ten billion yuan: above any bond, and far below what the database's 64 bits hold in sums. */
export const MOST_FEN = 1_000_000_000_000n

/** @param text digits without sign, point or leading zero @throws BrokerError ledger_malformed */
export function readFen(text: string): bigint {
  if (!/^[1-9]\d{0,12}$/.test(text) || BigInt(text) > MOST_FEN)
    throw new BrokerError('ledger_malformed', 'an amount is whole fen, from 1 to ten billion yuan')
  return BigInt(text)
}

/** The only currency that is booked. @throws BrokerError ledger_currency_refused */
export function onlyCny(currency: string): void {
  if (currency !== 'CNY') throw new BrokerError('ledger_currency_refused', 'only CNY is booked', { expected: 'CNY' })
}
