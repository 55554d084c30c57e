import type { Clock } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { OnceStore } from './stores-keys.ts'

/** Ids that may be presented once: challenges, assertions, logout messages. Durable before the answer, so that a crash does not open the door to a replay. */
export function createOnceStore(sql: Sql, clock: Clock): OnceStore {
  const claim = createBatch<{ id: string; expiresAt: string }, boolean>({
    async run(items) {
      const rows = [...new Map(items.map(item => [item.id, item])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
      const taken = await sql.query<{ id: string }>(CLAIM, [rows.map(row => row.id), rows.map(row => row.expiresAt), clock.now().toISOString()])
      const won = new Set(taken.map(row => row.id))
      return items.map(item => won.delete(item.id))
    },
  })
  return {
    claim: (id, expiresAt) => claim({ id, expiresAt: expiresAt.toISOString() }),
    seen: async id => (await sql.query(SEEN, [id, clock.now().toISOString()])).length > 0,
  }
}

/** An id whose life is over may be claimed anew: what it belonged to is refused for its age. */
const CLAIM = inLane(
  'durable',
  write(
    'once_claim',
    `INSERT INTO once_id (id, expires_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
   ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at WHERE once_id.expires_at <= $3::timestamptz RETURNING id`,
  ),
)
const SEEN = inLane('swift', read('once_seen', `SELECT id FROM once_id WHERE id = $1 AND expires_at > $2::timestamptz`))
