import type { Clock } from '../kernel/clock.ts'
import { type Sql, write } from './sql.ts'

/** every table whose rows expire, with its key */
const KEYS = [
  ['login', 'id'],
  ['provider_record', 'key'],
  ['provider_grant', 'key'],
  ['once_id', 'id'],
  ['trace_step', 'id'],
  ['recognition_challenge', 'id'],
  ['ask', 'id'],
  ['approval', 'id'],
  ['performed_act', 'key'],
  ['webhook_delivery', 'id'],
  ['seal_task', 'id'],
  ['blob_piece', 'blob_id, n'],
  ['seal_upload', 'id'],
  ['seal_verification', 'id'],
  ['seal_delivery', 'id'],
  ['bid_delivery', 'id'],
  ['remote_request', 'id'],
  ['remote_signing', 'id'],
  ['remote_delivery', 'id'],
  ['channel_refused', 'id'],
  ['contact_code', 'membership_id, channel'],
  ['contact_allowance', 'key'],
  ['contact_message', 'id'],
] as const

export const SWEPT: readonly string[] = KEYS.map(([table]) => table)

/**
 * Deletes what expired, a bounded number of rows a table and a call, so that no call holds locks for long; whoever owns the interval calls again. Rows that another process is deleting
 * are passed by.
 */
export async function sweepAll(sql: Sql, clock: Clock, limit: number): Promise<number> {
  const now = clock.now().toISOString()
  let swept = 0
  for (const [table, key] of KEYS) {
    const rows = await sql.query(
      write(
        `${table}_sweep`,
        `DELETE FROM ${table} WHERE (${key}) IN
         (SELECT ${key} FROM ${table} WHERE expires_at < $1::timestamptz ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1 AS one`,
      ),
      [now, limit - swept],
    )
    swept += rows.length
    if (swept >= limit) break
  }
  return swept
}
