import { isInForce, type Party } from '../../bank-adapters/channel/keys.ts'
import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import { createGuarantees, type Guarantees } from '../bonds/guarantees/guarantees.ts'
import type { BondPlan } from '../bonds/guarantees/plan.ts'
import { createTags } from '../bonds/secrecy/tags.ts'
import { createTaskWrites } from '../bonds/task-writes.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Stores } from '../storage/stores.ts'
import type { Parties } from './channel-parties.ts'

/** Joins what guarantees need of the house: the parties of the data channel, of whom those that messages go to and that have an encryption key take applications, and whose signing keys sign documents. */
export function openGuarantees(deps: {
  parties: Parties
  stores: Stores
  sealing: Sealing
  bondPlan: BondPlan
  trail: Trail
  clock: Clock
  centerName(id: string): Promise<string>
}): Guarantees {
  const { parties, stores, sealing, trail, clock, centerName } = deps
  const tags = createTags(sealing)
  return createGuarantees({
    ...{ sealing, tags, clock, audit: trail, effects: stores.effects, store: stores.guarantees, bonds: stores.bonds },
    bondPlan: deps.bondPlan,
    tasks: createTaskWrites(sealing),
    sender: PLATFORM,
    partyOf: parties.of,
    issuers: () => parties.reachable().map(({ name }) => name),
    isIssuers: (issuer, certificate) => signs(parties.of(issuer), certificate, clock),
    centerName,
  })
}

function signs(party: Party | undefined, certificate: Certificate, clock: Clock): boolean {
  const now = clock.now()
  return (party?.keys ?? []).some(key => key.use === 'sign' && key.certificate.thumbprint === certificate.thumbprint && isInForce(key, now))
}
