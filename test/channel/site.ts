import { randomBytes } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import { PLATFORM, readPublished } from '../../bank-adapters/channel/published.ts'
import { createTrail } from '../../server/audit/trail.ts'
import { CHANNEL_PATH, createChannel } from '../../server/channel/channel.ts'
import type { MessageType } from '../../server/channel/types.ts'
import type { Clock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { openApiSite } from '../suites/api-site.ts'
import { openTestStores } from '../suites/memory-stores.ts'

/** The platform's end of the data channel over real HTTP, on a database of its own, and what a bank knows of it. */
export async function openChannelSite(parties: readonly Party[], clock: Clock, types: readonly MessageType[] = []) {
  const stores = await openTestStores({ clock })
  const audit = createTrail({ store: stores.audit, clock })
  const alarms: string[] = []
  // the channel's address stands under every signature, and is known once the site listens
  let router: RequestHandler = (_req, _res, next) => next()
  const site = await openApiSite(CHANNEL_PATH, (req, res, next) => router(req, res, next), { clock, log: silentLog })
  router = createChannel({
    name: PLATFORM,
    publicUrl: site.url,
    parties,
    store: stores.signingKeys,
    sealing: createSealing(randomBytes(32)),
    channel: stores.channel,
    effects: stores.effects,
    types,
    sends: [],
    outgoing: stores.channelOutgoing,
    once: stores.onceIds,
    fetch,
    audit,
    refused: code => alarms.push(code),
    clock,
    log: silentLog,
  }).router
  const { body } = await site.send('keys', undefined, { method: 'GET', token: null })
  return {
    ...{ stores, alarms, site },
    target: `${site.url}${CHANNEL_PATH}/messages`,
    platform: readPublished(body),
    async close() {
      await site.close()
      await audit.close()
      await stores.close()
    },
  }
}
