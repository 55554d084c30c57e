import { asBrokerError } from '../../kernel/errors.ts'
import { createTelling, type Notice, type Telling, type TellingDeps } from '../../notices/telling.ts'
import type { Stores } from '../../storage/stores.ts'
import type { MandateNews, ShownMandate } from '../../storage/stores-centers.ts'
import type { Holding } from '../held.ts'
import { LIMITS } from './limits.ts'
import { isFor, stateNow } from './mandate-view.ts'

/** Tells centers of changes of mandates that concern them: those that a center was shown or saw used, and that are for it. A change's news is written with the change; here it is put into words. */
export type Notices = Telling

export interface NoticeDeps extends Pick<TellingDeps<MandateNews>, 'sealing' | 'fetch' | 'trail' | 'trace' | 'clock' | 'log'> {
  stores: Pick<Stores, 'webhooks' | 'shown' | 'outbox' | 'mandates'>
  holding: Holding
}

const EVENT_OF: Readonly<Record<string, string>> = {
  suspended: 'mandate.suspended',
  resumed: 'mandate.resumed',
  revoked: 'mandate.revoked',
  expired: 'mandate.expired',
  frozen: 'mandate.frozen',
}

export function createNotices({ stores, holding, ...deps }: NoticeDeps): Notices {
  const { webhooks, shown, outbox } = stores
  return createTelling({
    ...deps,
    queue: 'center-webhook',
    store: webhooks,
    outbox,
    noticesOf,
    about: 'mandate',
    failed: 'changes of mandates could not be handed on yet',
  })

  async function noticesOf(news: MandateNews): Promise<Notice[]> {
    const type = EVENT_OF[news.kind]
    if (type === undefined) return []
    // what hangs on it changed with it; its own end is told when it comes, and is never later; a new legal representative is news of each
    const below = news.kind === 'expired' || news.kind === 'frozen' ? [] : await shown.below(news.mandateId, LIMITS.below)
    const notices: Notice[] = []
    for (const id of [news.mandateId, ...below.map(row => row.id)]) notices.push(...(await noticeOf(id, type, news)))
    return notices
  }

  async function noticeOf(mandateId: string, type: string, news: MandateNews): Promise<Notice[]> {
    const hooks = await webhooks.concerned(mandateId, type, LIMITS.concerned)
    const [first] = hooks
    const mandate = first && (await shown.ofCenter(mandateId, first.clientId))
    const seen = mandate && readable(mandate)
    if (mandate === undefined || seen === undefined) return []
    // one whose power ended before, with the one above it, was told then
    if ((news.kind === 'expired' || news.kind === 'frozen') && seen.state !== news.kind) return []
    const place = mandateId === news.mandateId ? news.place : mandate.row.place
    const body = JSON.stringify({ type, timestamp: news.at, data: { mandate: mandateId, state: seen.state, company: mandate.company.uscc, place } })
    const concerned = hooks.filter(({ clientId }) => isFor(seen.terms, clientId))
    return [{ hooks: concerned, key: `${mandateId} ${news.mandateId} ${news.place}`, type, subject: mandateId, body, trace: news.trace }]
  }

  /** One that cannot be read is never honoured, and nobody can say whom it concerns. */
  function readable(mandate: ShownMandate) {
    try {
      return stateNow(mandate, holding, deps.clock.now())
    } catch (thrown) {
      if (asBrokerError(thrown).code !== 'mandate_tampered') throw thrown
      return undefined
    }
  }
}
