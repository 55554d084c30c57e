import type { Clock } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { PROVEN_COLUMNS, type ProvenColumns, provenOf } from './proofs.ts'
import { inLane, RELAXED, read, type Sql, type Statement, write } from './sql.ts'
import type { ProviderRecordStore } from './stores-provider.ts'

/**
 * The OpenID Provider's records, in two tables: what may be forgotten in a crash (codes, access tokens, pushed requests) and what may not. A row is named `model:id`.
 */
export function createProviderRecordStore(sql: Sql, clock: Clock): ProviderRecordStore {
  const flow = table(sql, clock, 'provider_record')
  const durable = table(sql, clock, 'provider_grant')
  const of = (model: string) => (DURABLE.has(model) ? durable : flow)
  // what comes of one answer of the authorization endpoint leaves in one statement; access tokens do not wait behind it
  const upserts = { together: upsertBatch(sql), alone: upsertBatch(sql) }

  const byUid = createBatch<string, Row | undefined>({
    async run(uids) {
      const rows = await sql.query<Row & { uid: string }>(BY_UID, [[...new Set(uids)], clock.now().toISOString()])
      const found = new Map(rows.map(row => [row.uid, row]))
      return uids.map(uid => found.get(uid))
    },
  })
  const behind = createBatch<string, BehindRow | undefined>({
    async run(keys) {
      const rows = await sql.query<BehindRow>(BEHIND, [[...new Set(keys)], clock.now().toISOString()])
      const found = new Map(rows.map(row => [row.key, row]))
      return keys.map(key => found.get(key))
    },
  })
  const replace = createBatch<ReplacedRow, boolean>({
    key: row => row.key,
    async run(items) {
      const rows = [...items].sort((a, b) => (a.key < b.key ? -1 : 1))
      const column = <Name extends keyof ReplacedRow>(key: Name) => rows.map(row => row[key])
      const values = [column('key'), column('before'), column('payload'), column('uid'), column('accountId'), column('expiresAt')]
      const replaced = new Set((await sql.query<{ key: string }>(REPLACE, values)).map(row => row.key))
      return items.map(row => replaced.has(row.key))
    },
  })
  const revoke = createBatch<string, undefined>({
    async run(grantIds) {
      await sql.query(REVOKE, [[...new Set(grantIds)]])
      return grantIds.map(() => undefined)
    },
  })

  return {
    async upsert(model, id, payload, expiresAt) {
      const text = (name: string) => (typeof payload[name] === 'string' ? payload[name] : null)
      const isSession = model === 'Session'
      await upserts[TOGETHER.has(model) ? 'together' : 'alone']({
        key: `${model}:${id}`,
        payload: JSON.stringify(payload),
        grantId: text('grantId'),
        uid: isSession ? text('uid') : null,
        accountId: isSession ? text('accountId') : null,
        expiresAt: expiresAt?.toISOString() ?? null,
        lasting: DURABLE.has(model),
        // A session that is lost with the last instant before a crash costs a login; its end, a grant or a refresh token must not be lost.
        waits: DURABLE.has(model) && !isSession,
      })
    },
    replaceSession: (id, before, payload, expiresAt) =>
      replace({
        key: `Session:${id}`,
        before: JSON.stringify(before),
        payload: JSON.stringify(payload),
        uid: typeof payload['uid'] === 'string' ? payload['uid'] : null,
        accountId: typeof payload['accountId'] === 'string' ? payload['accountId'] : null,
        expiresAt: expiresAt?.toISOString() ?? null,
      }),
    find: async (model, id) => opened(await of(model).find(`${model}:${id}`)),
    findByUid: async (model, uid) => {
      const row = await byUid(uid)
      return row?.key.startsWith(`${model}:`) ? opened(row) : undefined
    },
    async findBehind(model, id) {
      const row = await behind(`${model}:${id}`)
      if (row === undefined) return undefined
      const { grant_payload: grant, session_payload: session } = row
      return {
        ...opened(row),
        payload: readJson<Record<string, unknown>>(row.payload),
        ...(grant === null ? {} : { grant: { payload: readJson<Record<string, unknown>>(grant) } }),
        ...(session === null ? {} : { session: { payload: readJson<Record<string, unknown>>(session) } }),
        ...(row.id === null ? {} : { proven: provenOf(row) }),
      }
    },
    consume: (model, id) => of(model).consume(`${model}:${id}`),
    destroy: (model, id) => of(model).destroy(`${model}:${id}`),
    revokeGrant: revoke,
    async sessionsOf(who, limit) {
      const rows = await sql.query<Row>(SESSIONS_OF, [who.membershipId, clock.now().toISOString(), limit])
      return rows.map(row => ({ id: row.key.slice('Session:'.length), payload: readJson<Record<string, unknown>>(row.payload) }))
    },
  }
}

/** ReplayDetection is among them because an assertion that was accepted before a crash must not be accepted again after it. */
const DURABLE = new Set(['Session', 'Grant', 'RefreshToken', 'ReplayDetection'])
const TOGETHER = new Set(['Session', 'Grant', 'AuthorizationCode'])

interface Row {
  key: string
  payload: string
  consumed_at: Date | null
}
type BehindRow = Row & { grant_payload: string | null; session_payload: string | null } & (ProvenColumns | { id: null })
interface NewRow {
  key: string
  payload: string
  grantId: string | null
  uid: string | null
  accountId: string | null
  expiresAt: string | null
  /** kept over a crash */
  lasting: boolean
  /** its commit waits for the disk */
  waits: boolean
}

type ReplacedRow = Pick<NewRow, 'key' | 'payload' | 'uid' | 'accountId' | 'expiresAt'> & { before: string }

const opened = (row: Row | undefined) =>
  row && { payload: readJson<Record<string, unknown>>(row.payload), ...(row.consumed_at === null ? {} : { consumedAt: row.consumed_at }) }

/** Rows of both tables in one statement; its commit waits for the disk if one of them has to. */
function upsertBatch(sql: Sql): (row: NewRow) => Promise<undefined> {
  return createBatch<NewRow, undefined>({
    async run(items) {
      // the last of two writes of one record stands, as if they had come one after the other; sorted, so that two processes lock rows in one order
      const rows = [...new Map(items.map(item => [item.key, item])).values()].sort((a, b) => (a.key < b.key ? -1 : 1))
      const column = <Name extends keyof NewRow>(key: Name) => rows.map(row => row[key])
      const values = [column('key'), column('payload'), column('grantId'), column('expiresAt'), column('uid'), column('accountId'), column('lasting')]
      await sql.query(rows.some(row => row.waits) ? UPSERT : UPSERT_RELAXED, values)
      return items.map(() => undefined)
    },
  })
}

/** The other statements of one table, each batched. */
function table(sql: Sql, clock: Clock, name: 'provider_record' | 'provider_grant') {
  const say = statements(name)
  return {
    find: createBatch<string, Row | undefined>({
      async run(keys) {
        const rows = await sql.query<Row>(say.find, [[...new Set(keys)], clock.now().toISOString()])
        const found = new Map(rows.map(row => [row.key, row]))
        return keys.map(key => found.get(key))
      },
    }),
    consume: createBatch<string, boolean>({
      async run(keys) {
        const rows = await sql.query<{ key: string }>(say.consume, [[...new Set(keys)].sort(), clock.now().toISOString()])
        const won = new Set(rows.map(row => row.key))
        // of several callers of one key in this statement the first has it: `delete` is true once
        return keys.map(key => won.delete(key))
      },
    }),
    destroy: createBatch<string, undefined>({
      async run(keys) {
        await sql.query(say.destroy, [[...new Set(keys)].sort()])
        return keys.map(() => undefined)
      },
    }),
  }
}

// a row once consumed stays so whatever is written later: consumed_at is not among what an upsert sets
const upsertInto = (relaxed: boolean) => `WITH new AS MATERIALIZED (
     SELECT rows.* FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::boolean[])
       AS rows (key, payload, grant_id, expires_at, uid, account_id, lasting)${relaxed ? `, ${RELAXED}` : ''}
   ), flow AS (
     INSERT INTO provider_record (key, payload, grant_id, expires_at) SELECT key, payload, grant_id, expires_at FROM new WHERE NOT lasting
     ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at
   )
   INSERT INTO provider_grant (key, payload, grant_id, expires_at, uid, account_id) SELECT key, payload, grant_id, expires_at, uid, account_id FROM new WHERE lasting
   ON CONFLICT (key) DO UPDATE
     SET payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at, uid = excluded.uid, account_id = excluded.account_id`
/** Said so that the planner cannot take the index on expires_at, which the sweep has, for a way to find a row by its key. @param table with its dot, where a statement reads several */
const alive = (table = ''): string => `COALESCE(${table}expires_at, 'infinity') > $2::timestamptz`
/** A payload that was read and is written as JSON again is the very text that was read. */
const REPLACE = inLane(
  'swift',
  write(
    'provider_session_replace',
    `UPDATE provider_grant g SET payload = q.payload, uid = q.uid, account_id = q.account_id, expires_at = q.expires_at
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS q (key, before, payload, uid, account_id, expires_at), ${RELAXED}
   WHERE g.key = q.key AND g.payload = q.before RETURNING g.key`,
  ),
)
const UPSERT = inLane('durable', write('provider_upsert', upsertInto(false)))
const UPSERT_RELAXED = inLane('swift', write('provider_upsert_relaxed', upsertInto(true)))

function statements(name: 'provider_record' | 'provider_grant'): Record<'find' | 'consume' | 'destroy', Statement> {
  // what is unlogged does not wait for the disk
  const lane = name === 'provider_record' ? 'swift' : 'durable'
  return {
    find: inLane('swift', read(`${name}_find`, `SELECT key, payload, consumed_at FROM ${name} WHERE key = ANY($1::text[]) AND ${alive()}`)),
    consume: inLane(
      lane,
      write(`${name}_consume`, `UPDATE ${name} SET consumed_at = $2::timestamptz WHERE key = ANY($1::text[]) AND consumed_at IS NULL RETURNING key`),
    ),
    destroy: inLane(lane, write(`${name}_destroy`, `DELETE FROM ${name} WHERE key = ANY($1::text[])`)),
  }
}

// grants and sessions are never consumed; the id of a grant begins with that of its proof (server/provider/grant-id.ts)
const BEHIND = inLane(
  'swift',
  read(
    'provider_record_behind',
    `SELECT r.key, r.payload, r.consumed_at, g.payload AS grant_payload, s.payload AS session_payload, ${PROVEN_COLUMNS()}
   FROM provider_record r
   LEFT JOIN provider_grant g ON g.key = 'Grant:' || r.grant_id AND ${alive('g.')}
   LEFT JOIN provider_grant s ON s.uid = r.payload::json ->> 'sessionUid' AND ${alive('s.')}
   LEFT JOIN (proof f JOIN membership m ON m.id = f.membership_id JOIN enterprise e ON e.id = m.enterprise_id JOIN person p ON p.id = m.person_id)
     ON f.id = split_part(r.grant_id, '.', 1)
   WHERE r.key = ANY($1::text[]) AND ${alive('r.')}`,
  ),
)
const BY_UID = inLane(
  'swift',
  read('provider_grant_by_uid', `SELECT key, payload, consumed_at, uid FROM provider_grant WHERE uid = ANY($1::text[]) AND ${alive()}`),
)
const REVOKE = write(
  'provider_revoke_grant',
  `WITH gone AS (DELETE FROM provider_record WHERE grant_id = ANY($1::text[])) DELETE FROM provider_grant WHERE grant_id = ANY($1::text[])`,
)
const SESSIONS_OF = read(
  'provider_sessions_of',
  `SELECT key, payload, consumed_at FROM provider_grant
   WHERE account_id = $1 AND key LIKE 'Session:%' AND ${alive()} ORDER BY key LIMIT $3`,
)
