import type { Clock } from '../kernel/clock.ts'
import { read, type Sql, write } from './sql.ts'
import type { PerformedStore } from './stores-centers.ts'

/** What centers asked to be done under keys of their own; durable, for a key forgotten in a crash would let an act be done a second time. */
export function createPerformedStore(sql: Sql, clock: Clock): PerformedStore {
  return {
    async claim(key, digest, expiresAt) {
      const now = clock.now().toISOString()
      const [claimed] = await sql.query<{ digest: string }>(CLAIM, [key, digest, now, expiresAt.toISOString()])
      if (claimed !== undefined) return { fresh: true, digest }
      const [stands] = await sql.query<{ digest: string; answer: string | null }>(FIND, [key])
      // swept between the two: whoever comes then is the first
      if (stands === undefined) return { fresh: true, digest }
      return { fresh: false, digest: stands.digest, ...(stands.answer === null ? {} : { answer: stands.answer }) }
    },
    async answer(key, answer) {
      await sql.query(ANSWER, [key, answer])
    },
  }
}

/** A key whose life is over may be claimed anew. */
const CLAIM = write(
  'performed_claim',
  `INSERT INTO performed_act (key, digest, created_at, expires_at) VALUES ($1, $2, $3::timestamptz, $4::timestamptz)
   ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, answer = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
   WHERE performed_act.expires_at <= $3::timestamptz RETURNING digest`,
)
const FIND = read('performed_find', `SELECT digest, answer FROM performed_act WHERE key = $1`)
const ANSWER = write('performed_answer', `UPDATE performed_act SET answer = $2 WHERE key = $1 AND answer IS NULL`)
