import { createBatch } from './batch.ts'
import { ENTRY_COLUMNS, entryValues, holders, names } from './company-entries.ts'
import {
  CHAIN,
  COMPANIES_OF,
  ENTRIES_OF,
  type EntryColumns,
  entryOf,
  FACTS,
  type FactsColumns,
  factsOf,
  HISTORY,
  HOLDER,
  type HolderColumns,
  type MandateColumns,
  mandateOf,
  OF_ENTERPRISE,
  OF_PERSON,
  OVERDUE,
  PEOPLE,
  USED_ONCE,
} from './mandate-reads.ts'
import { errorCode, inLane, isUndone, RELAXED, type Sql, UNIQUE_VIOLATION, type Value, write } from './sql.ts'
import type { CompanyEntry, Judged, MandateRow, MandateStore } from './stores-authorization.ts'

/** Mandates and the company's record. Owns that a use and a change of the same mandate never both come first: each is one statement that locks the rows it was judged by. */
export function createMandateStore(sql: Sql): MandateStore {
  const facts = createBatch<string, FactsColumns[]>({
    async run(ids) {
      const rows = await sql.query<FactsColumns>(FACTS, [[...new Set(ids)]])
      return ids.map(id => rows.filter(row => row.membership_id === id))
    },
  })
  const record = createBatch<CompanyEntry, undefined>({
    async run(entries) {
      const columns = entries.map(entryValues)
      await sql.query(
        RECORD,
        ENTRY_COLUMNS.map((_, i) => columns.map(values => scalar(values[i]))),
      )
      return entries.map(() => undefined)
    },
  })
  const companies = createBatch<CompaniesQuestion, Company[]>({
    async run(items) {
      const rows = await sql.query<Company & { n: number }>(COMPANIES_OF, [
        items.map((_, i) => i),
        items.map(({ bank }) => bank),
        items.map(({ subject }) => subject),
        items.map(({ digest }) => digest ?? null),
        items.map(({ at }) => at),
        items.map(({ limit }) => limit),
      ])
      const of = Map.groupBy(rows, ({ n }) => n)
      return items.map((_, i) => (of.get(i) ?? []).map(({ n: _n, ...company }) => company))
    },
  })
  const chainRows = async (ids: readonly string[]): Promise<MandateRow[]> =>
    ids.length === 0 ? [] : (await sql.query<MandateColumns>(CHAIN, [ids])).map(mandateOf)

  async function usedOnce(once: string) {
    const [row] = await sql.query<EntryColumns>(USED_ONCE, [once])
    return row && entryOf(row)
  }

  /** Two uses of one chain lock its rows in one order, so a deadlock is rare; the statement was then undone as a whole. */
  async function untilDone<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (thrown) {
        if (!isUndone(thrown) || tries === 8) throw thrown
      }
    }
  }

  return {
    async insert(row, entry) {
      await sql.query(INSERT, [...valuesOf(row), ...entryValues(entry)])
    },
    async find(id) {
      return (await chainRows([id]))[0]
    },
    async findChain(id) {
      const [own] = await chainRows([id])
      return own === undefined ? [] : [own, ...(await chainRows(own.chain))]
    },
    async facts(membershipId) {
      const rows = await facts(membershipId)
      const found = factsOf(rows)
      if (found === undefined) return undefined
      const above = [...new Set(found.mandates.flatMap(({ chain }) => chain))]
      return above.length === 0 ? found : { ...found, mandates: [...found.mandates, ...(await chainRows(above))] }
    },
    record,
    async freeze(enterpriseId, at, trace) {
      await sql.query(FREEZE, [enterpriseId, at, trace])
    },
    async change(row, after, entry) {
      const [changed] = await untilDone(() => sql.query<{ place: number }>(CHANGE, [...valuesOf(row), ...entryValues(entry), after]))
      return changed?.place
    },
    async use(entry, judged) {
      try {
        const [used] = await untilDone(() => sql.query<{ id: bigint | number | string; place: number | null }>(USE, useValues(entry, judged)))
        return used && { entry: Number(used.id), ...(used.place === null ? {} : { place: used.place }) }
      } catch (thrown) {
        const before = entry.once !== undefined && errorCode(thrown) === UNIQUE_VIOLATION ? await usedOnce(entry.once) : undefined
        if (before === undefined) throw thrown
        return { entry: before.entry, ...(before.place === undefined ? {} : { place: before.place }), before }
      }
    },
    usedOnce,
    ofEnterprise: async (enterpriseId, limit, before) =>
      (await sql.query<MandateColumns>(OF_ENTERPRISE, [enterpriseId, before?.createdAt ?? null, before?.id ?? null, limit])).map(mandateOf),
    overdue: async (from, to, limit) => (await sql.query<MandateColumns>(OVERDUE, [from.toISOString(), to.toISOString(), limit])).map(mandateOf),
    ofPerson: async ({ personId, digest }, limit) =>
      (await sql.query<MandateColumns & { uscc: never; enterprise_name: string }>(OF_PERSON, [personId, digest ?? null, limit])).map(row => ({
        ...mandateOf(row),
        enterprise: { uscc: row.uscc, name: row.enterprise_name },
      })),
    companiesOf: (who, at, limit) => companies({ ...who, at: at.toISOString(), limit }),
    history: async (enterpriseId, limit, before, only = {}) =>
      (await sql.query<EntryColumns>(HISTORY, [enterpriseId, before ?? null, limit, only.membershipId ?? null, only.act ?? null])).map(entryOf),
    entriesOf: async (mandateId, limit) => (await sql.query<EntryColumns>(ENTRIES_OF, [mandateId, limit])).map(entryOf),
    async holderOf(thumbprint) {
      const rows = await sql.query<HolderColumns>(HOLDER, [thumbprint])
      const [first] = rows
      if (first === undefined) return undefined
      const { bank, subject, person_id: personId, issuer, serial, not_before: notBefore, not_after: notAfter, algorithm } = first
      const certificate = { issuer, subject: first.subject_name, serial, notBefore, notAfter, thumbprint, algorithm }
      return { bank, subject, personId, enterpriseIds: rows.flatMap(row => row.enterprise_id ?? []), certificate }
    },
    peopleOf: async (enterpriseId, limit) => sql.query(PEOPLE, [enterpriseId, limit]),
  }
}

type Company = Awaited<ReturnType<MandateStore['companiesOf']>>[number]
type CompaniesQuestion = Parameters<MandateStore['companiesOf']>[0] & { at: string; limit: number }

const ROW_COLUMNS = [
  'id text',
  'enterprise_id text',
  'giver_id text',
  'root_giver_id text',
  'grantee_person_id text',
  'grantee_digest text',
  'chain text[]',
  'state text',
  'version int',
  'place int',
  'used_fen bigint',
  'text text',
  'given_cms text',
  'accepted_text text',
  'accepted_cms text',
  'valid_from timestamptz',
  'valid_until timestamptz',
  'integrity text',
  'created_at timestamptz',
  'updated_at timestamptz',
] as const
const valuesOf = (row: MandateRow): Value[] => [
  row.id,
  row.enterpriseId,
  row.giverId,
  row.rootGiverId,
  row.granteePersonId ?? null,
  row.granteeDigest ?? null,
  row.chain,
  row.state,
  row.version,
  row.place,
  row.usedFen,
  row.text,
  row.givenCms ?? null,
  row.acceptedText ?? null,
  row.acceptedCms ?? null,
  row.validFrom,
  row.validUntil,
  row.integrity,
  row.createdAt,
  row.updatedAt,
]

const useValues = (entry: CompanyEntry, { membershipId, rootGiverId, usedFen, mandates }: Judged): Value[] => [
  ...entryValues(entry),
  mandates.map(({ id }) => id),
  mandates.map(({ version }) => version),
  mandates.map(({ totalFen }) => totalFen ?? null),
  membershipId,
  rootGiverId ?? null,
  usedFen,
]

const scalar = (value: Value | undefined) => (Array.isArray(value) || typeof value === 'object' || value === undefined ? null : value)

const ROW = ROW_COLUMNS.length
const ENTRY = ENTRY_COLUMNS.length
const entryInto = `INSERT INTO company_entry (${names(ENTRY_COLUMNS)}, place)`

const INSERT = write(
  'mandate_insert',
  `WITH made AS (INSERT INTO mandate (${names(ROW_COLUMNS)}) VALUES (${holders(ROW_COLUMNS, 1)}) RETURNING place)
   ${entryInto} SELECT ${holders(ENTRY_COLUMNS, ROW + 1)}, made.place FROM made`,
)
/** What the audit record has already, told once more for the company's own people: it may be lost in the last instant before a crash. */
const RECORD = inLane(
  'swift',
  write(
    'company_record',
    `INSERT INTO company_entry (${names(ENTRY_COLUMNS)}) SELECT q.* FROM unnest(${ENTRY_COLUMNS.map((column, i) => `$${i + 1}::${column.split(' ')[1]}[]`).join(', ')}) AS q,
     ${RELAXED}`,
  ),
)
const FREEZE = write(
  'mandates_freeze',
  `INSERT INTO mandate_news (mandate_id, kind, place, at, trace)
   SELECT m.id, 'frozen', m.place, $2::timestamptz, $3 FROM mandate m JOIN enterprise e ON e.id = m.enterprise_id
   WHERE m.enterprise_id = $1 AND m.root_giver_id <> e.legal_representative_id AND m.state IN ('offered', 'active', 'suspended')`,
)
/** Place and amount used are the row's own: uses may have moved them since it was read. */
const CHANGED = ROW_COLUMNS.map((column, i) => [column.split(' ')[0] ?? '', `$${i + 1}::${column.split(' ')[1]}`] as const).filter(
  ([name]) => !['id', 'place', 'used_fen', 'created_at'].includes(name),
)
const CHANGE = write(
  'mandate_change',
  `WITH moved AS (
     UPDATE mandate SET ${CHANGED.map(([name, value]) => `${name} = ${value}`).join(', ')}, place = mandate.place + 1
     WHERE id = $1 AND version = $${ROW + ENTRY + 1}::int AND $10::int IS NOT NULL AND $11::bigint IS NOT NULL AND $19::timestamptz IS NOT NULL RETURNING id, place
   ), news AS (
     INSERT INTO mandate_news (mandate_id, kind, place, at, trace) SELECT moved.id, $${ROW + 3}, moved.place, $${ROW + 2}::timestamptz, $${ROW + 15} FROM moved
   )
   ${entryInto} SELECT ${holders(ENTRY_COLUMNS, ROW + 1)}, moved.place FROM moved RETURNING place`,
)
/**
 * The rows are locked first, in the order of their ids, and as locked they are the newest: a revocation that came before is seen, one that comes after waits and has a later place. The company's row is
 * locked against a change of its legal representative for the same reason.
 */
const [IDS, VERSIONS, TOTALS, MEMBER, ROOT, USED] = [1, 2, 3, 4, 5, 6].map(n => `$${ENTRY + n}`)
const USE = inLane(
  'durable',
  write(
    'mandate_use',
    `WITH held AS (
     SELECT id, version, state, used_fen FROM mandate WHERE id = ANY(${IDS}::text[]) ORDER BY id FOR UPDATE
   ), company AS (
     SELECT e.id FROM enterprise e JOIN membership m ON m.enterprise_id = e.id
     WHERE e.id = $1 AND m.id = ${MEMBER}::text AND NOT m.suspended
       AND (${ROOT}::text IS NULL OR coalesce(e.legal_representative_id, ${ROOT}::text) = ${ROOT}::text) FOR SHARE OF e, m
   ), fine AS (
     SELECT 1 FROM company WHERE cardinality(${IDS}::text[]) = (
       SELECT count(*) FROM held JOIN unnest(${IDS}::text[], ${VERSIONS}::int[], ${TOTALS}::bigint[]) AS q (id, version, total) USING (id)
       WHERE held.version = q.version AND held.state = 'active' AND (q.total IS NULL OR held.used_fen + ${USED}::bigint <= q.total))
   ), moved AS (
     UPDATE mandate SET place = mandate.place + 1, used_fen = mandate.used_fen + ${USED}::bigint FROM fine
     WHERE mandate.id = ANY(${IDS}::text[]) RETURNING mandate.id, mandate.place
   )
   ${entryInto} SELECT ${holders(ENTRY_COLUMNS, 1)}, (SELECT place FROM moved WHERE moved.id = $13) FROM fine
   WHERE $13::text IS NULL OR EXISTS (SELECT 1 FROM moved WHERE moved.id = $13) RETURNING id, place`,
  ),
)
