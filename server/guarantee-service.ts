import { demandInForce, encryptionKeyOf, type Party } from '../bank-adapters/channel/keys.ts'
import { PLATFORM } from '../bank-adapters/channel/published.ts'
import type { Trail } from './audit/events.ts'
import { createGuarantees, type Guarantees } from './bonds/guarantees/guarantees.ts'
import type { BondPlan } from './bonds/guarantees/plan.ts'
import { createTags } from './bonds/secrecy/tags.ts'
import type { ChannelParty } from './channel/channel.ts'
import { readParties } from './channel-parties.ts'
import type { Config } from './config.ts'
import type { Clock } from './kernel/clock.ts'
import type { Sealing } from './kernel/sealing.ts'
import type { Certificate } from './pki/certificate.ts'
import type { Stores } from './storage/stores.ts'

/** Joins what guarantees need of the house: the parties of the data channel, of whom those that messages go to and that have an encryption key take applications, and whose signing keys sign documents. @throws BrokerError config_invalid */
export async function openGuarantees(deps: {
  config: Config
  stores: Stores
  sealing: Sealing
  bondPlan: BondPlan
  trail: Trail
  clock: Clock
}): Promise<Guarantees> {
  const { config, stores, sealing, trail, clock } = deps
  const parties = await readParties(config)
  const byName = new Map(parties.map(party => [party.name, party]))
  const tags = createTags(sealing)
  return createGuarantees({
    ...{ sealing, tags, clock, audit: trail, effects: stores.effects, store: stores.guarantees, bonds: stores.bonds },
    bondPlan: deps.bondPlan,
    sender: PLATFORM,
    partyOf: name => byName.get(name),
    issuers: () => parties.filter(party => takesApplications(party, clock)).map(({ name }) => name),
    isIssuers: (issuer, certificate) => signs(byName.get(issuer), certificate, clock),
    centerName: async center => (await stores.clients.find(center))?.name ?? center,
  })
}

function takesApplications(party: ChannelParty, clock: Clock): boolean {
  try {
    return party.target !== undefined && encryptionKeyOf(party, clock.now()).use === 'encrypt'
  } catch {
    return false
  }
}

function signs(party: Party | undefined, certificate: Certificate, clock: Clock): boolean {
  const now = clock.now()
  return (party?.keys ?? []).some(key => {
    if (key.use !== 'sign' || key.certificate.thumbprint !== certificate.thumbprint) return false
    try {
      demandInForce(key, now, now)
      return true
    } catch {
      return false
    }
  })
}
