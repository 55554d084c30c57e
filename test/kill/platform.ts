import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { partyKey } from '../../bank-adapters/channel/keys.ts'
import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import { payerCode } from '../../bank-adapters/reconciliation/payer.ts'
import type { Trail } from '../../server/audit/events.ts'
import { createCompanyActs } from '../../server/bonds/company-acts.ts'
import { createDecisions } from '../../server/bonds/decisions.ts'
import { createToBank } from '../../server/bonds/messages/to-bank.ts'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { createReadings } from '../../server/bonds/readings.ts'
import { createRegister } from '../../server/bonds/register.ts'
import { createTags } from '../../server/bonds/secrecy/tags.ts'
import { createSections } from '../../server/bonds/sections.ts'
import { createTaskWrites } from '../../server/bonds/task-writes.ts'
import { type ChannelParty, createChannel } from '../../server/channel/channel.ts'
import { openBondService } from '../../server/composition/bond-service.ts'
import { createCookies } from '../../server/http/cookies.ts'
import { allowHosts, createOutboundFetch } from '../../server/http/outbound.ts'
import type { Authority } from '../../server/kernel/authority.ts'
import { type Clock, seconds } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { createSealing, type Sealing } from '../../server/kernel/sealing.ts'
import type { Stores } from '../../server/storage/stores.ts'

/** The product's channel and bonds, joined as it joins them, without the pages and tokens that need a login: what companies and centers do there is done through the same acts. */
export function openPlatform(stores: Stores, deps: PlatformDeps) {
  const { publicUrl, party, clock, trail: audit, works } = deps
  const sealing = createSealing(Buffer.from(deps.sealingKey, 'base64'))
  const send = async () => (works ? await channel.work() : undefined)
  const bonds = openBondService({
    ...{ stores, sealing, publicUrl, send, clock, log: silentLog },
    trail: audit,
    centers: { authenticate: async () => undefined, meter: silentMeter },
    use: byOffice,
    conduct: async () => undefined,
    visits: { page: () => nobody, act: () => nobody },
    clients: [],
    guarantees: () => {
      throw new Error('nobody asks for guarantees here')
    },
    partyOf: name => (name === party.name ? party : undefined),
    issuerName: id => ({ zh: id, en: id }),
    centerName: async id => id,
    cookies: createCookies(['key-of-the-kill-test'], { secure: false }),
    banks: () => [{ id: party.name, name: { zh: party.name, en: party.name }, prefix: PREFIX }],
    payerCode: (bank, serial, account) => payerCode(sealing.code(bank, 'reconciliation-payer'), serial, account),
  })
  const channel = createChannel({
    ...{ name: PLATFORM, publicUrl, parties: [party], sealing, clock, audit, log: silentLog },
    store: stores.signingKeys,
    channel: stores.channel,
    effects: stores.effects,
    outgoing: stores.channelOutgoing,
    once: stores.onceIds,
    types: bonds.messages,
    sends: bonds.sends,
    fetch: createOutboundFetch({
      allow: allowHosts([new URL(party.target ?? '').host], { plainHttp: true }),
      timeoutMs: seconds(20),
      maxBytes: 256 * 1024,
    }),
    refused: () => undefined,
  })
  return { sealing, channel, bonds, ...actsOf(stores, sealing, deps) }
}

export interface PlatformDeps {
  publicUrl: string
  party: ChannelParty
  sealingKey: string
  /** whether what is to be sent is sent by this process */
  works: boolean
  clock: Clock
  trail: Trail
}

const PREFIX = '62284899'
const nobody = () => undefined
/** everybody here is the legal representative */
const byOffice: Authority['use'] = async () => ({ entry: 1, power: { kind: 'legal-representative' } })

function actsOf(stores: Stores, sealing: Sealing, { party, clock, trail: audit }: Pick<PlatformDeps, 'party' | 'clock' | 'trail'>) {
  const { bonds: store, effects } = stores
  const [tags, tasks] = [createTags(sealing), createTaskWrites(sealing)]
  const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
  const register = createRegister({ store, effects, parameters, sealing, tags, clock, audit })
  const readings = createReadings({ store, opened: stores.openedBonds, sealing, tags, clock })
  const decisions = createDecisions({ register, tasks, follow: async () => [], clock, wake: nobody })
  const toBank = createToBank({ sender: PLATFORM, partyOf: name => (name === party.name ? party : undefined), clock })
  const deps = { store, register, readings, decisions, toBank, tags, use: byOffice, prefixOf: () => PREFIX }
  return {
    companies: createCompanyActs({ ...deps, clock, wake: nobody }),
    sections: createSections({ store, effects, tasks, sealing, random: randomBytes, clock, audit }),
  }
}

/** The bank by the keys that it leaves in its folder. */
export function partyOf(bank: string, dataDir: string, url: string): ChannelParty {
  const keyOf = (use: 'sign' | 'encrypt') => partyKey({ certificate: readFileSync(join(dataDir, 'mock-bank', bank, 'channel', `${use}.pem`)), use })
  return {
    name: bank,
    target: `${url}/${bank}/channel/messages`,
    accountPrefix: PREFIX,
    algorithms: ['SM2'],
    keys: [keyOf('sign'), keyOf('encrypt')],
  }
}
