import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { ChannelMessage, ChannelStore, KnownMessage, RefusedMessage } from './stores-channel.ts'

/** Messages of the data channel. Owns that one id and one key of a sender stand for one content, whoever asks at once and on how many processes. */
export function createChannelStore(sql: Sql): ChannelStore {
  const take = createBatch<ChannelMessage, boolean>({
    limit: 100,
    async run(came) {
      // of several with one id the first alone is written; the others read what stands there
      const firsts = new Map(came.toReversed().map(message => [`${message.sender} ${message.id}`, message]))
      const messages = [...firsts.values()]
      const column = (of: (message: ChannelMessage) => string) => messages.map(of)
      const taken = await sql.query<{ n: number | string }>(TAKE, [
        column(({ sender }) => sender),
        column(({ id }) => id),
        column(({ idempotencyKey }) => idempotencyKey),
        column(({ type }) => type),
        column(({ digest }) => digest),
        column(({ signed }) => signed),
        column(({ signatures }) => signatures),
        column(({ body }) => body),
        messages.map(({ answer }) => answer.status),
        column(({ answer }) => JSON.stringify(answer.headers)),
        column(({ answer }) => answer.body),
        column(({ receivedAt }) => receivedAt),
        column(({ trace }) => trace),
      ])
      const won = new Set(taken.map(({ n }) => messages[Number(n) - 1]))
      return came.map(message => won.has(message))
    },
  })
  return {
    async take(message) {
      if (await take(message)) return undefined
      return (await sql.query<Columns>(STANDS, [message.sender, message.id, message.idempotencyKey])).map(knownOf)
    },
    find: async (sender, id) => (await sql.query<Columns>(FIND, [sender, id])).map(messageOf)[0],
    async list({ sender, before }, limit) {
      const rows = await sql.query<Columns>(LIST, [sender ?? null, before?.receivedAt ?? null, before?.sender ?? null, before?.id ?? null, limit])
      return rows.map(messageOf)
    },
    async keepRefused({ id, code, sender, headers, body, trace, at, expiresAt }) {
      await sql.query(KEEP, [id, code, sender, JSON.stringify(headers), body, trace, at, expiresAt])
    },
    refused: async (before, limit) => (await sql.query<RefusedColumns>(REFUSED, [before?.at ?? null, before?.id ?? null, limit])).map(refusedOf),
  }
}

interface Columns {
  sender: string
  id: string
  idempotency_key: string
  type: string
  digest: string
  signed: string
  signatures: string
  body: string
  answer_status: number
  answer_headers: string
  answer_body: string
  received_at: Date
  trace: string
}
const knownOf = (row: Columns): KnownMessage => ({
  id: row.id,
  idempotencyKey: row.idempotency_key,
  type: row.type,
  digest: row.digest,
  answer: { status: row.answer_status, headers: readJson<Record<string, string>>(row.answer_headers), body: row.answer_body },
})
const messageOf = (row: Columns): ChannelMessage => ({
  ...knownOf(row),
  sender: row.sender,
  signed: row.signed,
  signatures: row.signatures,
  body: row.body,
  receivedAt: row.received_at.toISOString(),
  trace: row.trace,
})

interface RefusedColumns {
  id: string
  code: string
  sender: string
  headers: string
  body: string
  trace: string
  at: Date
  expires_at: Date
}
const refusedOf = ({ expires_at: expiresAt, at, headers, ...row }: RefusedColumns): RefusedMessage => ({
  ...row,
  headers: readJson<Record<string, string>>(headers),
  at: at.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

const COLUMNS = 'sender, id, idempotency_key, type, digest, signed, signatures, body, answer_status, answer_headers, answer_body, received_at, trace'
const TAKE = inLane(
  'durable',
  write(
    'channel_take',
    // in the order of their keys, so that two processes with the same messages do not wait for each other crosswise
    `WITH came AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[], $11::text[],
       $12::timestamptz[], $13::text[]) WITH ORDINALITY AS came (${COLUMNS}, n)),
     taken AS (INSERT INTO channel_message (${COLUMNS}) SELECT ${COLUMNS} FROM came ORDER BY sender, id ON CONFLICT DO NOTHING RETURNING sender, id)
     SELECT n FROM came JOIN taken USING (sender, id)`,
  ),
)
const STANDS = inLane(
  'swift',
  read('channel_stands', `SELECT ${COLUMNS} FROM channel_message WHERE sender = $1 AND (id = $2 OR idempotency_key = $3) LIMIT 2`),
)
const FIND = read('channel_find', `SELECT ${COLUMNS} FROM channel_message WHERE sender = $1 AND id = $2`)
const LIST = read(
  'channel_list',
  `SELECT ${COLUMNS} FROM channel_message WHERE ($1::text IS NULL OR sender = $1)
   AND ($2::timestamptz IS NULL OR (received_at, sender, id) < ($2::timestamptz, $3::text, $4::text))
   ORDER BY received_at DESC, sender DESC, id DESC LIMIT $5`,
)
const KEEP = write(
  'channel_keep_refused',
  `INSERT INTO channel_refused (id, code, sender, headers, body, trace, at, expires_at)
   VALUES ($1, $2, $3, $4, decode($5, 'base64'), $6, $7::timestamptz, $8::timestamptz)`,
)
const REFUSED = read(
  'channel_refused',
  `SELECT id, code, sender, headers, encode(body, 'base64') AS body, trace, at, expires_at FROM channel_refused
   WHERE ($1::timestamptz IS NULL OR (at, id) < ($1::timestamptz, $2::text)) ORDER BY at DESC, id DESC LIMIT $3`,
)
