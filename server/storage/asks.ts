import { hours } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { Ask, AskStore } from './stores-authorization.ts'

/** What persons are asked on another screen. Owns that of any number of answers to one ask exactly one is saved; its states and who may move them are authorization/asks.ts. */
export function createAskStore(sql: Sql): AskStore {
  const find = createBatch<string, Columns | undefined>({
    async run(ids) {
      const rows = await sql.query<Columns>(FIND, [[...new Set(ids)]])
      const byId = new Map(rows.map(row => [row.id, row]))
      return ids.map(id => byId.get(id))
    },
  })
  return {
    async insert(...asks) {
      await sql.query(INSERT, [
        asks.map(ask => ask.id),
        asks.map(ask => ask.kind),
        asks.map(ask => ask.state),
        asks.map(ask => ask.version),
        asks.map(ask => ask.membershipId ?? null),
        asks.map(ask => ask.subject),
        asks.map(ask => JSON.stringify(ask)),
        asks.map(ask => ask.createdAt),
        asks.map(ask => ask.expiresAt),
        asks.map(ask => new Date(Date.parse(ask.expiresAt) + KEPT).toISOString()),
      ])
    },
    async find(id) {
      const row = await find(id)
      return row && askOf(row)
    },
    async save(ask) {
      const saved = { ...ask, version: ask.version + 1 }
      const rows = await sql.query(SAVE, [ask.id, ask.version, saved.state, saved.membershipId ?? null, JSON.stringify(saved)])
      return rows.length === 1 ? saved : undefined
    },
    inbox: async (membershipId, at, limit) => (await sql.query<Columns>(INBOX, [membershipId, at.toISOString(), limit])).map(askOf),
    ofSubject: async (kind, subject, limit) => (await sql.query<Columns>(OF_SUBJECT, [subject, kind, limit])).map(askOf),
  }
}

/** how long a row outlives its ask */
const KEPT = hours(1)

interface Columns {
  id: string
  version: number
  body: string
}
const askOf = ({ version, body }: Columns): Ask => ({ ...readJson<Ask>(body), version })

const COLUMNS = 'id, version, body'
const INSERT = write(
  'ask_insert',
  `INSERT INTO ask (id, kind, state, version, membership_id, subject, body, created_at, ends_at, expires_at)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])`,
)
const FIND = inLane('swift', read('ask_find', `SELECT ${COLUMNS} FROM ask WHERE id = ANY($1::text[])`))
const SAVE = inLane(
  'durable',
  write(
    'ask_save',
    `UPDATE ask SET version = version + 1, state = $3, membership_id = $4::text, body = $5 WHERE id = $1 AND version = $2::int RETURNING id`,
  ),
)
const INBOX = read(
  'ask_inbox',
  `SELECT ${COLUMNS} FROM ask WHERE membership_id = $1 AND state IN ('waiting', 'opened') AND ends_at > $2::timestamptz ORDER BY created_at DESC, id LIMIT $3`,
)
const OF_SUBJECT = read('ask_of_subject', `SELECT ${COLUMNS} FROM ask WHERE subject = $1 AND kind = $2 ORDER BY created_at, id LIMIT $3`)
