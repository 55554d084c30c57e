import { parse as parseYaml } from 'yaml'
import { readBankVariable, type Setting, settings } from './settings.ts'

/** Reads the two sources of configuration into plain values; nothing here decides whether they are right (config.ts). */
export type Problem = { path: readonly (string | number)[]; text: string }

/** The YAML file of SHIELD_CONFIG as a mapping of settings; {} when none is named. */
export async function fromFile(
  path: string | undefined,
  readFile: (path: string) => Promise<string>,
  problems: Problem[],
): Promise<Record<string, unknown>> {
  if (path === undefined || path === '') return {}
  try {
    const text = await readFile(path)
    if (text.length > 512 * 1024) throw new Error('larger than 512 KiB')
    const value: unknown = parseYaml(text, { maxAliasCount: 20 }) ?? {}
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('must be a mapping of settings')
    return asObject(value)
  } catch (error) {
    problems.push({ path: [], text: `cannot be read: ${error instanceof Error ? error.message.split('\n', 1)[0] : 'unreadable'}` })
    return {}
  }
}

/** What the variables say, by the rows of settings.ts; a secret may come from the file named in `<variable>_FILE`. */
export async function fromEnvironment(
  env: Record<string, string | undefined>,
  readFile: (path: string) => Promise<string>,
  problems: Problem[],
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const row of settings) {
    const path = row.path.split('.')
    let text = env[row.variable] ?? (row.path === 'databaseUrl' ? env['DATABASE_URL'] : undefined)
    const file = row.secret === true ? env[`${row.variable}_FILE`] : undefined
    if (file !== undefined && file !== '') {
      text = await readFile(file).then(
        content => content.trim(),
        () => {
          problems.push({ path, text: `its file cannot be read (${row.variable}_FILE)` })
          return undefined
        },
      )
    }
    if (text !== undefined && text !== '') put(found, path, readText(text, row.kind))
  }
  for (const [variable, text] of Object.entries(env)) {
    const bank = readBankVariable(variable)
    if (bank !== undefined && text !== undefined && text !== '') put(found, ['banks', bank.bank, bank.field], text)
  }
  return found
}

/** What cannot be read as its kind stays text, and the schema then says what was wanted. */
function readText(text: string, kind: Setting['kind']): unknown {
  switch (kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'list':
      return text
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== '')
    case 'proxy':
      return text === 'false' ? false : /^\d+$/.test(text) ? Number(text) : text
    case 'text':
      return text
  }
}

/** One line for each SHIELD_ variable that no row knows: most likely a slip of the pen. */
export function unknownVariables(env: Record<string, string | undefined>): string[] {
  const known = new Set(settings.flatMap(row => (row.secret === true ? [row.variable, `${row.variable}_FILE`] : [row.variable])))
  return Object.keys(env)
    .filter(name => name.startsWith('SHIELD_') && name !== 'SHIELD_CONFIG' && !known.has(name) && readBankVariable(name) === undefined)
    .map(name => `${name} is not a setting of the broker and was ignored`)
}

/** Deep merge of mappings; `over` wins. */
export function merge(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isObject(value) && isObject(merged[key]) ? merge(asObject(merged[key]), value) : value
  }
  return merged
}

function put(target: Record<string, unknown>, [head = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[head] = value
  else {
    const inner = { ...asObject(target[head]) }
    put(inner, rest, value)
    target[head] = inner
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
export const asObject = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
