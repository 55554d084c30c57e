import { read, type Sql, write } from './sql.ts'
import type { Webhook, WebhookDelivery, WebhookTable } from './stores-webhooks.ts'

/** Webhooks and their deliveries in two tables of one form. Owns their statements; what is told, and to whom, each room's own store knows. */

/** names of tables and of the column with what a notice is about: constants of ours, never input */
interface Tables {
  webhook: string
  delivery: string
  subject: string
}

export function createWebhookTable(sql: Sql, tables: Tables): WebhookTable {
  const statements = statementsOf(tables)
  return {
    async insert({ id, clientId, url, events, secrets, createdAt }, most) {
      if ((await sql.query(statements.insert, [id, clientId, url, events, secrets, createdAt, most])).length === 0) return false
      // two at one moment do not see each other in their counts; the later one sees both here
      return (await sql.query(statements.tooMany, [id, clientId, most])).length === 0
    },
    find: async id => (await sql.query<WebhookRow>(statements.find, [id])).map(webhookOf)[0],
    ofClient: async (clientId, limit) => (await sql.query<WebhookRow>(statements.ofClient, [clientId, limit])).map(webhookOf),
    update: async (id, clientId, { url, events }) => (await sql.query(statements.update, [id, clientId, url, events])).length === 1,
    rotate: async (id, before, after) => (await sql.query(statements.rotate, [id, before, after])).length === 1,
    remove: async (id, clientId) => (await sql.query(statements.remove, [id, clientId])).length === 1,
    async deliver(deliveries) {
      const column = (name: 'id' | 'webhookId' | 'type' | 'subject' | 'body' | 'trace' | 'createdAt' | 'expiresAt') =>
        deliveries.map(row => row[name])
      await sql.query(statements.deliver, [
        ...[column('id'), column('webhookId'), column('type'), column('subject')],
        ...[column('body'), column('trace'), column('createdAt'), column('expiresAt')],
      ])
    },
    delivery: async id => (await sql.query<DeliveryRow>(statements.delivery, [id])).map(deliveryOf)[0],
    async tried(id, { state, status, error, at }) {
      await sql.query(statements.tried, [id, state, status ?? null, error ?? null, state === 'waiting' ? null : at])
    },
    again: async id => (await sql.query(statements.again, [id])).length === 1,
    deliveries: async (webhookId, { undelivered }, limit, before) =>
      (await sql.query<DeliveryRow>(statements.deliveries, [webhookId, undelivered, before?.createdAt ?? null, before?.id ?? null, limit])).map(
        deliveryOf,
      ),
  }
}

export type WebhookRow = Omit<Webhook, 'createdAt'> & { createdAt: Date }
export const webhookOf = (row: WebhookRow): Webhook => ({ ...row, createdAt: row.createdAt.toISOString() })

type Nullable = 'lastStatus' | 'lastError' | 'doneAt'
type DeliveryRow = Omit<WebhookDelivery, Nullable | 'createdAt' | 'expiresAt'> & {
  lastStatus: number | null
  lastError: string | null
  doneAt: Date | null
  createdAt: Date
  expiresAt: Date
}
const deliveryOf = ({ lastStatus, lastError, doneAt, createdAt, expiresAt, ...row }: DeliveryRow): WebhookDelivery => ({
  ...row,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  ...(lastStatus === null ? {} : { lastStatus }),
  ...(lastError === null ? {} : { lastError }),
  ...(doneAt === null ? {} : { doneAt: doneAt.toISOString() }),
})

/** of a webhook as `w` */
export const WEBHOOK = `w.id, w.client_id AS "clientId", w.url, w.events, w.secrets, w.created_at AS "createdAt"`

function statementsOf({ webhook, delivery, subject }: Tables) {
  const delivered = `id, webhook_id AS "webhookId", type, ${subject} AS subject, body, state, attempts, last_status AS "lastStatus", last_error AS "lastError", trace,
   created_at AS "createdAt", done_at AS "doneAt", expires_at AS "expiresAt"`
  return {
    insert: write(
      `${webhook}_insert`,
      `INSERT INTO ${webhook} (id, client_id, url, events, secrets, created_at) SELECT $1, $2, $3, $4::text[], $5, $6::timestamptz
       WHERE (SELECT count(*) FROM ${webhook} WHERE client_id = $2) < $7::int RETURNING id`,
    ),
    tooMany: write(
      `${webhook}_too_many`,
      `DELETE FROM ${webhook} WHERE id = $1 AND (SELECT count(*) FROM ${webhook} WHERE client_id = $2) > $3::int RETURNING id`,
    ),
    find: read(`${webhook}_find`, `SELECT ${WEBHOOK} FROM ${webhook} w WHERE w.id = $1`),
    ofClient: read(`${webhook}s_of_client`, `SELECT ${WEBHOOK} FROM ${webhook} w WHERE w.client_id = $1 ORDER BY w.created_at, w.id LIMIT $2`),
    update: write(`${webhook}_update`, `UPDATE ${webhook} SET url = $3, events = $4::text[] WHERE id = $1 AND client_id = $2 RETURNING id`),
    rotate: write(`${webhook}_rotate`, `UPDATE ${webhook} SET secrets = $3 WHERE id = $1 AND secrets = $2 RETURNING id`),
    remove: write(
      `${webhook}_remove`,
      `WITH gone AS (DELETE FROM ${webhook} WHERE id = $1 AND client_id = $2 RETURNING id), rest AS (DELETE FROM ${delivery} USING gone WHERE webhook_id = gone.id)
       SELECT id FROM gone`,
    ),
    deliver: write(
      `${delivery}_insert`,
      `INSERT INTO ${delivery} (id, webhook_id, type, ${subject}, body, trace, created_at, expires_at, state, attempts)
       SELECT q.*, 'waiting', 0 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[]) AS q
       ON CONFLICT (id) DO NOTHING`,
    ),
    delivery: read(`${delivery}_find`, `SELECT ${delivered} FROM ${delivery} WHERE id = $1`),
    tried: write(
      `${delivery}_tried`,
      `UPDATE ${delivery} SET attempts = attempts + 1, state = $2, last_status = $3::int, last_error = $4, done_at = $5::timestamptz WHERE id = $1 AND state <> 'delivered'`,
    ),
    again: write(`${delivery}_again`, `UPDATE ${delivery} SET state = 'waiting', done_at = NULL WHERE id = $1 AND state <> 'waiting' RETURNING id`),
    deliveries: read(
      `${delivery}_list`,
      `SELECT ${delivered} FROM ${delivery} WHERE webhook_id = $1 AND (NOT $2::boolean OR state <> 'delivered')
       AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text)) ORDER BY created_at DESC, id DESC LIMIT $5`,
    ),
  }
}
