import { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import { callerOf, type Guard } from '../http/api-guard.ts'
import { within } from '../http/bounded.ts'
import { contextOf, nameRoute } from '../http/context.ts'
import type { Challenges } from './challenges.ts'
import { LIMITS } from './limits.ts'
import type { Scope } from './ports.ts'
import { readQuestion } from './read-question.ts'
import { ChallengeQuestion, ChallengeResponse } from './schemas.ts'
import type { UsageCounter } from './usage.ts'

/** `challenges` and `challenges/{id}:verify`. */
export function challengeRoutes(deps: { guard: Guard<Scope>; challenges: Challenges; usage: UsageCounter; trail: Trail }): Router {
  const { guard, challenges, usage, trail } = deps
  const router = Router()

  router.post('/challenges', ...guard.enter('trust.challenge'), async (req, res) => {
    nameRoute(res, '/api/trust/challenges')
    await guard.charge(res, 1)
    const question = readQuestion(req.body, ChallengeQuestion)
    const { clientId } = callerOf(res)
    const issued = await challenges.issue(clientId, question)
    await trail.append({
      code: 'recognition.challenged',
      trace: contextOf(res).trace,
      facts: { client: clientId, purpose: issued.purpose, challenge: issued.id },
    })
    res.status(201).json(issued)
  })

  router.post('/challenges/:id\\:verify', ...guard.enter('trust.challenge'), async (req, res) => {
    nameRoute(res, '/api/trust/challenges/{id}:verify')
    await guard.charge(res, 1)
    const response = readQuestion(req.body, ChallengeResponse)
    const { clientId } = callerOf(res)
    const { answer, ca, region } = await within(LIMITS.answer, challenges.answer(clientId, String(req.params['id']), response))
    usage.count({ client: clientId, ca, region, kind: 'challenge', outcome: answer.code })
    const thumbprint = answer.signers[0]?.certificate?.certificate?.thumbprint
    await trail.append({
      code: 'recognition.challenge-answered',
      trace: contextOf(res).trace,
      facts: {
        client: clientId,
        purpose: answer.purpose,
        challenge: answer.challenge,
        outcome: answer.code,
        ...(thumbprint === undefined ? {} : { thumbprint }),
      },
    })
    res.json(answer)
  })
  return router
}
