import type { Trail } from '../audit/events.ts'
import type { Actor, ActRequest, Authority, Besides, Power, UseRecord } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { type AskRestrictions, isRestrictedAct, NO_RESTRICTIONS, type Restrictions } from '../kernel/restrictions.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readUscc } from '../kernel/uscc.ts'
import type { AuthorityFacts, CompanyEntry, Judged, MandateStore } from '../storage/stores-authorization.ts'
import { digestOfHidden, hideEntry } from './company-record.ts'
import { type DecisionFacts, decide, type HeldMandate } from './decide.ts'
import { recordDenial } from './denials.ts'
import type { Holding } from './held.ts'

/** Reads the facts, asks the one decision, and writes uses down. Owns nothing of what is decided: that is decide.ts. */
export interface AuthorityDeps {
  mandates: MandateStore
  holding: Holding
  restrictions: AskRestrictions
  sealing: Sealing
  trail: Trail
  clock: Clock
}

/** a use that finds its mandate changed is judged anew: each time something really happened in between */
const TRIES = 20

export function createAuthority({ mandates, holding, restrictions, sealing, trail, clock }: AuthorityDeps): Authority {
  async function read(
    actor: Actor,
    request: ActRequest,
    approvals: readonly string[],
  ): Promise<{ stored: AuthorityFacts; facts: DecisionFacts } & Pick<Restrictions, 'flags'>> {
    const stored = await mandates.facts(actor.membershipId)
    if (stored === undefined) throw new BrokerError('act_not_allowed', 'no such membership', { received: actor.membershipId.slice(0, 40) })
    const { refused, flags } = await measuresFor(stored, request)
    const facts = factsFor(stored, holding, { now: clock.now(), actor, request, approvals })
    return { stored, facts: refused === undefined ? facts : { ...facts, restriction: refused }, flags }
  }

  /** Only what a measure may name is looked up. */
  async function measuresFor({ membership }: AuthorityFacts, { act, center, projectKind }: ActRequest): Promise<Restrictions> {
    if (!isRestrictedAct(act)) return NO_RESTRICTIONS
    return await restrictions(readUscc(membership.uscc), act, { center, ...(projectKind === undefined ? {} : { projectKind }) })
  }

  return {
    async decide(actor, request, { approvals = [], besides = [], concerning } = {}) {
      const { facts, flags } = await read(actor, request, approvals)
      const mandates = besides.length === 0 ? facts.mandates : usedBesides(facts.mandates, besides)
      const decision = decide({ ...facts, mandates: concerning === true ? mandates.filter(mandate => concerns(mandate, request.center)) : mandates })
      return flags.length === 0 ? decision : { ...decision, flags }
    },
    async use(actor, request, { reference, trace, approvals = [], once, hidden }) {
      for (let tries = 1; tries <= TRIES; tries++) {
        const { stored, facts } = await read(actor, request, approvals)
        const decision = decide(facts)
        if (decision.kind !== 'allow') {
          // what speaks against it may be this very use, which is counted by now
          const before = once === undefined ? undefined : await mandates.usedOnce(once)
          if (before !== undefined) return standing(before)
          throw await recordDenial(trail, decision, { ...(hidden ? { act: request.act } : request), membership: actor.membershipId, trace })
        }
        const whole = entryFor(stored, request, decision.power, {
          at: clock.now().toISOString(),
          reference,
          trace,
          ...(once === undefined ? {} : { once }),
        })
        const entry = hidden ? hideEntry(whole, sealing) : whole
        const used = await mandates.use(entry, { ...judgedBy(decision.power, stored, facts.mandates), usedFen: request.amountFen ?? 0 })
        if (used === undefined) continue
        if (used.before !== undefined) return standing({ ...used.before, entry: used.entry })
        const { power } = decision
        await trail.append({
          code: 'authority.used',
          trace,
          facts: {
            act: request.act,
            company: stored.membership.uscc,
            membership: actor.membershipId,
            power: power.kind,
            entry: used.entry,
            ...(hidden ? { sm3: digestOfHidden(entry) } : { center: request.center, reference }),
            ...(power.kind === 'mandate' ? { mandate: power.mandate, place: used.place ?? 0 } : {}),
          },
        })
        return { power, ...used } satisfies UseRecord
      }
      throw new BrokerError('mandate_moved_on', `the mandate changed ${TRIES} times before it could be used`)
    },
  }
}

/** Everything that the decision knows, out of one reading of the database. */
function factsFor(
  stored: AuthorityFacts,
  holding: Holding,
  now: { now: Date; actor: Actor; request: ActRequest; approvals: readonly string[] },
): DecisionFacts {
  const { membership, legalRepresentativeId } = stored
  const own = stored.mandates.filter(row => row.granteePersonId === membership.personId && row.enterpriseId === membership.enterpriseId)
  return {
    ...now,
    membership: { ...membership, byBank: membership.byBank && now.actor.byMandate !== true },
    company: { uscc: membership.uscc, ...(legalRepresentativeId === undefined ? {} : { legalRepresentativeId }) },
    mandates: own.map(row => holding.hold(row, stored.mandates)),
  }
}

/** As if what is asked together with it were used already: each mandate, and those above it, as `use` would count them. */
function usedBesides(mandates: readonly HeldMandate[], besides: readonly Besides[]): HeldMandate[] {
  const more = new Map<string, number>()
  for (const { mandate, amountFen } of besides) {
    const used = mandates.find(({ id }) => id === mandate)
    for (const { id } of used === undefined ? [] : [used, ...used.above]) more.set(id, (more.get(id) ?? 0) + amountFen)
  }
  const counted = <M extends { id: string; usedFen: number }>(held: M): M => ({ ...held, usedFen: held.usedFen + (more.get(held.id) ?? 0) })
  return mandates.map(held => ({ ...counted(held), above: held.above.map(counted) }))
}

/** Whether a center may know of it; one that cannot be read is told as such, and by no name. */
const concerns = ({ terms }: HeldMandate, center: string): boolean =>
  terms === undefined || terms.centers.length === 0 || terms.centers.includes(center)

/** A use that was written down before, as it was then. */
export function standing({ entry, place, power, mandateId }: CompanyEntry & { entry: number }): UseRecord {
  const kept: Power =
    power === 'mandate' && mandateId !== undefined
      ? { kind: 'mandate', mandate: mandateId }
      : { kind: power === 'bank-named' ? 'bank-named' : 'legal-representative' }
  return { entry, power: kept, ...(place === undefined ? {} : { place }), again: true }
}

function judgedBy(power: Power, stored: AuthorityFacts, held: readonly HeldMandate[]): Omit<Judged, 'usedFen'> {
  const { id } = stored.membership
  if (power.kind === 'bank-named') return { membershipId: id, mandates: [] }
  if (power.kind === 'legal-representative') return { membershipId: id, rootGiverId: id, mandates: [] }
  const used = held.find(each => each.id === power.mandate)
  if (used === undefined) throw new BrokerError('internal', 'a decision by a mandate that was not among the facts')
  return {
    membershipId: id,
    rootGiverId: used.rootGiverId,
    mandates: [...used.above, used].map(each => ({
      id: each.id,
      version: stored.mandates.find(row => row.id === each.id)?.version ?? 0,
      ...(each.terms?.totalFen === undefined ? {} : { totalFen: each.terms.totalFen }),
    })),
  }
}

function entryFor(
  { membership }: AuthorityFacts,
  { act, center, project, section, amountFen, seal }: ActRequest,
  power: Power,
  at: { at: string; reference: string; trace: string; once?: string },
): CompanyEntry {
  return {
    ...at,
    enterpriseId: membership.enterpriseId,
    kind: 'used',
    membershipId: membership.id,
    personName: membership.personName,
    act,
    center,
    power: power.kind,
    ...(project === undefined ? {} : { project }),
    ...(section === undefined ? {} : { section }),
    ...(amountFen === undefined ? {} : { amountFen }),
    ...(seal === undefined ? {} : { seal }),
    ...(power.kind === 'mandate' ? { mandateId: power.mandate } : {}),
  }
}
