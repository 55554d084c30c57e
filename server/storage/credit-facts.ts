import { read, type Sql, type Value, write } from './sql.ts'
import type { CreditFact, CreditStore, FactStep, SubjectFacts } from './stores-credit.ts'

type FactStore = Pick<CreditStore, 'record' | 'fact' | 'steps' | 'recallsOf' | 'inForce' | 'ofSubject' | 'countByLevel' | 'disputed' | 'change'>

/** Facts and what happens to them. */
export function createCreditFactStore(sql: Sql): FactStore {
  async function recordOnce(facts: readonly CreditFact[]): Promise<Recorded[]> {
    const columns = FIELDS.map(field => facts.map(fact => fact[field] ?? null))
    const rows = await sql.query<{ place: string; id: string; fresh: boolean; same: boolean | null }>(RECORD, columns as Value[])
    const byPlace = new Map(rows.map(row => [Number(row.place), row]))
    return facts.map((fact, i) => {
      const { id, fresh, same } = byPlace.get(i + 1) ?? { id: fact.id, fresh: false, same: null }
      return { id, outcome: fresh ? 'recorded' : same === null ? 'unseen' : same ? 'known' : 'other' }
    })
  }

  return {
    async record(facts) {
      const found = await recordOnce(facts)
      // somebody recorded it while this statement ran, which sees what was there when it began; the next one sees it
      const unseen = facts.filter((_, i) => found[i]?.outcome === 'unseen')
      const again = unseen.length === 0 ? [] : await recordOnce(unseen)
      return found.map(each => {
        const { id, outcome } = each.outcome === 'unseen' ? (again.shift() ?? each) : each
        return { id, outcome: outcome === 'unseen' ? 'other' : outcome }
      })
    },
    fact: async id => (await sql.query<Columns>(FACT, [id])).map(factOf)[0],
    steps: async factId => (await sql.query<Omit<FactStep, 'at'> & { at: Date }>(STEPS, [factId])).map(row => ({ ...row, at: row.at.toISOString() })),
    recallsOf: async factId => (await sql.query<{ recalls: number }>(RECALLS_OF, [factId]))[0]?.recalls ?? 0,
    async inForce(subjects, day, limit) {
      const values = [subjects.map(({ kind }) => kind), subjects.map(({ subject }) => subject), day, limit]
      const rows = await sql.query<Partial<Columns> & { place: string; subject_version: number | null }>(IN_FORCE, values)
      const found: SubjectFacts[] = subjects.map(() => ({ version: 0, facts: [] }))
      for (const row of rows) {
        const at = found[Number(row.place) - 1]
        if (at === undefined) continue
        at.version = row.subject_version ?? 0
        if (isFact(row)) at.facts.push(factOf(row))
      }
      return found
    },
    ofSubject: async ({ kind, subject }, limit, before) => (await sql.query<Columns>(OF_SUBJECT, [kind, subject, before ?? null, limit])).map(factOf),
    async countByLevel({ kind, subject }, type, day) {
      const rows = await sql.query<{ level: string; count: number }>(COUNT, [kind, subject, type, day])
      return Object.fromEntries(rows.map(({ level, count }) => [level, count]))
    },
    disputed: async (source, limit, after) => (await sql.query<Columns>(DISPUTED, [source, after ?? '', limit])).map(factOf),
    async change({ id, version }, to, { kind, by, why, at, trace }, subjectVersion) {
      const gone = to === 'repaired' || to === 'recalled'
      const [row] = await sql.query<{ told: number }>(CHANGE, [id, version, to, subjectVersion, kind, by, why, at, trace, gone])
      return row?.told
    },
  }
}

interface Recorded {
  id: string
  outcome: 'recorded' | 'known' | 'other' | 'unseen'
}

interface Columns {
  id: string
  kind: CreditFact['kind']
  subject: string
  source: string
  source_key: string
  type: string
  level: string
  value: string | number | bigint | null
  title: string
  project: string | null
  document: string | null
  happened_on: string
  effective_from: string
  min_until: string
  max_until: string
  evidence: string
  digest: string
  cms: string | null
  thumbprint: string | null
  state: CreditFact['state']
  version: number
  recorded_at: Date
  trace: string
}
const isFact = (row: Partial<Columns>): row is Columns => typeof row.id === 'string'

const factOf = (row: Columns): CreditFact => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  source: row.source,
  sourceKey: row.source_key,
  type: row.type,
  level: row.level,
  ...(row.value === null ? {} : { value: Number(row.value) }),
  title: row.title,
  ...(row.project === null ? {} : { project: row.project }),
  ...(row.document === null ? {} : { document: row.document }),
  happenedOn: row.happened_on,
  effectiveFrom: row.effective_from,
  minUntil: row.min_until,
  maxUntil: row.max_until,
  evidence: row.evidence,
  digest: row.digest,
  ...(row.cms === null ? {} : { cms: row.cms }),
  ...(row.thumbprint === null ? {} : { thumbprint: row.thumbprint }),
  state: row.state,
  version: row.version,
  recordedAt: row.recorded_at.toISOString(),
  trace: row.trace,
})

/** in the order of the columns of RECORD */
const FIELDS = [
  ...([
    'id',
    'kind',
    'subject',
    'source',
    'sourceKey',
    'type',
    'level',
    'value',
    'title',
    'project',
    'document',
    'happenedOn',
    'effectiveFrom',
  ] as const),
  ...(['minUntil', 'maxUntil', 'evidence', 'digest', 'cms', 'thumbprint', 'recordedAt', 'trace'] as const),
] as const
const FACT_COLUMNS = `id, kind, subject, source, source_key, type, level, value, title, project, document, happened_on, effective_from, min_until, max_until, evidence, digest, cms,
   thumbprint, state, version, recorded_at, trace`

const RECORD = write(
  'credit_fact_record',
  `WITH given AS (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
       $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::timestamptz[], $21::text[])
     WITH ORDINALITY AS g (id, kind, subject, source, source_key, type, level, value, title, project, document, happened_on, effective_from, min_until, max_until, evidence, digest, cms,
       thumbprint, recorded_at, trace, place)
   ), made AS (
     INSERT INTO credit_fact (${FACT_COLUMNS})
     SELECT id, kind, subject, source, source_key, type, level, value, title, project, document, happened_on, effective_from, min_until, max_until, evidence, digest, cms, thumbprint,
       'in-force', 1, recorded_at, trace FROM given ORDER BY source, source_key
     ON CONFLICT (source, source_key) DO NOTHING RETURNING id, kind, subject, recorded_at
   ), due AS (
     INSERT INTO credit_subject (kind, subject, version, due_at) SELECT kind, subject, 1, min(recorded_at) FROM made GROUP BY kind, subject ORDER BY kind, subject
     ON CONFLICT (kind, subject) DO UPDATE SET version = credit_subject.version + 1, due_at = excluded.due_at
   )
   SELECT g.place, coalesce(m.id, f.id, g.id) AS id, m.id IS NOT NULL AS fresh, f.digest = g.digest AS same FROM given g
   LEFT JOIN made m ON m.id = g.id LEFT JOIN credit_fact f ON f.source = g.source AND f.source_key = g.source_key`,
)
const FACT = read('credit_fact', `SELECT ${FACT_COLUMNS} FROM credit_fact WHERE id = $1`)
const STEPS = read('credit_fact_steps', `SELECT number, kind, by, why, at, trace FROM credit_fact_step WHERE fact_id = $1 ORDER BY number LIMIT 100`)
const RECALLS_OF = read('credit_recalls_of', `SELECT count(*)::int AS recalls FROM credit_recall WHERE fact_id = $1`)
/** Where there are more than are read, penalties go before all else, then the newest. */
const IN_FORCE = read(
  'credit_facts_in_force',
  `SELECT q.place, s.version AS subject_version, f.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q (kind, subject, place)
   LEFT JOIN credit_subject s ON s.kind = q.kind AND s.subject = q.subject
   LEFT JOIN LATERAL (
     SELECT ${FACT_COLUMNS} FROM credit_fact c WHERE c.kind = q.kind AND c.subject = q.subject AND c.max_until > $3 AND c.effective_from <= $3 AND c.state IN ('in-force', 'disputed')
     ORDER BY (c.type = 'penalty') DESC, c.happened_on DESC, c.id LIMIT $4
   ) f ON true`,
)
const OF_SUBJECT = read(
  'credit_facts_of_subject',
  `SELECT ${FACT_COLUMNS} FROM credit_fact WHERE kind = $1 AND subject = $2
   AND ($3::text IS NULL OR (happened_on, id) < (SELECT happened_on, id FROM credit_fact WHERE id = $3::text)) ORDER BY happened_on DESC, id DESC LIMIT $4`,
)
const COUNT = read(
  'credit_facts_by_level',
  `SELECT level, count(*)::int AS count FROM credit_fact WHERE kind = $1 AND subject = $2 AND type = $3 AND max_until > $4 AND effective_from <= $4
   AND state IN ('in-force', 'disputed') GROUP BY level`,
)
const DISPUTED = read(
  'credit_facts_disputed',
  `SELECT ${FACT_COLUMNS} FROM credit_fact WHERE source = $1 AND state = 'disputed' AND id > $2 ORDER BY id LIMIT $3`,
)
/** The subject's row goes first: a report that was added in between has moved its version, and the change is judged anew. */
const CHANGE = write(
  'credit_fact_change',
  `WITH whose AS (
     UPDATE credit_subject s SET version = s.version + 1, due_at = $8::timestamptz FROM credit_fact f
     WHERE f.id = $1::text AND f.version = $2::int AND s.kind = f.kind AND s.subject = f.subject AND s.version = $4::int RETURNING s.kind, s.subject
   ), changed AS (
     UPDATE credit_fact f SET state = $3::text, version = f.version + 1 FROM whose WHERE f.id = $1::text AND f.version = $2::int RETURNING f.id, f.version
   ), line AS (
     INSERT INTO credit_fact_step (fact_id, number, kind, by, why, at, trace) SELECT id, version, $5::text, $6::text, $7::text, $8::timestamptz, $9::text FROM changed
   ), gone AS (
     UPDATE credit_report r SET recalled_at = coalesce(r.recalled_at, $8::timestamptz) FROM whose, changed
     WHERE $10::boolean AND r.kind = whose.kind AND r.subject = whose.subject AND changed.id = ANY (r.fact_ids) RETURNING r.id, r.recipient
   ), told AS (
     INSERT INTO credit_recall (id, fact_id, recipient, reason, reports, created_at, trace)
     SELECT encode(sha256(convert_to($1::text || ' ' || recipient, 'UTF8')), 'hex'), $1::text, recipient, $3::text, array_agg(id ORDER BY id), $8::timestamptz, $9::text FROM gone
     WHERE recipient IS NOT NULL GROUP BY recipient RETURNING id
   )
   SELECT (SELECT count(*)::int FROM told) AS told FROM changed`,
)
