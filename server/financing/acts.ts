import { createHash } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import { asBrokerError } from '../kernel/errors.ts'
import type { EffectStore } from '../storage/stores-effects.ts'
import type { Financing } from '../storage/stores-financing.ts'
import type { PlanDeps, Planned } from './plan.ts'

/** Acts of companies. Owns that each is stored whole or not at all, and leaves one event in the audit record, done or refused. */
export interface ActDeps extends PlanDeps {
  effects: EffectStore
  trail: Trail
}

/** Stores what a plan says, and tells the audit record. @param plan asked anew where somebody else was faster */
export async function applied({ effects, trail }: ActDeps, trace: string, plan: () => Promise<Planned>): Promise<Financing> {
  const planned = await effects.apply(plan)
  const lines = planned.lines.map(({ sealed }) => sealed).join('\n')
  if (lines !== '') await trail.append({ code: 'financing.happened', trace, facts: { sm3: createHash('sm3').update(lines).digest('hex') } })
  return planned.financing
}

export async function refusing<T>(trail: Trail, trace: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    await trail.append({ code: 'financing.refused', trace, facts: { code: asBrokerError(thrown).code, by: 'company' } })
    throw thrown
  }
}
