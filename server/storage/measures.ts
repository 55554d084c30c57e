import type { Clock } from '../kernel/clock.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { createBatch } from './batch.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { Measure, MeasureStore, MeasureTerms } from './stores-enforcement.ts'

/** Measures of joint punishment. Owns that one ends once, and that logins of a moment share one look; what a measure says is enforcement/'s. */
export function createMeasureStore(sql: Sql, clock: Clock): MeasureStore {
  const counting = createBatch<Uscc, Measure[]>({
    async run(codes) {
      const rows = await sql.query<Columns>(COUNTING, [[...new Set(codes)], clock.now().toISOString(), MOST])
      const found = Map.groupBy(rows, ({ uscc }) => uscc)
      return codes.map(uscc => (found.get(uscc) ?? []).map(measureOf))
    },
  })
  return {
    async record(measures) {
      const made = new Set((await sql.query<{ id: string }>(RECORD, columnsOf(measures))).map(({ id }) => id))
      const stored = await sql.query<{ id: string; source: string; number: string; digest: string }>(BY_NUMBERS, [
        measures.map(({ source }) => source),
        measures.map(({ number }) => number),
      ])
      const known = new Map(stored.map(row => [JSON.stringify([row.source, row.number]), row]))
      return measures.map(({ id, source, number, digest }) => {
        const row = known.get(JSON.stringify([source, number]))
        if (row === undefined || row.digest !== digest) return { id, outcome: 'other' as const }
        return { id: row.id, outcome: made.has(id) ? ('recorded' as const) : ('known' as const) }
      })
    },
    find: async id => (await sql.query<Columns>(FIND, [id])).map(measureOf)[0],
    byNumber: async (source, number) => (await sql.query<Columns>(BY_NUMBER, [source, number])).map(measureOf)[0],
    counting,
    ofCompany: async (uscc, limit, before) =>
      (await sql.query<Columns>(OF_COMPANY, [uscc, before?.recordedAt ?? 'infinity', before?.id ?? '', limit])).map(measureOf),
    ofSource: async (source, after, limit) => (await sql.query<Columns>(OF_SOURCE, [source, after, limit])).map(measureOf),
    end: async (id, to, { by, why, at }) => (await sql.query(END, [id, to, by, why, at])).length === 1,
  }
}

/** of one company, in force at once */
const MOST = 100

interface Columns {
  id: string
  uscc: Uscc
  source: string
  number: string
  effect: Measure['effect']
  from_at: Date
  until_at: Date
  body: string
  digest: string
  state: Measure['state']
  version: number
  recorded_at: Date
  trace: string
  ended_at: Date | null
  ended_by: string | null
  ended_why: string | null
}

const measureOf = (row: Columns): Measure => ({
  id: row.id,
  uscc: row.uscc,
  source: row.source,
  number: row.number,
  effect: row.effect,
  fromAt: row.from_at.toISOString(),
  untilAt: row.until_at.toISOString(),
  terms: readJson<MeasureTerms>(row.body),
  digest: row.digest,
  state: row.state,
  version: row.version,
  recordedAt: row.recorded_at.toISOString(),
  trace: row.trace,
  ...(row.ended_at === null ? {} : { ended: { at: row.ended_at.toISOString(), by: row.ended_by ?? '', why: row.ended_why ?? '' } }),
})

const columnsOf = (measures: readonly Measure[]) => [
  measures.map(({ id }) => id),
  measures.map(({ uscc }) => uscc),
  measures.map(({ source }) => source),
  measures.map(({ number }) => number),
  measures.map(({ effect }) => effect),
  measures.map(({ fromAt }) => fromAt),
  measures.map(({ untilAt }) => untilAt),
  measures.map(({ terms }) => JSON.stringify(terms)),
  measures.map(({ digest }) => digest),
  measures.map(({ recordedAt }) => recordedAt),
  measures.map(({ trace }) => trace),
]

const COLUMNS = 'id, uscc, source, number, effect, from_at, until_at, body, digest, state, version, recorded_at, trace, ended_at, ended_by, ended_why'
const RECORD = inLane(
  'durable',
  write(
    'measure_record',
    `INSERT INTO measure (id, uscc, source, number, effect, from_at, until_at, body, digest, recorded_at, trace, state, version)
     SELECT *, 'in-force', 1 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[],
       $10::timestamptz[], $11::text[])
     ON CONFLICT (source, number) DO NOTHING RETURNING id`,
  ),
)
const BY_NUMBERS = read(
  'measures_by_number',
  `SELECT m.id, m.source, m.number, m.digest FROM unnest($1::text[], $2::text[]) AS asked (source, number) JOIN measure m USING (source, number)`,
)
const FIND = read('measure_find', `SELECT ${COLUMNS} FROM measure WHERE id = $1`)
const BY_NUMBER = read('measure_by_number', `SELECT ${COLUMNS} FROM measure WHERE source = $1 AND number = $2`)
const COUNTING = inLane(
  'swift',
  read(
    'measures_counting',
    `SELECT m.* FROM unnest($1::text[]) AS asked (code) CROSS JOIN LATERAL (
       SELECT ${COLUMNS} FROM measure WHERE uscc = asked.code AND state = 'in-force' AND until_at > $2::timestamptz AND from_at <= $2::timestamptz
       ORDER BY effect DESC, until_at DESC, id LIMIT $3) m`,
  ),
)
const OF_COMPANY = read(
  'measures_of_company',
  `SELECT ${COLUMNS} FROM measure WHERE uscc = $1 AND (recorded_at, id) < ($2::timestamptz, $3) ORDER BY recorded_at DESC, id DESC LIMIT $4`,
)
const OF_SOURCE = read('measures_of_source', `SELECT ${COLUMNS} FROM measure WHERE source = $1 AND id > $2 ORDER BY id LIMIT $3`)
const END = inLane(
  'durable',
  write(
    'measure_end',
    `UPDATE measure SET state = $2, version = version + 1, ended_by = $3, ended_why = $4, ended_at = $5::timestamptz WHERE id = $1 AND state = 'in-force' RETURNING id`,
  ),
)
