import { createHash } from 'node:crypto'
import { ACTS } from '../../kernel/acts.ts'
import { meets } from '../../kernel/assurance.ts'
import type { Actor, ActRequest, Authority, UseRecord } from '../../kernel/authority.ts'
import type { Clock } from '../../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Stores } from '../../storage/stores.ts'
import { standing } from '../authority.ts'
import { DecisionAnswer } from './answers.ts'
import { LIMITS } from './limits.ts'
import type { PersonOf } from './ports.ts'
import type { BatchItem, DecisionQuestion } from './schemas.ts'
import { tellDecision, tellPower, tellRestrictions } from './tell.ts'

/**
 * A center asks about its own place, about people whom it has seen. Owns who is meant, what a center may learn, and that an act asked for twice under one key is done once; what is allowed is the one decision's.
 */
export interface Decisions {
  /** Looks, and writes nothing into the company's record. @throws BrokerError subject_token_unusable */
  look(clientId: string, question: BatchItem | DecisionQuestion): Promise<DecisionAnswer>
  /**
   * Decides and, where allowed, writes the act down, once for the center's key.
   * @throws BrokerError subject_token_unusable, idempotency_key_reused
   */
  perform(clientId: string, question: DecisionQuestion, how: { key: string; trace: string }): Promise<{ answer: DecisionAnswer; again: boolean }>
}

export interface DecisionDeps {
  publicUrl: string
  authority: Authority
  stores: Pick<Stores, 'consents' | 'mandates' | 'shown' | 'performed'>
  personOf: PersonOf
  clock: Clock
}

type Decided = Awaited<ReturnType<Authority['decide']>>

/** No membership has this id: whom a center has not seen is looked for like somebody who does not exist. */
const NOBODY = 'nobody'

export function createDecisions({ publicUrl, authority, stores, personOf, clock }: DecisionDeps): Decisions {
  async function actorOf(
    clientId: string,
    { subject, subject_token }: Pick<BatchItem, 'subject' | 'subject_token'>,
  ): Promise<Actor & { enterpriseId?: string }> {
    if (subject_token !== undefined) return await demandPerson(subject_token, clientId, 'subject_token')
    const seen = subject !== undefined && (await stores.consents.has(subject, clientId, []))
    return { membershipId: seen ? subject : NOBODY, assurance: 'bank-session' }
  }

  async function demandPerson(token: string, clientId: string, member: string) {
    const person = await personOf(token, clientId)
    if (person === undefined)
      throw new BrokerError('subject_token_unusable', `${member}: unknown, over, or of another center`, {
        expected: `${member}: issued to this center, and not yet over`,
      })
    return person
  }

  /** Those of the same company whose own login is as strong as the act needs; the person itself is not counted by the decision. */
  async function approvalsOf(
    clientId: string,
    { approvals = [], act }: BatchItem | DecisionQuestion,
    enterpriseId: string | undefined,
  ): Promise<string[]> {
    const people = await Promise.all(approvals.map(token => demandPerson(token, clientId, 'approvals')))
    return people
      .filter(person => person.enterpriseId === enterpriseId && meets(person.assurance, ACTS[act].assurance))
      .map(person => person.membershipId)
  }

  async function decide(actor: Actor, request: ActRequest, approvals: readonly string[]): Promise<Decided> {
    try {
      return await authority.decide(actor, request, { approvals, concerning: true })
    } catch (thrown) {
      const error = asBrokerError(thrown)
      if (error.code !== 'act_not_allowed') throw thrown
      return { kind: 'deny', code: error.code, facts: error.facts }
    }
  }

  async function tell(clientId: string, decision: Decided): Promise<DecisionAnswer> {
    const answer = tellDecision(decision, publicUrl)
    if (answer.mandate !== undefined) await stores.shown.note(clientId, [answer.mandate])
    return answer
  }

  return {
    async look(clientId, question) {
      const actor = await actorOf(clientId, question)
      const approvals = await approvalsOf(clientId, question, actor.enterpriseId)
      return await tell(clientId, await decide(actor, requestOf(clientId, question), approvals))
    },

    async perform(clientId, question, { key, trace }) {
      const actor = await actorOf(clientId, question)
      const request = requestOf(clientId, question)
      const { reference = 'center' } = question
      const once = digestOf(['performed act', clientId, key])
      const digest = digestOf([
        actor.membershipId,
        request.act,
        request.project,
        request.section,
        request.amountFen,
        request.seal,
        reference,
        ...(request.projectKind === undefined ? [] : [request.projectKind]),
      ])
      const claimed = await stores.performed.claim(once, digest, new Date(clock.now().getTime() + LIMITS.key))
      if (claimed.digest !== digest) throw new BrokerError('idempotency_key_reused', 'the key stands for another act')
      if (claimed.answer !== undefined) return { answer: DecisionAnswer.parse(JSON.parse(claimed.answer)), again: true }
      const stood = claimed.fresh ? undefined : await stands(once)
      if (stood !== undefined) return stood

      const approvals = await approvalsOf(clientId, question, actor.enterpriseId)
      // what the center may know of a refusal is decided by looking; a use that a change overtakes is looked at once more
      const decision = await decide(actor, request, approvals)
      // another request under this key may be in flight: what it has used meanwhile is counted, and speaks against nobody
      if (decision.kind !== 'allow') return (await stands(once)) ?? { answer: await tell(clientId, decision), again: false }
      try {
        const used = await authority.use(actor, request, { reference, trace, approvals, once })
        return { answer: await keep(once, { ...usedAnswer(used), ...tellRestrictions(decision.flags ?? []) }), again: used.again === true }
      } catch (thrown) {
        const after = await decide(actor, request, approvals)
        if (after.kind === 'allow') throw thrown
        return (await stands(once)) ?? { answer: await tell(clientId, after), again: false }
      }
    },
  }

  /** The act that was done under this key. */
  async function stands(once: string): Promise<{ answer: DecisionAnswer; again: true } | undefined> {
    const used = await stores.mandates.usedOnce(once)
    return used && { answer: await keep(once, usedAnswer(standing(used))), again: true }
  }

  async function keep(once: string, answer: DecisionAnswer): Promise<DecisionAnswer> {
    await stores.performed.answer(once, JSON.stringify(answer))
    return answer
  }
}

const usedAnswer = ({ entry, place, power }: UseRecord): DecisionAnswer => ({
  decision: 'allow',
  reasons: [],
  ...tellPower(power),
  entry,
  ...(place === undefined ? {} : { place }),
})

const requestOf = (center: string, { act, project, project_kind, section, amount_fen, seal }: BatchItem | DecisionQuestion): ActRequest => ({
  act,
  center,
  ...(project === undefined ? {} : { project }),
  ...(project_kind === undefined ? {} : { projectKind: project_kind }),
  ...(section === undefined ? {} : { section }),
  ...(amount_fen === undefined ? {} : { amountFen: amount_fen }),
  ...(seal === undefined ? {} : { seal }),
})

const digestOf = (parts: readonly (string | number | undefined)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts.map(part => part ?? null)))
    .digest('base64url')
