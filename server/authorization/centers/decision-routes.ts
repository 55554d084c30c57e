import { type Request, type Response, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { callerOf, type Guard } from '../../http/api-guard.ts'
import { bodyOf, goneSignal, itemId } from '../../http/batch-request.ts'
import { eachWithin, within } from '../../http/bounded.ts'
import { contextOf, nameRoute } from '../../http/context.ts'
import { readBody } from '../../http/read-body.ts'
import { stepUpChallenge } from '../../http/step-up.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { problemOf } from '../../web/interface/problem.ts'
import type { DecisionAnswer } from './answers.ts'
import type { Decisions } from './decisions.ts'
import { LIMITS } from './limits.ts'
import type { Scope } from './ports.ts'
import { BatchEnvelope, BatchItem, DecisionQuestion, IdempotencyKey } from './schemas.ts'

export interface DecisionRouteDeps {
  publicUrl: string
  guard: Guard<Scope>
  decisions: Decisions
  trail: Trail
}

/** `decisions` and `decisions:batch`. One audit event a request; a question that was answered is 200, whatever the answer. */
export function decisionRoutes({ publicUrl, guard, decisions, trail }: DecisionRouteDeps): Router {
  const router = Router()

  router.post('/decisions', ...guard.enter('authorization.decide'), async (req, res) => {
    nameRoute(res, '/api/authorization/decisions')
    await guard.charge(res, 1)
    const question = readBody(bodyOf(req), DecisionQuestion)
    const { clientId } = callerOf(res)
    const { trace } = contextOf(res)
    const performing = question.perform === true
    if (performing) guard.demand(res, 'authorization.use')
    const work = performing
      ? decisions.perform(clientId, question, { key: readKey(req), trace })
      : decisions.look(clientId, question).then(answer => ({ answer, again: false }))
    const { answer, again } = await within(LIMITS.answer, work)
    await trail.append({
      code: 'authorization.answered',
      trace,
      facts: {
        client: clientId,
        kind: performing ? 'act' : 'decision',
        items: 1,
        act: question.act,
        outcomes: outcomeOf(answer),
        ...(answer.mandate === undefined ? {} : { mandate: answer.mandate }),
        ...(answer.entry === undefined ? {} : { entry: answer.entry }),
        ...(again ? { again } : {}),
      },
    })
    challenge(res, question.subject_token !== undefined, answer)
    if (again) res.set('Idempotent-Replayed', 'true')
    res.json(answer)
  })

  router.post('/decisions\\:batch', ...guard.enter('authorization.decide'), async (req, res) => {
    nameRoute(res, '/api/authorization/decisions:batch')
    const { items } = readBody(bodyOf(req), BatchEnvelope)
    await guard.charge(res, items.length)
    const { clientId } = callerOf(res)
    const { trace, log } = contextOf(res)
    const bounds = { atOnce: LIMITS.atOnce, milliseconds: LIMITS.answer, signal: goneSignal(res) }
    const done = await eachWithin(items, bounds, async item => decisions.look(clientId, readBody(item, BatchItem)))
    const outcomes = new Map<string, number>()
    const counts = { allow: 0, deny: 0, needs: 0, failed: 0 }
    const results = done.map((each, index) => {
      const own = { index, ...itemId(items[index]) }
      const error = 'result' in each ? undefined : asBrokerError(each.error)
      const outcome = 'result' in each ? outcomeOf(each.result) : (error?.code ?? 'internal')
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if ('result' in each) {
        counts[each.result.decision]++
        return { ...own, answer: each.result }
      }
      counts.failed++
      const failed = asBrokerError(each.error)
      if (failures[failed.code].status >= 500)
        log.error({ failure: failed.code, facts: failed.facts, err: failed.cause }, 'an item of a batch failed')
      return { ...own, problem: problemOf(failed, { publicUrl, trace }) }
    })
    const told = [...outcomes].map(([code, times]) => `${code} ${times}`).join(', ')
    await trail.append({ code: 'authorization.answered', trace, facts: { client: clientId, kind: 'decisions', items: items.length, outcomes: told } })
    res.json({ results, counts })
  })
  return router
}

const outcomeOf = ({ decision, code }: DecisionAnswer): string => code ?? decision

/** RFC 9470, for the login behind the person's token: the center takes what it names into a new authorization request. The answer stays 200, for the center's own token is good. */
function challenge(res: Response, byToken: boolean, { needs }: DecisionAnswer): void {
  if (byToken && needs?.step_up !== undefined) res.set('WWW-Authenticate', stepUpChallenge({ acr: needs.step_up }))
}

function readKey(req: Request): string {
  const read = IdempotencyKey.safeParse(req.get('idempotency-key'))
  if (read.success) return read.data
  throw new BrokerError('bad_request', 'no usable idempotency key', {
    received: req.get('idempotency-key') === undefined ? 'none' : 'another form',
    expected: 'header Idempotency-Key, with perform: 8 to 128 letters, digits or . _ ~ : -',
  })
}
