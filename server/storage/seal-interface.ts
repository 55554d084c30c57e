import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { KnownCompany, SealInterfaceStore, SealUpload, SealVerification } from './stores-seal-interface.ts'
import type { SealTask } from './stores-seal-tasks.ts'

/** What centers hand in through the interface for seals, and what they may see. Owns which companies a center knows. */
export function createSealInterfaceStore(sql: Sql): SealInterfaceStore {
  return {
    async insertUpload(upload, most) {
      const { id, clientId, name, format, size, digest, sha256, createdAt, expiresAt } = upload
      const values = [id, clientId, name, format, size, digest, sha256, createdAt, expiresAt, most.count, most.bytes - size]
      return (await sql.query(UPLOAD_INSERT, values)).length === 1
    },
    upload: async (clientId, id, at) => (await sql.query<UploadRow>(UPLOAD, [clientId, id, at.toISOString()])).map(uploadOf)[0],
    uploads: async (clientId, at, limit, before) =>
      (await sql.query<UploadRow>(UPLOADS, [clientId, at.toISOString(), before?.createdAt ?? null, before?.id ?? null, limit])).map(uploadOf),
    dropUpload: async (clientId, id) => (await sql.query(UPLOAD_DROP, [clientId, id])).length === 1,

    tasks: async (clientId, { state, reference, enterpriseId }, at, limit, before) =>
      (
        await sql.query<TaskRow>(TASKS, [
          ...[clientId, state ?? null, reference ?? null, enterpriseId ?? null, at.toISOString()],
          ...[before?.createdAt ?? null, before?.id ?? null, limit],
        ])
      ).map(taskOf),
    async extend(task) {
      const saved = { ...task, version: task.version + 1 }
      const rows = await sql.query(EXTEND, [task.id, task.version, JSON.stringify(saved), task.expiresAt])
      if (rows.length === 0) return undefined
      await sql.query(KEEP, [task.id])
      return saved
    },
    statistics: async (clientId, from, until, at) =>
      (
        await sql.query<{ day: string; state: string; tasks: bigint | number | string; documents: bigint | number | string }>(STATISTICS, [
          clientId,
          from.toISOString(),
          until.toISOString(),
          at.toISOString(),
        ])
      ).map(row => ({ ...row, tasks: Number(row.tasks), documents: Number(row.documents) })),

    companies: async (clientId, limit, after) => await sql.query<KnownCompany>(COMPANIES, [clientId, after ?? '', limit]),
    company: async (clientId, by) =>
      (await sql.query<KnownCompany>(COMPANY, [clientId, 'uscc' in by ? by.uscc : null, 'id' in by ? by.id : null]))[0],

    async insertVerification({ id, clientId, state, body, createdAt, expiresAt }) {
      await sql.query(VERIFICATION_INSERT, [id, clientId, state, body, createdAt, expiresAt])
    },
    verification: async id => (await sql.query<VerificationRow>(VERIFICATION, [id])).map(verificationOf)[0],
    verifications: async (clientId, limit, before) =>
      (await sql.query<VerificationRow>(VERIFICATIONS, [clientId, before?.createdAt ?? null, before?.id ?? null, limit])).map(verificationOf),
    endVerification: async (id, body) => (await sql.query(VERIFICATION_END, [id, body])).length === 1,
  }
}

type Dated<T> = Omit<T, 'createdAt' | 'expiresAt'> & { createdAt: Date; expiresAt: Date }
type UploadRow = Dated<SealUpload>
const uploadOf = (row: UploadRow): SealUpload => ({ ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt.toISOString() })
type VerificationRow = Dated<SealVerification>
const verificationOf = (row: VerificationRow): SealVerification => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
})
interface TaskRow {
  version: number
  body: string
}
const taskOf = ({ version, body }: TaskRow): SealTask => ({ ...readJson<SealTask>(body), version })

const UPLOAD_COLUMNS = `id, client_id AS "clientId", name, format, size, digest, sha256, created_at AS "createdAt", expires_at AS "expiresAt"`
const UPLOAD_INSERT = write(
  'seal_upload_insert',
  `INSERT INTO seal_upload (id, client_id, name, format, size, digest, sha256, created_at, expires_at)
   SELECT $1, $2, $3, $4, $5::int, $6, $7, $8::timestamptz, $9::timestamptz
   FROM (SELECT count(*) AS kept, coalesce(sum(size), 0) AS bytes FROM seal_upload WHERE client_id = $2 AND expires_at > $8::timestamptz) AS u
   WHERE u.kept < $10::int AND u.bytes <= $11::bigint RETURNING id`,
)
const UPLOAD = read('seal_upload_find', `SELECT ${UPLOAD_COLUMNS} FROM seal_upload WHERE client_id = $1 AND id = $2 AND expires_at > $3::timestamptz`)
const UPLOADS = read(
  'seal_uploads',
  `SELECT ${UPLOAD_COLUMNS} FROM seal_upload WHERE client_id = $1 AND expires_at > $2::timestamptz
   AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text)) ORDER BY created_at DESC, id DESC LIMIT $5`,
)
const UPLOAD_DROP = write('seal_upload_drop', `DELETE FROM seal_upload WHERE client_id = $1 AND id = $2 RETURNING id`)

const stateNow = (at: string): string => `CASE WHEN t.state = 'open' AND t.ends_at <= ${at}::timestamptz THEN 'expired' ELSE t.state END`
const TASKS = read(
  'seal_tasks_of_center',
  `SELECT t.version, t.body FROM seal_task t WHERE t.center = $1 AND ($2::text IS NULL OR ${stateNow('$5')} = $2)
   AND ($3::text IS NULL OR t.body::jsonb ->> 'reference' = $3) AND ($4::text IS NULL OR t.enterprise_id = $4)
   AND ($6::timestamptz IS NULL OR (t.created_at, t.id) < ($6::timestamptz, $7::text)) ORDER BY t.created_at DESC, t.id DESC LIMIT $8`,
)
/** Bytes are kept for 30 days after the task's own end, as when it was opened (seals/tasks/tasks.ts); those of a document that was sealed while this waited for its task are seen by the next statement alone. */
const EXTEND = inLane(
  'durable',
  write(
    'seal_task_extend',
    `WITH saved AS (
       UPDATE seal_task SET version = version + 1, body = $3, ends_at = $4::timestamptz, expires_at = $4::timestamptz + interval '400 days', over_told = false
       WHERE id = $1 AND version = $2::int AND state = 'open' RETURNING id
     ), kept AS (
       UPDATE blob_piece b SET expires_at = greatest(b.expires_at, $4::timestamptz + interval '30 days') FROM saved, seal_task_document d
       WHERE d.task_id = saved.id AND b.blob_id IN (d.body::jsonb ->> 'blob', d.body::jsonb -> 'sealed' ->> 'blob')
     )
     SELECT id FROM saved`,
  ),
)
const KEEP = inLane(
  'durable',
  write(
    'seal_task_keep',
    `UPDATE blob_piece b SET expires_at = greatest(b.expires_at, t.ends_at + interval '30 days') FROM seal_task t JOIN seal_task_document d ON d.task_id = t.id
     WHERE t.id = $1 AND b.blob_id IN (d.body::jsonb ->> 'blob', d.body::jsonb -> 'sealed' ->> 'blob')`,
  ),
)
const STATISTICS = read(
  'seal_task_statistics',
  `SELECT to_char(t.created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS day, ${stateNow('$4')} AS state, count(*) AS tasks,
     sum((t.body::jsonb ->> 'count')::int) AS documents
   FROM seal_task t WHERE t.center = $1 AND t.created_at >= $2::timestamptz AND t.created_at < $3::timestamptz GROUP BY 1, 2 ORDER BY 1, 2`,
)

/** a center knows a company that has a task of it, or somebody who logged in there and agreed to show who they are */
export const knows = (center: string): string =>
  `(EXISTS (SELECT 1 FROM seal_task t WHERE t.enterprise_id = e.id AND t.center = ${center})
    OR EXISTS (SELECT 1 FROM consent c JOIN membership m ON m.id = c.membership_id WHERE c.client_id = ${center} AND m.enterprise_id = e.id))`
const COMPANIES = read(
  'seal_companies_known',
  `SELECT e.id, e.uscc, e.name FROM enterprise e WHERE e.uscc > $2 AND e.id IN (
     SELECT t.enterprise_id FROM seal_task t WHERE t.center = $1
     UNION SELECT m.enterprise_id FROM consent c JOIN membership m ON m.id = c.membership_id WHERE c.client_id = $1) ORDER BY e.uscc LIMIT $3`,
)
const COMPANY = read(
  'seal_company_known',
  `SELECT e.id, e.uscc, e.name FROM enterprise e WHERE (e.uscc = $2::text OR e.id = $3::text) AND ${knows('$1')}`,
)

const VERIFICATION_COLUMNS = `id, client_id AS "clientId", state, body, created_at AS "createdAt", expires_at AS "expiresAt"`
const VERIFICATION_INSERT = write(
  'seal_verification_insert',
  `INSERT INTO seal_verification (id, client_id, state, body, created_at, expires_at) VALUES ($1, $2, $3, $4, $5::timestamptz, $6::timestamptz)`,
)
const VERIFICATION = read('seal_verification_find', `SELECT ${VERIFICATION_COLUMNS} FROM seal_verification WHERE id = $1`)
const VERIFICATIONS = read(
  'seal_verifications',
  `SELECT ${VERIFICATION_COLUMNS} FROM seal_verification WHERE client_id = $1
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text)) ORDER BY created_at DESC, id DESC LIMIT $4`,
)
const VERIFICATION_END = write(
  'seal_verification_end',
  `UPDATE seal_verification SET state = 'done', body = $2 WHERE id = $1 AND state = 'waiting' RETURNING id`,
)
