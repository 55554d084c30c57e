import { KEY_CHANGED, keyNews, REQUEST_CHANGED, requestNews } from './remote-news-line.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { RemoteNews, RemoteNewsStore } from './stores-remote-signing.ts'
import { createWebhookTable, WEBHOOK, type WebhookRow, webhookOf } from './webhook-table.ts'

/** News about requests and keys of persons, and centers' webhooks for them. Owns who may hear of what, and that what time ends is ended once. */
export function createRemoteNewsStore(sql: Sql): RemoteNewsStore {
  return {
    ...createWebhookTable(sql, { webhook: 'remote_webhook', delivery: 'remote_delivery', subject: 'subject' }),
    endRequests: async (at, limit) =>
      (await sql.query<{ id: string; center: string; trace: string }>(END_REQUESTS, [at.toISOString(), limit])).map(row => ({ ...row })),
    endKeys: async (at, trace, limit) =>
      (await sql.query<{ id: string; personId: string; serial: string | null }>(END_KEYS, [at.toISOString(), trace, limit])).map(
        ({ serial, ...row }) => ({ ...row, serial: serial ?? '' }),
      ),
    news: async limit => (await sql.query<NewsRow>(NEWS, [limit])).map(newsOf),
    async handedOn(newsIds) {
      await sql.query(HANDED_ON, [newsIds])
    },
    concerned: async ({ event, clientId, personId }, limit) =>
      (await sql.query<WebhookRow & { subjects: string[] }>(CONCERNED, [event, clientId ?? null, personId, limit])).map(({ subjects, ...row }) => ({
        hook: webhookOf(row),
        subjects,
      })),
  }
}

type NewsRow = Omit<RemoteNews, 'id' | 'at' | 'clientId'> & { id: bigint | number | string; at: Date; clientId: string | null }
const newsOf = ({ id, at, clientId, ...row }: NewsRow): RemoteNews => ({
  ...row,
  id: String(id),
  at: at.toISOString(),
  ...(clientId === null ? {} : { clientId }),
})

const durable = (name: string, text: string) => inLane('durable', write(name, text))
const END_REQUESTS = durable(
  'remote_request_end',
  `WITH over AS (
     UPDATE remote_request SET version = version + 1, state = 'expired' WHERE id IN (
       SELECT id FROM remote_request WHERE state = 'open' AND ends_at <= $1::timestamptz ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING ${REQUEST_CHANGED}),
   told AS (${requestNews('over', '$1')})
   SELECT id, center, body::jsonb ->> 'trace' AS trace FROM over`,
)
const END_KEYS = durable(
  'remote_key_end',
  `WITH over AS (
     UPDATE remote_key SET version = version + 1, state = 'expired' WHERE id IN (
       SELECT id FROM remote_key WHERE state = 'active' AND not_after <= $1::timestamptz ORDER BY not_after LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING ${KEY_CHANGED}),
   told AS (${keyNews('key.expired', 'over', 'expired', { at: '$1', trace: '$2' })})
   SELECT id, person_id AS "personId", serial FROM over`,
)
const NEWS = read(
  'remote_news',
  `SELECT id, event, client_id AS "clientId", person_id AS "personId", subject, data, at, trace FROM remote_news ORDER BY id LIMIT $1`,
)
const HANDED_ON = write('remote_news_handed_on', `DELETE FROM remote_news WHERE id = ANY($1::bigint[])`)
/** A key is told of to centers where its person logged in, by the names that they know the person by. */
const CONCERNED = read(
  'remote_webhooks_concerned',
  `SELECT ${WEBHOOK}, k.subjects FROM remote_webhook w CROSS JOIN LATERAL (
     SELECT coalesce(array_agg(c.membership_id ORDER BY c.membership_id), '{}') AS subjects
     FROM membership m JOIN consent c ON c.membership_id = m.id AND c.client_id = w.client_id WHERE m.person_id = $3::text) k
   WHERE $1 = ANY(w.events) AND (w.client_id = $2::text OR ($2::text IS NULL AND cardinality(k.subjects) > 0)) ORDER BY w.id LIMIT $4`,
)
