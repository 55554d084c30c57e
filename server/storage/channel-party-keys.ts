import { inLane, read, type Sql, write } from './sql.ts'
import type { PartyKeyRow, PartyKeyStore } from './stores-channel.ts'

/** Encryption certificates of banks that an operator registered. Owns that one is added once, and ended on the version it was judged by; none is taken away, since messages under way are still encrypted to it. */
export function createPartyKeyStore(sql: Sql): PartyKeyStore {
  return {
    all: async () => (await sql.query<Columns>(ALL, [])).map(rowOf),
    add: async row =>
      (await sql.query(ADD, [row.party, row.id, row.certificate, row.from, row.until ?? null, row.by, row.integrity, row.createdAt])).length === 1,
    end: async ({ party, id, until, revokedAt, version, by, integrity }) =>
      (await sql.query(END, [party, id, until ?? null, revokedAt ?? null, by, integrity, version])).length === 1,
  }
}

interface Columns {
  party: string
  id: string
  certificate: string
  from_at: Date
  until_at: Date | null
  revoked_at: Date | null
  version: number
  by: string
  integrity: string
  created_at: Date
}
const rowOf = (row: Columns): PartyKeyRow => ({
  ...{ party: row.party, id: row.id, certificate: row.certificate, from: row.from_at.toISOString(), version: row.version, by: row.by },
  ...{ integrity: row.integrity, createdAt: row.created_at.toISOString() },
  ...(row.until_at === null ? {} : { until: row.until_at.toISOString() }),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
})

const durable = (name: string, text: string) => inLane('durable', write(name, text))
const ALL = read('channel_party_keys', `SELECT * FROM channel_party_key ORDER BY party, from_at, id`)
const ADD = durable(
  'channel_party_key_add',
  `INSERT INTO channel_party_key (party, id, certificate, from_at, until_at, version, by, integrity, created_at)
   VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, 1, $6, $7, $8::timestamptz) ON CONFLICT DO NOTHING RETURNING id`,
)
const END = durable(
  'channel_party_key_end',
  `UPDATE channel_party_key SET until_at = $3::timestamptz, revoked_at = $4::timestamptz, by = $5, integrity = $6, version = $7::int
   WHERE party = $1 AND id = $2 AND version = $7::int - 1 RETURNING id`,
)
