import type { Value } from './sql.ts'

/**
 * A parameter as the server reads it: an array becomes an array literal (PostgreSQL manual, 8.15.2). The driver does the same element by element with two regular expressions over
 * each; the records of a login are long texts full of quotes, and JSON's own quoting, which is the same for everything but control characters, is many times faster.
 */
export const asParameter = (value: Value): string | number | boolean | null => (isArray(value) ? `{${value.map(element).join(',')}}` : value)

const isArray = (value: Value): value is readonly (string | number | boolean | null)[] => Array.isArray(value)

function element(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value !== 'string') return String(value)
  return OTHERWISE_IN_JSON.test(value) ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : JSON.stringify(value)
}

/** control characters, and every half of a surrogate pair: asking for halves that stand alone takes four times as long, and what is escaped without need is still the same text */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for
const OTHERWISE_IN_JSON = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/
