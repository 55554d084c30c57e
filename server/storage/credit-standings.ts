import { read, type Sql, write } from './sql.ts'
import type { CreditStore, ScoreDay, Standing, Subject } from './stores-credit.ts'

type StandingStore = Pick<CreditStore, 'claimDue' | 'settle' | 'standings' | 'scores'>

/** Where subjects stand, and the days on which a score changed. */
export function createCreditStandingStore(sql: Sql): StandingStore {
  return {
    claimDue: async (now, until, limit) => await sql.query<Subject & { version: number }>(CLAIM, [now.toISOString(), until.toISOString(), limit]),
    async settle(standings, subjects, next) {
      const whose = [subjects.map(({ kind }) => kind), subjects.map(({ subject }) => subject), subjects.map(({ version }) => version)]
      const of = <Field extends keyof Standing>(field: Field) => standings.map(each => each[field])
      const lines = [of('kind'), of('subject'), of('report'), of('score'), of('most'), of('day'), of('model'), of('inputs')]
      await sql.query(SETTLE, [...whose, next.toISOString(), ...lines])
    },
    standings: async ({ kind, subject }) => await sql.query<Standing>(STANDINGS, [kind, subject]),
    scores: async ({ kind, subject }, report, limit) => await sql.query<ScoreDay>(SCORES, [kind, subject, report, limit]),
  }
}

const CLAIM = write(
  'credit_claim_due',
  `UPDATE credit_subject s SET due_at = $2::timestamptz FROM (
     SELECT kind, subject FROM credit_subject WHERE due_at <= $1::timestamptz ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
   ) d WHERE s.kind = d.kind AND s.subject = d.subject RETURNING s.kind, s.subject, s.version`,
)
/** A subject that changed since it was read keeps its standing and stays due at once. Subjects are locked in the order in which facts are recorded, so that two statements never wait for each other crosswise. */
const SETTLE = write(
  'credit_settle',
  `WITH asked AS (
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[]) AS a (kind, subject, version)
   ), locked AS MATERIALIZED (
     SELECT s.kind, s.subject, a.version FROM credit_subject s JOIN asked a ON a.kind = s.kind AND a.subject = s.subject ORDER BY s.kind, s.subject FOR UPDATE OF s
   ), whose AS (
     UPDATE credit_subject s SET due_at = $4::timestamptz FROM locked w
     WHERE s.kind = w.kind AND s.subject = w.subject AND s.version = w.version RETURNING s.kind, s.subject
   ), given AS (
     SELECT g.* FROM unnest($5::text[], $6::text[], $7::text[], $8::int[], $9::int[], $10::text[], $11::text[], $12::text[]) AS g (kind, subject, report, score, most, day, model, inputs)
     JOIN whose USING (kind, subject)
   ), moved AS (
     INSERT INTO credit_score (kind, subject, report, day, score, model)
     SELECT g.kind, g.subject, g.report, g.day, g.score, g.model FROM given g
     LEFT JOIN credit_standing s ON s.kind = g.kind AND s.subject = g.subject AND s.report = g.report
     WHERE s.score IS DISTINCT FROM g.score ORDER BY g.kind, g.subject, g.report
     ON CONFLICT (kind, subject, report, day) DO UPDATE SET score = excluded.score, model = excluded.model
   )
   INSERT INTO credit_standing (kind, subject, report, score, most, day, model, inputs) SELECT * FROM given ORDER BY kind, subject, report
   ON CONFLICT (kind, subject, report) DO UPDATE SET score = excluded.score, most = excluded.most, day = excluded.day, model = excluded.model, inputs = excluded.inputs`,
)
const STANDINGS = read(
  'credit_standings',
  `SELECT kind, subject, report, score, most, day, model, inputs FROM credit_standing WHERE kind = $1 AND subject = $2 ORDER BY report`,
)
const SCORES = read(
  'credit_scores',
  `SELECT day, score, model FROM credit_score WHERE kind = $1 AND subject = $2 AND report = $3 ORDER BY day DESC LIMIT $4`,
)
