import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { NewOutgoing, OutgoingMessage, OutgoingState, OutgoingStore } from './stores-channel.ts'

/** Messages on their way to a bank. Owns that one process sends each at a time, and that one who was too slow cannot say how it ended. */
export function createOutgoingStore(sql: Sql): OutgoingStore {
  return {
    queue: async message => (await sql.query(QUEUE, valuesOf(message))).length === 1,
    async claim(lease, { now, until }, except, limit) {
      const rows = await sql.query<Columns>(CLAIM, [lease, now.toISOString(), until.toISOString(), except, limit])
      return rows.map(messageOf).sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0))
    },
    delivered: async (id, lease, { status, headers, body }, at) =>
      (await sql.query(DELIVERED, [id, lease, status, JSON.stringify(headers), body, at.toISOString()])).length === 1,
    failed: async (id, lease, failure, next) => (await sql.query(FAILED, [id, lease, failure, next?.toISOString() ?? null])).length === 1,
    replay: async (id, at) => (await sql.query(REPLAY, [id, at.toISOString()])).length === 1,
    settle: async (id, note, at) => (await sql.query(SETTLE, [id, note, at.toISOString()])).length === 1,
    find: async id => (await sql.query<Columns>(FIND, [id])).map(messageOf)[0],
    async list({ state, receiver, before }, limit) {
      const rows = await sql.query<Columns>(LIST, [state ?? null, receiver ?? null, before?.createdAt ?? null, before?.id ?? null, limit])
      return rows.map(messageOf)
    },
  }
}

const valuesOf = ({ id, receiver, idempotencyKey, type, schema, body, encryptionKey, deadline, createdAt, trace }: NewOutgoing) => [
  id,
  receiver,
  idempotencyKey,
  type,
  schema,
  body,
  encryptionKey,
  deadline ?? null,
  createdAt,
  trace,
]

interface Columns {
  id: string
  receiver: string
  idempotency_key: string
  type: string
  schema: string
  body: string
  encryption_key: string
  state: OutgoingState
  tries: number
  due_at: Date
  deadline: Date | null
  last_failure: string | null
  answer_status: number | null
  answer_headers: string | null
  answer_body: string | null
  note: string | null
  created_at: Date
  done_at: Date | null
  trace: string
}

function messageOf(row: Columns): OutgoingMessage {
  const { answer_status: status, answer_headers: headers, answer_body: body, deadline, last_failure: failure, note, done_at: doneAt } = row
  return {
    id: row.id,
    receiver: row.receiver,
    idempotencyKey: row.idempotency_key,
    type: row.type,
    schema: row.schema,
    body: row.body,
    encryptionKey: row.encryption_key,
    state: row.state,
    tries: row.tries,
    dueAt: row.due_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    trace: row.trace,
    ...(deadline === null ? {} : { deadline: deadline.toISOString() }),
    ...(failure === null ? {} : { lastFailure: failure }),
    ...(status === null || headers === null || body === null ? {} : { answer: { status, headers: readJson<Record<string, string>>(headers), body } }),
    ...(note === null ? {} : { note }),
    ...(doneAt === null ? {} : { doneAt: doneAt.toISOString() }),
  }
}

const COLUMNS = `id, receiver, idempotency_key, type, schema, body, encryption_key, state, tries, due_at, deadline, last_failure, answer_status, answer_headers, answer_body,
  note, created_at, done_at, trace`
const durable = (name: string, text: string) => inLane('durable', write(name, text))

const QUEUE = durable(
  'channel_queue',
  `INSERT INTO channel_outgoing (id, receiver, idempotency_key, type, schema, body, encryption_key, deadline, created_at, due_at, trace, state, tries)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz, $9::timestamptz, $10, 'waiting', 0) ON CONFLICT DO NOTHING RETURNING id`,
)
const CLAIM = durable(
  'channel_claim',
  `UPDATE channel_outgoing SET lease = $1, lease_until = $3::timestamptz, tries = tries + 1 WHERE id IN (
     SELECT id FROM channel_outgoing WHERE state = 'waiting' AND due_at <= $2::timestamptz AND (lease_until IS NULL OR lease_until <= $2::timestamptz)
     AND receiver <> ALL($4::text[]) ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`,
)
const DELIVERED = durable(
  'channel_delivered',
  `UPDATE channel_outgoing SET state = 'delivered', answer_status = $3::int, answer_headers = $4, answer_body = $5, done_at = $6::timestamptz, lease = NULL, lease_until = NULL
   WHERE id = $1 AND lease = $2 AND state = 'waiting' RETURNING id`,
)
const FAILED = durable(
  'channel_failed',
  `UPDATE channel_outgoing SET state = CASE WHEN $4::timestamptz IS NULL THEN 'dead' ELSE 'waiting' END, due_at = coalesce($4::timestamptz, due_at), last_failure = $3,
   lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2 AND state = 'waiting' RETURNING id`,
)
const REPLAY = durable(
  'channel_replay',
  `UPDATE channel_outgoing SET state = 'waiting', tries = 0, due_at = $2::timestamptz WHERE id = $1 AND state = 'dead' RETURNING id`,
)
const SETTLE = durable(
  'channel_settle',
  `UPDATE channel_outgoing SET state = 'settled', note = $2, done_at = $3::timestamptz WHERE id = $1 AND state = 'dead' RETURNING id`,
)
const FIND = read('channel_outgoing_find', `SELECT ${COLUMNS} FROM channel_outgoing WHERE id = $1`)
const LIST = read(
  'channel_outgoing_list',
  `SELECT ${COLUMNS} FROM channel_outgoing WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR receiver = $2)
   AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text)) ORDER BY created_at DESC, id DESC LIMIT $5`,
)
