import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'

/** The operator's gateway for text messages and e-mail. */
export interface Gateway {
  url: string
  /** `whsec_` and the key in base64; every message is signed with each */
  secrets: readonly string[]
}

export interface ContactDeps {
  stores: Pick<Stores, 'contacts' | 'contactMessages' | 'outbox'>
  sealing: Sealing
  /** undefined: this installation sends none */
  gateway: Gateway | undefined
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
  /** whether this person still acts for the company: asked when a message is about to leave */
  mayHear(membershipId: string): Promise<boolean>
  trail: Trail
  clock: Clock
  log: Log
}
