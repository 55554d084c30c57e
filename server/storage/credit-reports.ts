import { read, type Sql, write } from './sql.ts'
import type { CreditModel, CreditStore, Recall, StoredReport } from './stores-credit.ts'

type ReportStore = Pick<
  CreditStore,
  'touch' | 'addReport' | 'report' | 'reportsOf' | 'recallsDue' | 'recallsToSend' | 'recallsAnswered' | 'recalled' | 'addModel' | 'models' | 'model'
>

/** Reports as they were given, notices that they may no longer be used, and the formulas by which they are made. */
export function createCreditReportStore(sql: Sql): ReportStore {
  return {
    async touch({ kind, subject }, at) {
      await sql.query(TOUCH, [kind, subject, at])
    },
    async addReport(report, subjectVersion) {
      const { id, kind, subject, recipient, project, purpose, consentId, useNumber, document, model, inputs, factIds, at, trace } = report
      const about = [id, kind, subject, report.report, recipient ?? null, project ?? null, purpose ?? null, consentId ?? null, useNumber ?? null]
      return (await sql.query(ADD, [...about, document, model, inputs, factIds, at, trace, subjectVersion])).length === 1
    },
    report: async id => (await sql.query<Columns>(REPORT, [id])).map(reportOf)[0],
    reportsOf: async ({ kind, subject }, limit, before) =>
      (await sql.query<Columns>(REPORTS_OF, [kind, subject, before?.at ?? 'infinity', before?.id ?? '', limit])).map(reportOf),
    recallsDue: async (limit, recipient) =>
      (await (recipient === undefined ? sql.query<RecallColumns>(DUE, [limit]) : sql.query<RecallColumns>(DUE_OF, [limit, recipient]))).map(recallOf),
    recallsToSend: async (recipients, limit, after) =>
      (await sql.query<RecallColumns>(TO_SEND, [recipients, after?.createdAt ?? '-infinity', after?.id ?? '', limit])).map(recallOf),
    async recallsAnswered() {
      await sql.query(ANSWERED, [])
    },
    recalled: async (id, at, recipient) => (await sql.query(RECALLED, [id, at.toISOString(), recipient ?? null])).length === 1,
    addModel: async ({ report, revision, body, by, at }) => (await sql.query(ADD_MODEL, [report, revision, body, by, at])).length === 1,
    models: async () => (await sql.query<ModelColumns>(MODELS, [])).map(modelOf),
    model: async (report, revision) => (await sql.query<ModelColumns>(MODEL, [report, revision])).map(modelOf)[0],
  }
}

interface Columns {
  id: string
  kind: StoredReport['kind']
  subject: string
  report: StoredReport['report']
  recipient: string | null
  project: string | null
  purpose: NonNullable<StoredReport['purpose']> | null
  consent_id: string | null
  use_number: number | null
  document: string
  model: string
  inputs: string
  fact_ids: string[]
  at: Date
  trace: string
  recalled_at: Date | null
}
const reportOf = (row: Columns): StoredReport => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  report: row.report,
  ...(row.recipient === null ? {} : { recipient: row.recipient }),
  ...(row.project === null ? {} : { project: row.project }),
  ...(row.purpose === null ? {} : { purpose: row.purpose }),
  ...(row.consent_id === null ? {} : { consentId: row.consent_id }),
  ...(row.use_number === null ? {} : { useNumber: row.use_number }),
  document: row.document,
  model: row.model,
  inputs: row.inputs,
  factIds: row.fact_ids,
  at: row.at.toISOString(),
  trace: row.trace,
  ...(row.recalled_at === null ? {} : { recalledAt: row.recalled_at.toISOString() }),
})

type RecallColumns = Omit<Recall, 'factId' | 'createdAt' | 'sentAt'> & { fact_id: string; created_at: Date }
const recallOf = ({ fact_id, created_at, ...row }: RecallColumns): Recall => ({ ...row, factId: fact_id, createdAt: created_at.toISOString() })
type ModelColumns = Omit<CreditModel, 'at'> & { at: Date }
const modelOf = (row: ModelColumns): CreditModel => ({ ...row, at: row.at.toISOString() })

const COLUMNS = 'id, kind, subject, report, recipient, project, purpose, consent_id, use_number, model, fact_ids, at, trace, recalled_at'
const TOUCH = write(
  'credit_subject_touch',
  `INSERT INTO credit_subject (kind, subject, version, due_at) VALUES ($1, $2, 1, $3::timestamptz) ON CONFLICT DO NOTHING RETURNING kind`,
)
/** The subject's row is locked and moved on: no fact of the report changes between the reading of it and this, or the report is not there. */
const ADD = write(
  'credit_report_add',
  `WITH whose AS (
     UPDATE credit_subject SET version = version + 1 WHERE kind = $2::text AND subject = $3::text AND version = $16::int RETURNING kind
   )
   INSERT INTO credit_report (id, kind, subject, report, recipient, project, purpose, consent_id, use_number, document, model, inputs, fact_ids, at, trace)
   SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::int, $10::text, $11::text, $12::text, $13::text[], $14::timestamptz, $15::text FROM whose RETURNING id`,
)
const REPORT = read('credit_report', `SELECT ${COLUMNS}, document, inputs FROM credit_report WHERE id = $1`)
const REPORTS_OF = read(
  'credit_reports_of',
  `SELECT ${COLUMNS} FROM credit_report WHERE kind = $1 AND subject = $2 AND (at, id) < ($3::timestamptz, $4) ORDER BY at DESC, id DESC LIMIT $5`,
)
const WAITING = 'SELECT id, fact_id, recipient, reason, reports, created_at, trace FROM credit_recall WHERE sent_at IS NULL'
const DUE = read('credit_recalls_due', `${WAITING} ORDER BY created_at, id LIMIT $1`)
const DUE_OF = read('credit_recalls_due_of', `${WAITING} AND recipient = $2 ORDER BY created_at, id LIMIT $1`)
const TO_SEND = read(
  'credit_recalls_to_send',
  `${WAITING} AND recipient = ANY($1::text[]) AND (created_at, id) > ($2::timestamptz, $3::text)
   AND NOT EXISTS (SELECT FROM channel_outgoing o WHERE o.receiver = recipient AND o.idempotency_key = 'recall/' || credit_recall.id) ORDER BY created_at, id LIMIT $4`,
)
const ANSWERED = write(
  'credit_recalls_answered',
  `UPDATE credit_recall r SET sent_at = o.done_at FROM channel_outgoing o
   WHERE r.sent_at IS NULL AND o.receiver = r.recipient AND o.idempotency_key = 'recall/' || r.id AND o.state = 'delivered' RETURNING r.id`,
)
const RECALLED = write(
  'credit_recalled',
  `UPDATE credit_recall SET sent_at = coalesce(sent_at, $2::timestamptz) WHERE id = $1 AND ($3::text IS NULL OR recipient = $3::text) RETURNING id`,
)
const ADD_MODEL = write(
  'credit_model_add',
  `INSERT INTO credit_model (report, revision, body, by, at) VALUES ($1, $2::int, $3, $4, $5::timestamptz) ON CONFLICT DO NOTHING RETURNING revision`,
)
const MODELS = read('credit_models', `SELECT DISTINCT ON (report) report, revision, body, by, at FROM credit_model ORDER BY report, revision DESC`)
const MODEL = read('credit_model', `SELECT report, revision, body, by, at FROM credit_model WHERE report = $1 AND revision = $2::int`)
