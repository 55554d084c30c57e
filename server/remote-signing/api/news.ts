import type { Trail } from '../../audit/events.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import { createTelling, type Telling, type TellingDeps } from '../../notices/telling.ts'
import type { Stores } from '../../storage/stores.ts'
import type { RemoteNews } from '../../storage/stores-remote-signing.ts'
import { LIMITS } from './limits.ts'

/**
 * Tells centers what became of what they asked, and of the keys of persons who logged in there. At each look by the clock, requests and certificates whose time is over are ended. Owns the words; each change writes its
 * news itself (storage/remote-news-line.ts).
 */
export const EVENTS = [
  ...(['request.opened', 'request.signed', 'request.declined', 'request.cancelled', 'request.expired'] as const),
  ...(['key.activated', 'key.locked', 'key.expired', 'key.revoked'] as const),
] as const

export interface RemoteNewsDeps extends Pick<TellingDeps<RemoteNews>, 'sealing' | 'fetch' | 'trace' | 'clock' | 'log'> {
  stores: Pick<Stores, 'remoteNews' | 'outbox'>
  trail: Trail
  /** A request changed, told at least once: what others make of it. */
  changed?(request: string): Promise<void>
}

export function createRemoteNews({ stores: { remoteNews, outbox }, ...deps }: RemoteNewsDeps): Telling & {
  /** the chore, at once */
  endOver(): Promise<void>
} {
  const { clock, trail } = deps
  const telling = createTelling({
    ...deps,
    queue: 'remote-webhook',
    store: remoteNews,
    outbox,
    async noticesOf(news) {
      const { id, event: type, subject, at, trace, clientId } = news
      if (type.startsWith('request.')) await deps.changed?.(subject)
      const data = JSON.parse(news.data)
      const concerned = await remoteNews.concerned(news, LIMITS.concerned)
      return concerned.map(({ hook, subjects }) => {
        const about = clientId === undefined ? { ...data, subjects } : data
        return { hooks: [hook], key: id, type, subject, body: JSON.stringify({ type, timestamp: at, data: about }), trace }
      })
    },
    before: endOver,
    about: 'subject',
    failed: 'news about remote signing could not be handed on yet',
  })

  async function endOver(): Promise<void> {
    for (;;) {
      const trace = newTraceCode()
      const requests = await remoteNews.endRequests(clock.now(), LIMITS.ended)
      const keys = await remoteNews.endKeys(clock.now(), trace, LIMITS.ended)
      await trail.append(
        ...requests.map(({ id: request, center: client, trace }) => ({
          code: 'remote.request-ended' as const,
          trace,
          facts: { request, client, state: 'expired' },
        })),
        ...keys.map(({ id: key, personId: person, serial }) => ({
          code: 'remote.key-expired' as const,
          trace,
          facts: { key, person, serial },
        })),
      )
      if (requests.length < LIMITS.ended && keys.length < LIMITS.ended) return
    }
  }
  return { ...telling, endOver }
}
