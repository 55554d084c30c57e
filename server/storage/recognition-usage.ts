import { read, type Sql, write } from './sql.ts'
import type { RecognitionUsage, RecognitionUsageStore } from './stores-recognition.ts'

/**
 * How often centers asked, by day, CA and region: what the statistics forms are filled from. Counts come in gathered, and a batch counts once however often it is sent, because its id is
 * claimed in the same statement.
 */
export function createRecognitionUsageStore(sql: Sql): RecognitionUsageStore {
  return {
    async add(batch, rows, keepUntil) {
      if (rows.length === 0) return
      const sorted = [...rows].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
      const column = <Name extends keyof RecognitionUsage>(name: Name) => sorted.map(row => row[name])
      await sql.query(ADD, [
        `recognition-usage:${batch}`,
        keepUntil.toISOString(),
        column('day'),
        column('client'),
        column('ca'),
        column('region'),
        column('kind'),
        column('outcome'),
        column('count'),
      ])
    },
    async between(from, to, limit) {
      const rows = await sql.query<Omit<RecognitionUsage, 'count'> & { count: string }>(BETWEEN, [from, to, limit])
      return rows.map(row => ({ ...row, count: Number(row.count) }))
    },
  }
}

// rows are locked in one order, so that two processes do not wait for each other
const orderOf = (row: RecognitionUsage): string => JSON.stringify([row.day, row.client, row.ca, row.region, row.kind, row.outcome])

const COLUMNS = 'day, client, ca, region, kind, outcome'
const ADD = write(
  'recognition_usage_add',
  `WITH fresh AS (INSERT INTO once_id (id, expires_at) VALUES ($1, $2::timestamptz) ON CONFLICT (id) DO NOTHING RETURNING id)
   INSERT INTO recognition_usage (${COLUMNS}, count)
   SELECT rows.* FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[]) AS rows (${COLUMNS}, count), fresh
   ON CONFLICT (${COLUMNS}) DO UPDATE SET count = recognition_usage.count + excluded.count`,
)
const BETWEEN = read(
  'recognition_usage_between',
  `SELECT ${COLUMNS}, count::text FROM recognition_usage WHERE day BETWEEN $1 AND $2 ORDER BY ${COLUMNS} LIMIT $3`,
)
