import { BrokerError } from '../../server/kernel/errors.ts'

/**
 * A row of a day file: one movement of money at a bank. Owns its members, what each may hold, and its two spellings. No member can begin with a sign that a spreadsheet takes for a formula, and none needs quoting, so that a
 * line is read by its commas alone.
 */
export const KINDS = ['receipt', 'interest', 'refund', 'payout', 'correction'] as const
type RowKind = (typeof KINDS)[number]
export type RowFormat = 'csv' | 'jsonl'

export interface DayRow {
  kind: RowKind
  /** what both ends call it: `in/<the bank's number>` for money that came, `order/<order>` for what was ordered, `journal/<key>` else */
  reference: string
  /** the bank's number; empty where the platform was told none */
  serial: string
  direction: 'in' | 'out'
  /** whole fen, more than none */
  fen: bigint
  /** by the bank's clock, ISO 8601 in UTC with milliseconds; empty where the platform was told none */
  at: string
  /** from which day it bears interest, YYYY-MM-DD */
  value: string
  state: 'booked' | 'reversed'
  /** code of the payer under the key that both ends share; empty where there is none */
  payer: string
}

const NAMES = ['kind', 'reference', 'serial', 'direction', 'fen', 'at', 'value', 'state', 'payer'] as const satisfies readonly (keyof DayRow)[]
export const CSV_HEADER = NAMES.join(',')

/** bytes of a line; the longest row has some 350 */
export const MOST_LINE = 1024

const FORMS: Readonly<Record<keyof DayRow, RegExp>> = {
  kind: /^(receipt|interest|refund|payout|correction)$/,
  reference: /^(in|order|journal)\/[0-9A-Za-z._:/-]{1,128}$/,
  serial: /^([0-9A-Za-z][0-9A-Za-z._:/-]{0,63})?$/,
  direction: /^(in|out)$/,
  // ten billion yuan, as the ledger has it
  fen: /^[1-9]\d{0,12}$/,
  at: /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)?$/,
  value: /^\d{4}-\d\d-\d\d$/,
  state: /^(booked|reversed)$/,
  payer: /^([0-9a-f]{32})?$/,
}

/** Both ends find a movement by this: what it is, and what it is of. */
export const keyOf = ({ kind, reference }: Pick<DayRow, 'kind' | 'reference'>): string => `${kind} ${reference}`
export const signed = ({ direction, fen }: Pick<DayRow, 'direction' | 'fen'>): bigint => (direction === 'in' ? fen : -fen)

/** @throws BrokerError reconciliation_malformed for a row that no file may hold */
export function writeRow(row: DayRow, format: RowFormat): string {
  const texts = NAMES.map(name => String(row[name]))
  checkTexts(texts, 0)
  return format === 'csv' ? texts.join(',') : jsonOf(texts)
}

/** The one way to write it as JSON: members in their order, nothing between them, fen as a number. */
const jsonOf = (texts: readonly string[]): string =>
  `{${NAMES.map((name, i) => (name === 'fen' ? `"fen":${texts[i]}` : `"${name}":"${texts[i]}"`)).join(',')}}`

/**
 * @param number of the line, for whoever looks for it
 * @throws BrokerError reconciliation_malformed
 */
export function readRow(line: string, format: RowFormat, number: number): DayRow {
  const texts = format === 'csv' ? line.split(',', NAMES.length + 1) : textsOf(line, number)
  return checkTexts(texts, number)
}

function textsOf(line: string, number: number): string[] {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch {
    throw malformed(number, 'not JSON')
  }
  if (typeof said !== 'object' || said === null) throw malformed(number, 'not an object')
  const texts = NAMES.map(name => String(Reflect.get(said, name)))
  // one spelling a row: no member twice, none beside, no escape
  if (jsonOf(texts) !== line) throw malformed(number, 'not the fixed spelling of a row')
  return texts
}

function checkTexts(texts: readonly string[], number: number): DayRow {
  if (texts.length !== NAMES.length) throw malformed(number, `${texts.length} members where ${NAMES.length} are expected`)
  for (const [i, name] of NAMES.entries()) if (!FORMS[name].test(texts[i] ?? '')) throw malformed(number, `${name} is not of its form`)
  const [kind, reference = '', serial = '', direction, fen = '', at = '', value = '', state, payer = ''] = texts
  return {
    ...{ kind: kind as RowKind, reference, serial, direction: direction as DayRow['direction'] },
    ...{ fen: BigInt(fen), at, value, state: state as DayRow['state'], payer },
  }
}

export const malformed = (line: number, facts: string): BrokerError =>
  new BrokerError('reconciliation_malformed', `line ${line}: ${facts}`, { received: `line ${line}`, expected: facts })
