import { inLane, read, type Sql, write } from './sql.ts'
import type { PayerKeyEdition, PayerKeyStore } from './stores-reconciliation.ts'

/** Editions of the keys by which banks code payers. Owns that a number stands for one edition; none is taken away or changed. */
export function createPayerKeyStore(sql: Sql): PayerKeyStore {
  return {
    all: async () => (await sql.query<Columns>(ALL, [])).map(({ begun_at, ...row }) => ({ ...row, begunAt: begun_at.toISOString() })),
    add: async ({ bank, edition, begunAt, by, integrity }) => (await sql.query(ADD, [bank, edition, begunAt, by, integrity])).length === 1,
  }
}

type Columns = Omit<PayerKeyEdition, 'begunAt'> & { begun_at: Date }

const ALL = read('payer_key_editions', `SELECT bank, edition, begun_at, by, integrity FROM payer_key_edition ORDER BY bank, edition`)
const ADD = inLane(
  'durable',
  write(
    'payer_key_edition_add',
    `INSERT INTO payer_key_edition (bank, edition, begun_at, by, integrity) VALUES ($1, $2::int, $3::timestamptz, $4, $5)
     ON CONFLICT DO NOTHING RETURNING edition`,
  ),
)
