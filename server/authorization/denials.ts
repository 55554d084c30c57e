import type { Trail } from '../audit/events.ts'
import type { Act } from '../kernel/acts.ts'
import type { Decision } from '../kernel/authority.ts'
import { BrokerError } from '../kernel/errors.ts'
import { markRecorded } from '../kernel/recorded.ts'

/** What a decision that is not "yes" is to whoever asked: the refusal, and its one event in the audit record. */
type Denial = Exclude<Decision, { kind: 'allow' }>

interface Denied {
  act: Act
  /** absent where it may not be told yet (bids before their opening) */
  center?: string
  membership: string
  trace: string
}

/** Writes it down. @returns the refusal, to be thrown */
export async function recordDenial(trail: Trail, decision: Denial, { act, center, membership, trace }: Denied): Promise<BrokerError> {
  const error = refusalOf(decision)
  const mandate = decision.kind === 'deny' ? decision.mandate : undefined
  const measure = error.restriction?.id
  await trail.append({
    code: error.code === 'mandate_tampered' ? 'mandate.tampered' : 'authority.denied',
    trace,
    facts: {
      act,
      ...(center === undefined ? {} : { center }),
      membership,
      failure: error.code,
      ...(mandate === undefined ? {} : { mandate }),
      ...(measure === undefined ? {} : { measure }),
    },
  })
  markRecorded(error)
  return error
}

export function refusalOf(decision: Denial): BrokerError {
  if (decision.kind === 'deny')
    return new BrokerError(decision.code, decision.facts, decision.restriction === undefined ? {} : { restriction: decision.restriction })
  const { need } = decision
  return need.kind === 'step-up'
    ? new BrokerError('step_up_needed', 'the proof of this login is too weak', { expected: need.assurance })
    : new BrokerError('approvals_needed', `${need.count} more approvals`, { expected: String(need.count) })
}
