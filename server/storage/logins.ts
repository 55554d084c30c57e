import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { LoginRecord, LoginStore } from './stores-logins.ts'

/** Logins under way, in an unlogged table: one row a login, our record and the provider's interaction side by side. The version of record is the column; the copy in the text is ignored. */
export function createLoginStore(sql: Sql, clock: Clock): LoginStore {
  const put = createBatch<{ record: LoginRecord; interaction: Record<string, unknown> }, undefined>({
    async run(items) {
      // the last of two writes of one login stands, as if they had come one after the other
      const rows = [...new Map(items.map(item => [item.record.id, item])).values()]
      await sql.query(PUT, [
        rows.map(({ record }) => record.id),
        rows.map(({ record }) => record.version),
        rows.map(({ record }) => JSON.stringify(record)),
        rows.map(({ interaction }) => JSON.stringify(interaction)),
        rows.map(({ record }) => record.expiresAt),
      ])
      return items.map(() => undefined)
    },
  })

  const find = createBatch<string, LoginRow | undefined>({
    async run(ids) {
      const rows = await sql.query<LoginRow>(FIND, [[...new Set(ids)], clock.now().toISOString()])
      const byId = new Map(rows.map(row => [row.id, row]))
      return ids.map(id => byId.get(id))
    },
  })

  const save = createBatch<LoginRecord, boolean>({
    key: record => record.id,
    async run(records) {
      const rows = await sql.query<{ id: string }>(SAVE, [
        records.map(record => record.id),
        records.map(record => record.version),
        records.map(record => JSON.stringify(record)),
        records.map(record => record.expiresAt),
        clock.now().toISOString(),
      ])
      const saved = new Set(rows.map(row => row.id))
      return records.map(record => saved.has(record.id))
    },
  })

  const remove = createBatch<string, undefined>({
    async run(ids) {
      await sql.query(REMOVE, [[...new Set(ids)]])
      return ids.map(() => undefined)
    },
  })

  return {
    put: (record, interaction) => put({ record, interaction }),
    async find(id) {
      const row = await find(id)
      if (row === undefined) return undefined
      return new Found(row)
    },
    async save(record) {
      if (await save(record)) return { ...record, version: record.version + 1 }
      throw new BrokerError('login_moved_on', 'the login was saved by another request, or has ended', {
        received: `version ${record.version}`,
        expected: 'the stored version',
      })
    },
    remove,
  }
}

/** A class for its accessor's sake: one made with each object would keep the row's texts long after (server/http/context.ts says why). */
class Found {
  readonly record: LoginRecord
  readonly #interaction: string

  constructor(row: LoginRow) {
    this.record = { ...readJson<LoginRecord>(row.record), version: row.version }
    this.#interaction = row.interaction
  }

  /** only the provider wants it: the login's own pages read the record alone */
  get interaction(): Record<string, unknown> {
    return readJson(this.#interaction)
  }
}

interface LoginRow {
  id: string
  version: number
  record: string
  interaction: string
}

const PUT = inLane(
  'swift',
  write(
    'login_put',
    `INSERT INTO login (id, version, record, interaction, expires_at)
   SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
   ON CONFLICT (id) DO UPDATE SET version = excluded.version, record = excluded.record, interaction = excluded.interaction, expires_at = excluded.expires_at`,
  ),
)
const FIND = inLane(
  'swift',
  read('login_find', `SELECT id, version, record, interaction FROM login WHERE id = ANY($1::text[]) AND expires_at > $2::timestamptz`),
)
const SAVE = inLane(
  'swift',
  write(
    'login_save',
    `UPDATE login SET version = login.version + 1, record = new.record, expires_at = new.expires_at
   FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[]) AS new (id, version, record, expires_at)
   WHERE login.id = new.id AND login.version = new.version AND login.expires_at > $5::timestamptz
   RETURNING login.id`,
  ),
)
const REMOVE = inLane('swift', write('login_remove', `DELETE FROM login WHERE id = ANY($1::text[])`))
