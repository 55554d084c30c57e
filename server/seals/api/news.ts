import { newTraceCode } from '../../kernel/ids.ts'
import { createTelling, type Telling, type TellingDeps } from '../../notices/telling.ts'
import type { Stores } from '../../storage/stores.ts'
import type { SealNews as News } from '../../storage/stores-seal-interface.ts'
import { LIMITS } from './limits.ts'

/** Tells centers of their tasks and verifications, and of seals of companies that they know. At each look by the clock, tasks whose time is over become news. */
export interface SealNews extends Telling {
  /** Writes it down and hands it on. Never throws. */
  tell(news: Omit<News, 'id' | 'at' | 'data'> & { data: Record<string, unknown> }): void
}

export interface SealNewsDeps extends Pick<TellingDeps<News>, 'sealing' | 'fetch' | 'trail' | 'trace' | 'clock' | 'log'> {
  stores: Pick<Stores, 'sealNews' | 'outbox'>
}

export function createSealNews({ stores: { sealNews, outbox }, ...deps }: SealNewsDeps): SealNews {
  const { clock } = deps
  const telling = createTelling({
    ...deps,
    queue: 'seal-webhook',
    store: sealNews,
    outbox,
    async noticesOf(news) {
      const { id, event: type, subject, at, trace } = news
      const hooks = await sealNews.concerned(news, LIMITS.concerned)
      return [
        { hooks, key: `${id} ${subject} ${at}`, type, subject, body: JSON.stringify({ type, timestamp: at, data: JSON.parse(news.data) }), trace },
      ]
    },
    before: () => sealNews.tellOver(clock.now(), newTraceCode(), LIMITS.news),
    about: 'subject',
    failed: 'news about seals could not be handed on yet',
  })
  return {
    ...telling,
    tell({ data, ...news }) {
      const at = clock.now().toISOString()
      telling.wake(() => sealNews.tell({ ...news, data: JSON.stringify(data), at }))
    },
  }
}
