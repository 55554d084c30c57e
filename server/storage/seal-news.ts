import { knows } from './seal-interface.ts'
import { newsInto, newsValues } from './seal-news-line.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { SealNews, SealNewsStore } from './stores-seal-interface.ts'
import { createWebhookTable, WEBHOOK, type WebhookRow, webhookOf } from './webhook-table.ts'

/** News about seals and tasks, and centers' webhooks for them. Owns who may hear of what. */
export function createSealNewsStore(sql: Sql): SealNewsStore {
  return {
    ...createWebhookTable(sql, { webhook: 'seal_webhook', delivery: 'seal_delivery', subject: 'subject' }),
    async tell(news) {
      await sql.query(TELL, newsValues(news))
    },
    tellOver: async (at, trace, limit) => (await sql.query(TELL_OVER, [at.toISOString(), trace, limit])).length,
    news: async limit => (await sql.query<NewsRow>(NEWS, [limit])).map(newsOf),
    async handedOn(newsIds) {
      await sql.query(HANDED_ON, [newsIds])
    },
    concerned: async ({ event, clientId, enterpriseId }, limit) =>
      (await sql.query<WebhookRow>(CONCERNED, [event, clientId ?? null, enterpriseId ?? null, limit])).map(webhookOf),
  }
}

type NewsRow = Omit<SealNews, 'id' | 'at' | 'clientId' | 'enterpriseId'> & {
  id: bigint | number | string
  at: Date
  clientId: string | null
  enterpriseId: string | null
}
const newsOf = ({ id, at, clientId, enterpriseId, ...row }: NewsRow): SealNews => ({
  ...row,
  id: String(id),
  at: at.toISOString(),
  ...(clientId === null ? {} : { clientId }),
  ...(enterpriseId === null ? {} : { enterpriseId }),
})

const TELL = inLane('durable', write('seal_news_tell', newsInto(1, '(SELECT 1) AS happened')))
const TELL_OVER = inLane(
  'durable',
  write(
    'seal_news_tell_over',
    `WITH over AS (
       UPDATE seal_task SET over_told = true WHERE id IN (
         SELECT id FROM seal_task WHERE state = 'open' AND ends_at <= $1::timestamptz AND NOT over_told
         AND EXISTS (SELECT 1 FROM seal_task_document d WHERE d.task_id = seal_task.id AND d.state = 'waiting') ORDER BY ends_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id, center, enterprise_id, body
     )
     INSERT INTO seal_news (event, client_id, enterprise_id, subject, data, at, trace)
     SELECT 'task.expired', center, enterprise_id, id, jsonb_strip_nulls(jsonb_build_object('task', id, 'state', 'expired', 'reference', body::jsonb ->> 'reference'))::text,
       $1::timestamptz, $2 FROM over RETURNING id`,
  ),
)
const NEWS = read(
  'seal_news',
  `SELECT id, event, client_id AS "clientId", enterprise_id AS "enterpriseId", subject, data, at, trace FROM seal_news ORDER BY id LIMIT $1`,
)
const HANDED_ON = write('seal_news_handed_on', `DELETE FROM seal_news WHERE id = ANY($1::bigint[])`)
const CONCERNED = read(
  'seal_webhooks_concerned',
  `SELECT ${WEBHOOK} FROM seal_webhook w WHERE $1 = ANY(w.events) AND (w.client_id = $2::text
     OR ($2::text IS NULL AND EXISTS (SELECT 1 FROM enterprise e WHERE e.id = $3::text AND ${knows('w.client_id')}))) ORDER BY w.id LIMIT $4`,
)
