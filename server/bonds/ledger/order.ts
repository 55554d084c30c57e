import { hash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { LedgerLine, LedgerOrder } from '../../storage/stores-ledger.ts'
import { MOST_FEN } from './fen.ts'

/** What is checked of an order before it goes to the database, and the digest by which asking again is told from asking for something else. Pure. */

/** SM3, lower-case hexadecimal, over everything asked but the trace, as one JSON array: no two orders run together into the same text. */
function contentOf(order: Omit<LedgerOrder, 'content' | 'trace'>): string {
  const { key, phase, movement, valueOn, bankAt, evidence, lines, expiresAt, resolves, reverses } = order
  const asked = [
    'ledger-order-1',
    ...[key, phase, movement, valueOn, bankAt ?? null, evidence.kind, evidence.reference, evidence.digest, expiresAt ?? null],
    ...[
      resolves?.hold ?? null,
      resolves?.outcome ?? null,
      reverses?.key ?? null,
      reverses?.reason ?? null,
      reverses?.askedBy ?? null,
      reverses?.agreedBy ?? null,
    ],
    lines.map(line => [line.kind, line.owner, line.bank, line.side, String(line.amount)]),
  ]
  return hash('sm3', JSON.stringify(asked), 'hex')
}

/** of one journal; the widest movement, a refund with all its parts, has fewer */
const MOST_LINES = 12
/** what names something: visible ASCII, so that no two names look alike or differ unseen */
const NAME = /^[!-~]{1,128}$/
const WORDS = 500

/** @throws BrokerError ledger_malformed, ledger_unbalanced */
function checkOrder(order: LedgerOrder): void {
  const { key, valueOn, bankAt, evidence, lines, expiresAt, resolves, reverses } = order
  for (const name of [key, evidence.kind, evidence.reference, resolves?.hold, reverses?.key, reverses?.askedBy, reverses?.agreedBy]) {
    if (name !== undefined && !NAME.test(name)) throw malformed('a key or reference is 1 to 128 visible ASCII characters')
  }
  if (!/^[0-9a-f]{64}$/.test(evidence.digest)) throw malformed('evidence has an SM3 digest in lower-case hexadecimal')
  if (!isDay(valueOn)) throw malformed('the value date is a date')
  for (const time of [bankAt, expiresAt]) if (time !== undefined && !isTime(time)) throw malformed('a time is ISO 8601 in UTC with milliseconds')
  if (reverses !== undefined) {
    if (reverses.reason.trim() === '' || reverses.reason.length > WORDS || reverses.reason.includes('\0')) throw malformed('a reversal has a reason')
    if (reverses.askedBy === reverses.agreedBy) throw malformed('two persons take a journal back')
  }
  checkLines(lines, order.phase === 'post' || order.phase === 'hold')
}

function checkLines(lines: readonly LedgerLine[], wanted: boolean): void {
  if (lines.length > MOST_LINES || (wanted && lines.length < 2)) throw malformed(`a journal has 2 to ${MOST_LINES} entries`)
  const accounts = new Set<string>()
  const sums = new Map<string, bigint>()
  for (const { kind, owner, bank, side, amount } of lines) {
    if (!NAME.test(owner) || !NAME.test(bank)) throw malformed('an owner or bank is 1 to 128 visible ASCII characters')
    if (amount < 1n || amount > MOST_FEN) throw malformed('an amount is whole fen, from 1 to ten billion yuan')
    accounts.add(`${kind} ${owner}`)
    sums.set(owner, (sums.get(owner) ?? 0n) + (side === 'debit' ? amount : -amount))
  }
  if (accounts.size !== lines.length) throw malformed('an account stands in a journal once')
  for (const sum of sums.values()) if (sum !== 0n) throw new BrokerError('ledger_unbalanced', `debits less credits of an owner are ${sum}`)
}

/** @throws BrokerError ledger_malformed, ledger_unbalanced */
export function ordered(order: Omit<LedgerOrder, 'content'>): LedgerOrder {
  const whole = { ...order, content: contentOf(order) }
  checkOrder(whole)
  return whole
}

const malformed = (facts: string): BrokerError => new BrokerError('ledger_malformed', facts)
const isTime = (text: string): boolean => /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text

/** @param text YYYY-MM-DD, a day there is */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && isTime(`${text}T00:00:00.000Z`)
