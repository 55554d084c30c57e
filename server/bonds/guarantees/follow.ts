import type { Write } from '../../storage/stores-effects.ts'
import type { Guarantee, GuaranteeRow } from '../../storage/stores-guarantees.ts'
import type { Decided } from '../state/decide.ts'
import { claimed } from './beneficiary.ts'
import { claimId } from './claim-id.ts'
import { type PlanDeps, planEvent } from './plan.ts'
import { bondTag, keptOf, MOST_FOR_BOND } from './rows.ts'
import type { GuaranteeEvent } from './state/events.ts'

/**
 * What a decision about a bond asks of the guarantee that stands for it: what is kept is claimed from the issuer, on the same ground, and one that nothing is kept of is released. Owns that the issuer is told so in the
 * statement of the decision, and once; it only reads.
 */
export type FollowBond = (bondId: string, decided: Decided, trace: string) => Promise<Write[]>

type FollowDeps = PlanDeps & { centerName: (center: string) => Promise<string> }

/** @throws BrokerError those of planEvent: a claim on a guarantee that is over is no decision */
export function createFollowBond(deps: FollowDeps): FollowBond {
  return async (bondId, decided, trace) => {
    const writes: Write[] = []
    for (const row of await deps.store.forBond(bondTag(deps, bondId), MOST_FOR_BOND)) {
      let now: GuaranteeRow = row
      for (const { event, tell } of await actsFor(deps, keptOf(row, deps), decided)) {
        const planned = await planEvent(deps, { row: now, event, tell, trace })
        writes.push(...planned.writes)
        now = planned.row
      }
    }
    return writes
  }
}

type Act = Awaited<ReturnType<typeof claimed>>

async function actsFor(deps: FollowDeps, { state, sectionId, bondId }: Guarantee, decided: Decided): Promise<Act[]> {
  const { key, forfeits, winner } = decided
  const at = deps.clock.now().toISOString()
  const decision = decided.evidence[0]?.ref ?? ''
  if (forfeits.length === 0) return state === 'in-force' || state === 'issued' ? [release(at, decision)] : []
  if (state !== 'in-force' && state !== 'claimed') return []
  return await Promise.all(
    forfeits.map(({ ground, fen }, n) => claimed(deps, { sectionId, at }, { claim: claimId(bondId, key, n), ground, winner, fen, decision })),
  )
}

const release = (at: string, decision: string): Act => {
  const event: GuaranteeEvent = { kind: 'released', key: 'released', at, evidence: [{ kind: 'release-decision', ref: decision }] }
  return { event, tell: () => ({ type: 'guarantee.released', part: { at } }) }
}
