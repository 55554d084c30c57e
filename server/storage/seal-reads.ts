import { read } from './sql.ts'
import { type ListedCertificate, LONG_PICTURE, type SealEdition, type SealRow, type SealStep } from './stores-seals.ts'

/** How seals are read; how they are written stands in seals.ts. */
export interface SealColumns {
  id: string
  enterprise_id: string
  kind: SealRow['kind']
  name: string
  under: string | null
  number: string | null
  owner_id: string | null
  applicant_id: string
  picture: string
  picture_digest: string
  png_digest: string
  wanted: string[]
  state: SealRow['state']
  version: number
  edition: number
  valid_from: Date
  valid_until: Date
  integrity: string
  created_at: Date
  updated_at: Date
}
export const sealOf = (row: SealColumns): SealRow => ({
  id: row.id,
  enterpriseId: row.enterprise_id,
  kind: row.kind,
  name: row.name,
  ...(row.under === null ? {} : { under: row.under }),
  ...(row.number === null ? {} : { number: row.number }),
  ...(row.owner_id === null ? {} : { ownerId: row.owner_id }),
  applicantId: row.applicant_id,
  picture: row.picture,
  pictureDigest: row.picture_digest,
  pngDigest: row.png_digest,
  wanted: row.wanted,
  state: row.state,
  version: row.version,
  edition: row.edition,
  validFrom: row.valid_from.toISOString(),
  validUntil: row.valid_until.toISOString(),
  integrity: row.integrity,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

export interface EditionColumns {
  seal_id: string
  number: number
  es_id: string
  der: string
  maker: string
  valid_from: Date
  valid_until: Date
  made_at: Date
  superseded_at: Date | null
  /** JSON has no dates: text as PostgreSQL writes it */
  certificates: CertificateColumns[]
}
export const editionOf = (row: EditionColumns): SealEdition => ({
  number: row.number,
  esId: row.es_id,
  der: row.der,
  maker: row.maker,
  validFrom: row.valid_from.toISOString(),
  validUntil: row.valid_until.toISOString(),
  madeAt: row.made_at.toISOString(),
  ...(row.superseded_at === null ? {} : { supersededAt: row.superseded_at.toISOString() }),
  certificates: row.certificates.map(certificateOf),
})
interface CertificateColumns {
  thumbprint: string
  membership_id: string
  holder: string
  not_after: string | Date
  revoked_at: string | Date | null
}
const certificateOf = (row: CertificateColumns): ListedCertificate => ({
  thumbprint: row.thumbprint,
  membershipId: row.membership_id,
  holder: row.holder,
  notAfter: new Date(row.not_after).toISOString(),
  ...(row.revoked_at === null ? {} : { revokedAt: new Date(row.revoked_at).toISOString() }),
})

export type ListedColumns = SealColumns & CertificateColumns
export const listedOf = (row: ListedColumns): { seal: SealRow; certificate: ListedCertificate } => ({
  seal: sealOf(row),
  certificate: certificateOf(row),
})

export interface StepColumns {
  version: number
  edition: number
  kind: SealStep['kind']
  at: Date
  membership_id: string | null
  person_name: string
  reason: string | null
  text: string | null
  cms: string | null
  thumbprint: string | null
  trace: string
}
export const stepOf = (row: StepColumns): SealStep & { version: number; edition: number } => ({
  version: row.version,
  edition: row.edition,
  kind: row.kind,
  at: row.at.toISOString(),
  ...(row.membership_id === null ? {} : { membershipId: row.membership_id }),
  personName: row.person_name,
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.text === null ? {} : { text: row.text }),
  ...(row.cms === null ? {} : { cms: row.cms }),
  ...(row.thumbprint === null ? {} : { thumbprint: row.thumbprint }),
  trace: row.trace,
})

/** all but the PNG, which is large and wanted only where a seal is made */
const FULL = `s.id, s.enterprise_id, s.kind, s.name, s.under, s.number, s.owner_id, s.applicant_id, s.picture_digest, s.png_digest, s.wanted, s.state, s.version, s.edition,
  s.valid_from, s.valid_until, s.integrity, s.created_at, s.updated_at, s.picture`
const SEAL = FULL.replace(/s\.picture$/, `CASE WHEN length(s.picture) > ${LONG_PICTURE} THEN '' ELSE s.picture END AS picture`)
const EDITION = `e.seal_id, e.number, e.es_id, e.der, e.maker, e.valid_from, e.valid_until, e.made_at, e.superseded_at, coalesce((
  SELECT jsonb_agg(jsonb_build_object('thumbprint', c.thumbprint, 'membership_id', c.membership_id, 'holder', c.holder, 'not_after', c.not_after,
    'revoked_at', c.revoked_at) ORDER BY c.holder, c.thumbprint)
  FROM seal_certificate c WHERE c.seal_id = e.seal_id AND c.edition = e.number), '[]'::jsonb) AS certificates`
const LISTED = `c.thumbprint, c.membership_id, c.holder, c.not_after, c.revoked_at`
/** states that time ends */
const OPEN = `'applied', 'approved', 'made', 'in-force', 'suspended'`
/** states in which a list means something */
const ALIVE = `'made', 'in-force', 'suspended'`

export const READ = {
  find: read('seal_find', `SELECT ${FULL} FROM seal s WHERE s.id = $1`),
  png: read('seal_png', `SELECT png FROM seal WHERE id = $1`),
  ofEnterprise: read(
    'seals_of_enterprise',
    `SELECT ${SEAL} FROM seal s WHERE s.enterprise_id = $1 AND (s.state <> 'drafted' OR s.applicant_id = $2::text) ORDER BY s.created_at DESC, s.id LIMIT $3`,
  ),
  drafts: read(
    'seal_drafts',
    `SELECT ${SEAL} FROM seal s WHERE s.enterprise_id = $1 AND s.applicant_id = $2 AND s.state = 'drafted' ORDER BY s.created_at DESC, s.id LIMIT $3`,
  ),
  editions: read('seal_editions', `SELECT ${EDITION} FROM seal_edition e WHERE e.seal_id = $1 ORDER BY e.number DESC LIMIT $2`),
  latest: read(
    'seal_latest_editions',
    `SELECT ${EDITION} FROM (SELECT DISTINCT ON (seal_id) * FROM seal_edition WHERE seal_id = ANY($1::text[]) ORDER BY seal_id, number DESC) AS e`,
  ),
  byEsId: read('seal_by_es_id', `SELECT ${EDITION} FROM seal_edition e WHERE e.es_id = $1`),
  steps: read('seal_steps', `SELECT * FROM seal_step WHERE seal_id = $1 ORDER BY version LIMIT $2`),
  shields: read(
    'seal_shields_of',
    `SELECT s.bank, s.issuer, s.subject_name AS subject, s.serial, s.not_before AS "notBefore", s.not_after AS "notAfter", s.thumbprint, s.algorithm,
       b.last_seen_at AS "lastSeenAt", m.id AS "membershipId", p.name AS "personName", q.der, q.on_phone AS "onPhone"
     FROM shield_binding b JOIN shield_certificate s ON s.thumbprint = b.thumbprint JOIN bank_credential k ON k.bank = s.bank AND k.subject = s.subject
       JOIN person p ON p.id = k.person_id JOIN membership m ON m.person_id = p.id AND m.enterprise_id = b.enterprise_id AND NOT m.suspended
       LEFT JOIN seal_shield q ON q.thumbprint = s.thumbprint
     WHERE b.enterprise_id = $1 ORDER BY b.last_seen_at DESC, s.thumbprint LIMIT $2`,
  ),
  holding: read(
    'seals_holding',
    `SELECT ${SEAL} FROM seal_certificate c JOIN seal s ON s.id = c.seal_id WHERE c.thumbprint = $1 AND c.current AND s.state IN (${ALIVE}) ORDER BY s.created_at, s.id LIMIT $2`,
  ),
  ofHolder: read(
    'seals_of_holder',
    `SELECT ${SEAL}, ${LISTED} FROM seal_certificate c JOIN seal s ON s.id = c.seal_id
     WHERE c.membership_id = $1 AND c.current ORDER BY c.not_after, c.seal_id, c.thumbprint LIMIT $2`,
  ),
  ending: read(
    'seal_certificates_ending',
    `SELECT ${SEAL}, ${LISTED} FROM seal_certificate c JOIN seal s ON s.id = c.seal_id
     WHERE c.current AND s.state IN (${ALIVE}) AND c.not_after > $1::timestamptz AND c.not_after <= $2::timestamptz AND c.warned > $3::int ORDER BY c.not_after, c.seal_id, c.thumbprint LIMIT $4`,
  ),
  withSerials: read(
    'seal_certificates_with_serials',
    `SELECT DISTINCT q.thumbprint, q.der FROM shield_certificate s JOIN seal_shield q ON q.thumbprint = s.thumbprint
       JOIN seal_certificate c ON c.thumbprint = s.thumbprint AND c.current AND c.revoked_at IS NULL
     WHERE s.serial = ANY($1::text[])`,
  ),
  withRevoked: read(
    'seals_with_revoked',
    `SELECT ${SEAL} FROM seal s WHERE s.enterprise_id = $1 AND s.state IN (${ALIVE})
       AND EXISTS (SELECT FROM seal_certificate c WHERE c.seal_id = s.id AND c.edition = s.edition AND c.current AND c.revoked_at IS NOT NULL)
     ORDER BY s.created_at, s.id LIMIT $2`,
  ),
  turning: read(
    'seals_turning',
    `(SELECT ${SEAL} FROM seal s WHERE s.state = 'approved' ORDER BY s.valid_from LIMIT $2)
     UNION (SELECT ${SEAL} FROM seal s WHERE s.state = 'made' AND s.valid_from <= $1::timestamptz ORDER BY s.valid_from LIMIT $2)
     UNION (SELECT ${SEAL} FROM seal s WHERE s.state IN (${OPEN}) AND s.valid_until <= $1::timestamptz ORDER BY s.valid_until LIMIT $2)`,
  ),
} as const
