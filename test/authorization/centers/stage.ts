import { createCenterInterface } from '../../../server/authorization/centers/interface.ts'
import type { PersonOf } from '../../../server/authorization/centers/ports.ts'
import type { Caller } from '../../../server/http/api-guard.ts'
import { allowHosts, createOutboundFetch } from '../../../server/http/outbound.ts'
import type { Assurance } from '../../../server/kernel/assurance.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { silentMeter } from '../../../server/kernel/meter.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import { readableLog } from '../../http/app.ts'
import { type AskOptions, openApiSite, openReceiver, PUBLIC_URL } from '../../suites/api-site.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { createStage, type Somebody } from '../stage.ts'

/** The interface over real HTTP on real stores, with mandates that real shields signed, and a receiver of webhooks that really listens. Tokens are played: the provider has its own tests. */
const SCOPES = ['authorization.decide', 'authorization.use', 'authorization.read', 'authorization.webhooks']

export type CenterStage = Awaited<ReturnType<typeof openCenterStage>>

export async function openCenterStage(limits?: { requestsPerMinute?: number; itemsPerMinute?: number }) {
  const clock = fixedClock('2027-03-01T08:00:00.000Z')
  const stores = await openTestStores({ clock })
  const house = createStage(stores, clock)
  const { log, lines } = readableLog()
  const tokens = new Map<string, Caller>([
    ['center-a', { clientId: 'center-a', scopes: SCOPES }],
    ['center-b', { clientId: 'center-b', scopes: SCOPES }],
    ['decide-only', { clientId: 'center-a', scopes: ['authorization.decide'] }],
    ['other-scope', { clientId: 'center-a', scopes: ['trust.verify'] }],
  ])
  const people = new Map<string, { clientId: string; person: NonNullable<Awaited<ReturnType<PersonOf>>> }>()
  const receiver = await openReceiver()
  const mayReach = allowHosts([new URL(receiver.url).host, 'hooks.example.cn'], { plainHttp: true })
  const outbound = createOutboundFetch({ allow: mayReach, timeoutMs: 2000, maxBytes: 64 * 1024 })
  const room = createCenterInterface({
    publicUrl: PUBLIC_URL,
    stores,
    authorization: house,
    authenticate: async token => tokens.get(token),
    personOf: async (token, clientId) => {
      const found = people.get(token)
      return found?.clientId === clientId ? found.person : undefined
    },
    sealing: createSealing(Buffer.alloc(32, 9)),
    fetch: outbound,
    mayReach,
    trail: { append: async (...more) => void house.events.push(...more) },
    trace: () => undefined,
    meter: silentMeter,
    clock,
    log,
    ...(limits === undefined ? {} : { limits }),
  })
  await room.start()
  const site = await openApiSite('/api/authorization', room.router, { clock, log })
  const { url, send } = site

  let made = 0
  return {
    ...house,
    stores,
    url,
    room,
    lines,
    tokens,
    people,
    receiver,
    post: send,
    get: (path: string, more: AskOptions = {}) => send(path, undefined, { ...more, method: 'GET' }),
    remove: (path: string, more: AskOptions = {}) => send(path, undefined, { ...more, method: 'DELETE' }),
    /** they logged in at the center and agreed to share their claims */
    seen: (who: Somebody, clientId = 'center-a') => stores.consents.grant(who.membershipId, clientId, ['openid', 'enterprise']),
    /** an access token of theirs, issued to the center */
    async tokenOf(
      who: Somebody,
      { clientId = 'center-a', assurance = 'shield' }: { clientId?: string; assurance?: Assurance } = {},
    ): Promise<string> {
      const membership = await stores.parties.membership(who.membershipId)
      const token = `person-token-${++made}-of-${who.membershipId}`
      people.set(token, { clientId, person: { membershipId: who.membershipId, enterpriseId: membership?.enterprise.id ?? '', assurance } })
      return token
    },
    /** all changes so far have been told, or given up */
    async told(): Promise<void> {
      room.notices.wake()
      await room.notices.settled()
      await stores.outbox.drained('center-webhook')
    },
    async close() {
      await site.close()
      await room.close()
      outbound.close()
      await receiver.close()
      await stores.close()
    },
  }
}
