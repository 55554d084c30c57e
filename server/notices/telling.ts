import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { type Clock, days, minutes, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { Webhook, WebhookTable } from '../storage/stores-webhooks.ts'
import { noticeHeaders, openSecrets, postNotice } from './signing.ts'

/**
 * Tells centers what has happened: news that was written down becomes deliveries, each sent at least once, tried again by the outbox, and given up where a person sees it. Owns that way; what is news, and whom it
 * concerns, is each room's.
 */
export interface Telling {
  /** Looks now. Never throws. @param first what is done before, such as writing news down; unless told, what the clock has done before each look */
  wake(first?: () => Promise<unknown>): void
  /** all news so far have become deliveries */
  settled(): Promise<void>
  send(deliveryId: string): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** One notice, to every one of these. */
export interface Notice {
  hooks: readonly Webhook[]
  /** the same for the same news: looked at twice, it is the same delivery */
  key: string
  type: string
  /** id of what it is about */
  subject: string
  body: string
  trace: string
}

export interface TellingDeps<News extends { id: string }> {
  /** of the outbox */
  queue: string
  store: Pick<WebhookTable, 'deliver' | 'delivery' | 'find' | 'tried'> & {
    news(limit: number): Promise<News[]>
    handedOn(newsIds: readonly string[]): Promise<void>
  }
  /** what is told of it, and to whom */
  noticesOf(news: News): Promise<Notice[]>
  /** at each look by the clock, before news is read */
  before?: () => Promise<unknown>
  /** what the audit record calls what a notice is about */
  about: 'mandate' | 'subject'
  /** the log's words when news could not be handed on */
  failed: string
  outbox: Stores['outbox']
  sealing: Sealing
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  clock: Clock
  log: Log
}

/** one try of a delivery, the receiver's answer included */
const DELIVERY = seconds(10)
export const DELIVERY_KEPT = days(30)
/** news and their deliveries in one go */
const NEWS = 50
const LOOK = minutes(1)
const job = z.object({ delivery: z.string() })

export function createTelling<News extends { id: string }>(deps: TellingDeps<News>): Telling {
  const { queue, store, outbox, sealing, trail, clock, log } = deps
  let working: Promise<void> = Promise.resolve()
  let closed = false

  /** Until nothing is left: what fails stays for the next look. */
  async function look(): Promise<void> {
    for (;;) {
      const news = closed ? [] : await store.news(NEWS)
      if (news.length === 0) return
      for (const each of news) for (const notice of await deps.noticesOf(each)) await hand(notice)
      await store.handedOn(news.map(({ id }) => id))
    }
  }

  async function hand({ hooks, key, ...notice }: Notice): Promise<void> {
    if (hooks.length === 0) return
    const now = clock.now()
    const deliveries = hooks.map(({ id: webhookId }) => ({
      ...notice,
      id: `msg_${createHash('sha256').update(`${webhookId} ${key}`).digest('base64url').slice(0, 32)}`,
      webhookId,
      state: 'waiting' as const,
      attempts: 0,
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + DELIVERY_KEPT).toISOString(),
    }))
    await store.deliver(deliveries)
    for (const { id: delivery } of deliveries) await outbox.send(queue, { delivery })
  }

  /** Throws to be tried again. */
  async function deliver(data: Record<string, unknown>, attempt: { last: boolean }): Promise<void> {
    const delivery = await store.delivery(job.parse(data).delivery)
    // sent already by a job that came twice, or its webhook was taken back
    if (delivery === undefined || delivery.state !== 'waiting') return
    const hook = await store.find(delivery.webhookId)
    if (hook === undefined) return
    const step = { trace: delivery.trace, hop: 'center' as const, step: 'webhook', facts: { client: hook.clientId, delivery: delivery.id } }
    const at = clock.now()
    const { current, previous } = openSecrets(sealing, hook.id, hook.secrets)
    const secrets = previous !== undefined && Date.parse(previous.until) > at.getTime() ? [current, previous.secret] : [current]
    const sent = await postNotice(deps.fetch, hook.url, delivery.body, noticeHeaders(delivery.id, at, delivery.body, secrets), DELIVERY)
    if (sent.error === undefined) {
      await store.tried(delivery.id, { state: 'delivered', status: sent.status ?? 200, at: at.toISOString() })
      deps.trace({ ...step, outcome: 'ok' })
      return
    }
    const status = sent.status === undefined ? {} : { status: sent.status }
    await store.tried(delivery.id, { state: attempt.last ? 'dead' : 'waiting', ...status, error: sent.error, at: at.toISOString() })
    deps.trace({ ...step, outcome: 'failed', code: 'center_unreachable', received: sent.error, expected: `a status of 200 to 299 from ${hook.url}` })
    if (attempt.last) {
      const facts = { center: hook.clientId, event: delivery.type, [deps.about]: delivery.subject, delivery: delivery.id }
      await trail.append({ code: 'webhook.undelivered', trace: delivery.trace, facts })
    }
    throw new BrokerError('center_unreachable', sent.error)
  }

  const byClock = async (): Promise<unknown> => (closed ? undefined : await deps.before?.())
  function wake(first: () => Promise<unknown> = byClock): void {
    working = working
      .then(first)
      .then(look)
      .catch((thrown: unknown) => log.error({ err: thrown }, deps.failed))
  }
  const timer = setInterval(() => wake(), LOOK)
  timer.unref()

  return {
    wake,
    settled: () => working,
    send: delivery => outbox.send(queue, { delivery }),
    async start() {
      await outbox.work(queue, deliver)
      wake()
    },
    async close() {
      closed = true
      clearInterval(timer)
      await working
    },
  }
}
