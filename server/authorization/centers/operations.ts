import type { FailureCode } from '../../kernel/errors.ts'
import { COMMON_REFUSALS, type Described, type Operation as Row } from '../../web/interface/operation.ts'
import { Problem } from '../../web/interface/problem.ts'
import * as answers from './answers.ts'
import { KEY_HOURS } from './limits.ts'
import type { Scope } from './ports.ts'
import * as schemas from './schemas.ts'

/** Every operation, one row each: the OpenAPI document and the page for people are both made from it. */
type Operation = Row & { scope: Scope }

const COMMON: readonly FailureCode[] = [...COMMON_REFUSALS, 'service_too_slow']
const BASE = '/api/authorization'

export const OPERATIONS: readonly Operation[] = [
  {
    path: `${BASE}/decisions`,
    name: 'decide',
    title: { zh: '询问能否办理', en: 'Ask for a decision' },
    about: {
      zh: '此人现在能否在本中心为其企业办理这件事：能、不能、或还缺什么。加上 perform 即同时登记为已办理，同一幂等键只登记一次。从未在本中心登录过的人，答复与不存在的人相同。',
      en: 'Whether this person may do this for their company at your center, now: yes, no, or what is missing. With perform it is also written down as done, once for one idempotency key. Somebody who never logged in at your center is answered like somebody who does not exist.',
    },
    scope: 'authorization.decide',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        about: {
          zh: `使用 perform 时必填：每项业务一个键，${KEY_HOURS} 小时内重试得到同一答复。`,
          en: `Needed with perform: one key for each act; for ${KEY_HOURS} hours a retry gets the same answer.`,
        },
        schema: { type: 'string', minLength: 8, maxLength: 128 },
      },
    ],
    request: schemas.DecisionQuestion,
    status: 200,
    answer: answers.DecisionAnswer,
    refusals: ['subject_token_unusable', 'idempotency_key_reused', 'mandate_moved_on'],
    example: { subject_token: 'eyJ…', act: 'bond_pay', project: 'GZ-2026-0001', amount_fen: 5000000 },
  },
  {
    path: `${BASE}/decisions:batch`,
    name: 'decideBatch',
    title: { zh: '批量询问', en: 'Ask for many decisions' },
    about: {
      zh: '最多一百项，只询问，不登记。结果与各项同序；一项有误不影响其他项。',
      en: 'Up to 100 questions; it only looks. Results come in the order of the items; a bad item does not touch the others.',
    },
    scope: 'authorization.decide',
    request: schemas.DecisionBatch,
    status: 200,
    answer: answers.DecisionBatchAnswer,
    refusals: [],
    example: { items: [{ id: 'row-1', subject: 'kX3…', act: 'login' }] },
  },
  {
    method: 'get',
    path: `${BASE}/mandates/{id}`,
    name: 'getMandate',
    title: { zh: '查看一份授权书', en: 'Look at a mandate' },
    about: {
      zh: '在本中心用过或向本中心出示过的授权书：状态、事项、期限，以及是否有限制。证件号码、手机和限制的具体内容不提供。',
      en: 'A mandate that was used at your center or shown to it: state, acts, period, and whether it is limited. Never id numbers, phones, or what the limits are.',
    },
    scope: 'authorization.read',
    status: 200,
    answer: answers.MandateAnswer,
    refusals: ['mandate_unknown', 'mandate_tampered'],
  },
  {
    method: 'get',
    path: `${BASE}/evidence/{id}`,
    name: 'getEvidence',
    title: { zh: '取得签名凭据', en: 'Get evidence' },
    about: {
      zh: '办事人应本中心请求所签的文字和签名。',
      en: 'The text that a person signed at your request, with the signature.',
    },
    scope: 'authorization.read',
    status: 200,
    answer: answers.EvidenceAnswer,
    refusals: ['evidence_unknown'],
  },
  {
    path: `${BASE}/webhooks`,
    name: 'addWebhook',
    title: { zh: '登记回调', en: 'Add a webhook' },
    about: {
      zh: '授权书暂停、恢复、撤回或到期时通知本中心。只通知在本中心用过或向本中心出示过的授权书。密钥只显示一次。',
      en: 'To be told when a mandate is suspended, resumed, revoked, expired or frozen (another legal representative); only of mandates used at your center or shown to it. The secret is shown once.',
    },
    scope: 'authorization.webhooks',
    request: schemas.WebhookQuestion,
    status: 201,
    answer: answers.WebhookMade,
    refusals: ['webhook_invalid'],
    example: {
      url: 'https://center.example.cn/hooks/shield',
      events: ['mandate.suspended', 'mandate.resumed', 'mandate.revoked', 'mandate.expired', 'mandate.frozen'],
    },
  },
  {
    method: 'get',
    path: `${BASE}/webhooks`,
    name: 'listWebhooks',
    title: { zh: '列出回调', en: 'List webhooks' },
    about: { zh: '本中心登记的回调，最多十个。', en: 'Your webhooks, at most ten.' },
    scope: 'authorization.webhooks',
    status: 200,
    answer: answers.WebhookList,
    refusals: [],
  },
  {
    method: 'delete',
    path: `${BASE}/webhooks/{id}`,
    name: 'removeWebhook',
    title: { zh: '取消回调', en: 'Remove a webhook' },
    about: { zh: '连同投递记录一并删除。', en: 'Goes with the log of its deliveries.' },
    scope: 'authorization.webhooks',
    status: 204,
    refusals: ['webhook_unknown'],
  },
  {
    path: `${BASE}/webhooks/{id}:rotate`,
    name: 'rotateWebhook',
    title: { zh: '更换密钥', en: 'Rotate the secret' },
    about: {
      zh: '新密钥立即生效；一天之内通知同时用新旧两个密钥签名。',
      en: 'The new secret signs at once; for a day notices are signed with both.',
    },
    scope: 'authorization.webhooks',
    status: 200,
    answer: answers.WebhookRotated,
    refusals: ['webhook_unknown'],
  },
  {
    method: 'get',
    path: `${BASE}/webhooks/{id}/deliveries`,
    name: 'listDeliveries',
    title: { zh: '投递记录', en: 'List deliveries' },
    about: { zh: '最近三十天的投递，新的在前。', en: 'The deliveries of the last thirty days, the newest first.' },
    scope: 'authorization.webhooks',
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
        schema: { type: 'integer', minimum: 1, maximum: 100 },
      },
      { name: 'before', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    status: 200,
    answer: answers.DeliveryList,
    refusals: ['webhook_unknown'],
  },
  {
    path: `${BASE}/webhooks/{id}/deliveries/{delivery}:replay`,
    name: 'replayDelivery',
    title: { zh: '重新投递', en: 'Replay a delivery' },
    about: {
      zh: '重新发送已送达或已放弃的通知，编号不变。',
      en: 'Sends a notice again that was delivered or given up, under the same id.',
    },
    scope: 'authorization.webhooks',
    status: 200,
    answer: answers.DeliveryAnswer,
    refusals: ['webhook_unknown'],
  },
]

const scopeWords: Record<Scope, string> = {
  'authorization.decide': 'ask whether a person may do something at your center',
  'authorization.use': 'have an act written down as done',
  'authorization.read': 'look at mandates and evidence that concern your center',
  'authorization.webhooks': 'be told of changes of mandates that concern your center',
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
export const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '授权接口', en: 'Authorization' },
  lead: {
    zh: '办事人能否为企业办理这件事？中心用这些接口询问、登记，并在授权变化时得到通知。',
    en: 'May this person do this for the company? Centers ask here, have it written down, and are told when a mandate changes.',
  },
  info: {
    title: '共享盾 授权接口 Shared Shield authorization',
    version: '1.0.0',
    description:
      'Whether a person may do something for a company at your center, and what became of the mandates you saw. A question that was answered is 200, whatever the answer; a refused one is a problem (RFC 9457) with a stable code. All times are RFC 3339, all amounts whole fen.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求本身有误时返回 application/problem+json，代码不变。不能办理不算错误：那是答复，同样带有代码和说明。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. That something is not allowed is no error: it is an answer, with a code and a sentence of its own.',
  },
  named: [answers.WhyNot, answers.WebhookAnswer, schemas.BatchItem],
  problem: Problem,
})
