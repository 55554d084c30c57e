/** Every code that a check can have, read out of the tables that say its words, and the line that docs/verify-seals.md has for it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check as cms } from '../../../server/seals/cms/checks.ts'
import { check as ofd } from '../../../server/seals/ofd/checks.ts'
import { check as pdf } from '../../../server/seals/pdf/words.ts'
import type { Check } from '../../../server/seals/report.ts'
import { check as values } from '../../../server/seals/values/words.ts'
import { check as xml } from '../../../server/seals/xml/checks.ts'

const TABLES: Readonly<Record<string, (code: never, ok: 'no') => Check>> = {
  'values/words.ts': values,
  'pdf/words.ts': pdf,
  'ofd/checks.ts': ofd,
  'xml/checks.ts': xml,
  'cms/checks.ts': cms,
}
export const tables = Object.keys(TABLES)

/** @param table one of `tables` */
export function codesIn(table: string): string[] {
  const source = readFileSync(join(import.meta.dirname, '../../../server/seals', table), 'utf8')
  const [, after = ''] = /^(?:const rows = \{|const ROWS = \{|export const check = linesOf\(\{)\n([\s\S]*?)^\} as const/im.exec(source) ?? []
  return [...after.matchAll(/^ {2}'?([a-z][a-z-]*)'?: (?:row\(|\{)/gm)].flatMap(([, code]) => (code === undefined ? [] : [code]))
}

/** | code | question | what it means when it does not hold | */
export function lineOf(table: string, code: string): string {
  const { of, zh, en } = TABLES[table]?.(code as never, 'no') ?? { of: '', zh: '', en: '' }
  return `| \`${code}\` | ${of} | ${zh.replace(/。$/, '')}<br>${en.replace(/\.$/, '')} |`
}
