import type { Clock } from '../kernel/clock.ts'
import type { CreditStore, Recall } from '../storage/stores-credit.ts'

/** Notices to whoever was given a fact that may no longer be used. They are written with the change itself (storage/credit-facts.ts); here they wait until the recipient has them, by the interface or by whoever sends them. */
export interface Recalls {
  /** the oldest first, of one recipient or of all */
  recallsDue(limit: number, recipient?: string): Promise<Recall[]>
  /** The recipient has it. False when it is another's, or was told before. */
  recalled(id: string, recipient?: string): Promise<boolean>
}

export const createRecalls = ({ store, clock }: { store: Pick<CreditStore, 'recallsDue' | 'recalled'>; clock: Clock }): Recalls => ({
  recallsDue: (limit, recipient) => store.recallsDue(limit, recipient),
  recalled: (id, recipient) => store.recalled(id, clock.now(), recipient),
})
