import { type ErrorRequestHandler, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { type Authenticate, createGuard, type GuardLimits } from '../../http/api-guard.ts'
import { refusalHandler } from '../../http/api-refusals.ts'
import { notFound } from '../../http/respond.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { Meter } from '../../kernel/meter.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { createWebhooks as registerWebhooks } from '../../notices/webhooks.ts'
import type { Stores } from '../../storage/stores.ts'
import type { TraceStep } from '../../storage/stores-audit.ts'
import { documentRoutes } from '../../web/interface/routes.ts'
import type { AuthorizationRoom } from '../authorization.ts'
import { decisionRoutes } from './decision-routes.ts'
import { createDecisions } from './decisions.ts'
import { LIMITS } from './limits.ts'
import { createNotices, type Notices } from './notices.ts'
import { interfaceDocument } from './operations.ts'
import type { PersonOf, Scope } from './ports.ts'
import { recordRoutes } from './record-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'
import { createWebhooks } from './webhooks.ts'

/**
 * Authorization for centers' programs, at /api/authorization: decisions about acts at their own place, what they may see of mandates and evidence, and notices of changes. Owns the questions, the words of the
 * answers, and what a center may learn. Does not own what is allowed (decide.ts), tokens (the provider), or how the outside is reached (http/outbound.ts).
 */
export interface CenterInterface {
  /** mount at /api/authorization after requestContext and securityHeaders, before the same-site guard (a bearer token proves the caller) and before any body parser */
  router: Router
  notices: Pick<Notices, 'wake' | 'settled'>
  /** starts delivering */
  start(): Promise<void>
  close(): Promise<void>
}

export interface CenterInterfaceDeps {
  publicUrl: string
  stores: Pick<Stores, 'consents' | 'mandates' | 'shown' | 'performed' | 'evidence' | 'webhooks' | 'outbox'>
  authorization: Pick<AuthorizationRoom, 'authority' | 'holding'>
  authenticate: Authenticate
  personOf: PersonOf
  sealing: Sealing
  fetch: typeof fetch
  /** the operator's list of hosts that notices may go to */
  mayReach(url: URL): boolean
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  meter: Meter
  clock: Clock
  log: Log
  /** fewer for tests; LIMITS otherwise */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

export function createCenterInterface(deps: CenterInterfaceDeps): CenterInterface {
  const { publicUrl, stores, trail, clock, sealing } = deps
  const { authority, holding } = deps.authorization
  const guard = createGuard<Scope>({
    realm: 'authorization',
    authenticate: deps.authenticate,
    meter: deps.meter,
    limits: { ...LIMITS, ...deps.limits },
  })
  const notices = createNotices({ ...deps, holding })
  const webhooks = createWebhooks(registerWebhooks({ store: stores.webhooks, sealing, mayReach: deps.mayReach, send: notices.send, clock }))
  const router = Router()
  router.use(documentRoutes(interfaceDocument(publicUrl)))
  router.use(decisionRoutes({ publicUrl, guard, decisions: createDecisions({ ...deps, authority }), trail }))
  router.use(recordRoutes({ guard, stores, holding, trail, clock }))
  router.use(webhookRoutes({ guard, webhooks, trail }))
  // a program that mistypes an address hears that, and nothing of the pages' guards further on
  router.use(notFound)
  router.use(refusals(deps))
  return { router, notices, start: notices.start, close: notices.close }
}

/** An audit event with the client, and a step in the trace with what was received and expected. */
const refusals = ({ trail, trace: step }: Pick<CenterInterfaceDeps, 'trail' | 'trace'>): ErrorRequestHandler =>
  refusalHandler({
    step({ error: { code, facts }, trace, whose, told }) {
      step({ trace, hop: 'broker', step: 'authorization refused', outcome: 'failed', code, ...told, facts: { reason: facts, ...whose } })
    },
    event: ({ error: { code }, trace, method, whose }) =>
      trail.append({ code: 'authorization.refused', trace, facts: { failure: code, method, ...whose } }),
  })
