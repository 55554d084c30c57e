import { readJson } from './json.ts'
import { REQUEST_CHANGED, requestNews } from './remote-news-line.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { RemoteRequest, RemoteRequestStore, RemoteSigning, RemoteSigningStore } from './stores-remote-signing.ts'

/** What centers ask persons to sign, and each use of a person's key. Owns that each is saved by one of any number of writers at a version. */
export function createRemoteRequestStore(sql: Sql): RemoteRequestStore {
  return {
    async insert(request) {
      const { id, version, state, personId, center, createdAt, expiresAt } = request
      await sql.query(INSERT_REQUEST, [id, version, state, personId, center.id, JSON.stringify(request), createdAt, expiresAt])
    },
    find: async id => (await sql.query<RequestColumns>(FIND_REQUEST, [id])).map(requestOf)[0],
    async save(request, at) {
      const saved = { ...request, version: request.version + 1 }
      const rows = await sql.query(SAVE_REQUEST, [request.id, request.version, saved.state, JSON.stringify(saved), at.toISOString()])
      return rows.length === 1 ? saved : undefined
    },
    waiting: async (personId, at, limit) => (await sql.query<RequestColumns>(WAITING, [personId, at.toISOString(), limit])).map(requestOf),
    ofCenter: async (clientId, limit, before) =>
      (await sql.query<RequestColumns>(OF_CENTER, [clientId, before?.createdAt ?? null, before?.id ?? null, limit])).map(requestOf),
  }
}

export function createRemoteSigningStore(sql: Sql): RemoteSigningStore {
  return {
    async insert(signing) {
      const { id, version, state, personId, createdAt } = signing
      await sql.query(INSERT_SIGNING, [id, version, state, personId, JSON.stringify(signing), createdAt])
    },
    find: async id => (await sql.query<Columns>(FIND_SIGNING, [id])).map(rowOf<RemoteSigning>)[0],
    async save(signing) {
      const saved = { ...signing, version: signing.version + 1 }
      const rows = await sql.query(SAVE_SIGNING, [signing.id, signing.version, saved.state, JSON.stringify(saved)])
      return rows.length === 1 ? saved : undefined
    },
    ofPerson: async (personId, limit) => (await sql.query<Columns>(SIGNED_OF, [personId, limit])).map(rowOf<RemoteSigning>),
    banksOf: async personId => (await sql.query<{ bank: string }>(BANKS_OF, [personId])).map(({ bank }) => bank),
  }
}

interface Columns {
  version: number
  body: string
}
const rowOf = <Row extends { version: number }>({ version, body }: Columns): Row => ({ ...readJson<Row>(body), version })

type RequestColumns = Columns & Pick<RemoteRequest, 'state'>
const requestOf = (row: RequestColumns): RemoteRequest => ({ ...rowOf<RemoteRequest>(row), state: row.state })

const durable = (name: string, text: string) => inLane('durable', write(name, text))
const INSERT_REQUEST = durable(
  'remote_request_insert',
  `WITH made AS (INSERT INTO remote_request (id, version, state, person_id, center, body, created_at, ends_at, expires_at)
     VALUES ($1, $2::int, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz, $8::timestamptz + interval '400 days') RETURNING ${REQUEST_CHANGED})
   ${requestNews('made', '$7')}`,
)
const FIND_REQUEST = read('remote_request_find', `SELECT version, state, body FROM remote_request WHERE id = $1`)
const SAVE_REQUEST = durable(
  'remote_request_save',
  `WITH saved AS (UPDATE remote_request SET version = version + 1, state = $3, body = $4 WHERE id = $1 AND version = $2::int RETURNING ${REQUEST_CHANGED}),
   told AS (${requestNews('saved', '$5')})
   SELECT id FROM saved`,
)
const WAITING = read(
  'remote_request_waiting',
  `SELECT version, state, body FROM remote_request WHERE person_id = $1 AND state = 'open' AND ends_at > $2::timestamptz ORDER BY created_at DESC, id DESC LIMIT $3`,
)
const OF_CENTER = read(
  'remote_request_of_center',
  `SELECT version, state, body FROM remote_request WHERE center = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text))
   ORDER BY created_at DESC, id DESC LIMIT $4`,
)
/** what signed is kept for ten years: 电子签名法 24 asks for five after the certificate’s end */
const INSERT_SIGNING = durable(
  'remote_signing_insert',
  `INSERT INTO remote_signing (id, version, state, person_id, body, created_at, expires_at)
   VALUES ($1, $2::int, $3, $4, $5, $6::timestamptz, $6::timestamptz + interval '1 day')`,
)
const FIND_SIGNING = read('remote_signing_find', `SELECT version, body FROM remote_signing WHERE id = $1`)
const SAVE_SIGNING = durable(
  'remote_signing_save',
  `UPDATE remote_signing SET version = version + 1, state = $3, body = $4, expires_at = CASE WHEN $3 = 'waiting' THEN expires_at ELSE created_at + interval '10 years' END
   WHERE id = $1 AND version = $2::int RETURNING id`,
)
const SIGNED_OF = read(
  'remote_signing_of_person',
  `SELECT version, body FROM remote_signing WHERE person_id = $1 AND state = 'signed' ORDER BY created_at DESC LIMIT $2`,
)
const BANKS_OF = read('remote_banks_of', `SELECT DISTINCT bank FROM bank_credential WHERE person_id = $1 ORDER BY bank LIMIT 50`)
