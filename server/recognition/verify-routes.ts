import { type RequestHandler, type Response, Router } from 'express'
import type { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { callerOf, type Guard } from '../http/api-guard.ts'
import { bodyOf, goneSignal, itemId } from '../http/batch-request.ts'
import { eachWithin, within } from '../http/bounded.ts'
import { contextOf, nameRoute } from '../http/context.ts'
import { asBrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { Judge, Judged } from './judge.ts'
import { LIMITS } from './limits.ts'
import type { Scope } from './ports.ts'
import { readQuestion } from './read-question.ts'
import { BatchEnvelope, CertificateQuestion, SignatureQuestion } from './schemas.ts'
import type { Teller } from './tell.ts'
import type { UsageCounter } from './usage.ts'

export interface VerifyDeps {
  guard: Guard<Scope>
  judge: Judge
  tell: Teller
  usage: UsageCounter
  trail: Trail
}

interface Kind<S extends z.ZodType, Answer> {
  name: 'certificate' | 'signature'
  question: S
  judge(question: z.output<S>): Promise<Judged<Answer>>
}

/** `certificates:verify`, `signatures:verify`, and the same for many at once. One audit event a request; a question that was answered is 200, whatever the answer. */
export function verifyRoutes(deps: VerifyDeps): Router {
  const router = Router()
  const mount = <S extends z.ZodType, Answer extends Answered>(kind: Kind<S, Answer>): void => {
    const path = `/${kind.name}s`
    router.post(`${path}\\:verify`, ...deps.guard.enter('trust.verify'), one(kind, deps))
    router.post(`${path}\\:verifyBatch`, ...deps.guard.enter('trust.verify'), many(kind, deps))
  }
  mount({ name: 'certificate', question: CertificateQuestion, judge: deps.judge.certificate })
  mount({ name: 'signature', question: SignatureQuestion, judge: deps.judge.signature })
  return router
}

interface Answered {
  valid: boolean
  code: string
}

function one<S extends z.ZodType, Answer extends Answered>(kind: Kind<S, Answer>, { guard, usage, trail }: VerifyDeps): RequestHandler {
  return async (req, res) => {
    nameRoute(res, `/api/trust/${kind.name}s:verify`)
    await guard.charge(res, 1)
    const question = readQuestion(bodyOf(req), kind.question)
    const judged = await within(LIMITS.answer, kind.judge(question))
    const { clientId } = callerOf(res)
    const { answer, ca, region } = judged
    usage.count({ client: clientId, ca, region, kind: kind.name, outcome: answer.code })
    await trail.append({
      code: 'recognition.answered',
      trace: contextOf(res).trace,
      facts: { client: clientId, kind: kind.name, items: 1, valid: Number(answer.valid), outcomes: `${answer.code} 1` },
    })
    res.json(answer)
  }
}

function many<S extends z.ZodType, Answer extends Answered>(kind: Kind<S, Answer>, deps: VerifyDeps): RequestHandler {
  return async (req, res) => {
    nameRoute(res, `/api/trust/${kind.name}s:verifyBatch`)
    const { items } = readQuestion(bodyOf(req), BatchEnvelope)
    await deps.guard.charge(res, items.length)
    const bounds = { atOnce: LIMITS.atOnce, milliseconds: LIMITS.answer, signal: goneSignal(res) }
    const done = await eachWithin(items, bounds, async item => kind.judge(readQuestion(item, kind.question)))
    const results = done.map((each, index) => {
      const own = { index, ...itemId(items[index]) }
      return 'result' in each ? { ...own, answer: each.result.answer } : { ...own, problem: problemOf(each.error, res, deps.tell) }
    })
    const outcomes = count(done, kind.name, callerOf(res).clientId, deps.usage)
    const valid = outcomes.get('ok') ?? 0
    const failed = results.filter(result => 'problem' in result).length
    await deps.trail.append({
      code: 'recognition.answered',
      trace: contextOf(res).trace,
      facts: {
        client: callerOf(res).clientId,
        kind: kind.name,
        items: items.length,
        valid,
        failed,
        outcomes: [...outcomes].map(([code, times]) => `${code} ${times}`).join(', '),
      },
    })
    res.json({ results, counts: { valid, invalid: items.length - valid - failed, failed } })
  }
}

/** Adds the items to the counts of use, and tells how often each outcome came. */
function count(
  done: readonly ({ result: Judged<Answered> } | { error: unknown })[],
  kind: string,
  client: string,
  usage: UsageCounter,
): Map<string, number> {
  const outcomes = new Map<string, number>()
  for (const each of done) {
    const outcome = 'result' in each ? each.result.answer.code : asBrokerError(each.error).code
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const { ca, region } = 'result' in each ? each.result : { ca: '', region: '' }
    usage.count({ client, ca, region, kind, outcome })
  }
  return outcomes
}

/** The item's own failure, in the words that a request of its own would get; the log has what stands behind it. */
function problemOf(thrown: unknown, res: Response, tell: Teller) {
  const error = asBrokerError(thrown)
  const { log, trace } = contextOf(res)
  if (failures[error.code].status >= 500) log.error({ failure: error.code, facts: error.facts, err: error.cause }, 'an item of a batch failed')
  return tell.problem(error, trace)
}
