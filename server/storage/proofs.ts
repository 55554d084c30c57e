import type { Assurance } from '../kernel/assurance.ts'
import type { Clock } from '../kernel/clock.ts'
import type { CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { Membership, Proof, ProofStore, ProvenLogin } from './stores-parties.ts'

/** What was proven at one login: written once, durable before the answer leaves, never changed. */
export function createProofStore(sql: Sql, clock: Clock): ProofStore {
  const insert = createBatch<Proof, undefined>({
    async run(proofs) {
      const now = clock.now().toISOString()
      await sql.query(INSERT, [
        proofs.map(proof => proof.id),
        proofs.map(proof => proof.membershipId),
        proofs.map(proof => proof.bank),
        proofs.map(proof => proof.subject),
        proofs.map(proof => proof.bankSession ?? null),
        proofs.map(proof => proof.assurance),
        proofs.map(proof => proof.methods.join(' ')),
        proofs.map(proof => proof.authenticatedAt),
        proofs.map(proof => (proof.certificate === undefined ? null : JSON.stringify(proof.certificate))),
        proofs.map(proof => proof.trace),
        proofs.map(proof => proof.mandate ?? null),
        proofs.map(() => now),
      ])
      return proofs.map(() => undefined)
    },
  })
  const find = createBatch<string, ProvenColumns | undefined>({
    async run(ids) {
      const rows = await sql.query<ProvenColumns>(FIND, [[...new Set(ids)], clock.now().toISOString()])
      const found = new Map(rows.map(row => [row.id, row]))
      return ids.map(id => found.get(id))
    },
  })
  return {
    insert,
    async find(id) {
      const row = await find(id)
      return row && provenOf(row)
    },
    byBankSession: async (bank, bankSession, limit) => (await sql.query<ProofRow>(BY_BANK_SESSION, [bank, bankSession, limit])).map(proofOf),
  }
}

interface ProofRow {
  id: string
  membership_id: string
  bank: string
  subject: string
  bank_session: string | null
  assurance: Assurance
  methods: string
  authenticated_at: string
  certificate: string | null
  mandate: string | null
  trace: string
}
export type ProvenColumns = ProofRow & MembershipColumns & { in_force: boolean }

/** What a statement selects to make a `Membership` from. */
export interface MembershipColumns {
  membership_id: string
  role: PersonRole
  suspended: boolean
  by_bank: boolean
  enterprise_id: string
  uscc: Uscc
  enterprise_name: string
  person_id: string
  person_name: string
}
export const MEMBERSHIP_COLUMNS = `m.id AS membership_id, m.role, m.suspended, m.by_bank, e.id AS enterprise_id, e.uscc, e.name AS enterprise_name, p.id AS person_id, p.name AS person_name`

export const membershipOf = (row: MembershipColumns): Membership => ({
  id: row.membership_id,
  enterprise: { id: row.enterprise_id, uscc: row.uscc, name: row.enterprise_name },
  person: { id: row.person_id, name: row.person_name },
  role: row.role,
  suspended: row.suspended,
  byBank: row.by_bank,
})

const proofOf = (row: ProofRow): Proof => ({
  id: row.id,
  membershipId: row.membership_id,
  bank: row.bank,
  subject: row.subject,
  ...(row.bank_session === null ? {} : { bankSession: row.bank_session }),
  assurance: row.assurance,
  methods: row.methods.split(' ').filter(method => method !== ''),
  authenticatedAt: row.authenticated_at,
  ...(row.certificate === null ? {} : { certificate: readJson<CertificateFacts>(row.certificate) }),
  ...(row.mandate === null ? {} : { mandate: row.mandate }),
  trace: row.trace,
})

export const provenOf = (row: ProvenColumns): ProvenLogin => ({
  proof: proofOf(row),
  membership: membershipOf(row),
  ...(row.in_force ? {} : { lapsed: true as const }),
})

/**
 * Whether the mandate that a proof f stands on is in force at the time in $2, it and every one above it, for this company e and this person p; true where it stands on none. Scope needs no look: it was
 * asked when the center was let in, and a mandate's text never changes. Nor does the code over the row (authorization/held.ts), which every use of the power checks.
 */
const IN_FORCE = `(f.mandate IS NULL OR EXISTS (
     SELECT 1 FROM mandate d WHERE d.id = f.mandate AND d.enterprise_id = e.id AND d.grantee_person_id = p.id AND cardinality(d.chain) + 1 = (
       SELECT count(*) FROM mandate a WHERE a.id = ANY(d.chain || d.id) AND a.state = 'active' AND a.valid_from <= $2::timestamptz AND a.valid_until > $2::timestamptz
         AND (e.legal_representative_id IS NULL OR e.legal_representative_id = a.root_giver_id)))) AS in_force`

/** What a statement selects to make a `ProvenLogin` from; $2 is the time. */
export const PROVEN_COLUMNS = (): string => `${PROOF_COLUMNS()}, ${MEMBERSHIP_COLUMNS}, ${IN_FORCE}`

/** What a statement selects to make a `Proof` from, of a table called f. */
const PROOF_COLUMNS = (): string => COLUMNS.replaceAll(/\w+/g, 'f.$&')
const COLUMNS = `id, membership_id, bank, subject, bank_session, assurance, methods, authenticated_at, certificate, trace, mandate`
const INSERT = inLane(
  'durable',
  write(
    'proof_insert',
    `INSERT INTO proof (${COLUMNS}, created_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
   $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[])`,
  ),
)
const FIND = inLane(
  'swift',
  read(
    'proof_find',
    `SELECT ${PROVEN_COLUMNS()} FROM proof f JOIN membership m ON m.id = f.membership_id
   JOIN enterprise e ON e.id = m.enterprise_id JOIN person p ON p.id = m.person_id WHERE f.id = ANY($1::text[])`,
  ),
)
const BY_BANK_SESSION = read(
  'proof_by_bank_session',
  `SELECT ${COLUMNS} FROM proof WHERE bank = $1 AND bank_session = $2 ORDER BY created_at DESC LIMIT $3`,
)
