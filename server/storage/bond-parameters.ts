import { read, type Sql, write } from './sql.ts'
import type { BondParameter, BondParameterStore } from './stores-bonds.ts'

/** Calendar years, rates and banks' hours. Owns that a revision is written once and never changed; what is in one is bonds/'s. */
export function createBondParameterStore(sql: Sql): BondParameterStore {
  return {
    add: async ({ kind, key, revision, body, by, at }) => (await sql.query(ADD, [kind, key, revision, body, by, at])).length === 1,
    current: async kind => (await sql.query<Row>(CURRENT, [kind])).map(row => ({ ...row, kind, at: row.at.toISOString() })),
  }
}

type Row = Omit<BondParameter, 'at' | 'kind'> & { at: Date }

const ADD = write(
  'bond_parameter_add',
  `INSERT INTO bond_parameter (kind, key, revision, body, by, at) VALUES ($1, $2, $3::int, $4, $5, $6::timestamptz) ON CONFLICT DO NOTHING RETURNING revision`,
)
const CURRENT = read(
  'bond_parameters',
  `SELECT DISTINCT ON (key) key, revision, body, by, at FROM bond_parameter WHERE kind = $1 ORDER BY key, revision DESC`,
)
