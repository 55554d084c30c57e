import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import { type Channel, type ChannelParty, createChannel } from '../channel/channel.ts'
import type { MessageType } from '../channel/types.ts'
import type { Config } from '../config.ts'
import { allowHosts, createOutboundFetch } from '../http/outbound.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'

/** The data channel with what the configuration says of its parties: who they are, by which keys, and where they may be reached. */
export function openChannel(deps: {
  config: Config
  parties: readonly ChannelParty[]
  stores: Stores
  sealing: Sealing
  trail: Trail
  meter: Meter
  clock: Clock
  log: Log
  types: readonly MessageType[]
  sends: readonly object[]
}): Channel {
  const { config, parties, stores, sealing, trail, meter, clock, log } = deps
  const hosts = parties.flatMap(({ target }) => (target === undefined ? [] : [new URL(target).host]))
  return createChannel({
    name: PLATFORM,
    publicUrl: config.publicUrl,
    parties,
    store: stores.signingKeys,
    sealing,
    channel: stores.channel,
    effects: stores.effects,
    types: deps.types,
    sends: deps.sends,
    outgoing: stores.channelOutgoing,
    once: stores.onceIds,
    fetch: createOutboundFetch({
      allow: allowHosts(hosts, { plainHttp: config.mode === 'sandbox' }),
      allowPrivate: allowHosts(config.privateHosts, { plainHttp: true }),
      timeoutMs: seconds(20),
      maxBytes: 256 * 1024,
    }),
    audit: trail,
    refused: meter.channelRefused,
    clock,
    log,
  })
}
