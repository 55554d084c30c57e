import type { Trail } from '../audit/events.ts'
import type { Actor, Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { DataConsentStore } from '../storage/stores-consents.ts'

/** What this room needs and does not own. The composition root joins it. */
export interface ConsentDeps {
  store: DataConsentStore
  authority: Pick<Authority, 'use'>
  /** @throws BrokerError mandate_wrong_shield, challenge_mismatch, challenge_expired, signature_invalid, certificate_* */
  words: {
    signedBy(facts: { membership: { personId: string; uscc: string } }, signed: { text: string; cms: string }, own: boolean): Promise<string>
    demandWords(text: string, make: (at: string) => string): void
  }
  /** the signature alone, of what was judged when it was made: the signer's thumbprint, undefined when it is not over this text */
  intact(signed: { text: string; cms: string }): string | undefined
  /** who may be given data: those who are registered to ask for it */
  recipients(): Promise<readonly Recipient[]>
  clock: Clock
  trail: Trail
}

export interface Recipient {
  id: string
  name: string
}

/** The person at the workbench, and for which company. */
export interface ConsentPerson {
  actor: Actor
  membership: { id: string; personId: string; personName: string; enterpriseId: string; enterpriseName: string; uscc: Uscc }
  trace: string
}
