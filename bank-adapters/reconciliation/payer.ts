import { createHmac } from 'node:crypto'
import type { Manifest } from './manifest.ts'
import type { DayRow } from './row.ts'

/**
 * Who paid, as day files have it: a code that both ends make of the account and nobody else can. It is of one payment, so that two of one payer look unlike.
 * @param key what the platform gave this bank
 */
export const payerCode = (key: string, serial: string, account: string): string =>
  createHmac('sm3', key)
    .update(`${serial}\n${account.replaceAll(/[\s-]/g, '')}`)
    .digest('hex')
    .slice(0, 32)

/** The edition of the key that a day file's codes are made with. */
export const editionOf = ({ payerKey = 1 }: Pick<Manifest, 'payerKey'>): number => payerKey

/** Rows as they are where all these files have one edition, and without their payers else: codes under two keys say nothing of each other. Both ends do so, and come to the same. */
export async function* comparable(
  rows: AsyncIterable<readonly DayRow[]>,
  editions: readonly (number | undefined)[],
): AsyncGenerator<readonly DayRow[]> {
  const one = new Set(editions).size === 1
  for await (const lot of rows) yield one ? lot : lot.map(row => ({ ...row, payer: '' }))
}
