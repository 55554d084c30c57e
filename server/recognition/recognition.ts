import { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import { createGuard, type GuardLimits } from '../http/api-guard.ts'
import { notFound } from '../http/respond.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Stores } from '../storage/stores.ts'
import { documentRoutes } from '../web/interface/routes.ts'
import { challengeRoutes } from './challenge-routes.ts'
import { createChallenges } from './challenges.ts'
import { createJudge } from './judge.ts'
import { LIMITS } from './limits.ts'
import { interfaceDocument } from './openapi.ts'
import type { Authenticate, Scope, VerdictOf } from './ports.ts'
import { type RefusalDeps, recognitionRefusals } from './refusals.ts'
import { createTeller } from './tell.ts'
import { createUsageCounter } from './usage.ts'
import { verifyRoutes } from './verify-routes.ts'

/**
 * Recognition as a service, at /api/trust: for centers that only want to ask whether a certificate or a signature is good, and for those with a login page of their own. Owns the questions, the words of the
 * answers, challenges and the counts of use. Does not own what is trusted (the trust list), how a signature is checked (pki), or tokens (the provider).
 */
export interface RecognitionRoom {
  /** mount at /api/trust after requestContext and securityHeaders, before the same-site guard (a bearer token proves the caller) and before any body parser */
  router: Router
  /** writes down the last counts of use; call before the stores are closed */
  close(): Promise<void>
}

export interface RecognitionDeps extends RefusalDeps {
  publicUrl: string
  stores: Pick<Stores, 'recognitionChallenges' | 'recognitionUsage' | 'clients'>
  authenticate: Authenticate
  verdictOf: VerdictOf
  trail: Trail
  meter: Meter
  clock: Clock
  log: Log
  /** fewer for tests; LIMITS otherwise */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

export function createRecognition(deps: RecognitionDeps): RecognitionRoom {
  const { publicUrl, stores, clock, trail } = deps
  const tell = createTeller({ publicUrl })
  const judge = createJudge({ ...deps, tell })
  const guard = createGuard<Scope>({ realm: 'trust', authenticate: deps.authenticate, meter: deps.meter, limits: { ...LIMITS, ...deps.limits } })
  const usage = createUsageCounter({ store: stores.recognitionUsage, clock, log: deps.log })
  const challenges = createChallenges({ challenges: stores.recognitionChallenges, clients: stores.clients, judge, tell, clock, publicUrl })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(publicUrl)))
  router.use(verifyRoutes({ guard, judge, tell, usage, trail }))
  router.use(challengeRoutes({ guard, challenges, usage, trail }))
  // a program that mistypes an address hears that, and nothing of the pages' guards further on
  router.use(notFound)
  router.use(recognitionRefusals(deps))
  return { router, close: usage.close }
}
