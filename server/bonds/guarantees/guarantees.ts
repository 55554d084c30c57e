import type { Router } from 'express'
import type { MessageType } from '../../channel/types.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { ActDeps } from './acts.ts'
import { type Applications, createApplications } from './applications.ts'
import { type Beneficiary, createBeneficiary } from './beneficiary.ts'
import { type IsIssuers, readDocument } from './document.ts'
import { endWhatIsOver } from './expiry.ts'
import { createFollowBond, type FollowBond } from './follow.ts'
import { createLookup, lookupRoutes } from './lookup.ts'
import { incomingTypes, type TakeFact } from './messages/incoming.ts'
import { planEvent } from './plan.ts'
import { codeTag, keptOf } from './rows.ts'
import { demandedBy, type GuaranteeEvent } from './state/events.ts'

/**
 * Guarantees (保函) for bid bonds, of banks and insurers. Owns their life from the application to their end, their messages, and that until the opening an issuer knows no tender and a center no guarantee. The bond that one
 * stands for is bonds/'s, premiums and payments are between the companies and the issuer.
 */
export interface Guarantees {
  applications: Applications
  beneficiary: Beneficiary
  /** what issuers may say, for the data channel */
  types: MessageType[]
  /** anybody's, with a verification code. @throws BrokerError `guarantee_unknown` */
  lookUp: ReturnType<typeof createLookup>
  /** public, at /api/guarantees */
  router: Router
  /** what a bond's decision asks of its guarantee, to be written with it */
  follow: FollowBond
  /** ends what is over. @returns how many */
  turn(): Promise<number>
}

export interface GuaranteeDeps extends ActDeps {
  issuers: () => string[]
  isIssuers: IsIssuers
  centerName: (center: string) => Promise<string>
}

export function createGuarantees(deps: GuaranteeDeps): Guarantees {
  const takeFact: TakeFact = async ({ sender, id, trace, code, serial, at }, factOf) => {
    const row = await deps.store.forIssuer(codeTag(deps, code))
    const guarantee = row === undefined ? undefined : keptOf(row, deps)
    if (row === undefined || guarantee?.issuer !== sender) throw new BrokerError('guarantee_unknown', 'no application of this code to this issuer')
    const fact = factOf(guarantee)
    const evidence: GuaranteeEvent['evidence'] = demandedBy(fact).map(kind => ({
      kind,
      ref: kind === 'document' && 'document' in fact ? fact.document.sm3 : `${sender}/${id}`,
    }))
    return await planEvent(deps, { row, event: { key: serial, at, evidence, ...fact }, trace })
  }
  const lookUp = createLookup(deps)
  return {
    applications: createApplications(deps),
    beneficiary: createBeneficiary(deps),
    types: incomingTypes(takeFact, (guarantee, said) => readDocument(said, guarantee, deps.isIssuers)),
    lookUp,
    router: lookupRoutes(lookUp),
    follow: createFollowBond(deps),
    turn: () => endWhatIsOver(deps),
  }
}
