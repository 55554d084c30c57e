import type { z } from 'zod'
import type { Webhooks as Registered } from '../../notices/webhooks.ts'
import type { Webhook, WebhookDelivery } from '../../storage/stores-webhooks.ts'
import { DeliveryAnswer, WebhookAnswer, type WebhookMade, type WebhookRotated } from './answers.ts'
import type { WebhookQuestion } from './schemas.ts'

/** A center's own webhooks, in the words of this interface. */
export interface Webhooks {
  /** @throws BrokerError webhook_invalid */
  add(clientId: string, asked: z.output<typeof WebhookQuestion>): Promise<z.output<typeof WebhookMade>>
  list(clientId: string): Promise<z.output<typeof WebhookAnswer>[]>
  /** A new secret; the one before it signs beside it for a day. @throws BrokerError webhook_unknown */
  rotate(clientId: string, id: string): Promise<z.output<typeof WebhookRotated>>
  /** @throws BrokerError webhook_unknown */
  remove(clientId: string, id: string): Promise<void>
  /** @throws BrokerError webhook_unknown */
  deliveries(
    clientId: string,
    id: string,
    page: { undelivered: boolean; limit: number; before?: string },
  ): Promise<{ deliveries: DeliveryAnswer[]; next?: string }>
  /** Sends one again. @throws BrokerError webhook_unknown */
  replay(clientId: string, id: string, deliveryId: string): Promise<DeliveryAnswer>
}

export const createWebhooks = (webhooks: Registered): Webhooks => ({
  async add(clientId, asked) {
    const { secret, ...webhook } = await webhooks.add(clientId, asked)
    return { ...tellWebhook(webhook), secret }
  },
  list: async clientId => (await webhooks.list(clientId)).map(tellWebhook),
  rotate: webhooks.rotate,
  remove: webhooks.remove,
  async deliveries(clientId, id, page) {
    const found = await webhooks.deliveries(clientId, id, page)
    const last = found.at(-1)
    return { deliveries: found.map(tellDelivery), ...(found.length === page.limit && last !== undefined ? { next: last.id } : {}) }
  },
  replay: async (clientId, id, deliveryId) => tellDelivery(await webhooks.replay(clientId, id, deliveryId)),
})

const tellWebhook = ({ id, url, events, createdAt }: Webhook): z.output<typeof WebhookAnswer> =>
  WebhookAnswer.parse({ id, url, events, created_at: createdAt })

const tellDelivery = ({ id, type, subject, state, attempts, lastStatus, lastError, createdAt, doneAt }: WebhookDelivery): DeliveryAnswer =>
  DeliveryAnswer.parse({
    id,
    type,
    mandate: subject,
    state,
    attempts,
    ...(lastStatus === undefined ? {} : { last_status: lastStatus }),
    ...(lastError === undefined ? {} : { last_error: lastError }),
    created_at: createdAt,
    ...(doneAt === undefined ? {} : { done_at: doneAt }),
  })
