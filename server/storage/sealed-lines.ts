import type { Sql, Statement, Value } from './sql.ts'

/** One sealed event of a bond, a guarantee or an application, in the order in which they happened. */
interface SealedLine {
  number: number
  keyTag: string
  sealed: string
}

/** @param statement answers with number, key_tag and sealed */
export async function sealedLines(sql: Sql, statement: Statement, values: readonly Value[]): Promise<SealedLine[]> {
  const rows = await sql.query<{ number: number; key_tag: string; sealed: string }>(statement, values)
  return rows.map(({ number, key_tag, sealed }) => ({ number, keyTag: key_tag, sealed }))
}
