import { type DayRow, readRow, writeRow } from './row.ts'

/** What two files of one day can differ in. Owns the names, and the one spelling of a difference, the same whichever end finds it: both ends' lists have one digest when they agree. */
export const DIFFERENCES = ['bank-only', 'platform-only', 'amount', 'payer', 'state', 'time', 'serial', 'duplicate'] as const
export type DifferenceKind = (typeof DIFFERENCES)[number]
export type Side = 'bank' | 'platform'

export interface Difference {
  kind: DifferenceKind
  key: string
  /** the rows as the two ends have them; of a duplicate, the one too many */
  bank?: DayRow
  platform?: DayRow
  /** one-sided, of this day: it waits for the next day's file before it counts */
  doubtful?: true
}

export const oneSided = (side: Side): DifferenceKind => (side === 'bank' ? 'bank-only' : 'platform-only')

/** In what a pair differs. What one end was not told is no difference. */
export function differencesOf(bank: DayRow, platform: DayRow): DifferenceKind[] {
  const told = (name: 'at' | 'payer' | 'serial') => bank[name] !== '' && platform[name] !== '' && bank[name] !== platform[name]
  const found: DifferenceKind[] = []
  if (bank.fen !== platform.fen || bank.direction !== platform.direction) found.push('amount')
  if (told('payer')) found.push('payer')
  if (bank.state !== platform.state) found.push('state')
  if (bank.value !== platform.value || told('at')) found.push('time')
  if (told('serial')) found.push('serial')
  return found
}

/** One line of a list of differences, without its line feed. */
export function writeDifference({ kind, key, bank, platform, doubtful }: Difference): string {
  return JSON.stringify([
    kind,
    key,
    bank === undefined ? '' : writeRow(bank, 'csv'),
    platform === undefined ? '' : writeRow(platform, 'csv'),
    doubtful === true,
  ])
}

/** Reads what `writeDifference` wrote here. */
export function readDifference(line: string): Difference {
  const [kind, key, bank, platform, doubtful] = JSON.parse(line) as [DifferenceKind, string, string, string, boolean]
  return {
    ...{ kind, key },
    ...(bank === '' ? {} : { bank: readRow(bank, 'csv', 0) }),
    ...(platform === '' ? {} : { platform: readRow(platform, 'csv', 0) }),
    ...(doubtful ? { doubtful: true as const } : {}),
  }
}

/** By key, then kind, then the rows: an order that any program can make. */
export const orderOf = (difference: Difference): string =>
  `${difference.key}\n${difference.kind}\n${difference.bank?.serial ?? ''}\n${difference.platform?.serial ?? ''}\n${writeDifference(difference)}`
