import { z } from 'zod'
import type { CenterAsk } from '../http/center-ask.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Webhook, WebhookDelivery } from '../storage/stores-webhooks.ts'
import type { Operation } from '../web/interface/operation.ts'
import type { Words } from '../web/words.ts'
import type { Webhooks } from './webhooks.ts'

/** Webhooks, their secrets and their deliveries, as rows of an interface for centers' programs: the same rows for each room that tells centers something. What is told, and when, is the room's. */
export interface WebhookOperation<Scope extends string> extends Operation {
  scope: Scope
  run(room: { webhooks: Webhooks }, ask: CenterAsk): Promise<{ body?: unknown; items?: number; outcome?: string }>
}

export interface WebhookWords<Scope extends string> {
  /** where the interface is mounted */
  base: string
  scope: Scope
  /** everything that a webhook can ask for */
  events: readonly [string, ...string[]]
  /** what a center is told of, beside `addWebhook` */
  about: Words
  /** what a notice may be about */
  subject: string
  example: { url: string; events: readonly string[] }
}

const PAGE = 100
const ID = z.string().regex(/^[\w-]{1,60}$/)
const when = z.iso.datetime()

const url = z.string().min(1).max(500).describe('https, on a host that the operator has on the list.')
const DeliveriesQuery = z.strictObject({
  undelivered: z.enum(['', 'true', 'false']).optional(),
  before: ID.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE).default(PAGE),
})

/** @returns one row an operation */
export function webhookOperations<Scope extends string>(words: WebhookWords<Scope>): readonly WebhookOperation<Scope>[] {
  const { base, scope, events, subject } = words
  const wanted = z.array(z.enum(events)).min(1).max(events.length)

  const WebhookQuestion = z.strictObject({ url, events: wanted }).meta({ id: 'WebhookQuestion', description: 'A webhook.' })
  const WebhookChange = z
    .strictObject({ url: url.optional(), events: wanted.optional() })
    .meta({ id: 'WebhookChange', description: 'What shall be different.' })
  const webhook = { id: z.string(), url: z.string(), events: z.array(z.enum(events)), created_at: when }
  const WebhookAnswer = z.strictObject(webhook).meta({ id: 'WebhookAnswer', description: 'A webhook.' })
  const WebhookMade = z
    .strictObject({
      ...webhook,
      secret: z.string().describe('Shown this once. `whsec_` and the key in base64, as the libraries of Standard Webhooks take it.'),
    })
    .meta({ id: 'WebhookMade', description: 'A new webhook with its secret.' })
  const WebhookList = z.strictObject({ webhooks: z.array(WebhookAnswer) }).meta({ id: 'WebhookList', description: 'Your webhooks.' })
  const WebhookRotated = z
    .strictObject({ id: z.string(), secret: z.string(), previous_until: when.describe('Until then notices are signed with both.') })
    .meta({ id: 'WebhookRotated', description: 'The new secret, shown this once.' })
  const DeliveryAnswer = z
    .strictObject({
      id: z.string().describe('The `webhook-id` of the notice.'),
      type: z.enum([...events, 'webhook.test']),
      subject: z.string().describe(subject),
      state: z.enum(['waiting', 'delivered', 'dead']).describe('`dead`: given up after the last try; it can be replayed.'),
      attempts: z.int(),
      last_status: z.int().optional().describe('HTTP status of the last try; absent where nothing answered.'),
      last_error: z.string().optional(),
      created_at: when,
      done_at: when.optional(),
    })
    .meta({ id: 'DeliveryAnswer', description: 'One notice, and what became of it.' })
  const DeliveryList = z
    .strictObject({ deliveries: z.array(DeliveryAnswer), next: z.string().optional().describe('Give it as `before` for the next page.') })
    .meta({ id: 'DeliveryList', description: 'The newest first, of the last thirty days.' })
  const EventList = z.strictObject({ events: z.array(z.enum(events)) }).meta({ id: 'EventList', description: 'What there is to be told of.' })

  const named = ({ id, url, events, createdAt }: Webhook) => ({ id, url, events, created_at: createdAt })
  const told = (hook: Webhook): unknown => WebhookAnswer.parse(named(hook))
  const toldDelivery = ({ id, type, subject, state, attempts, lastStatus, lastError, createdAt, doneAt }: WebhookDelivery): unknown =>
    DeliveryAnswer.parse({
      ...{ id, type, subject, state, attempts, created_at: createdAt },
      ...(lastStatus === undefined ? {} : { last_status: lastStatus }),
      ...(lastError === undefined ? {} : { last_error: lastError }),
      ...(doneAt === undefined ? {} : { done_at: doneAt }),
    })

  const one = `${base}/webhooks/{id}`
  const shared = { scope, status: 200 } as const

  return [
    {
      ...shared,
      path: `${base}/webhooks`,
      name: 'addWebhook',
      title: { zh: '登记回调', en: 'Add a webhook' },
      about: words.about,
      request: WebhookQuestion,
      status: 201,
      answer: WebhookMade,
      refusals: ['webhook_invalid'],
      example: { ...words.example },
      async run({ webhooks }, ask) {
        const made = await webhooks.add(ask.clientId, read(ask, WebhookQuestion))
        return { body: WebhookMade.parse({ ...named(made), secret: made.secret }), outcome: made.id }
      },
    },
    {
      ...shared,
      method: 'get',
      path: `${base}/webhooks`,
      name: 'listWebhooks',
      title: { zh: '列出回调', en: 'List webhooks' },
      about: { zh: '本中心登记的回调，最多十个。', en: 'Your webhooks, at most ten.' },
      answer: WebhookList,
      refusals: [],
      async run({ webhooks }, ask) {
        const found = await webhooks.list(ask.clientId)
        return { body: { webhooks: found.map(told) }, items: found.length }
      },
    },
    {
      ...shared,
      method: 'get',
      path: `${base}/events`,
      name: 'listEvents',
      title: { zh: '可订阅的事件', en: 'Events' },
      about: { zh: '回调可以订阅的全部事件。', en: 'Everything that a webhook can ask for.' },
      answer: EventList,
      refusals: [],
      run: async () => ({ body: { events: [...events] }, items: events.length }),
    },
    {
      ...shared,
      method: 'get',
      path: one,
      name: 'getWebhook',
      title: { zh: '查看回调', en: 'Look at a webhook' },
      about: { zh: '地址和订阅的事件；密钥不再显示。', en: 'Its address and events; never the secret again.' },
      answer: WebhookAnswer,
      refusals: ['webhook_unknown'],
      run: async ({ webhooks }, ask) => ({ body: told(await webhooks.get(ask.clientId, ask.param('id'))) }),
    },
    {
      ...shared,
      method: 'patch',
      path: one,
      name: 'updateWebhook',
      title: { zh: '修改回调', en: 'Change a webhook' },
      about: { zh: '换地址或事件，密钥不变。', en: 'Another address or other events; the secret stays.' },
      request: WebhookChange,
      answer: WebhookAnswer,
      refusals: ['webhook_unknown', 'webhook_invalid'],
      example: { events: words.example.events.slice(0, 1) },
      run: async ({ webhooks }, ask) => ({ body: told(await webhooks.update(ask.clientId, ask.param('id'), read(ask, WebhookChange))) }),
    },
    {
      ...shared,
      method: 'delete',
      path: one,
      name: 'removeWebhook',
      title: { zh: '取消回调', en: 'Remove a webhook' },
      about: { zh: '连同投递记录一并删除。', en: 'Goes with the log of its deliveries.' },
      status: 204,
      refusals: ['webhook_unknown'],
      async run({ webhooks }, ask) {
        await webhooks.remove(ask.clientId, ask.param('id'))
        return {}
      },
    },
    {
      ...shared,
      path: `${one}:rotate`,
      name: 'rotateWebhook',
      title: { zh: '更换密钥', en: 'Rotate the secret' },
      about: {
        zh: '新密钥立即生效；一天之内通知同时用新旧两个密钥签名。',
        en: 'The new secret signs at once; for a day notices are signed with both.',
      },
      answer: WebhookRotated,
      refusals: ['webhook_unknown'],
      run: async ({ webhooks }, ask) => ({ body: await webhooks.rotate(ask.clientId, ask.param('id')) }),
    },
    {
      ...shared,
      path: `${one}:test`,
      name: 'testWebhook',
      title: { zh: '试发通知', en: 'Try a webhook' },
      about: { zh: '发一条 webhook.test 通知，检查地址和验签。', en: 'Sends webhook.test, to try the address and the check of its signature.' },
      answer: DeliveryAnswer,
      refusals: ['webhook_unknown'],
      run: async ({ webhooks }, ask) => ({ body: toldDelivery(await webhooks.test(ask.clientId, ask.param('id'), ask.trace)) }),
    },
    {
      ...shared,
      method: 'get',
      path: `${one}/deliveries`,
      name: 'listDeliveries',
      title: { zh: '投递记录', en: 'List deliveries' },
      about: { zh: '最近三十天的投递，新的在前。', en: 'The deliveries of the last thirty days, the newest first.' },
      parameters: [
        {
          name: 'undelivered',
          in: 'query',
          about: { zh: '只看未送达的。', en: 'Only those not delivered.' },
          schema: { type: 'string', enum: ['', 'true', 'false'] },
        },
        {
          name: 'limit',
          in: 'query',
          about: { zh: '一页条数，最多一百。', en: 'How many on a page, at most 100.' },
          schema: { type: 'integer', minimum: 1, maximum: PAGE },
        },
        { name: 'before', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
      ],
      answer: DeliveryList,
      refusals: ['webhook_unknown'],
      async run({ webhooks }, ask) {
        const { undelivered, limit, before } = ask.query(DeliveriesQuery)
        const page = { undelivered: undelivered === '' || undelivered === 'true', limit, before }
        const found = await webhooks.deliveries(ask.clientId, ask.param('id'), page)
        return { body: { deliveries: found.map(toldDelivery), ...(found.length === limit ? { next: found.at(-1)?.id } : {}) }, items: found.length }
      },
    },
    {
      ...shared,
      method: 'get',
      path: `${one}/deliveries/{delivery}`,
      name: 'getDelivery',
      title: { zh: '一次投递', en: 'Look at a delivery' },
      about: { zh: '次数、最后的状态码和错误。', en: 'How often it was tried, and how the last try ended.' },
      answer: DeliveryAnswer,
      refusals: ['webhook_unknown'],
      run: async ({ webhooks }, ask) => ({ body: toldDelivery(await webhooks.delivery(ask.clientId, ask.param('id'), ask.param('delivery'))) }),
    },
    {
      ...shared,
      path: `${one}/deliveries/{delivery}:replay`,
      name: 'replayDelivery',
      title: { zh: '重新投递', en: 'Replay a delivery' },
      about: { zh: '重新发送已送达或已放弃的通知，编号不变。', en: 'Sends a notice again that was delivered or given up, under the same id.' },
      answer: DeliveryAnswer,
      refusals: ['webhook_unknown'],
      run: async ({ webhooks }, ask) => ({ body: toldDelivery(await webhooks.replay(ask.clientId, ask.param('id'), ask.param('delivery'))) }),
    },
  ]
}

/** An event of another name is told as what is wrong with a webhook; anything else as what is wrong with a request. */
function read<S extends z.ZodType>(ask: CenterAsk, schema: S): z.output<S> {
  try {
    return ask.body(schema)
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code === 'bad_request' && (thrown.expected ?? '').startsWith('events.'))
      throw new BrokerError('webhook_invalid', 'an event that is not told', { expected: thrown.expected ?? '' })
    throw thrown
  }
}
