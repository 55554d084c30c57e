import { noteDone } from '../audit/acts.ts'
import type { Trail } from '../audit/events.ts'
import type { EffectStore } from '../storage/stores-effects.ts'
import type { Financing } from '../storage/stores-financing.ts'
import type { PlanDeps, Planned } from './plan.ts'

/** Acts of companies. Owns that each is stored whole or not at all, and that the audit record has one event of it. */
export interface ActDeps extends PlanDeps {
  effects: EffectStore
  trail: Trail
}

/** Stores what a plan says, and tells the audit record. @param plan asked anew where somebody else was faster */
export async function applied({ effects, trail }: ActDeps, trace: string, plan: () => Promise<Planned>): Promise<Financing> {
  const planned = await effects.apply(plan)
  await noteDone(trail, 'financing', trace, planned.lines)
  return planned.financing
}
