import { noteDone, notingRefusal } from '../../audit/acts.ts'
import type { Trail } from '../../audit/events.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import type { EffectStore } from '../../storage/stores-effects.ts'
import type { Guarantee, GuaranteeRow } from '../../storage/stores-guarantees.ts'
import type { BondEvent } from '../state/events.ts'
import type { Tell } from './messages/outgoing.ts'
import { type PlanDeps, type Planned, planEvent } from './plan.ts'
import type { GuaranteeEvent } from './state/events.ts'

/** Acts of companies and centers, and of the clock. Owns that each is stored whole or not at all, and leaves one event in the audit record, done or refused. */
export interface ActDeps extends PlanDeps {
  effects: EffectStore
  audit: Trail
}

export interface Act {
  /** asked anew where somebody else was faster. @throws BrokerError where whoever asks may not see it */
  read: () => Promise<GuaranteeRow>
  event: GuaranteeEvent
  tell?: (after: Guarantee) => Tell
  /** what it says of the bond that the guarantee stands for */
  decides?: BondEvent
  /** for the audit record: `company`, or the center */
  by: string
  trace: string
}

export const act = (deps: ActDeps, { read, event, tell, decides, by, trace }: Act): Promise<Guarantee> =>
  applied(
    deps,
    { by, trace },
    async own =>
      await planEvent(deps, {
        row: await read(),
        event,
        trace: own,
        ...(tell === undefined ? {} : { tell }),
        ...(decides === undefined ? {} : { decides }),
      }),
  )

/**
 * Stores what a plan says, and tells the audit record. What a company does has a trace code of its own there and in the queue: its request's stands in the company's record, and would lead from it to this guarantee.
 * @param plan is given the code under which it is written
 */
export async function applied(
  { effects, audit }: ActDeps,
  { by, trace }: Pick<Act, 'by' | 'trace'>,
  plan: (own: string) => Promise<Planned>,
): Promise<Guarantee> {
  const own = by === 'company' ? newTraceCode() : trace
  const planned = await notingRefusal(audit, 'guarantee', { by, trace }, () => effects.apply(() => plan(own)))
  await noteDone(audit, 'guarantee', own, planned.lines)
  return planned.guarantee
}
