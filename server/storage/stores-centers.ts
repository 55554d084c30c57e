import type { Uscc } from '../kernel/uscc.ts'
import type { MandateRow } from './stores-authorization.ts'
import type { Webhook, WebhookTable } from './stores-webhooks.ts'

/** What a center's programs see and are told of mandates. The rest of what may be asked of the database stands in stores.ts. */

export interface ShownStore {
  /** From now on the center may look at these mandates, and hears of their changes. */
  note(clientId: string, mandateIds: readonly string[]): Promise<void>
  /** the mandate with all that its state in effect hangs on; undefined unless it was used at this center or shown to it */
  ofCenter(mandateId: string, clientId: string): Promise<ShownMandate | undefined>
  /** those that were passed on from this one, however far down */
  below(mandateId: string, limit: number): Promise<MandateRow[]>
}
export interface ShownMandate {
  row: MandateRow
  /** of the chain, in any order */
  above: MandateRow[]
  company: { uscc: Uscc; name: string }
  legalRepresentativeId?: string
}

/** An act that a center asked to be done under a key of its own. */
export interface PerformedStore {
  /**
   * Claims the key for this content, or tells what stands under it.
   * @param digest of what was asked
   * @returns `fresh` for whoever was first; the digest that stands, and the answer once there is one
   */
  claim(key: string, digest: string, expiresAt: Date): Promise<{ fresh: boolean; digest: string; answer?: string }>
  /** the first answer stays */
  answer(key: string, answer: string): Promise<void>
}

/** A change of a mandate that centers may have to hear of; written by the change's own statement. */
export interface MandateNews {
  id: string
  mandateId: string
  kind: string
  place: number
  at: string
  trace: string
}

export interface WebhookStore extends WebhookTable {
  /** what has not been handed on yet, the oldest first */
  news(limit: number): Promise<MandateNews[]>
  /** webhooks that ask for this event and whose centers were shown the mandate or saw it used */
  concerned(mandateId: string, event: string, limit: number): Promise<Webhook[]>
  handedOn(newsIds: readonly string[]): Promise<void>
}
