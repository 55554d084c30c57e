/** Webhooks of centers and what became of each delivery, whatever they tell of. The rest of what may be asked of the database stands in stores.ts. */

export interface Webhook {
  id: string
  clientId: string
  url: string
  events: string[]
  /** sealed */
  secrets: string
  /** ISO 8601 */
  createdAt: string
}

export interface WebhookDelivery {
  /** stable over every try: receivers know a repeated one by it */
  id: string
  webhookId: string
  type: string
  /** id of what the notice is about */
  subject: string
  body: string
  state: 'waiting' | 'delivered' | 'dead'
  attempts: number
  /** of the last try */
  lastStatus?: number
  lastError?: string
  trace: string
  createdAt: string
  doneAt?: string
  expiresAt: string
}

export interface WebhookTable {
  /** false when the center has `most` already */
  insert(webhook: Webhook, most: number): Promise<boolean>
  find(id: string): Promise<Webhook | undefined>
  /** the oldest first */
  ofClient(clientId: string, limit: number): Promise<Webhook[]>
  update(id: string, clientId: string, to: { url: string; events: readonly string[] }): Promise<boolean>
  /** compare-and-set on the sealed secrets */
  rotate(id: string, before: string, after: string): Promise<boolean>
  /** with its deliveries; false when there is none of this center */
  remove(id: string, clientId: string): Promise<boolean>
  /** those that are there already stay as they are */
  deliver(deliveries: readonly WebhookDelivery[]): Promise<void>
  delivery(id: string): Promise<WebhookDelivery | undefined>
  /** after a try; `waiting` counts one more */
  tried(id: string, outcome: { state: WebhookDelivery['state']; status?: number; error?: string; at: string }): Promise<void>
  /** back to `waiting`, to be tried from the beginning; false when it waits already or is not there */
  again(id: string): Promise<boolean>
  /** the newest first */
  deliveries(
    webhookId: string,
    filter: { undelivered: boolean },
    limit: number,
    before?: { createdAt: string; id: string },
  ): Promise<WebhookDelivery[]>
}
