import type { Clock } from '../kernel/clock.ts'
import { createBatch } from './batch.ts'
import type { PrismaClient } from './client/client.ts'
import { attempt, inLane, read, type Sql, write } from './sql.ts'
import type { ConsentStore } from './stores-parties.ts'

/** Which claims a person agreed to share with which center, for which company. Scopes only grow until the consent is withdrawn. */
export function createConsentStore(sql: Sql, prisma: PrismaClient, clock: Clock): ConsentStore {
  const scopesOf = createBatch<{ membershipId: string; clientId: string }, readonly string[] | undefined>({
    async run(items) {
      const rows = await sql.query<{ membership_id: string; client_id: string; scopes: string[] }>(FIND, [
        items.map(item => item.membershipId),
        items.map(item => item.clientId),
      ])
      return items.map(item => rows.find(row => row.membership_id === item.membershipId && row.client_id === item.clientId)?.scopes)
    },
  })
  return {
    async has(membershipId, clientId, scopes) {
      const granted = await scopesOf({ membershipId, clientId })
      return granted !== undefined && scopes.every(scope => granted.includes(scope))
    },
    async grant(membershipId, clientId, scopes) {
      await sql.query(GRANT, [membershipId, clientId, [...new Set(scopes)], clock.now().toISOString()])
    },
    async withdraw(membershipId, clientId) {
      await attempt(() => prisma.consent.deleteMany({ where: { membershipId, clientId } }))
    },
  }
}

const FIND = inLane(
  'swift',
  read(
    'consent_find',
    `SELECT c.membership_id, c.client_id, c.scopes FROM consent c
   JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS q (membership_id, client_id) USING (membership_id, client_id)`,
  ),
)
/** One statement, so that two consents at the same moment lose no scope. */
const GRANT = write(
  'consent_grant',
  `INSERT INTO consent (membership_id, client_id, scopes, updated_at) VALUES ($1, $2, $3::text[], $4::timestamptz)
   ON CONFLICT (membership_id, client_id) DO UPDATE SET updated_at = excluded.updated_at,
   scopes = ARRAY(SELECT DISTINCT unnest(consent.scopes || excluded.scopes) ORDER BY 1)`,
)
