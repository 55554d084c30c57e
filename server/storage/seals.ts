import { ENTRY_COLUMNS, entryValues, holders, names } from './company-entries.ts'
import { newsInto, newsValues } from './seal-news-line.ts'
import {
  type EditionColumns,
  editionOf,
  type ListedColumns,
  listedOf,
  READ,
  type SealColumns,
  type StepColumns,
  sealOf,
  stepOf,
} from './seal-reads.ts'
import { type Sql, type Value, write } from './sql.ts'
import type { CompanyShield, SealEdition, SealRow, SealStep, SealStore } from './stores-seals.ts'

/** Seals, their editions and who may use them. Owns that a change of a seal and all that it brings is one statement; what may be changed, and by whom, is seals/life's. */
export function createSealStore(sql: Sql): SealStore {
  const rows = async (statement: (typeof READ)[keyof typeof READ], values: readonly Value[]): Promise<SealRow[]> =>
    (await sql.query<SealColumns>(statement, values)).map(sealOf)

  return {
    async insert(row, png, step) {
      await sql.query(INSERT, [...rowValues(row), png, ...stepValues(row, step)])
    },
    find: async id => (await rows(READ.find, [id]))[0],
    png: async id => (await sql.query<{ png: string }>(READ.png, [id]))[0]?.png,
    ofEnterprise: (enterpriseId, limit, draftsOf) => rows(READ.ofEnterprise, [enterpriseId, draftsOf ?? null, limit]),
    draftsOf: (enterpriseId, applicantId, limit) => rows(READ.drafts, [enterpriseId, applicantId, limit]),
    async change(row, after, { step, entry, made, news }) {
      const values = [...changedValues(row), after, ...stepValues(row, step), ...entryValues(entry), ...madeValues(made), ...newsValues(news)]
      const changed = await sql.query(CHANGE, values)
      return changed.length > 0
    },
    discard: async id => (await sql.query(DISCARD, [id])).length > 0,
    editions: async (id, limit) => (await sql.query<EditionColumns>(READ.editions, [id, limit])).map(editionOf),
    latest: async ids =>
      ids.length === 0 ? [] : (await sql.query<EditionColumns>(READ.latest, [ids])).map(row => ({ ...editionOf(row), sealId: row.seal_id })),
    async byEsId(esId) {
      const [edition] = await sql.query<EditionColumns>(READ.byEsId, [esId])
      if (edition === undefined) return undefined
      const [seal] = await rows(READ.find, [edition.seal_id])
      return seal && { seal, edition: editionOf(edition) }
    },
    steps: async (id, limit) => (await sql.query<StepColumns>(READ.steps, [id, limit])).map(stepOf),
    present: async (thumbprint, der, at, onPhone = false) => (await sql.query(PRESENT, [thumbprint, der, at, onPhone])).length > 0,
    shieldsOf: async (enterpriseId, limit) =>
      (
        await sql.query<Omit<CompanyShield, 'der' | 'lastSeenAt' | 'onPhone'> & { der: string | null; onPhone: boolean | null; lastSeenAt: Date }>(
          READ.shields,
          [enterpriseId, limit],
        )
      ).map(({ der, onPhone, lastSeenAt, ...shield }) => ({
        ...shield,
        lastSeenAt: lastSeenAt.toISOString(),
        ...(der === null ? {} : { der }),
        ...(onPhone === true ? { onPhone } : {}),
      })),
    holding: (thumbprint, limit) => rows(READ.holding, [thumbprint, limit]),
    ofHolder: async (membershipId, limit) => (await sql.query<ListedColumns>(READ.ofHolder, [membershipId, limit])).map(listedOf),
    ending: async (from, to, warned, limit) =>
      (await sql.query<ListedColumns>(READ.ending, [from.toISOString(), to.toISOString(), warned, limit])).map(listedOf),
    warn: async (id, thumbprint, warned, news) => (await sql.query(WARN, [id, thumbprint, warned, ...newsValues(news)])).length > 0,
    withSerials: async serials =>
      serials.length === 0 ? [] : await sql.query<{ thumbprint: string; der: string }>(READ.withSerials, [[...serials]]),
    markRevoked: async (id, thumbprint, at, { entry, news }) =>
      (await sql.query(MARK_REVOKED, [id, thumbprint, at, ...entryValues(entry), ...newsValues(news)])).length > 0,
    withRevoked: (enterpriseId, limit) => rows(READ.withRevoked, [enterpriseId, limit]),
    turning: (now, limit) => rows(READ.turning, [now.toISOString(), limit]),
  }
}

const ROW_COLUMNS = [
  'id text',
  'enterprise_id text',
  'kind text',
  'name text',
  'under text',
  'number text',
  'owner_id text',
  'applicant_id text',
  'picture text',
  'picture_digest text',
  'png_digest text',
  'wanted text[]',
  'state text',
  'version int',
  'edition int',
  'valid_from timestamptz',
  'valid_until timestamptz',
  'integrity text',
  'created_at timestamptz',
  'updated_at timestamptz',
] as const
const rowValues = (row: SealRow): Value[] => [
  row.id,
  row.enterpriseId,
  row.kind,
  row.name,
  row.under ?? null,
  row.number ?? null,
  row.ownerId ?? null,
  row.applicantId,
  row.picture,
  row.pictureDigest,
  row.pngDigest,
  row.wanted,
  row.state,
  row.version,
  row.edition,
  row.validFrom,
  row.validUntil,
  row.integrity,
  row.createdAt,
  row.updatedAt,
]

/** the first one names the row, the others are what a change may change */
const CHANGED_COLUMNS = [
  'id text',
  'wanted text[]',
  'state text',
  'version int',
  'edition int',
  'valid_from timestamptz',
  'valid_until timestamptz',
  'integrity text',
  'updated_at timestamptz',
] as const
const changedValues = (row: SealRow): Value[] => [
  row.id,
  row.wanted,
  row.state,
  row.version,
  row.edition,
  row.validFrom,
  row.validUntil,
  row.integrity,
  row.updatedAt,
]

const STEP_COLUMNS = [
  'seal_id text',
  'version int',
  'edition int',
  'kind text',
  'at timestamptz',
  'membership_id text',
  'person_name text',
  'reason text',
  'text text',
  'cms text',
  'thumbprint text',
  'trace text',
] as const
const stepValues = (row: SealRow, step: SealStep): Value[] => [
  row.id,
  row.version,
  row.edition,
  step.kind,
  step.at,
  step.membershipId ?? null,
  step.personName,
  step.reason ?? null,
  step.text ?? null,
  step.cms ?? null,
  step.thumbprint ?? null,
  step.trace,
]

const MADE_COLUMNS = [
  'es_id text',
  'der text',
  'maker text',
  'valid_from timestamptz',
  'valid_until timestamptz',
  'made_at timestamptz',
  'thumbprints text[]',
  'memberships text[]',
  'holders text[]',
  'ends timestamptz[]',
] as const
const madeValues = (made: SealEdition | undefined): Value[] =>
  made === undefined
    ? [...MADE_COLUMNS.map(() => null)]
    : [
        made.esId,
        made.der,
        made.maker,
        made.validFrom,
        made.validUntil,
        made.madeAt,
        made.certificates.map(({ thumbprint }) => thumbprint),
        made.certificates.map(({ membershipId }) => membershipId),
        made.certificates.map(({ holder }) => holder),
        made.certificates.map(({ notAfter }) => notAfter),
      ]

const INSERT = write(
  'seal_insert',
  `WITH made AS (
     INSERT INTO seal (${names(ROW_COLUMNS)}, png) VALUES (${holders(ROW_COLUMNS, 1)}, $${ROW_COLUMNS.length + 1}) RETURNING id
   )
   INSERT INTO seal_step (${names(STEP_COLUMNS)}) SELECT ${holders(STEP_COLUMNS, ROW_COLUMNS.length + 2)} FROM made`,
)

const AFTER = CHANGED_COLUMNS.length + 1
const STEP = AFTER + 1
const ENTRY = STEP + STEP_COLUMNS.length
const MADE = ENTRY + ENTRY_COLUMNS.length
const NEWS = MADE + MADE_COLUMNS.length
const [ES_ID, DER, MAKER, FROM, UNTIL, MADE_AT, THUMBPRINTS, MEMBERSHIPS, HOLDERS, ENDS] = MADE_COLUMNS.map(
  (column, i) => `$${MADE + i}::${column.split(' ')[1]}`,
)
const SET = CHANGED_COLUMNS.map((column, i) => {
  const [name, type] = column.split(' ')
  return `${name} = $${i + 1}::${type}`
}).slice(1)
/** Everything reads from `moved`: where somebody else was faster nothing happens. */
const CHANGE = write(
  'seal_change',
  `WITH moved AS (
     UPDATE seal SET ${SET.join(', ')} WHERE id = $1 AND version = $${AFTER}::int RETURNING id, edition, state
   ), stepped AS (
     INSERT INTO seal_step (${names(STEP_COLUMNS)}) SELECT ${holders(STEP_COLUMNS, STEP)} FROM moved
   ), superseded AS (
     UPDATE seal_edition SET superseded_at = ${MADE_AT} FROM moved WHERE seal_id = moved.id AND number < moved.edition AND superseded_at IS NULL AND ${ES_ID} IS NOT NULL
   ), given_up AS (
     UPDATE seal_certificate SET current = false FROM moved
     WHERE seal_id = moved.id AND current AND (seal_certificate.edition < moved.edition OR moved.state = 'revoked')
   ), edition AS (
     INSERT INTO seal_edition (seal_id, number, es_id, der, maker, valid_from, valid_until, made_at)
     SELECT moved.id, moved.edition, ${ES_ID}, ${DER}, ${MAKER}, ${FROM}, ${UNTIL}, ${MADE_AT} FROM moved WHERE ${ES_ID} IS NOT NULL
   ), listed AS (
     INSERT INTO seal_certificate (seal_id, edition, thumbprint, membership_id, holder, not_after, current)
     SELECT moved.id, moved.edition, q.thumbprint, q.membership_id, q.holder, q.not_after, true
     FROM moved, unnest(${THUMBPRINTS}, ${MEMBERSHIPS}, ${HOLDERS}, ${ENDS}) AS q (thumbprint, membership_id, holder, not_after)
   ), entered AS (
     INSERT INTO company_entry (${names(ENTRY_COLUMNS)}) SELECT ${holders(ENTRY_COLUMNS, ENTRY)} FROM moved
   ), told AS (${newsInto(NEWS, 'moved')})
   SELECT id FROM moved`,
)
const DISCARD = write(
  'seal_discard',
  `WITH gone AS (DELETE FROM seal WHERE id = $1 AND state = 'drafted' RETURNING id), steps AS (DELETE FROM seal_step USING gone WHERE seal_id = gone.id)
   SELECT id FROM gone`,
)
const PRESENT = write(
  'seal_present',
  `INSERT INTO seal_shield (thumbprint, der, presented_at, on_phone) VALUES ($1, $2, $3::timestamptz, $4::boolean) ON CONFLICT (thumbprint) DO NOTHING RETURNING thumbprint`,
)
const WARN = write(
  'seal_warn',
  `WITH warned AS (UPDATE seal_certificate SET warned = $3::int WHERE seal_id = $1 AND thumbprint = $2 AND current AND warned > $3::int RETURNING seal_id),
     told AS (${newsInto(4, 'warned')})
   SELECT seal_id FROM warned`,
)
const MARK_REVOKED = write(
  'seal_mark_revoked',
  `WITH marked AS (
     UPDATE seal_certificate SET revoked_at = $3::timestamptz WHERE seal_id = $1 AND thumbprint = $2 AND current AND revoked_at IS NULL RETURNING seal_id
   ), entered AS (
     INSERT INTO company_entry (${names(ENTRY_COLUMNS)}) SELECT ${holders(ENTRY_COLUMNS, 4)} FROM marked
   ), told AS (${newsInto(4 + ENTRY_COLUMNS.length, 'marked')})
   SELECT seal_id FROM marked`,
)
