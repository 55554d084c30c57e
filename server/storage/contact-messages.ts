import { inLane, read, type Sql, write } from './sql.ts'
import type { ContactMessage, ContactMessageStore } from './stores-contacts.ts'

/** Messages to persons, and what became of each. Owns that one of an id is there once, and that no text of a code outlives its sending. */
export function createContactMessageStore(sql: Sql): ContactMessageStore {
  return {
    async insert({ id, membershipId, channel, kind, about, sealed, state, trace, createdAt, usefulUntil, expiresAt }, since) {
      await sql.query(INSERT, [
        ...[id, membershipId, channel, kind, about, sealed, state, trace],
        ...[createdAt, usefulUntil, expiresAt, since.toISOString()],
      ])
    },
    find: async id => (await sql.query<Row>(FIND, [id])).map(messageOf)[0],
    async tried(id, { state, status, error, at }) {
      await sql.query(TRIED, [id, state, status ?? null, error ?? null, at.toISOString()])
    },
    again: async (before, at, limit) => (await sql.query<{ id: string }>(AGAIN, [before.toISOString(), at.toISOString(), limit])).map(({ id }) => id),
    noticesOf: async (membershipId, limit) => (await sql.query<Row>(OF_PERSON, [membershipId, limit])).map(messageOf),
  }
}

type Times = 'createdAt' | 'touchedAt' | 'usefulUntil' | 'expiresAt'
type Row = Omit<ContactMessage, Times | 'lastStatus' | 'lastError'> & Record<Times, Date> & { lastStatus: number | null; lastError: string | null }
const messageOf = ({ lastStatus, lastError, createdAt, touchedAt, usefulUntil, expiresAt, ...row }: Row): ContactMessage => ({
  ...row,
  ...(lastStatus === null ? {} : { lastStatus }),
  ...(lastError === null ? {} : { lastError }),
  createdAt: createdAt.toISOString(),
  touchedAt: touchedAt.toISOString(),
  usefulUntil: usefulUntil.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

const MESSAGE = `id, membership_id AS "membershipId", channel, kind, about, sealed, state, attempts, last_status AS "lastStatus", last_error AS "lastError", trace,
   created_at AS "createdAt", touched_at AS "touchedAt", useful_until AS "usefulUntil", expires_at AS "expiresAt"`

const INSERT = inLane(
  'durable',
  write(
    'contact_message_insert',
    `INSERT INTO contact_message (id, membership_id, channel, kind, about, sealed, state, attempts, trace, created_at, touched_at, useful_until, expires_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, 0, $8, $9::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz
     WHERE NOT EXISTS (SELECT 1 FROM contact_message WHERE membership_id = $2 AND created_at > $12::timestamptz AND channel = $3 AND about = $5 AND state <> 'dropped')
     ON CONFLICT (id) DO NOTHING`,
  ),
)
const FIND = read('contact_message_find', `SELECT ${MESSAGE} FROM contact_message WHERE id = $1`)
const TRIED = write(
  'contact_message_tried',
  `UPDATE contact_message SET attempts = attempts + 1, state = $2, last_status = $3::int, last_error = $4, touched_at = $5::timestamptz,
     sealed = CASE WHEN kind = 'code' AND $2 <> 'waiting' THEN '' ELSE sealed END
   WHERE id = $1 AND state <> 'delivered'`,
)
const AGAIN = write(
  'contact_messages_again',
  `UPDATE contact_message SET state = 'waiting', touched_at = $2::timestamptz WHERE id IN (
     SELECT id FROM contact_message WHERE state IN ('dead', 'waiting') AND touched_at < $1::timestamptz AND kind = 'notice' AND useful_until > $2::timestamptz
     ORDER BY touched_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING id`,
)
const OF_PERSON = read(
  'contact_notices_of',
  `SELECT ${MESSAGE} FROM contact_message WHERE membership_id = $1 AND kind = 'notice' ORDER BY created_at DESC, id DESC LIMIT $2`,
)
