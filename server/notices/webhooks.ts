import { type Clock, days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Webhook, WebhookDelivery, WebhookTable } from '../storage/stores-webhooks.ts'
import { newWebhookSecret, openSecrets, readNoticeTarget, sealSecrets } from './signing.ts'
import { DELIVERY_KEPT } from './telling.ts'

/** A center's own webhooks. Owns where notices may go and their secrets; what is sent is telling.ts. Each throws BrokerError webhook_unknown for what is not this center's. */
export interface Webhooks {
  /** @throws BrokerError webhook_invalid */
  add(clientId: string, asked: { url: string; events: readonly string[] }): Promise<Webhook & { secret: string }>
  list(clientId: string): Promise<Webhook[]>
  get(clientId: string, id: string): Promise<Webhook>
  /** @throws BrokerError webhook_invalid */
  update(clientId: string, id: string, to: { url?: string | undefined; events?: readonly string[] | undefined }): Promise<Webhook>
  /** A new secret; the one before it signs beside it for a day. */
  rotate(clientId: string, id: string): Promise<{ id: string; secret: string; previous_until: string }>
  remove(clientId: string, id: string): Promise<void>
  deliveries(clientId: string, id: string, page: { undelivered: boolean; limit: number; before?: string | undefined }): Promise<WebhookDelivery[]>
  delivery(clientId: string, id: string, deliveryId: string): Promise<WebhookDelivery>
  /** Sends one again. One that waits is sent, too: its job may have died with the process that had it. */
  replay(clientId: string, id: string, deliveryId: string): Promise<WebhookDelivery>
  /** a notice that says nothing, to try the way */
  test(clientId: string, id: string, trace: string): Promise<WebhookDelivery>
}

export interface WebhookDeps {
  store: WebhookTable
  sealing: Sealing
  /** the operator's list of hosts; whether plain http is on it, too */
  mayReach(url: URL): boolean
  send(deliveryId: string): Promise<void>
  clock: Clock
}

const MOST = 10
/** how long the secret before the last one still signs */
const OLD_SECRET = days(1)

export function createWebhooks({ store, sealing, mayReach, send, clock }: WebhookDeps): Webhooks {
  async function own(clientId: string, id: string): Promise<Webhook> {
    const found = isId(id) ? await store.find(id) : undefined
    if (found?.clientId !== clientId) throw new BrokerError('webhook_unknown', 'no such webhook of this center')
    return found
  }
  /** of a webhook that is known to be this center's */
  async function deliveryOf(webhookId: string, id: string): Promise<WebhookDelivery> {
    const found = isId(id) ? await store.delivery(id) : undefined
    if (found?.webhookId !== webhookId) throw new BrokerError('webhook_unknown', 'no such delivery of this webhook')
    return found
  }

  return {
    async add(clientId, { url, events }) {
      const target = readNoticeTarget(url, mayReach)
      const [id, secret, createdAt] = [newId(), newWebhookSecret(), clock.now().toISOString()]
      const secrets = sealSecrets(sealing, id, { current: secret })
      const webhook = { id, clientId, url: target, events: [...new Set(events)], secrets, createdAt }
      if (!(await store.insert(webhook, MOST)))
        throw new BrokerError('webhook_invalid', `the center has ${MOST} webhooks`, { expected: `at most ${MOST}` })
      return { ...webhook, secret }
    },
    list: clientId => store.ofClient(clientId, MOST),
    get: own,
    async update(clientId, id, to) {
      const before = await own(clientId, id)
      const after = { url: to.url === undefined ? before.url : readNoticeTarget(to.url, mayReach), events: [...new Set(to.events ?? before.events)] }
      if (!(await store.update(id, clientId, after))) throw new BrokerError('webhook_unknown', 'the webhook was removed meanwhile')
      return { ...before, ...after }
    },
    async rotate(clientId, id) {
      const webhook = await own(clientId, id)
      const secret = newWebhookSecret()
      const until = new Date(clock.now().getTime() + OLD_SECRET).toISOString()
      const { current } = openSecrets(sealing, id, webhook.secrets)
      const after = sealSecrets(sealing, id, { current: secret, previous: { secret: current, until } })
      // of two at one moment one holds; the other is told, for its secret would never sign
      if (!(await store.rotate(id, webhook.secrets, after))) throw new BrokerError('webhook_unknown', 'the webhook changed meanwhile')
      return { id, secret, previous_until: until }
    },
    async remove(clientId, id) {
      if (!isId(id) || !(await store.remove(id, clientId))) throw new BrokerError('webhook_unknown', 'no such webhook of this center')
    },
    async deliveries(clientId, id, { undelivered, limit, before }) {
      await own(clientId, id)
      const from = before === undefined ? undefined : await deliveryOf(id, before)
      return await store.deliveries(id, { undelivered }, limit, from)
    },
    async delivery(clientId, id, deliveryId) {
      await own(clientId, id)
      return await deliveryOf(id, deliveryId)
    },
    async replay(clientId, id, deliveryId) {
      await own(clientId, id)
      const delivery = await deliveryOf(id, deliveryId)
      await store.again(delivery.id)
      // also where it waited already: a job too many finds it delivered, a job too few leaves it waiting for nobody
      await send(delivery.id)
      return await deliveryOf(id, deliveryId)
    },
    async test(clientId, id, trace) {
      await own(clientId, id)
      const now = clock.now()
      const delivery: WebhookDelivery = {
        ...{ id: `msg_${newId()}`, webhookId: id, type: 'webhook.test', subject: id, state: 'waiting', attempts: 0, trace },
        body: JSON.stringify({ type: 'webhook.test', timestamp: now.toISOString(), data: { webhook: id } }),
        createdAt: now.toISOString(),
        expiresAt: new Date(now.getTime() + DELIVERY_KEPT).toISOString(),
      }
      await store.deliver([delivery])
      await send(delivery.id)
      return delivery
    },
  }
}

const isId = (text: string): boolean => /^[\w-]{1,60}$/.test(text)
