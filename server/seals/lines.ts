import type { Answer, Check } from './report.ts'

/** Owns how the lines of a report are written: a table of what each check says for each answer, in both languages. */
export interface Words {
  of: Check['of']
  yes?: Pair
  no?: Pair
  /** absent: what could not be asked is said in the words of `no` */
  unknown?: Pair
}
export type Pair = readonly [zh: string, en: string]

/**
 * @param most letters of `facts`, so that a report can carry them
 * @returns makes a line of the table's check `code`; facts are numbers, names, paths, no sentences, and empty ones are none
 */
export function linesOf<Code extends string>(
  table: Readonly<Record<Code, Words>>,
  most = 300,
): (code: Code, ok: Answer | boolean, facts?: string) => Check {
  return (code, ok, facts = '') => {
    const answer = ok === true ? 'yes' : ok === false ? 'no' : ok
    const row = table[code]
    const [zh, en] = row[answer] ?? row.no ?? row.unknown ?? row.yes ?? ['', '']
    return { code, of: row.of, ok: answer, zh, en, ...(facts === '' ? {} : { facts: facts.slice(0, most) }) }
  }
}
