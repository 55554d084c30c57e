import { readJson } from './json.ts'
import { read, type Sql, write } from './sql.ts'
import type { ChannelMessage, ChannelStore, KnownMessage, RefusedMessage } from './stores-channel.ts'

/** Messages of the data channel, as they were taken in (effects.ts) or refused. */
export function createChannelStore(sql: Sql): ChannelStore {
  return {
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

export interface KnownColumns {
  id: string
  idempotency_key: string
  type: string
  digest: string
  answer_status: number
  answer_headers: string
  answer_body: string
}
interface Columns extends KnownColumns {
  sender: string
  signed: string
  signatures: string
  body: string
  received_at: Date
  trace: string
}
export const knownOf = (row: KnownColumns): KnownMessage => ({
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
