import { readJson } from './json.ts'
import { KEY_CHANGED, keyNews } from './remote-news-line.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { RemoteKey, RemoteKeyStore, RemoteRevocation } from './stores-remote-signing.ts'

/** Keys of persons. Owns that a person has one active key, that tries are counted before they are made, and that a code counts once. */
export function createRemoteKeyStore(sql: Sql): RemoteKeyStore {
  return {
    async insert(key) {
      const { id, version, personId, state, tries, totpStep, createdAt } = key
      await sql.query(INSERT, [id, version, personId, state, tries, totpStep, JSON.stringify(key), createdAt])
    },
    find: async id => (await sql.query<Columns>(FIND, [id])).map(keyOf)[0],
    ofPerson: async personId => (await sql.query<Columns>(OF_PERSON, [personId])).map(keyOf)[0],
    subjectOf: async (id, clientId) => (await sql.query<{ id: string }>(SUBJECT_OF, [id, clientId]))[0]?.id,
    async activate(key, { at, trace }) {
      const rows = await sql.query<{ id: string }>(ACTIVATE, [
        key.id,
        key.version,
        JSON.stringify(key),
        key.serial,
        key.notAfter,
        at.toISOString(),
        key.personId,
        trace,
      ])
      const ids = rows.map(({ id }) => id)
      return ids.includes(key.id) ? ids.filter(id => id !== key.id) : undefined
    },
    revoke: async (id, { at, reason }, trace) => (await sql.query(REVOKE, [id, at, reason, trace])).length === 1,
    countTry: async (id, most) => (await sql.query<{ tries: number }>(TRY, [id, most]))[0]?.tries,
    uncountTry: async id => void (await sql.query(UNTRY, [id])),
    lock: async (id, most, { at, trace }) => void (await sql.query(LOCK, [id, most, at.toISOString(), trace])),
    clearTries: async id => void (await sql.query(CLEAR, [id])),
    takeCode: async (id, step) => (await sql.query(TAKE, [id, step])).length === 1,
    revokedSerials: async (at, limit) =>
      (await sql.query<{ serial: string; revoked_at: Date; reason: RemoteRevocation }>(REVOKED, [at.toISOString(), limit])).map(
        ({ serial, revoked_at: revokedAt, reason }) => ({ serial, at: revokedAt.toISOString(), reason }),
      ),
  }
}

interface Columns {
  version: number
  state: RemoteKey['state']
  tries: number
  totp_step: bigint | number | string
  revoked_at: Date | null
  revoked_reason: RemoteRevocation | null
  body: string
}
function keyOf(row: Columns): RemoteKey {
  const { revoked_at: at, revoked_reason: reason } = row
  return {
    ...readJson<RemoteKey>(row.body),
    version: row.version,
    state: row.state,
    tries: row.tries,
    totpStep: Number(row.totp_step),
    ...(at === null || reason === null ? {} : { revoked: { at: at.toISOString(), reason } }),
  }
}

const ofKey = (columns: string): string => columns.replaceAll(/\w+/g, 'remote_key.$&')
const COLUMNS = 'version, state, tries, totp_step, revoked_at, revoked_reason, body'
const durable = (name: string, text: string) => inLane('durable', write(name, text))
const INSERT = durable(
  'remote_key_insert',
  `INSERT INTO remote_key (id, version, person_id, state, tries, totp_step, body, created_at) VALUES ($1, $2::int, $3, $4, $5::int, $6::bigint, $7, $8::timestamptz)`,
)
const FIND = read('remote_key_find', `SELECT ${COLUMNS} FROM remote_key WHERE id = $1`)
const OF_PERSON = read(
  'remote_key_of_person',
  `SELECT ${COLUMNS} FROM remote_key WHERE person_id = $1 AND state <> 'revoked' ORDER BY (state = 'active') DESC, created_at DESC LIMIT 1`,
)
const SUBJECT_OF = read(
  'remote_key_subject',
  `SELECT m.id FROM remote_key k JOIN membership m ON m.person_id = k.person_id JOIN consent c ON c.membership_id = m.id AND c.client_id = $2
   WHERE k.id = $1 AND k.state = 'active' ORDER BY m.id LIMIT 1`,
)
const ACTIVATE = durable(
  'remote_key_activate',
  // the rows of the person are locked in one order first, so that two keys of one person cannot both come out active
  `WITH own AS (SELECT id, state, version FROM remote_key WHERE person_id = $7 AND state <> 'revoked' ORDER BY id FOR UPDATE),
   won AS (UPDATE remote_key SET version = remote_key.version + 1, state = 'active', tries = 0, body = $3, serial = $4, not_after = $5::timestamptz
     FROM own WHERE remote_key.id = $1 AND own.id = remote_key.id AND own.state = 'made' AND own.version = $2::int RETURNING ${ofKey(KEY_CHANGED)}),
   old AS (UPDATE remote_key SET version = remote_key.version + 1, state = 'revoked', revoked_at = $6::timestamptz, revoked_reason = 'superseded'
     FROM own, won WHERE remote_key.id = own.id AND own.id <> won.id
     RETURNING own.state AS before, ${ofKey(KEY_CHANGED)}),
   old_active AS (SELECT * FROM old WHERE before = 'active'),
   told AS (${keyNews('key.activated', 'won', 'active', { at: '$6', trace: '$8' })}),
   told_old AS (${keyNews('key.revoked', 'old_active', 'revoked', { at: '$6', trace: '$8' })})
   SELECT id FROM won UNION ALL SELECT id FROM old`,
)
const REVOKE = durable(
  'remote_key_revoke',
  `WITH gone AS (UPDATE remote_key SET version = version + 1, state = 'revoked', revoked_at = $2::timestamptz, revoked_reason = $3 WHERE id = $1 AND state <> 'revoked' RETURNING ${KEY_CHANGED}),
   issued AS (SELECT * FROM gone WHERE serial IS NOT NULL),
   told AS (${keyNews('key.revoked', 'issued', 'revoked', { at: '$2', trace: '$4' })})
   SELECT id FROM gone`,
)
const LOCK = durable(
  'remote_key_lock',
  `WITH locked AS (UPDATE remote_key SET lock_told = true WHERE id = $1 AND state = 'active' AND tries >= $2::int AND NOT lock_told RETURNING ${KEY_CHANGED})
   ${keyNews('key.locked', 'locked', 'locked', { at: '$3', trace: '$4' })}`,
)
const TRY = durable(
  'remote_key_try',
  `UPDATE remote_key SET tries = tries + 1 WHERE id = $1 AND state <> 'revoked' AND tries < $2::int RETURNING tries`,
)
const UNTRY = durable('remote_key_untry', `UPDATE remote_key SET tries = greatest(tries - 1, 0) WHERE id = $1 RETURNING id`)
const CLEAR = durable('remote_key_clear', `UPDATE remote_key SET tries = 0, lock_told = false WHERE id = $1 RETURNING id`)
const TAKE = durable(
  'remote_key_take_code',
  `UPDATE remote_key SET totp_step = $2::bigint WHERE id = $1 AND state <> 'revoked' AND totp_step < $2::bigint RETURNING id`,
)
const REVOKED = read(
  'remote_key_revoked',
  `SELECT serial, revoked_at, revoked_reason AS reason FROM remote_key WHERE revoked_at IS NOT NULL AND serial IS NOT NULL AND not_after > $1::timestamptz
   ORDER BY revoked_at DESC LIMIT $2`,
)
