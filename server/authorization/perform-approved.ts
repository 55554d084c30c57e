import type { Authority, Decision } from '../kernel/authority.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import { BrokerError, isOurFault } from '../kernel/errors.ts'
import type { Approval, ApprovalStore, EvidenceStore, MandateStore } from '../storage/stores-authorization.ts'
import { agreementText } from './approval-words.ts'
import type { Signatures } from './ports.ts'

/**
 * Performs an act that enough others agreed to, once. Owns that each agreement still counts at this moment (the person is not suspended, the power not revoked, the signed words are the approval's own) and that a
 * process that died half-way is taken up by another without performing twice.
 */
export interface Performance {
  /** @param approval in the state `performing`, as this process saved it. Answers what became of it: `done`, `failed`, or `waiting` again where an agreement no longer counts. */
  perform(approval: Approval): Promise<Approval>
  /** somebody began to perform it and was never heard of again */
  abandoned(approval: Approval): boolean
}

/** May this person agree? Who would need others' agreement for the act may be one of those others. */
export const eligible = (decision: Decision | undefined): decision is Exclude<Decision, { kind: 'deny' }> =>
  decision !== undefined && (decision.kind === 'allow' || (decision.kind === 'needs' && decision.need.kind === 'approvals'))

const GIVEN_UP = seconds(60)

export function createPerformance(deps: {
  store: ApprovalStore
  mandates: MandateStore
  evidence: EvidenceStore
  authority: Authority
  signatures: Signatures
  clock: Clock
}): Performance {
  const { store, mandates, evidence, authority, signatures, clock } = deps

  async function counts(approval: Approval, { membershipId, name, evidence: id }: Approval['agreed'][number]): Promise<boolean> {
    if (!eligible(await authority.decide({ membershipId, assurance: 'shield-person' }, approval.request))) return false
    // what stands in the row is what anybody with the database could write; what the person signed is not
    const words = await evidence.find(id)
    const at = /\n时间:(\S+)$/.exec(words?.text ?? '')?.[1] ?? ''
    if (words === undefined || words.text !== agreementText(approval, name, at)) return false
    const thumbprint = signatures.intact(words)
    const [holder, facts] = [thumbprint && (await mandates.holderOf(thumbprint)), await mandates.facts(membershipId)]
    return typeof holder === 'object' && holder.personId === facts?.membership.personId
  }

  /** The one use of an approval, whoever performs it: a process that died after writing it down is answered what stands. */
  const onceOf = ({ id }: Approval): string => `approval:${id}`

  /** What a process that died had written before it did. */
  async function alreadyUsed(approval: Approval): Promise<Approval['result']> {
    const found = await mandates.usedOnce(onceOf(approval))
    if (found === undefined) return undefined
    const { entry, power, mandateId, place } = found
    if (power === 'mandate' && mandateId !== undefined)
      return { entry, power: { kind: 'mandate', mandate: mandateId }, ...(place === undefined ? {} : { place }) }
    return { entry, power: { kind: power === 'bank-named' ? 'bank-named' : 'legal-representative' } }
  }

  async function outcome(approval: Approval, again: boolean): Promise<Partial<Approval>> {
    const used = again ? await alreadyUsed(approval) : undefined
    if (used !== undefined) return { state: 'done', result: used }
    const still = await Promise.all(approval.agreed.map(each => counts(approval, each)))
    const agreed = approval.agreed.filter((_, i) => still[i])
    if (agreed.length < approval.needed) return { state: 'waiting', agreed }
    const { membershipId, assurance } = approval.actor
    try {
      const result = await authority.use({ membershipId, assurance }, approval.request, {
        reference: approval.reference,
        trace: approval.trace,
        approvals: agreed.map(each => each.membershipId),
        once: onceOf(approval),
      })
      return { state: 'done', result }
    } catch (thrown) {
      // where the database is away nothing is decided: it stays `performing` and is taken up again
      if (!(thrown instanceof BrokerError) || isOurFault(thrown.code)) throw thrown
      return { state: 'failed', failure: thrown.code }
    }
  }

  const abandoned = ({ state, performingSince }: Approval): boolean =>
    state === 'performing' && clock.now().getTime() - Date.parse(performingSince ?? '') > GIVEN_UP

  return {
    abandoned,
    async perform(approval) {
      let mine = approval
      const again = abandoned(approval)
      if (again) {
        const taken = await store.save({ ...approval, performingSince: clock.now().toISOString() })
        if (taken === undefined) return (await store.find(approval.id)) ?? approval
        mine = taken
      }
      const { performingSince: _, ...rest } = mine
      const after = { ...rest, ...(await outcome(mine, again)) }
      return (await store.save(after)) ?? (await store.find(approval.id)) ?? after
    },
  }
}
