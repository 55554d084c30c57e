import type { ChannelMessage, KnownMessage } from './stores-channel.ts'

/** What a message or an act brings about, stored with it in one statement. The rest of what may be asked of the database stands in stores.ts. */

/** One write of an effect; storage/writes.ts and each room's own store make them. */
export interface Write {
  /** the SQL function `effect_<kind>` that does it; orders of the ledger are posted for all effects together */
  kind: string
  /** as JSON; whole numbers beyond 2^53 as text */
  what: object
}

export interface Effect {
  /** what it touches first, such as a bond's id: effects of one moment are written in the order of these */
  lock: string
  /** in their order; none where nothing is to be done */
  writes: readonly Write[]
}

export interface EffectStore {
  /**
   * Writes all of an effect, or nothing. What somebody else changed meanwhile is judged anew, by `plan`.
   * @returns the plan that was written
   * @throws BrokerError as `take`
   */
  apply<Planned extends Effect>(plan: () => Promise<Planned>): Promise<Planned>
  /**
   * The same with the message that brought it about, and its answer.
   * @returns what stands under the message's id or key already, where there is something, also where `plan` would refuse it now: then nothing was written
   * @throws BrokerError what `plan` throws of a message that is new, or the code with which the database refused; `bond_event_conflict` for an event that counts for something else; `database_unavailable` after many tries
   */
  take(message: ChannelMessage, plan: () => Promise<Effect>): Promise<KnownMessage[] | undefined>
}

/** Of a message that brings nothing about. */
export const NO_EFFECT: Effect = { lock: '', writes: [] }
