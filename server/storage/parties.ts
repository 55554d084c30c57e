import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { CertificateFacts } from '../kernel/identity.ts'
import type { Log } from '../kernel/log.ts'
import type { PrismaClient } from './client/client.ts'
import { MEMBERSHIP_COLUMNS, type MembershipColumns, membershipOf } from './proofs.ts'
import { createRecognise } from './recognise.ts'
import { attempt, read, type Sql } from './sql.ts'
import type { PartyStore } from './stores-parties.ts'

/** Enterprises, persons, memberships and shields as they are read and administered; how a login finds or makes them is recognise.ts's. */
export function createPartyStore(sql: Sql, prisma: PrismaClient, clock: Clock, log: Log): PartyStore {
  return {
    recognise: createRecognise(sql, prisma, clock, log),
    async membership(id) {
      const [row] = await sql.query<MembershipColumns>(MEMBERSHIP, [id])
      return row && membershipOf(row)
    },
    async membershipsOf(bank, subject) {
      const rows = await attempt(() =>
        prisma.membership.findMany({
          where: { person: { credentials: { some: { bank, subject } } } },
          select: { id: true },
          orderBy: { id: 'asc' },
          take: 1000,
        }),
      )
      return rows.map(row => row.id)
    },
    async suspend(membershipId, suspended) {
      const { count } = await attempt(() => prisma.membership.updateMany({ where: { id: membershipId }, data: { suspended } }))
      if (count === 0) throw new BrokerError('not_found', `no membership ${membershipId}`)
    },
    async shieldsOf(enterpriseId, limit) {
      const rows = await sql.query<ShieldRow>(SHIELDS_OF, [enterpriseId, limit])
      return rows.map(({ lastSeenAt, ...shield }) => ({ ...shield, lastSeenAt: lastSeenAt.toISOString() }))
    },
    async counts() {
      const [enterprises, persons, shields] = await attempt(() =>
        Promise.all([prisma.enterprise.count(), prisma.person.count(), prisma.shieldCertificate.count()]),
      )
      return { enterprises, persons, shields }
    },
  }
}

type ShieldRow = CertificateFacts & { bank: string; lastSeenAt: Date }

const MEMBERSHIP = read(
  'membership_find',
  `SELECT ${MEMBERSHIP_COLUMNS} FROM membership m JOIN enterprise e ON e.id = m.enterprise_id JOIN person p ON p.id = m.person_id WHERE m.id = $1`,
)
const SHIELDS_OF = read(
  'shields_of',
  `SELECT s.bank, s.issuer, s.subject_name AS subject, s.serial, s.not_before AS "notBefore", s.not_after AS "notAfter", s.thumbprint, s.algorithm,
   b.last_seen_at AS "lastSeenAt" FROM shield_binding b JOIN shield_certificate s ON s.thumbprint = b.thumbprint
   WHERE b.enterprise_id = $1 ORDER BY b.last_seen_at DESC LIMIT $2`,
)
