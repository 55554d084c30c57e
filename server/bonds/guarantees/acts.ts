import { createHash } from 'node:crypto'
import type { Trail } from '../../audit/events.ts'
import { asBrokerError } from '../../kernel/errors.ts'
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
  const planned = await refusing(audit, { by, trace }, () => effects.apply(plan))
  const lines = planned.lines.map(({ sealed }) => sealed).join('\n')
  if (lines !== '') await audit.append({ code: 'guarantee.happened', trace, facts: { sm3: createHash('sm3').update(lines).digest('hex') } })
  return planned.guarantee
}

/** Before the opening nothing in the record tells one reason from another but the code. */
export async function refusing<T>(audit: Trail, { by, trace }: Pick<Act, 'by' | 'trace'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    await audit.append({ code: 'guarantee.refused', trace, facts: { code: asBrokerError(thrown).code, by } })
    throw thrown
  }
}
