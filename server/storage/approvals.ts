import { days } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { Approval, ApprovalStore } from './stores-authorization.ts'

/** Acts that wait for others to agree. Owns that of two changes of one version exactly one is saved; who may agree to what, and when it is done, is authorization/approvals.ts. */
export function createApprovalStore(sql: Sql): ApprovalStore {
  const find = createBatch<string, Columns | undefined>({
    async run(ids) {
      const rows = await sql.query<Columns>(FIND, [[...new Set(ids)]])
      const byId = new Map(rows.map(row => [row.id, row]))
      return ids.map(id => byId.get(id))
    },
  })
  return {
    async insert(approval) {
      const { id, version, enterpriseId, actor, createdAt, expiresAt } = approval
      const kept = new Date(Date.parse(expiresAt) + KEPT).toISOString()
      await sql.query(INSERT, [id, version, enterpriseId, actor.membershipId, JSON.stringify(approval), createdAt, kept])
    },
    async find(id) {
      const row = await find(id)
      return row && approvalOf(row)
    },
    async save(approval) {
      const saved = { ...approval, version: approval.version + 1 }
      const rows = await sql.query(SAVE, [approval.id, approval.version, JSON.stringify(saved)])
      return rows.length === 1 ? saved : undefined
    },
    ofActor: async (membershipId, limit) => (await sql.query<Columns>(OF_ACTOR, [membershipId, limit])).map(approvalOf),
  }
}

/** how long a row outlives the time in which it could be agreed to */
const KEPT = days(30)

interface Columns {
  id: string
  version: number
  body: string
}
const approvalOf = ({ version, body }: Columns): Approval => ({ ...readJson<Approval>(body), version })

const INSERT = write(
  'approval_insert',
  `INSERT INTO approval (id, version, enterprise_id, membership_id, body, created_at, expires_at)
   VALUES ($1, $2::int, $3, $4, $5, $6::timestamptz, $7::timestamptz)`,
)
const FIND = inLane('swift', read('approval_find', `SELECT id, version, body FROM approval WHERE id = ANY($1::text[])`))
const SAVE = inLane(
  'durable',
  write('approval_save', `UPDATE approval SET version = version + 1, body = $3 WHERE id = $1 AND version = $2::int RETURNING id`),
)
const OF_ACTOR = read('approval_of_actor', `SELECT id, version, body FROM approval WHERE membership_id = $1 ORDER BY created_at DESC, id LIMIT $2`)
