import { chinaDay } from '../../server/kernel/china-time.ts'
import { payerCode } from '../reconciliation/payer.ts'
import type { DayRow } from '../reconciliation/row.ts'
import type { AccountBook } from './account-book.ts'
import type { Trouble } from './trouble.ts'

/** The rows of the mock bank's day files, out of its book: what came, what it paid, and the interest it credited for that. */
export function rowsOfBook(book: AccountBook, payerKey: string | undefined): { day: string; row: DayRow }[] {
  const { in: came, out: went } = book.movements()
  const rows: { day: string; row: DayRow }[] = []
  for (const { serial, payer, fen, at } of came) {
    const day = chinaDay(new Date(at))
    const code = payerKey === undefined ? '' : payerCode(payerKey, serial, payer.account)
    const facts = { serial, fen: BigInt(fen), at: exact(at), value: day, state: 'booked' as const, payer: code }
    rows.push({ day, row: { kind: 'receipt', reference: `in/${serial}`, direction: 'in', ...facts } })
  }
  for (const { serial, order, fen, at, interestFen, valueDay } of went) {
    const day = chinaDay(new Date(at))
    const facts = { reference: `order/${order}`, serial, state: 'booked' as const, payer: '' }
    if (interestFen > 0) {
      const interest = { fen: BigInt(interestFen), at: '', value: valueDay ?? day }
      rows.push({ day, row: { kind: 'interest', direction: 'in', ...facts, ...interest } })
    }
    rows.push({ day, row: { kind: 'refund', direction: 'out', ...facts, fen: BigInt(fen), at: exact(at), value: day } })
  }
  return rows
}

const exact = (at: string): string => new Date(at).toISOString()

/** What the trouble makes of a day's rows, and what it keeps for the next. */
export function troubled(rows: readonly DayRow[], kind: Trouble['dayFile']): { rows: readonly DayRow[]; late: readonly DayRow[] } {
  const [first, ...rest] = rows
  if (first === undefined) return { rows, late: [] }
  switch (kind) {
    case undefined:
      return { rows, late: [] }
    case 'wrong-amount':
      return { rows: [{ ...first, fen: first.fen + 1n }, ...rest], late: [] }
    case 'missing':
      return { rows: rest, late: [] }
    case 'doubled':
      return { rows: [first, first, ...rest], late: [] }
    case 'late':
      return { rows: rest, late: [first] }
    case 'other-payer':
      return { rows: [{ ...first, payer: '0'.repeat(32) }, ...rest], late: [] }
  }
}
