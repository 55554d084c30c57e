import { BrokerError } from '../kernel/errors.ts'

/**
 * The narrow way to the database that hot paths use, the same on the embedded database and on a server. Owns: sending a named statement, counting what was
 * really sent, and the one translation of "the database is away". Does not own what the statements say: that stands with each store.
 */
export interface Sql {
  /** @template Row what the statement's own select list says; the statement and its Row stand side by side in a store */
  query<Row extends object>(statement: Statement, values: readonly Value[]): Promise<Row[]>
  /** several statements in one text, without values */
  exec(text: string): Promise<void>
  /** the same without a name and counted by its first word, for libraries that write their own SQL */
  run(text: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  counter: Counter
  close(): Promise<void>
}

export type Value = string | number | boolean | null | readonly (string | number | boolean | null)[]

/**
 * On a server, small statements share a connection with their like (lane.ts): `swift` ones neither wait for the disk nor take long, `durable` ones wait for the disk and
 * take no longer, and the audit record's have a lane of their own, to commit beside the others and not behind them.
 */
export type LaneName = 'swift' | 'durable' | 'audit'

/** `name` is the name of the prepared statement on a server: one name, one text. Without a lane it goes through the pool. */
export interface Statement {
  name: string
  kind: 'read' | 'write'
  text: string
  lane?: LaneName
}

export const read = (name: string, text: string): Statement => ({ name, kind: 'read', text })
export const inLane = (lane: LaneName, statement: Statement): Statement => ({ ...statement, lane })
export const write = (name: string, text: string): Statement => ({ name, kind: 'write', text })

/**
 * In the FROM clause of a write whose loss in the last instant before a crash does no harm: its commit does not wait for the disk. It holds for the
 * statement's own transaction only (the third argument), so that one pool of connections serves both kinds of commit.
 */
export const RELAXED = `set_config('synchronous_commit', 'off', true)`

export interface Counter {
  reads: number
  writes: number
}

/** Counts a statement of a library by its first word; BEGIN, SET and their like are neither. */
export function count(counter: Counter, text: string): void {
  const word = /^[\s(]*([a-z]+)/i.exec(text)?.[1]?.toUpperCase()
  if (word === 'SELECT') counter.reads++
  else if (word === 'INSERT' || word === 'UPDATE' || word === 'DELETE' || word === 'WITH') counter.writes++
}

const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
])

/** SQLSTATE or the library's own code of anything a driver threw. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}

/** Is it the row that is wrong (then others may pass), rather than the connection or the server? SQLSTATE classes 21, 22, 23, 40 and 54. */
export const isRowError = (thrown: unknown): boolean => /^(21|22|23|40|54)[0-9A-Z]{3}$/.test(errorCode(thrown) ?? '')

/** SQLSTATE: another row has the key */
export const UNIQUE_VIOLATION = '23505'

/** A deadlock or a serialization failure (SQLSTATE class 40): the statement was undone and may be sent again. */
export const isUndone = (thrown: unknown): boolean => /^40[0-9A-Z]{3}$/.test(errorCode(thrown) ?? '')

/**
 * Does what was thrown say nothing about what was asked, so that the same may be asked again where asking twice does no harm? What the database undid (class 40), a lock that was not to be had (55P03), a unique
 * key for which another statement was faster (23505: asked again, it is found), a write conflict or an expired transaction of the generated client, and a database that is away.
 */
export const isRetryable = (thrown: unknown): boolean =>
  isUndone(thrown) ||
  ['55P03', UNIQUE_VIOLATION, 'P2034', 'P2028'].includes(errorCode(thrown) ?? '') ||
  (thrown instanceof BrokerError && thrown.code === 'database_unavailable')

/** What a driver threw, with "the database is away" said in our words: SQLSTATE classes 08, 53, 57, 58, socket errors, a pool that waited too long. */
export function storageError(thrown: unknown): unknown {
  if (thrown instanceof BrokerError) return thrown
  const code = errorCode(thrown) ?? ''
  const text = thrown instanceof Error ? thrown.message : ''
  const away =
    AWAY.has(code) ||
    /^(08|53|57|58)[0-9A-Z]{3}$/.test(code) ||
    /timeout exceeded when trying to connect|Connection terminated|PGlite is closed/.test(text)
  return away ? new BrokerError('database_unavailable', text, { cause: thrown }) : thrown
}

/** Runs work of the generated client, translating errors as `storageError` does. */
export async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw storageError(thrown)
  }
}
