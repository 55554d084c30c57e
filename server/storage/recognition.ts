import type { Clock } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { RecognitionChallenge, RecognitionChallengeStore } from './stores-recognition.ts'

/**
 * Challenges that centers hand out at their own login pages. The table is unlogged: after a crash of the database every challenge is unknown, the used ones among them, and the center asks for
 * a new one.
 */
export function createRecognitionChallengeStore(sql: Sql, clock: Clock): RecognitionChallengeStore {
  const insert = createBatch<RecognitionChallenge, undefined>({
    async run(rows) {
      const column = (name: 'id' | 'client' | 'purpose' | 'text' | 'createdAt' | 'expiresAt') => rows.map(row => row[name])
      await sql.query(INSERT, [
        column('id'),
        column('client'),
        column('purpose'),
        rows.map(row => row.thumbprint ?? null),
        column('text'),
        column('createdAt'),
        column('expiresAt'),
      ])
      return rows.map(() => undefined)
    },
  })
  const consume = createBatch<{ id: string; client: string }, boolean>({
    async run(items) {
      // sorted, so that two processes lock rows in one order
      const keys = [...new Map(items.map(item => [keyOf(item), item])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
      const rows = await sql.query<{ id: string; client: string }>(CONSUME, [
        keys.map(key => key.id),
        keys.map(key => key.client),
        clock.now().toISOString(),
      ])
      const won = new Set(rows.map(keyOf))
      // of several callers of one challenge in this statement the first has it: `delete` is true once
      return items.map(item => won.delete(keyOf(item)))
    },
  })
  return {
    insert,
    async find(id) {
      const [row] = await sql.query<Row>(FIND, [id])
      return row && { challenge: challengeOf(row), used: row.consumed_at !== null }
    },
    consume: (id, client) => consume({ id, client }),
  }
}

const keyOf = ({ id, client }: { id: string; client: string }): string => `${id} ${client}`

interface Row {
  id: string
  client: string
  purpose: string
  thumbprint: string | null
  text: string
  created_at: Date
  expires_at: Date
  consumed_at: Date | null
}

const challengeOf = (row: Row): RecognitionChallenge => ({
  id: row.id,
  client: row.client,
  purpose: row.purpose,
  ...(row.thumbprint === null ? {} : { thumbprint: row.thumbprint }),
  text: row.text,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
})

// what is unlogged does not wait for the disk
const INSERT = inLane(
  'swift',
  write(
    'recognition_challenge_insert',
    `INSERT INTO recognition_challenge (id, client, purpose, thumbprint, text, created_at, expires_at)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])`,
  ),
)
const FIND = inLane(
  'swift',
  read(
    'recognition_challenge_find',
    `SELECT id, client, purpose, thumbprint, text, created_at, expires_at, consumed_at FROM recognition_challenge WHERE id = $1`,
  ),
)
const CONSUME = inLane(
  'swift',
  write(
    'recognition_challenge_consume',
    `UPDATE recognition_challenge c SET consumed_at = $3::timestamptz FROM unnest($1::text[], $2::text[]) AS k (id, client)
   WHERE c.id = k.id AND c.client = k.client AND c.consumed_at IS NULL AND c.expires_at > $3::timestamptz RETURNING c.id, c.client`,
  ),
)
