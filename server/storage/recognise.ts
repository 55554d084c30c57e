import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { BankIdentity, EnterpriseSeat, PersonRole } from '../kernel/identity.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import { createBatch } from './batch.ts'
import type { PrismaClient } from './client/client.ts'
import { MEMBERSHIP_COLUMNS, type MembershipColumns, membershipOf } from './proofs.ts'
import { attempt, errorCode, inLane, read, type Sql, write } from './sql.ts'
import type { Membership, PartyStore } from './stores-parties.ts'

/**
 * From what a bank proved to who it is here. An ordinary login finds everything as it was: one read, no write. Otherwise one transaction makes what is missing, and is tried again
 * when somebody else made it at the same moment: the unique constraints decide, never a check before them.
 *
 * Whom a bank names for a company for the first time must hold the company's shield or be its legal representative: a password alone, which may be known to a whole office, makes nobody its operator.
 * What it never does: move a credential or a shield to another person, or join two persons who both exist. Such a proof ends in `identity_conflict`.
 */
export function createRecognise(sql: Sql, prisma: PrismaClient, clock: Clock, log: Log): PartyStore['recognise'] {
  const known = createBatch<Question, KnownRow | undefined>({
    async run(items) {
      const rows = await sql.query<KnownRow>(KNOWN, [
        items.map((_, i) => i),
        items.map(item => item.identity.bank),
        items.map(item => item.identity.subject),
        items.map(item => item.seat.uscc),
        items.map(item => item.identity.certificate?.thumbprint ?? null),
      ])
      const byNumber = new Map(rows.map(row => [row.n, row]))
      return items.map((_, i) => byNumber.get(i))
    },
  })

  /** The shield's last use, true to the day; nobody waits for it. */
  function seen(row: KnownRow, thumbprint: string): void {
    const now = clock.now()
    if (row.last_seen_at === null || now.getTime() - row.last_seen_at.getTime() < days(1)) return
    sql
      .query(SEEN, [thumbprint, row.enterprise_id, now.toISOString()])
      .catch(error => log.warn({ err: error }, 'the last use of a shield was not noted'))
  }

  return async (identity, uscc) => {
    const seat = identity.seats.find(candidate => candidate.uscc === uscc)
    if (seat === undefined) {
      throw new BrokerError('company_not_offered', 'the bank named other companies', {
        received: uscc,
        expected: identity.seats.map(each => each.uscc).join(', '),
      })
    }
    const row = await known({ identity, seat })
    if (row !== undefined && nothingNew(row, identity, seat)) {
      if (identity.certificate !== undefined) seen(row, identity.certificate.thumbprint)
      return { membership: unlessSuspended(membershipOf(row)), firstTime: false }
    }
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(() => bind(prisma, clock, identity, seat))
      } catch (thrown) {
        // P2002 unique constraint, P2034 deadlock or write conflict: somebody else was faster with the same; what they made is found the next time
        const again = errorCode(thrown) === 'P2002' || errorCode(thrown) === 'P2034'
        if (!again || tries === 8) throw thrown
      }
    }
  }
}

interface Question {
  identity: BankIdentity
  seat: EnterpriseSeat
}
type KnownRow = MembershipColumns & {
  n: number
  legal_representative_id: string | null
  id_digest: string | null
  shield_bank: string | null
  shield_subject: string | null
  last_seen_at: Date | null
}

function nothingNew(row: KnownRow, identity: BankIdentity, seat: EnterpriseSeat): boolean {
  const { certificate, person } = identity
  const shield =
    certificate === undefined || (row.shield_bank === identity.bank && row.shield_subject === identity.subject && row.last_seen_at !== null)
  const digest = person.idDigest === undefined || person.idDigest === row.id_digest
  const known = shield && digest && sameName(row.person_name, person.name)
  if (seat.by === 'mandate') return known
  const representative = (row.legal_representative_id === row.membership_id) === (seat.role === 'legal-representative')
  return known && representative && row.by_bank && sameName(row.enterprise_name, seat.name) && row.role === seat.role
}

/** Banks write one name with full or half width letters, with or without spaces: that is no news. */
const sameName = (a: string, b: string): boolean => a === b || plain(a) === plain(b)
const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[\s·•・.]/gu, '')
    .toUpperCase()

function unlessSuspended(membership: Membership): Membership {
  if (membership.suspended) throw new BrokerError('membership_suspended', `membership ${membership.id} is suspended`)
  return membership
}

const conflict = (facts: string): BrokerError => new BrokerError('identity_conflict', facts)

/** Long enough for the queue in front of the embedded database's one connection. A statement that a timeout orphans does no harm: each row stands on its own and is found by the next login. */
const PATIENCE = { maxWait: 20_000, timeout: 30_000 }

type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

async function bind(prisma: PrismaClient, clock: Clock, identity: BankIdentity, seat: EnterpriseSeat): ReturnType<PartyStore['recognise']> {
  return await prisma.$transaction(async tx => {
    const createdAt = clock.now()
    const person = await personOf(tx, identity, createdAt)
    const newShield = await shieldOf(tx, identity, person.id, createdAt)
    let enterprise = await tx.enterprise.findUnique({ where: { uscc: seat.uscc } })
    if (enterprise === null) enterprise = await tx.enterprise.create({ data: { id: newId(), uscc: seat.uscc, name: seat.name, createdAt } })
    else if (seat.by !== 'mandate' && !sameName(enterprise.name, seat.name))
      enterprise = await tx.enterprise.update({ where: { id: enterprise.id }, data: { name: seat.name } })

    const pair = { personId: person.id, enterpriseId: enterprise.id }
    let membership = await tx.membership.findUnique({ where: { personId_enterpriseId: pair } })
    const firstTime = newShield || membership === null
    if (membership?.byBank !== true && !mayBind(identity, seat))
      throw new BrokerError('binding_needs_shield', 'a first binding without shield, mandate or the office of legal representative', {
        received: `${seat.role}, proven by ${identity.methods.join(' ')}`,
        expected: 'a shield',
      })
    if (membership?.suspended) throw new BrokerError('membership_suspended', `membership ${membership.id} is suspended`)
    if (membership === null) {
      membership = await tx.membership.create({ data: { id: newId(), ...pair, role: seat.role, byBank: seat.by !== 'mandate', createdAt } })
    }
    // a mandate says nothing of what the bank calls the person
    const role = seat.by === 'mandate' ? roleOf(membership.role) : seat.role
    const byBank = membership.byBank || seat.by !== 'mandate'
    if (membership.role !== role || membership.byBank !== byBank) await tx.membership.update({ where: { id: membership.id }, data: { role, byBank } })
    const before = enterprise.legalRepresentativeId
    // a demoted one without a successor leaves nobody, which freezes what they gave, and not nothing, which would not
    const representative =
      seat.by === 'mandate' ? before : role === 'legal-representative' ? membership.id : before === membership.id ? NOBODY : before
    if (representative !== before) await tx.enterprise.update({ where: { id: enterprise.id }, data: { legalRepresentativeId: representative } })

    if (identity.certificate !== undefined) {
      const key = { thumbprint: identity.certificate.thumbprint, enterpriseId: enterprise.id }
      await tx.shieldBinding.upsert({
        where: { thumbprint_enterpriseId: key },
        create: { ...key, lastSeenAt: createdAt },
        update: { lastSeenAt: createdAt },
      })
    }
    return {
      membership: {
        id: membership.id,
        enterprise: { id: enterprise.id, uscc: seat.uscc, name: enterprise.name },
        person: { id: person.id, name: person.name },
        role,
        suspended: false,
        byBank,
      },
      firstTime,
      ...(representative !== before && before !== null ? { representativeChanged: true as const } : {}),
    }
  }, PATIENCE)
}

const mayBind = ({ certificate }: BankIdentity, { by, role }: EnterpriseSeat): boolean =>
  by === 'mandate' || role === 'legal-representative' || certificate !== undefined

/** no membership's id: the banks named a legal representative, and do not any more */
const NOBODY = ''

const roleOf = (stored: string): PersonRole => (stored === 'legal-representative' ? stored : 'operator')

/** By the bank's own name for the person; else by the id digest that the banks share; else somebody new. */
async function personOf(tx: Tx, { bank, subject, person: told }: BankIdentity, createdAt: Date): Promise<{ id: string; name: string }> {
  const credential = await tx.bankCredential.findUnique({ where: { bank_subject: { bank, subject } }, include: { person: true } })
  const digest = told.idDigest ?? null
  const sharing = digest === null ? null : await tx.person.findUnique({ where: { idDigest: digest } })

  if (credential !== null) {
    const { person } = credential
    if (digest !== null && person.idDigest !== null && person.idDigest !== digest)
      throw conflict(`the credential at ${bank} now names another id number`)
    if (sharing !== null && sharing.id !== person.id)
      throw conflict(`the credential at ${bank} names the id number of another person, who exists already`)
    const idDigest = person.idDigest ?? digest
    if (idDigest === person.idDigest && sameName(person.name, told.name)) return person
    return await tx.person.update({ where: { id: person.id }, data: { name: sameName(person.name, told.name) ? person.name : told.name, idDigest } })
  }
  // A bank that sends a wrong digest (one for all, say) must not merge its customers into one account: the name has to agree as well.
  if (sharing !== null && !sameName(sharing.name, told.name)) throw conflict(`${bank} names a known id number with another name`)
  const person = sharing ?? (await tx.person.create({ data: { id: newId(), name: told.name, idDigest: digest, createdAt } }))
  await tx.bankCredential.create({ data: { bank, subject, personId: person.id, createdAt } })
  return person
}

/** True when the shield is seen for the first time. A renewed certificate is a new row under the same credential. */
async function shieldOf(tx: Tx, { bank, subject, certificate }: BankIdentity, personId: string, createdAt: Date): Promise<boolean> {
  if (certificate === undefined) return false
  const { thumbprint, issuer, subject: subjectName, serial, notBefore, notAfter, algorithm } = certificate
  const there = await tx.shieldCertificate.findUnique({ where: { thumbprint }, include: { credential: true } })
  if (there !== null) {
    if (there.credential.personId !== personId) throw conflict(`the shield with certificate ${thumbprint.slice(0, 16)} belongs to another person`)
    return false
  }
  await tx.shieldCertificate.create({ data: { thumbprint, bank, subject, issuer, subjectName, serial, notBefore, notAfter, algorithm, createdAt } })
  return true
}

const KNOWN = inLane(
  'swift',
  read(
    'recognise',
    `SELECT q.n, p.id_digest, e.legal_representative_id, s.bank AS shield_bank, s.subject AS shield_subject, b.last_seen_at, ${MEMBERSHIP_COLUMNS}
   FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) AS q (n, bank, subject, uscc, thumbprint)
   JOIN bank_credential c ON c.bank = q.bank AND c.subject = q.subject
   JOIN person p ON p.id = c.person_id
   JOIN enterprise e ON e.uscc = q.uscc
   JOIN membership m ON m.person_id = p.id AND m.enterprise_id = e.id
   LEFT JOIN shield_certificate s ON s.thumbprint = q.thumbprint
   LEFT JOIN shield_binding b ON b.thumbprint = q.thumbprint AND b.enterprise_id = e.id`,
  ),
)
const SEEN = write(
  'shield_seen',
  `UPDATE shield_binding SET last_seen_at = $3::timestamptz WHERE thumbprint = $1 AND enterprise_id = $2 AND last_seen_at < $3::timestamptz`,
)
