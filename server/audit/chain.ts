import { hash } from 'node:crypto'
import type { AuditRow } from '../storage/stores-audit.ts'

/** What stands before the first event. */
export const GENESIS = '0'.repeat(64)

/**
 * SM3 over the previous hash and every column of the row, as one JSON array: so that no two rows run together into the same text.
 * @returns lower-case hexadecimal
 */
export function chainHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  return hash('sm3', JSON.stringify([previous, row.seq, row.at, row.code, row.trace, row.body]), 'hex')
}

/** One text for one set of facts, whatever order they were gathered in. */
export function canonical(facts: Record<string, string | number | boolean>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))))
}
