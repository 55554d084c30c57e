import { readJson } from './json.ts'
import { newsInto, newsValues } from './seal-news-line.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { SealTask, SealTaskDocument, SealTaskStore } from './stores-seal-tasks.ts'

/** Sealing tasks and their documents' states. Owns that a document is saved as sealed by exactly one of any number of writers, while its task is open, and never again after that, and that what is news of a change stands with it. */
export function createSealTaskStore(sql: Sql): SealTaskStore {
  return {
    async insert(task, documents, news) {
      await sql.query(INSERT, [
        task.id,
        task.version,
        task.state,
        task.enterpriseId,
        // nobody of the company is asked, where an expert is
        task.expert ? '' : (task.membershipId ?? null),
        task.center.id,
        JSON.stringify(task),
        task.createdAt,
        task.expiresAt,
        documents.map(({ n }) => n),
        documents.map(document => JSON.stringify(document)),
        ...newsValues(news),
      ])
    },
    find: async id => (await sql.query<Columns>(FIND, [id])).map(taskOf)[0],
    async save(task, news) {
      const saved = { ...task, version: task.version + 1 }
      const rows = await sql.query(SAVE, [task.id, task.version, saved.state, JSON.stringify(saved), ...newsValues(news)])
      return rows.length === 1 ? saved : undefined
    },
    waiting: async (enterpriseId, membershipId, at, limit) =>
      (await sql.query<Columns>(WAITING, [enterpriseId, membershipId, at.toISOString(), limit])).map(taskOf),
    ofEnterprise: async (enterpriseId, limit, before) =>
      (await sql.query<Columns>(OF_ENTERPRISE, [enterpriseId, before?.createdAt ?? null, before?.id ?? null, limit])).map(taskOf),
    ofCenter: async (clientId, limit, before) =>
      (await sql.query<Columns>(OF_CENTER, [clientId, before?.createdAt ?? null, before?.id ?? null, limit])).map(taskOf),
    documents: async (taskId, after, limit) => (await sql.query<Columns>(DOCUMENTS, [taskId, after, limit])).map(documentOf),
    document: async (taskId, n) => (await sql.query<Columns>(DOCUMENT, [taskId, n])).map(documentOf)[0],
    sealedOf: async taskId => Number((await sql.query<{ sealed: bigint | number | string }>(SEALED, [taskId]))[0]?.sealed ?? 0),
    async saveDocument(document, news) {
      const saved = { ...document, version: document.version + 1 }
      const values = [document.taskId, document.n, document.version, saved.state, JSON.stringify(saved)]
      const rows = await sql.query(SAVE_DOCUMENT, [...values, ...newsValues(news)])
      return rows.length === 1 ? saved : undefined
    },
  }
}

interface Columns {
  version: number
  body: string
}
const taskOf = ({ version, body }: Columns): SealTask => ({ ...readJson<SealTask>(body), version })
const documentOf = ({ version, body }: Columns): SealTaskDocument => ({ ...readJson<SealTaskDocument>(body), version })

const INSERT = inLane(
  'durable',
  write(
    'seal_task_insert',
    `WITH made AS (
       INSERT INTO seal_task (id, version, state, enterprise_id, membership_id, center, body, created_at, ends_at, expires_at)
       VALUES ($1, $2::int, $3, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz, $9::timestamptz + interval '400 days') RETURNING id
     ), told AS (${newsInto(12, 'made')})
     INSERT INTO seal_task_document (task_id, n, version, state, body) SELECT made.id, q.n, 1, 'waiting', q.body FROM made, unnest($10::int[], $11::text[]) AS q(n, body)`,
  ),
)
const FIND = read('seal_task_find', `SELECT version, body FROM seal_task WHERE id = $1`)
const SAVE = inLane(
  'durable',
  write(
    'seal_task_save',
    `WITH saved AS (UPDATE seal_task SET version = version + 1, state = $3, body = $4 WHERE id = $1 AND version = $2::int RETURNING id),
       told AS (${newsInto(5, 'saved')})
     SELECT id FROM saved`,
  ),
)
const WAITING = read(
  'seal_task_waiting',
  `SELECT version, body FROM seal_task WHERE enterprise_id = $1 AND state = 'open' AND (membership_id IS NULL OR membership_id = $2) AND ends_at > $3::timestamptz
   ORDER BY created_at DESC, id DESC LIMIT $4`,
)
const page = (column: string, also = ''): string =>
  `SELECT version, body FROM seal_task WHERE ${column} = $1 ${also}AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text)) ORDER BY created_at DESC, id DESC LIMIT $4`
const OF_ENTERPRISE = read('seal_task_of_enterprise', page('enterprise_id', `AND membership_id IS DISTINCT FROM '' `))
const OF_CENTER = read('seal_task_of_center', page('center'))
const DOCUMENTS = read('seal_task_documents', `SELECT version, body FROM seal_task_document WHERE task_id = $1 AND n > $2::int ORDER BY n LIMIT $3`)
const DOCUMENT = read('seal_task_document', `SELECT version, body FROM seal_task_document WHERE task_id = $1 AND n = $2::int`)
const SEALED = read('seal_task_sealed', `SELECT count(*) AS sealed FROM seal_task_document WHERE task_id = $1 AND state = 'sealed'`)
/** The task is held first: one that is ended or extended at this moment is so before this or after it. What is sealed is kept as long as what was sealed before, whatever end its process had read. */
const SAVE_DOCUMENT = inLane(
  'durable',
  write(
    'seal_task_document_save',
    `WITH held AS (SELECT ends_at FROM seal_task WHERE id = $1 AND state = 'open' FOR SHARE), saved AS (
       UPDATE seal_task_document d SET version = d.version + 1, state = $4, body = $5::text FROM held
       WHERE d.task_id = $1 AND d.n = $2::int AND d.version = $3::int AND d.state <> 'sealed' RETURNING d.n
     ), kept AS (
       UPDATE blob_piece b SET expires_at = greatest(b.expires_at, held.ends_at + interval '30 days') FROM held, saved
       WHERE b.blob_id = $5::text::jsonb -> 'sealed' ->> 'blob'
     ), told AS (${newsInto(6, 'saved')})
     SELECT n FROM saved`,
  ),
)
