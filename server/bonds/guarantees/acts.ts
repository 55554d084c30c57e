import { noteDone, notingRefusal } from '../../audit/acts.ts'
import type { Trail } from '../../audit/events.ts'
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
    async () =>
      await planEvent(deps, {
        row: await read(),
        event,
        trace,
        ...(tell === undefined ? {} : { tell }),
        ...(decides === undefined ? {} : { decides }),
      }),
  )

/** Stores what a plan says, and tells the audit record. */
export async function applied(
  { effects, audit }: ActDeps,
  { by, trace }: Pick<Act, 'by' | 'trace'>,
  plan: () => Promise<Planned>,
): Promise<Guarantee> {
  const planned = await notingRefusal(audit, 'guarantee', { by, trace }, () => effects.apply(plan))
  await noteDone(audit, 'guarantee', trace, planned.lines)
  return planned.guarantee
}
