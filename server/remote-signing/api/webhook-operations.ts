import { webhookOperations as operationsFor } from '../../notices/operations.ts'
import { EVENTS } from './news.ts'
import { BASE, type SigningOperation } from './operation.ts'

/** A center's webhooks about its requests and about keys of persons whom it knows. */
export const webhookOperations: readonly SigningOperation[] = operationsFor({
  base: BASE,
  scope: 'remote.webhooks',
  events: EVENTS,
  about: {
    zh: '请求有进展、专家云签密钥有变化时通知本中心。密钥的事件只通知该专家登录过的中心。密钥只显示一次。',
    en: 'To be told of your requests and of experts’ keys. Events of a key go to centers where its person logged in. The secret is shown once.',
  },
  subject: 'The request, key or webhook that it is about.',
  example: { url: 'https://center.example.cn/hooks/experts', events: ['request.signed', 'key.revoked'] },
})
