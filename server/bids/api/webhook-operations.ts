import { webhookOperations as operationsFor } from '../../notices/operations.ts'
import { EVENTS } from './news.ts'
import { BASE, type BidOperation } from './operation.ts'

/** A center's webhooks about its openings. */
export const webhookOperations: readonly BidOperation[] = operationsFor({
  base: BASE,
  scope: 'bids.webhooks',
  events: EVENTS,
  about: {
    zh: '开标有进展时通知本中心。开标之前只通知开标本身的变化，不通知任何投标信息。密钥只显示一次。',
    en: 'To be told of your openings. Before one is opened nothing of any bid is told. The secret is shown once.',
  },
  subject: 'The opening or webhook that it is about.',
  example: { url: 'https://center.example.cn/hooks/bids', events: ['opening.opened', 'bid.decrypt_failed'] },
})
