import type { CertificateFacts, PersonRole } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { inLane, read } from './sql.ts'
import type { AuthorityFacts, CompanyEntry, MandateRow } from './stores-authorization.ts'

/** How mandates and the company's record are read; how they are written stands in mandates.ts. */
export interface MandateColumns {
  id: string
  enterprise_id: string
  giver_id: string
  root_giver_id: string
  grantee_person_id: string | null
  grantee_digest: string | null
  chain: string[]
  state: MandateRow['state']
  version: number
  place: number
  used_fen: bigint | number | string
  text: string
  given_cms: string | null
  accepted_text: string | null
  accepted_cms: string | null
  valid_from: Date
  valid_until: Date
  integrity: string
  created_at: Date
  updated_at: Date
}

export const mandateOf = (row: MandateColumns): MandateRow => ({
  id: row.id,
  enterpriseId: row.enterprise_id,
  state: row.state,
  version: row.version,
  place: row.place,
  usedFen: Number(row.used_fen),
  text: row.text,
  ...(row.given_cms === null ? {} : { givenCms: row.given_cms }),
  ...(row.accepted_text === null ? {} : { acceptedText: row.accepted_text }),
  ...(row.accepted_cms === null ? {} : { acceptedCms: row.accepted_cms }),
  giverId: row.giver_id,
  rootGiverId: row.root_giver_id,
  ...(row.grantee_person_id === null ? {} : { granteePersonId: row.grantee_person_id }),
  ...(row.grantee_digest === null ? {} : { granteeDigest: row.grantee_digest }),
  chain: row.chain,
  validFrom: row.valid_from.toISOString(),
  validUntil: row.valid_until.toISOString(),
  integrity: row.integrity,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

export interface FactsColumns {
  membership_id: string
  role: PersonRole
  suspended: boolean
  by_bank: boolean
  person_id: string
  person_name: string
  id_digest: string | null
  company_id: string
  uscc: Uscc
  enterprise_name: string
  legal_representative_id: string | null
  /** null where the person holds none */
  mandate: (Omit<MandateColumns, 'valid_from' | 'valid_until' | 'created_at' | 'updated_at'> & Record<Dates, string>) | null
}
type Dates = 'valid_from' | 'valid_until' | 'created_at' | 'updated_at'

export function factsOf(rows: readonly FactsColumns[]): AuthorityFacts | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  return {
    membership: {
      id: first.membership_id,
      role: first.role,
      suspended: first.suspended,
      byBank: first.by_bank,
      personId: first.person_id,
      personName: first.person_name,
      ...(first.id_digest === null ? {} : { personDigest: first.id_digest }),
      enterpriseId: first.company_id,
      uscc: first.uscc,
      enterpriseName: first.enterprise_name,
    },
    ...(first.legal_representative_id === null ? {} : { legalRepresentativeId: first.legal_representative_id }),
    mandates: rows.flatMap(({ mandate }) =>
      mandate === null
        ? []
        : mandateOf({
            ...mandate,
            valid_from: new Date(mandate.valid_from),
            valid_until: new Date(mandate.valid_until),
            created_at: new Date(mandate.created_at),
            updated_at: new Date(mandate.updated_at),
          }),
    ),
  }
}

export interface EntryColumns {
  id: bigint | number | string
  enterprise_id: string
  at: Date
  kind: CompanyEntry['kind']
  membership_id: string | null
  person_name: string
  act: CompanyEntry['act'] | null
  center: string | null
  project: string | null
  section: string | null
  amount_fen: bigint | number | string | null
  seal: string | null
  power: CompanyEntry['power'] | null
  mandate_id: string | null
  place: number | null
  reference: string | null
  trace: string
  once: string | null
}

export const entryOf = (row: EntryColumns): CompanyEntry & { entry: number } => ({
  entry: Number(row.id),
  enterpriseId: row.enterprise_id,
  at: row.at.toISOString(),
  kind: row.kind,
  personName: row.person_name,
  trace: row.trace,
  ...(row.membership_id === null ? {} : { membershipId: row.membership_id }),
  ...(row.act === null || row.act === undefined ? {} : { act: row.act }),
  ...(row.center === null ? {} : { center: row.center }),
  ...(row.project === null ? {} : { project: row.project }),
  ...(row.section === null ? {} : { section: row.section }),
  ...(row.amount_fen === null ? {} : { amountFen: Number(row.amount_fen) }),
  ...(row.seal === null ? {} : { seal: row.seal }),
  ...(row.power === null || row.power === undefined ? {} : { power: row.power }),
  ...(row.mandate_id === null ? {} : { mandateId: row.mandate_id }),
  ...(row.place === null ? {} : { place: row.place }),
  ...(row.reference === null ? {} : { reference: row.reference }),
  ...(row.once === null ? {} : { once: row.once }),
})

/** how many of a person's mandates in one company are looked at: an attacker who has himself given thousands slows nobody down */
const MOST_CANDIDATES = 50

export const FACTS = inLane(
  'swift',
  read(
    'authority_facts',
    `SELECT m.id AS membership_id, m.role, m.suspended, m.by_bank, p.id AS person_id, p.name AS person_name, p.id_digest, e.id AS company_id, e.uscc, e.name AS enterprise_name,
     e.legal_representative_id, d.mandate
   FROM membership m JOIN person p ON p.id = m.person_id JOIN enterprise e ON e.id = m.enterprise_id
   LEFT JOIN LATERAL (
     SELECT to_jsonb(c) AS mandate FROM mandate c WHERE c.grantee_person_id = m.person_id AND c.enterprise_id = m.enterprise_id ORDER BY c.updated_at DESC LIMIT ${MOST_CANDIDATES}
   ) AS d ON true WHERE m.id = ANY($1::text[])`,
  ),
)
export const CHAIN = inLane('swift', read('mandate_chain', `SELECT * FROM mandate WHERE id = ANY($1::text[])`))
export const OF_ENTERPRISE = read(
  'mandates_of_enterprise',
  `SELECT * FROM mandate WHERE enterprise_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text)) ORDER BY created_at DESC, id DESC LIMIT $4`,
)
export const OVERDUE = read(
  'mandates_overdue',
  `SELECT * FROM mandate WHERE valid_until > $1::timestamptz AND valid_until <= $2::timestamptz AND state IN ('offered', 'active', 'suspended') ORDER BY valid_until LIMIT $3`,
)
export const OF_PERSON = read(
  'mandates_of_person',
  `SELECT d.*, e.uscc, e.name AS enterprise_name FROM (
     SELECT * FROM mandate WHERE grantee_person_id = $1 UNION SELECT * FROM mandate WHERE grantee_digest = $2 AND grantee_person_id IS NULL
   ) AS d JOIN enterprise e ON e.id = d.enterprise_id WHERE d.state <> 'drafted' ORDER BY d.created_at DESC LIMIT $3`,
)
export const COMPANIES_OF = inLane(
  'swift',
  read(
    'companies_of_person',
    `SELECT q.n, c.id, c.uscc, c.name
   FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::int[]) AS q (n, bank, subject, digest, at, most)
   CROSS JOIN LATERAL (
     SELECT DISTINCT e.id, e.uscc, e.name FROM mandate d JOIN enterprise e ON e.id = d.enterprise_id
     WHERE d.grantee_person_id IN (
         SELECT person_id FROM bank_credential WHERE bank = q.bank AND subject = q.subject UNION SELECT id FROM person WHERE id_digest = q.digest)
       AND d.state = 'active' AND d.valid_from <= q.at AND d.valid_until > q.at
       AND (e.legal_representative_id IS NULL OR e.legal_representative_id = d.root_giver_id)
       AND NOT EXISTS (SELECT 1 FROM mandate u WHERE u.id = ANY(d.chain) AND u.state <> 'active') ORDER BY e.name, e.id LIMIT q.most
   ) AS c ORDER BY q.n, c.name, c.id`,
  ),
)
export const HISTORY = read(
  'company_history',
  `SELECT * FROM company_entry WHERE enterprise_id = $1 AND ($2::bigint IS NULL OR id < $2)
     AND ($4::text IS NULL OR membership_id = $4) AND ($5::text IS NULL OR COALESCE(act, 'none') = $5) ORDER BY id DESC LIMIT $3`,
)
export const ENTRIES_OF = read('mandate_entries', `SELECT * FROM company_entry WHERE mandate_id = $1 ORDER BY place LIMIT $2`)
export const USED_ONCE = inLane('swift', read('mandate_used_once', `SELECT * FROM company_entry WHERE once = $1`))
export interface HolderColumns {
  bank: string
  subject: string
  issuer: string
  subject_name: string
  serial: string
  not_before: string
  not_after: string
  algorithm: CertificateFacts['algorithm']
  person_id: string
  enterprise_id: string | null
}
export const HOLDER = read(
  'shield_holder',
  `SELECT s.bank, s.subject, s.issuer, s.subject_name, s.serial, s.not_before, s.not_after, s.algorithm, c.person_id, b.enterprise_id FROM shield_certificate s JOIN bank_credential c ON c.bank = s.bank AND c.subject = s.subject
   LEFT JOIN shield_binding b ON b.thumbprint = s.thumbprint WHERE s.thumbprint = $1 LIMIT 100`,
)
export const PEOPLE = read(
  'people_of_enterprise',
  `SELECT m.id AS "membershipId", p.id AS "personId", p.name, m.role, m.suspended FROM membership m JOIN person p ON p.id = m.person_id
   WHERE m.enterprise_id = $1 ORDER BY m.role, p.name, m.id LIMIT $2`,
)
