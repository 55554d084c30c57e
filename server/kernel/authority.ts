import type { Act } from './acts.ts'
import type { Assurance } from './assurance.ts'
import type { FailureCode } from './errors.ts'
import type { ProjectKind, Restriction } from './restrictions.ts'

/**
 * The words in which every door asks "may this person do this, for this company, here, now?" and is answered. The one decision stands in authorization/decide.ts; rooms are given
 * `Authority` by the composition root and never import each other.
 */

/** Stands where a center's client id does when a person works at our own pages: no center, so no mandate's list of centers is about it. */
export const OWN_PAGES = 'workbench'
/** The same for the pages of persons who sign for themselves. */
export const EXPERT_PAGES = 'experts'

/** What is to be done. What does not belong to the act stays out. */
export interface ActRequest {
  act: Act
  /** client id of the trading center where it is done */
  center: string
  project?: string
  /** where it is known, for measures that are limited by it */
  projectKind?: ProjectKind
  section?: string
  /** whole fen */
  amountFen?: number
  /** id of the seal, for `seal_use` */
  seal?: string
}

/** Whose power it is done by. */
export type Power =
  | { kind: 'legal-representative' }
  /** an operator whom the bank names: may log in, and nothing else without a mandate */
  | { kind: 'bank-named' }
  | { kind: 'mandate'; mandate: string }

/** What is still missing; each leads somewhere. */
type Need =
  | { kind: 'step-up'; assurance: Assurance }
  /** other persons of the company have to agree first */
  | { kind: 'approvals'; count: number; mandate: string }

export type Decision =
  | { kind: 'allow'; power: Power }
  | { kind: 'deny'; code: FailureCode; facts: string; mandate?: string; restriction?: Restriction }
  | { kind: 'needs'; need: Need; power: Power }

/** Who asks: the person acting for the company, and what was proven when they logged in. */
export interface Actor {
  membershipId: string
  assurance: Assurance
  /** the bank of this proof does not name the person for the company: what another bank or another day said of them does not count, only a mandate does */
  byMandate?: true
}

/** One use of a power, as it is written down. */
export interface UseRecord {
  /** number in the company's record, growing */
  entry: number
  power: Power
  /** place in the mandate's own order of uses and changes; absent without a mandate */
  place?: number
  /** it stood already, by the same `once` */
  again?: true
}

export interface Besides {
  /** id of the mandate by which it was allowed */
  mandate: string
  /** whole fen */
  amountFen: number
}

export interface Authority {
  /**
   * Looks, and writes nothing: for pages and for centers that ask ahead. `approvals` are the membership ids that agreed.
   * @param more.besides what is asked together with it and was allowed: counted as used already, where a mandate's limit in all is concerned
   * @param more.concerning for an answer that the center will see: mandates that are only for other centers do not exist
   */
  decide(
    actor: Actor,
    request: ActRequest,
    more?: { approvals?: readonly string[]; besides?: readonly Besides[]; concerning?: true },
  ): Promise<Decision & { /** measures that do not refuse it, of which the center is told */ flags?: readonly Restriction[] }>
  /**
   * Decides and, where allowed, writes the use down in the same statement: after a revocation's place nothing is used.
   * @param how.reference what it was for: a login's id, a seal task, a pushed request
   * @param how.once a key of this one use: asked for again under it, the use that stands is answered and none is written
   * @param how.hidden written so that center, project, section, amount and reference are the company's own to read: of what nobody may know before an opening
   * @throws BrokerError with the code of the denial, `step_up_needed`, `approvals_needed`
   */
  use(
    actor: Actor,
    request: ActRequest,
    how: { reference: string; trace: string; approvals?: readonly string[]; once?: string; hidden?: true },
  ): Promise<UseRecord>
}
