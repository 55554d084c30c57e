import { webhookOperations as operationsFor } from '../../notices/operations.ts'
import { BASE, type SealOperation } from './operation.ts'

/** What a center may be told of. */
export const EVENTS = [
  ...(['task.opened', 'task.document_sealed', 'task.done', 'task.cancelled', 'task.expired'] as const),
  ...(['seal.changed', 'seal.certificate_expiring', 'seal.certificate_revoked', 'seal.revoked', 'seal.remade', 'verify.done'] as const),
] as const

export const webhookOperations: readonly SealOperation[] = operationsFor({
  base: BASE,
  scope: 'seals.webhooks',
  events: EVENTS,
  about: {
    zh: '任务、印章、验章有变化时通知本中心。印章的事件只通知认识该企业的中心。密钥只显示一次。',
    en: 'To be told of tasks, seals and verifications. Events of seals go to centers that know the company. The secret is shown once.',
  },
  subject: 'The task, seal, verification or webhook that it is about.',
  example: { url: 'https://center.example.cn/hooks/seals', events: ['task.done', 'seal.revoked'] },
})
