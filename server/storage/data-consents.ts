import type { DataSet, Purpose } from '../kernel/data-consent.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { errorCode, read, type Sql, UNIQUE_VIOLATION, write } from './sql.ts'
import type { DataConsent, DataConsentStore, DataUse } from './stores-consents.ts'

/** Consents to give data. Owns that a use is checked and written in one statement, whatever else happens to the consent at that moment; what a consent says is consents/'s. */
export function createDataConsentStore(sql: Sql): DataConsentStore {
  return {
    give: async consent => {
      const { id, uscc, companyName, enterpriseId, membershipId, personName, recipient, dataSet, purpose, project, maxUses } = consent
      const about = [id, uscc, companyName, enterpriseId, membershipId, personName, recipient, dataSet, purpose, project ?? null]
      const { validFrom, validUntil, text, cms, thumbprint, createdAt, trace } = consent
      return (await sql.query(GIVE, [...about, validFrom, validUntil, maxUses ?? null, text, cms, thumbprint, createdAt, trace])).length === 1
    },
    find: async id => (await sql.query<Columns>(FIND, [id])).map(consentOf)[0],
    withdraw: async (id, uscc, by, at) => (await sql.query(WITHDRAW, [id, uscc, by, at.toISOString()])).length === 1,
    async use({ uscc, recipient, dataSet, purpose, project, reference }, at, trace) {
      try {
        const [row] = await sql.query<Columns>(USE, [uscc, recipient, dataSet, purpose, project, at.toISOString(), reference, trace])
        return row && { consent: consentOf(row), number: row.used }
      } catch (thrown) {
        if (errorCode(thrown) === UNIQUE_VIOLATION) return 'used-before'
        throw thrown
      }
    },
    usedAs: async (recipient, reference) => (await sql.query<UseColumns>(USED_AS, [recipient, reference])).map(useOf)[0],
    about: async ({ uscc, recipient, dataSet, purpose }, limit) =>
      (await sql.query<Columns>(ABOUT, [uscc, recipient, dataSet, purpose, limit])).map(consentOf),
    ofCompany: async (uscc, limit, before) =>
      (await sql.query<Columns>(OF_COMPANY, [uscc, before?.createdAt ?? 'infinity', before?.id ?? '', limit])).map(consentOf),
    uses: async (consentId, limit, before) => (await sql.query<UseColumns>(USES, [consentId, before ?? null, limit])).map(useOf),
  }
}

interface Columns {
  id: string
  uscc: string
  company_name: string
  enterprise_id: string
  membership_id: string
  person_name: string
  recipient: string
  data_set: DataSet
  purpose: Purpose
  project: string | null
  valid_from: Date
  valid_until: Date
  max_uses: number | null
  used: number
  state: DataConsent['state']
  text: string
  cms: string
  thumbprint: string
  created_at: Date
  withdrawn_at: Date | null
  withdrawn_by: string | null
  trace: string
}

const consentOf = (row: Columns): DataConsent => ({
  id: row.id,
  uscc: row.uscc as Uscc,
  companyName: row.company_name,
  enterpriseId: row.enterprise_id,
  membershipId: row.membership_id,
  personName: row.person_name,
  recipient: row.recipient,
  dataSet: row.data_set,
  purpose: row.purpose,
  ...(row.project === null ? {} : { project: row.project }),
  validFrom: row.valid_from.toISOString(),
  validUntil: row.valid_until.toISOString(),
  ...(row.max_uses === null ? {} : { maxUses: row.max_uses }),
  used: row.used,
  state: row.state,
  text: row.text,
  cms: row.cms,
  thumbprint: row.thumbprint,
  createdAt: row.created_at.toISOString(),
  ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at.toISOString() }),
  ...(row.withdrawn_by === null ? {} : { withdrawnBy: row.withdrawn_by }),
  trace: row.trace,
})

type UseColumns = Omit<DataUse, 'at' | 'consent' | 'dataSet'> & { consent_id: string; data_set: DataSet; at: Date }
const useOf = ({ consent_id, data_set, at, ...rest }: UseColumns): DataUse => ({
  ...rest,
  consent: consent_id,
  dataSet: data_set,
  at: at.toISOString(),
})

const CONSENT = `id, uscc, company_name, enterprise_id, membership_id, person_name, recipient, data_set, purpose, project, valid_from, valid_until, max_uses, used, state, text,
   cms, thumbprint, created_at, withdrawn_at, withdrawn_by, trace`
const GIVE = write(
  'data_consent_give',
  `INSERT INTO data_consent (id, uscc, company_name, enterprise_id, membership_id, person_name, recipient, data_set, purpose, project, valid_from, valid_until, max_uses, used, state,
   text, cms, thumbprint, created_at, trace)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz, $12::timestamptz, $13::int, 0, 'in-force', $14, $15, $16, $17::timestamptz, $18)
   ON CONFLICT (id) DO NOTHING RETURNING id`,
)
const FIND = read('data_consent_find', `SELECT ${CONSENT} FROM data_consent WHERE id = $1`)
const WITHDRAW = write(
  'data_consent_withdraw',
  `UPDATE data_consent SET state = 'withdrawn', withdrawn_by = $3, withdrawn_at = $4::timestamptz WHERE id = $1 AND uscc = $2 AND state = 'in-force' RETURNING id`,
)
/** The row is locked before it is counted: whoever withdraws meanwhile is waited for, and what they withdrew no longer fits. The narrowest consent goes first. */
const USE = write(
  'data_consent_use',
  `WITH chosen AS MATERIALIZED (
     SELECT id FROM data_consent
     WHERE uscc = $1::text AND recipient = $2::text AND data_set = $3::text AND purpose = $4::text AND state = 'in-force'
       AND valid_from <= $6::timestamptz AND valid_until > $6::timestamptz AND (project IS NULL OR project = $5::text) AND (max_uses IS NULL OR used < max_uses)
     ORDER BY project NULLS LAST, valid_until, id LIMIT 1 FOR UPDATE
   ), counted AS (
     UPDATE data_consent c SET used = c.used + 1 FROM chosen WHERE c.id = chosen.id RETURNING c.*
   ), line AS (
     INSERT INTO data_use (consent_id, number, uscc, recipient, data_set, purpose, project, reference, at, trace)
     SELECT id, used, uscc, recipient, data_set, purpose, $5::text, $7::text, $6::timestamptz, $8::text FROM counted
   )
   SELECT ${CONSENT} FROM counted`,
)
const USED_AS = read(
  'data_consent_used_as',
  `SELECT consent_id, number, recipient, data_set, purpose, project, reference, at, trace FROM data_use WHERE recipient = $1 AND reference = $2`,
)
const ABOUT = read(
  'data_consent_about',
  `SELECT ${CONSENT} FROM data_consent WHERE uscc = $1 AND recipient = $2 AND data_set = $3 AND purpose = $4 ORDER BY created_at DESC, id DESC LIMIT $5`,
)
const OF_COMPANY = read(
  'data_consents_of_company',
  `SELECT ${CONSENT} FROM data_consent WHERE uscc = $1 AND (created_at, id) < ($2::timestamptz, $3) ORDER BY created_at DESC, id DESC LIMIT $4`,
)
const USES = read(
  'data_consent_uses',
  `SELECT consent_id, number, recipient, data_set, purpose, project, reference, at, trace FROM data_use
   WHERE consent_id = $1 AND ($2::int IS NULL OR number < $2::int) ORDER BY number DESC LIMIT $3`,
)
