import { inLane, read, type Sql, write } from './sql.ts'
import type { AuditRow, AuditStore } from './stores-audit.ts'

/** The audit record's rows and the one row that says where the chain ends. What goes into them and how it is chained is audit/trail.ts's. */
export function createAuditStore(sql: Sql): AuditStore {
  return {
    async head() {
      const [row] = await sql.query<{ seq: string | number; hash: string }>(HEAD, [])
      return row === undefined ? { seq: 0, hash: '0'.repeat(64) } : { seq: Number(row.seq), hash: row.hash }
    },
    async append(rows, after) {
      const last = rows.at(-1)
      if (last === undefined) return true
      const added = await sql.query(APPEND, [
        rows.map(row => row.seq),
        rows.map(row => row.at),
        rows.map(row => row.code),
        rows.map(row => row.trace),
        rows.map(row => row.body),
        rows.map(row => row.hash),
        after.seq,
        after.hash,
        last.seq,
        last.hash,
      ])
      return added.length > 0
    },
    read: async (fromSeq, limit) => (await sql.query<StoredRow>(READ, [fromSeq, limit])).map(auditRow),
    byTrace: async (trace, limit) => (await sql.query<StoredRow>(BY_TRACE, [trace, limit])).map(auditRow),
  }
}

type StoredRow = Omit<AuditRow, 'seq'> & { seq: string | number }
// a server's driver gives a bigint as text
const auditRow = (row: StoredRow): AuditRow => ({ ...row, seq: Number(row.seq) })

const HEAD = read('audit_head', `SELECT seq, hash FROM audit_head WHERE id = 1`)
/** Moving the head and adding the rows is one statement, so one durable commit: a second process waits for the head's row, finds it moved, and adds nothing. */
const APPEND = inLane(
  'audit',
  write(
    'audit_append',
    `WITH moved AS (UPDATE audit_head SET seq = $9::bigint, hash = $10 WHERE id = 1 AND seq = $7::bigint AND hash = $8 RETURNING id)
   INSERT INTO audit_event (seq, at, code, trace, body, hash)
   SELECT new.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS new, moved RETURNING seq`,
  ),
)
const READ = read('audit_read', `SELECT seq, at, code, trace, body, hash FROM audit_event WHERE seq >= $1::bigint ORDER BY seq LIMIT $2`)
const BY_TRACE = read('audit_by_trace', `SELECT seq, at, code, trace, body, hash FROM audit_event WHERE trace = $1 ORDER BY seq LIMIT $2`)
