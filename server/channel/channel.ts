import type { Router } from 'express'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import type { FailureCode } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { SealedKeyDeps } from '../storage/sealed-keys.ts'
import type { OnceStore } from '../storage/stores.ts'
import type { ChannelStore } from '../storage/stores-channel.ts'
import { type ChannelKeys, createChannelKeys } from './own-keys.ts'
import { createReceiver } from './receive.ts'
import { createRefusals } from './refusals.ts'
import { channelRoutes } from './routes.ts'
import { CONFIDENTIAL_TEST, messageTypes, TEST } from './types.ts'

/** The data channel between banks and the platform: signed messages that are taken in once, each with a signed answer. */
export interface Channel {
  router: Router
  keys: ChannelKeys
}

export interface ChannelDeps extends SealedKeyDeps {
  /** our own name in the channel */
  name: string
  publicUrl: string
  parties: readonly Party[]
  channel: ChannelStore
  once: OnceStore
  audit: Trail
  /** told of each message that was refused */
  refused: (code: FailureCode) => void
}

/** Where the router is mounted: part of the address that senders sign. */
export const CHANNEL_PATH = '/channel'

export function createChannel({ name, publicUrl, parties, channel: store, once, audit, refused, ...deps }: ChannelDeps): Channel {
  const { clock } = deps
  const keys = createChannelKeys(deps, facts => audit.append({ code: 'keys.rotated', trace: newTraceCode(), facts }))
  const types = messageTypes([TEST, CONFIDENTIAL_TEST])
  const byName = new Map(parties.map(party => [party.name, party]))
  const refusals = createRefusals({ name, keys, store, audit, counted: refused, clock })
  const here = { name, target: `${publicUrl}${CHANNEL_PATH}/messages` }
  const receive = createReceiver({ here, partyOf: party => byName.get(party), keys, types, store, once, refusals, audit, clock })
  return { router: channelRoutes({ receive, refusals, keys, types }), keys }
}
