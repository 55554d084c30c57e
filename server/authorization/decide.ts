import { ACTS } from '../kernel/acts.ts'
import { meets } from '../kernel/assurance.ts'
import { type Actor, type ActRequest, type Decision, OWN_PAGES, type Power } from '../kernel/authority.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { PersonRole } from '../kernel/identity.ts'
import type { Restriction } from '../kernel/restrictions.ts'
import type { MandateState } from '../storage/stores-authorization.ts'
import type { MandateTerms } from './terms.ts'

/**
 * The one decision: may this person do this, for this company, here, now? Pure; the facts are all it knows, and what no rule allows is denied. The checks of a mandate stand in a list, so that no path can
 * forget one.
 */
export interface DecisionFacts {
  now: Date
  actor: Actor
  request: ActRequest
  /** membership ids of those who agreed, the person itself not counted */
  approvals: readonly string[]
  membership: { id: string; personId: string; role: PersonRole; suspended: boolean; byBank: boolean }
  company: { uscc: string /** undefined while no bank has named one */; legalRepresentativeId?: string }
  mandates: readonly HeldMandate[]
  /** a measure of joint punishment that refuses it to the company, whoever acts */
  restriction?: Restriction
}

/** A mandate as its signed text has it, with where it stands. */
export interface HeldMandate {
  state: MandateState
  usedFen: number
  /** undefined: the stored mandate is not the one that was signed */
  terms?: MandateTerms
  id: string
  rootGiverId: string
  /** the mandates it was passed on from, the first one first */
  above: readonly HeldMandate[]
}

type Denial = { code: FailureCode; facts: string }

export function decide(facts: DecisionFacts): Decision {
  const { membership, company, request, actor } = facts
  if (membership.suspended) return { kind: 'deny', code: 'membership_suspended', facts: `membership ${membership.id} is suspended` }
  if (facts.restriction !== undefined) {
    const code = request.act === 'login' ? 'login_refused_by_measure' : 'act_refused_by_measure'
    return { kind: 'deny', code, facts: `measure ${facts.restriction.id}`, restriction: facts.restriction }
  }
  if (membership.id !== actor.membershipId) return { kind: 'deny', code: 'act_not_allowed', facts: 'facts of another person' }

  if (membership.role === 'legal-representative' && (company.legalRepresentativeId ?? membership.id) === membership.id)
    return strongEnough(facts, { kind: 'legal-representative' })
  if (request.act === 'login' && membership.byBank) return strongEnough(facts, { kind: 'bank-named' })

  let best: (Denial & { mandate?: string }) | undefined
  for (const mandate of facts.mandates) {
    const denial = denialOf(mandate, facts)
    if (denial === undefined) return strongEnough(facts, { kind: 'mandate', mandate: mandate.id }, mandate)
    // the newest mandate that is about this act explains best
    if (best === undefined || (best.code === 'act_not_allowed' && denial.code !== 'act_not_allowed')) best = { ...denial, mandate: mandate.id }
  }
  if (best !== undefined) return { kind: 'deny', ...best }
  return { kind: 'deny', code: 'act_not_allowed', facts: `no power for ${request.act}` }
}

/** The first thing that speaks against a mandate: its own, then that of any above it, for a power is never wider than what it came of. */
export function denialOf(mandate: HeldMandate, facts: DecisionFacts): Denial | undefined {
  for (const each of [mandate, ...mandate.above]) {
    for (const check of CHECKS) {
      const denial = check(each, facts)
      if (denial !== undefined) return denial
    }
  }
  return narrowing(mandate)
}

const deny = (code: FailureCode, facts: string): Denial => ({ code, facts })
const outside = (asked: string | undefined, listed: readonly string[]): boolean =>
  listed.length > 0 && (asked === undefined || !listed.includes(asked))

const CHECKS: readonly ((mandate: HeldMandate, facts: DecisionFacts) => Denial | undefined)[] = [
  ({ terms, id }) => (terms === undefined ? deny('mandate_tampered', `mandate ${id} is not as it was signed`) : undefined),
  ({ terms }, { company }) => (terms?.company.uscc === company.uscc ? undefined : deny('act_not_allowed', 'a mandate of another company')),
  ({ terms }, { request }) =>
    terms?.acts.includes(request.act) === true ? undefined : deny('act_not_allowed', `the mandate does not name ${request.act}`),
  ({ state }) => STATES[state],
  ({ rootGiverId }, { company }) =>
    company.legalRepresentativeId === undefined || company.legalRepresentativeId === rootGiverId
      ? undefined
      : deny('mandate_frozen', 'the one who gave it is no longer the legal representative'),
  ({ terms }, { now }) =>
    terms !== undefined && Date.parse(terms.from) <= now.getTime() && now.getTime() < Date.parse(terms.until)
      ? undefined
      : deny('mandate_not_in_time', `in force from ${terms?.from} until ${terms?.until}`),
  ({ terms }, { request: { act, center } }) =>
    (act !== 'login' || center !== OWN_PAGES) && outside(center, terms?.centers ?? []) ? deny('mandate_out_of_scope', 'another center') : undefined,
  // a login is not yet about any project
  ({ terms }, { request }) =>
    request.act !== 'login' && outside(request.project, terms?.projects ?? []) ? deny('mandate_out_of_scope', 'another project') : undefined,
  ({ terms }, { request }) =>
    request.act !== 'login' && outside(request.section, terms?.sections ?? []) ? deny('mandate_out_of_scope', 'another section') : undefined,
  ({ terms }, { request }) =>
    request.act === 'seal_use' && outside(request.seal, terms?.seals ?? []) ? deny('mandate_out_of_scope', 'another seal') : undefined,
  ({ terms, usedFen }, { request: { act, amountFen } }) => {
    const { limitFen, totalFen } = terms ?? {}
    if (!ACTS[act].money || (limitFen === undefined && totalFen === undefined)) return undefined
    // a limit that nobody can hold against an amount would be none
    if (amountFen === undefined) return deny('mandate_over_limit', 'a limit, and no amount told')
    if (limitFen !== undefined && amountFen > limitFen) return deny('mandate_over_limit', `${amountFen} fen of ${limitFen}`)
    if (totalFen !== undefined && usedFen + amountFen > totalFen) return deny('mandate_over_limit', `${usedFen} and ${amountFen} fen of ${totalFen}`)
    return undefined
  },
]

const STATES: Record<MandateState, Denial | undefined> = {
  active: undefined,
  drafted: deny('mandate_not_accepted', 'a draft'),
  offered: deny('mandate_not_accepted', 'not accepted yet'),
  declined: deny('mandate_not_accepted', 'declined'),
  suspended: deny('mandate_suspended', 'suspended'),
  revoked: deny('mandate_revoked', 'revoked'),
  expired: deny('mandate_not_in_time', 'expired'),
}

/** Each link must be allowed by the one above it, whoever wrote it into the database. */
function narrowing({ terms, above, id }: HeldMandate): Denial | undefined {
  if (terms === undefined) return deny('mandate_tampered', `mandate ${id} is not as it was signed`)
  const links = [...above.map(each => each.terms), terms]
  if (terms.chain.length !== above.length || above.some((each, i) => each.id !== terms.chain[i]))
    return deny('mandate_tampered', `mandate ${id} stands on other mandates than it names`)
  for (let i = 1; i < links.length; i++) {
    const [upper, lower] = [links[i - 1], links[i]]
    const wider = upper === undefined || lower === undefined ? 'nothing to stand on' : widerThan(lower, upper)
    if (wider !== undefined) return deny('mandate_too_deep', wider)
  }
  return undefined
}

/** What in `lower` goes beyond `upper`, of which it is passed on; undefined when nothing does. */
export function widerThan(lower: MandateTerms, upper: MandateTerms): string | undefined {
  const wider = (of: readonly string[], than: readonly string[]): boolean =>
    than.length > 0 && (of.length === 0 || of.some(each => !than.includes(each)))
  const more = (of: number | undefined, than: number | undefined): boolean => than !== undefined && (of === undefined || of > than)
  if (upper.depth < 1 || !upper.acts.includes('delegate')) return 'it may not be passed on'
  if (lower.depth >= upper.depth) return `it may be passed on ${upper.depth} more times`
  if (lower.acts.some(act => !upper.acts.includes(act))) return 'more acts'
  for (const scope of ['seals', 'centers', 'projects', 'sections'] as const) if (wider(lower[scope], upper[scope])) return `more ${scope}`
  if (more(lower.limitFen, upper.limitFen) || more(lower.totalFen, upper.totalFen)) return 'a higher limit'
  if (Date.parse(lower.from) < Date.parse(upper.from) || Date.parse(lower.until) > Date.parse(upper.until)) return 'a longer time'
  if (lower.approvals < upper.approvals) return 'fewer approvals'
  return undefined
}

/** The power is there; whether the proof is strong enough and enough others agreed comes after, for both can still be brought. */
function strongEnough({ actor, request, approvals }: DecisionFacts, power: Power, mandate?: HeldMandate): Decision {
  const { assurance } = ACTS[request.act]
  if (!meets(actor.assurance, assurance)) return { kind: 'needs', need: { kind: 'step-up', assurance }, power }
  const wanted = request.act === 'login' ? 0 : (mandate?.terms?.approvals ?? 0)
  const agreed = new Set(approvals.filter(id => id !== actor.membershipId)).size
  if (mandate !== undefined && agreed < wanted)
    return { kind: 'needs', need: { kind: 'approvals', count: wanted - agreed, mandate: mandate.id }, power }
  return { kind: 'allow', power }
}
