import { newTraceCode } from '../../kernel/ids.ts'
import { createTelling, type Telling, type TellingDeps } from '../../notices/telling.ts'
import type { Stores } from '../../storage/stores.ts'
import type { NewSealNews, SealNews as News } from '../../storage/stores-seal-interface.ts'
import type { LifeNews } from '../life/room.ts'
import type { TaskNews } from '../tasks/tasks.ts'
import { LIMITS } from './limits.ts'

/** Tells centers of their tasks and verifications, and of seals of companies that they know. At each look by the clock, tasks whose time is over become news. */
export interface SealNews extends Telling {
  /** Writes it down and hands it on: what no change of ours brings with it. Never throws. */
  tell(news: UnwrittenNews): void
  ofTasks: TaskNews
  ofSeals: LifeNews
}

type UnwrittenNews = Omit<NewSealNews, 'at' | 'data'> & { data: Record<string, unknown> }

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
  const written = ({ data, ...news }: UnwrittenNews): NewSealNews => ({ ...news, data: JSON.stringify(data), at: clock.now().toISOString() })
  const wake = () => telling.wake(async () => undefined)
  function tell(news: UnwrittenNews): void {
    const now = written(news)
    telling.wake(() => sealNews.tell(now))
  }
  return {
    ...telling,
    tell,
    ofTasks: { of: (...of) => written(taskNews(...of)), wake },
    ofSeals: {
      of(...of) {
        const found = newsOfSeal(...of)
        return found && written(found)
      },
      wake,
      tell(...of) {
        const found = newsOfSeal(...of)
        if (found !== undefined) tell(found)
      },
    },
  }
}

function taskNews(...[{ id, center, enterpriseId, state, reference, trace }, event, document]: Parameters<TaskNews['of']>): UnwrittenNews {
  const about = { task: id, state, ...(reference === undefined ? {} : { reference }) }
  const which = document?.sealed === undefined ? {} : { document: document.n, sm3: document.sealed.digest }
  return { event: `task.${event.replace('-', '_')}`, clientId: center.id, enterpriseId, subject: id, data: { ...about, ...which }, trace }
}

function newsOfSeal(...[{ row, state }, event, { trace, thumbprint, days }]: Parameters<LifeNews['of']>): UnwrittenNews | undefined {
  const name = EVENT_OF[event]
  if (name === undefined || row.edition === 0) return undefined
  const about = { seal: row.id, kind: row.kind, state, edition: row.edition }
  const more = { ...(thumbprint === undefined ? {} : { thumbprint }), ...(days === undefined ? {} : { days }) }
  return { event: name, enterpriseId: row.enterpriseId, subject: row.id, data: { ...about, ...more }, trace }
}

/** What centers are told of a seal's life; the rest is the company's own affair. */
const EVENT_OF: Readonly<Record<string, string>> = {
  'seal.made': 'seal.changed',
  'seal.in-force': 'seal.changed',
  'seal.suspended': 'seal.changed',
  'seal.resumed': 'seal.changed',
  'seal.expired': 'seal.changed',
  'seal.remade': 'seal.remade',
  'seal.revoked': 'seal.revoked',
  'seal.certificate-ending': 'seal.certificate_expiring',
  'seal.certificate-revoked': 'seal.certificate_revoked',
}
