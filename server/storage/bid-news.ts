import { type StepRow, stepOf } from './bid-steps.ts'
import { readJson } from './json.ts'
import { read, type Sql, write } from './sql.ts'
import type { BidNewsStore, Opening } from './stores-bids.ts'
import { createWebhookTable, WEBHOOK, type WebhookRow, webhookOf } from './webhook-table.ts'

/** Steps of openings that centers may hear of, and centers' webhooks for them. Owns that no step of a bid is handed out before its opening was opened. */
export function createBidNewsStore(sql: Sql): BidNewsStore {
  return {
    ...createWebhookTable(sql, { webhook: 'bid_webhook', delivery: 'bid_delivery', subject: 'subject' }),
    news: async limit =>
      (await sql.query<StepRow & { opening_version: number; opening_body: string }>(NEWS, [limit])).map(row => ({
        id: String(row.seq),
        step: stepOf(row),
        opening: { ...readJson<Opening>(row.opening_body), version: row.opening_version },
      })),
    async handedOn(newsIds) {
      await sql.query(HANDED_ON, [newsIds])
    },
    concerned: async (center, event, limit) => (await sql.query<WebhookRow>(CONCERNED, [center, event, limit])).map(webhookOf),
  }
}

/** What is about a bid waits until the opening is open; of one that was cancelled it is taken and told to nobody. */
const NEWS = read(
  'bid_news',
  `SELECT s.seq, s.opening_id, s.uscc, s.kind, s.at, s.by, s.facts, s.trace, o.version AS opening_version, o.body AS opening_body
   FROM bid_step_untold JOIN bid_step s USING (seq) JOIN bid_opening o ON o.id = s.opening_id
   WHERE s.uscc IS NULL OR o.state <> 'announced' ORDER BY s.seq LIMIT $1`,
)
const HANDED_ON = write('bid_news_handed_on', `DELETE FROM bid_step_untold WHERE seq = ANY($1::bigint[])`)
const CONCERNED = read(
  'bid_webhooks_concerned',
  `SELECT ${WEBHOOK} FROM bid_webhook w WHERE w.client_id = $1 AND $2 = ANY(w.events) ORDER BY w.id LIMIT $3`,
)
