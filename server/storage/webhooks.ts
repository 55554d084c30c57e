import { read, type Sql, write } from './sql.ts'
import type { MandateNews, WebhookStore } from './stores-centers.ts'
import { createWebhookTable, WEBHOOK, type WebhookRow, webhookOf } from './webhook-table.ts'

/** Webhooks of centers about mandates, and the news that are to be told. */
export function createWebhookStore(sql: Sql): WebhookStore {
  return {
    ...createWebhookTable(sql, { webhook: 'webhook', delivery: 'webhook_delivery', subject: 'mandate_id' }),
    news: async limit =>
      (await sql.query<Omit<MandateNews, 'id' | 'at'> & { id: bigint | number | string; at: Date }>(NEWS, [limit])).map(row => ({
        ...row,
        id: String(row.id),
        at: row.at.toISOString(),
      })),
    concerned: async (mandateId, event, limit) => (await sql.query<WebhookRow>(CONCERNED, [mandateId, event, limit])).map(webhookOf),
    async handedOn(newsIds) {
      await sql.query(HANDED_ON, [newsIds])
    },
  }
}

const NEWS = read('mandate_news', `SELECT id, mandate_id AS "mandateId", kind, place, at, trace FROM mandate_news ORDER BY id LIMIT $1`)
const CONCERNED = read(
  'webhooks_concerned',
  `SELECT ${WEBHOOK} FROM webhook w WHERE $2 = ANY(w.events) AND (
     EXISTS (SELECT 1 FROM mandate_shown s WHERE s.mandate_id = $1 AND s.client_id = w.client_id)
     OR EXISTS (SELECT 1 FROM company_entry c WHERE c.mandate_id = $1 AND c.center = w.client_id AND c.kind = 'used')) ORDER BY w.id LIMIT $3`,
)
const HANDED_ON = write('mandate_news_handed_on', `DELETE FROM mandate_news WHERE id = ANY($1::bigint[])`)
