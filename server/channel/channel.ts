import type { Router } from 'express'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import type { Trail } from '../audit/events.ts'
import type { FailureCode } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { SealedKeyDeps } from '../storage/sealed-keys.ts'
import type { ChannelStore, OutgoingStore } from '../storage/stores-channel.ts'
import type { EffectStore } from '../storage/stores-effects.ts'
import type { OnceStore } from '../storage/stores-keys.ts'
import { operatorRoutes } from './operator-routes.ts'
import { type ChannelKeys, createChannelKeys } from './own-keys.ts'
import { createReceiver } from './receive.ts'
import { createRefusals } from './refusals.ts'
import { channelRoutes } from './routes.ts'
import { createSender, type Sender } from './send.ts'
import { CONFIDENTIAL_TEST, type MessageType, messageTypes, TEST } from './types.ts'

/** The data channel between banks and the platform: signed messages that are taken in once, each with a signed answer. */
export interface Channel {
  router: Router
  /** for the management port */
  operator: Router
  /** sends what is due; for the clock's chores */
  work(): Promise<void>
  /** what a person sees and does of that */
  sender: Pick<Sender, 'resting' | 'wake' | 'work'>
  keys: ChannelKeys
}

/** Who may send messages, where messages to it go, if any do, and digits that its sub-accounts for bid bonds begin with, if it opens any. */
export type ChannelParty = Party & { target?: string; accountPrefix?: string }

export interface ChannelDeps extends SealedKeyDeps {
  /** our own name in the channel */
  name: string
  publicUrl: string
  parties: readonly ChannelParty[]
  channel: ChannelStore
  effects: EffectStore
  /** what banks may say, beside the trial types */
  types: readonly MessageType[]
  /** what the platform may say to banks, as it is published beside them */
  sends: readonly object[]
  outgoing: OutgoingStore
  /** bounded in size and time, and held to the banks' addresses */
  fetch: typeof fetch
  once: OnceStore
  audit: Trail
  /** told of each message that was refused */
  refused: (code: FailureCode) => void
  log: Log
}

/** Where the router is mounted: part of the address that senders sign. */
export const CHANNEL_PATH = '/channel'

export function createChannel({
  name,
  publicUrl,
  parties,
  channel: store,
  effects,
  outgoing,
  once,
  audit,
  refused,
  log,
  ...deps
}: ChannelDeps): Channel {
  const { clock } = deps
  const keys = createChannelKeys(deps, facts => audit.append({ code: 'keys.rotated', trace: newTraceCode(), facts }))
  const types = messageTypes([TEST, CONFIDENTIAL_TEST, ...deps.types])
  const byName = new Map(parties.map(party => [party.name, party]))
  const refusals = createRefusals({ name, keys, store, audit, counted: refused, clock })
  const here = { name, target: `${publicUrl}${CHANNEL_PATH}/messages` }
  const receive = createReceiver({ here, partyOf: party => byName.get(party), keys, types, effects, once, refusals, audit, clock })
  const receiverOf = (party: string) => {
    const found = byName.get(party)
    return found?.target === undefined ? undefined : { ...found, target: found.target }
  }
  const sender = createSender({ name, receiverOf, keys, store: outgoing, fetch: deps.fetch, audit, clock, random: Math.random, log })
  return {
    router: channelRoutes({ receive, refusals, keys, types, sends: deps.sends }),
    operator: operatorRoutes({ store: outgoing, sender, audit, clock }),
    work: sender.work,
    sender,
    keys,
  }
}
