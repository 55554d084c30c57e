import type { Authority, Decision, Power } from '../../kernel/authority.ts'
import type { FailureCode } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { type Restriction, restrictionWords } from '../../kernel/restrictions.ts'
import { unreachable } from '../../kernel/unreachable.ts'
import { docUrl } from '../../web/interface/problem.ts'
import type { DecisionAnswer } from './answers.ts'

/** Puts a decision into the words of the interface. Facts stay in the house: they may name what a center has no business to know. */
export function tellDecision(decided: Awaited<ReturnType<Authority['decide']>>, publicUrl: string): DecisionAnswer {
  const refused = decided.kind === 'deny' ? decided.restriction : undefined
  return { ...answerOf(decided, publicUrl), ...tellRestrictions([...(refused === undefined ? [] : [refused]), ...(decided.flags ?? [])]) }
}

export const tellRestrictions = (restrictions: readonly Restriction[]): Pick<DecisionAnswer, 'restrictions'> =>
  restrictions.length === 0 ? {} : { restrictions: restrictions.map(each => ({ ...each, user_message: restrictionWords(each) })) }

function answerOf(decision: Decision, publicUrl: string): DecisionAnswer {
  const because = (code: FailureCode): Pick<DecisionAnswer, 'code' | 'reasons'> => {
    const { zh, en, who } = failures[code]
    return { code, reasons: [{ code, user_message: { zh, en }, who_can_fix: who, doc_url: docUrl(publicUrl, code) }] }
  }
  switch (decision.kind) {
    case 'allow':
      return { decision: 'allow', reasons: [], ...tellPower(decision.power) }
    case 'deny': {
      // of a mandate that cannot be read nobody knows whether it concerns this center
      const named = decision.mandate !== undefined && decision.code !== 'mandate_tampered' && decision.code !== 'act_not_allowed'
      return { decision: 'deny', ...because(decision.code), ...(named ? { mandate: decision.mandate } : {}) }
    }
    case 'needs': {
      const { need, power } = decision
      return need.kind === 'step-up'
        ? { decision: 'needs', ...because('step_up_needed'), ...tellPower(power), needs: { step_up: need.assurance } }
        : { decision: 'needs', ...because('approvals_needed'), ...tellPower(power), needs: { approvals: need.count } }
    }
    default:
      return unreachable(decision)
  }
}

export const tellPower = (power: Power): Pick<DecisionAnswer, 'power' | 'mandate'> =>
  power.kind === 'mandate' ? { power: 'mandate', mandate: power.mandate } : { power: power.kind }
