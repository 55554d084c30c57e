import { inLane, read, type Sql, write } from './sql.ts'
import type { ContactAddress, ContactCode, ContactStore } from './stores-contacts.ts'

/** Addresses of persons and the codes that confirm them. Owns that tries are counted one by one, and that a code makes one address, once. */
export function createContactStore(sql: Sql): ContactStore {
  return {
    of: async membershipId => (await sql.query<AddressRow>(OF_PERSON, [membershipId])).map(addressOf),
    ofCompany: async (uscc, limit, after) =>
      (await sql.query<AddressRow>(OF_COMPANY, [uscc, after?.membershipId ?? '', after?.channel ?? '', limit])).map(addressOf),
    async begin({ id, membershipId, channel, sealed, digest, expiresAt }) {
      await sql.query(BEGIN, [id, membershipId, channel, sealed, digest, expiresAt])
    },
    waiting: async (membershipId, at) => (await sql.query<CodeRow>(WAITING, [membershipId, at.toISOString()])).map(codeOf),
    tried: async (membershipId, channel, most, at) =>
      (await sql.query<CodeRow>(TRIED, [membershipId, channel, most, at.toISOString()])).map(codeOf)[0],
    confirm: async (codeId, { membershipId, channel, sealed, confirmedAt }) =>
      (await sql.query(CONFIRM, [membershipId, channel, codeId, sealed, confirmedAt])).length === 1,
    remove: async (membershipId, channel) => (await sql.query(REMOVE, [membershipId, channel])).length > 0,
    allow: async (key, most, { at, until }) => (await sql.query(ALLOW, [key, most, at.toISOString(), until.toISOString()])).length === 1,
  }
}

type AddressRow = Omit<ContactAddress, 'confirmedAt'> & { confirmedAt: Date }
const addressOf = (row: AddressRow): ContactAddress => ({ ...row, confirmedAt: row.confirmedAt.toISOString() })
type CodeRow = Omit<ContactCode, 'expiresAt'> & { expiresAt: Date }
const codeOf = (row: CodeRow): ContactCode => ({ ...row, expiresAt: row.expiresAt.toISOString() })

const ADDRESS = `a.membership_id AS "membershipId", a.channel, a.sealed, a.confirmed_at AS "confirmedAt"`
const CODE = `c.id, c.membership_id AS "membershipId", c.channel, c.sealed, c.digest, c.tries, c.expires_at AS "expiresAt"`

const OF_PERSON = read('contacts_of_person', `SELECT ${ADDRESS} FROM contact_address a WHERE a.membership_id = $1 ORDER BY a.channel DESC`)
const OF_COMPANY = read(
  'contacts_of_company',
  `SELECT ${ADDRESS} FROM contact_address a JOIN membership m ON m.id = a.membership_id JOIN enterprise e ON e.id = m.enterprise_id
   WHERE e.uscc = $1 AND NOT m.suspended AND (a.membership_id, a.channel) > ($2::text, $3::text) ORDER BY a.membership_id, a.channel LIMIT $4`,
)
const BEGIN = write(
  'contact_code_begin',
  `INSERT INTO contact_code (id, membership_id, channel, sealed, digest, tries, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6::timestamptz)
   ON CONFLICT (membership_id, channel)
   DO UPDATE SET id = excluded.id, sealed = excluded.sealed, digest = excluded.digest, tries = 0, expires_at = excluded.expires_at`,
)
const WAITING = read(
  'contact_codes_waiting',
  `SELECT ${CODE} FROM contact_code c WHERE c.membership_id = $1 AND c.expires_at > $2::timestamptz ORDER BY c.channel DESC`,
)
const TRIED = write(
  'contact_code_tried',
  `UPDATE contact_code c SET tries = c.tries + 1 WHERE c.membership_id = $1 AND c.channel = $2 AND c.tries < $3::int AND c.expires_at > $4::timestamptz
   RETURNING ${CODE}`,
)
const CONFIRM = inLane(
  'durable',
  write(
    'contact_confirm',
    `WITH code AS (DELETE FROM contact_code WHERE membership_id = $1 AND channel = $2 AND id = $3 RETURNING membership_id, channel)
     INSERT INTO contact_address (membership_id, channel, sealed, confirmed_at) SELECT membership_id, channel, $4, $5::timestamptz FROM code
     ON CONFLICT (membership_id, channel) DO UPDATE SET sealed = excluded.sealed, confirmed_at = excluded.confirmed_at RETURNING channel`,
  ),
)
const REMOVE = inLane(
  'durable',
  write(
    'contact_remove',
    `WITH code AS (DELETE FROM contact_code WHERE membership_id = $1 AND channel = $2 RETURNING channel),
     address AS (DELETE FROM contact_address WHERE membership_id = $1 AND channel = $2 RETURNING channel)
     SELECT channel FROM code UNION ALL SELECT channel FROM address`,
  ),
)
const ALLOW = write(
  'contact_allow',
  `INSERT INTO contact_allowance AS a (key, used, expires_at) VALUES ($1, 1, $4::timestamptz)
   ON CONFLICT (key) DO UPDATE SET used = CASE WHEN a.expires_at <= $3::timestamptz THEN 1 ELSE a.used + 1 END,
     expires_at = CASE WHEN a.expires_at <= $3::timestamptz THEN excluded.expires_at ELSE a.expires_at END
   WHERE a.expires_at <= $3::timestamptz OR a.used < $2::int RETURNING key`,
)
