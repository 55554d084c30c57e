import { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import { type Authenticate, createGuard, type Guard, type GuardLimits } from '../../http/api-guard.ts'
import { refusalHandler } from '../../http/api-refusals.ts'
import { askOf, routeOf } from '../../http/center-ask.ts'
import { nameRoute } from '../../http/context.ts'
import { notFound } from '../../http/respond.ts'
import type { Meter } from '../../kernel/meter.ts'
import type { TraceStep } from '../../storage/stores.ts'
import { COMMON_REFUSALS, type Described, methodOf } from '../../web/interface/operation.ts'
import { Problem } from '../../web/interface/problem.ts'
import { documentRoutes } from '../../web/interface/routes.ts'
import { measureContent } from '../content.ts'
import { BASE, type EnforcementOperation, type EnforcementRoom, type Scope } from './operation.ts'
import { MeasureAnswer, operations } from './operations.ts'

/** Measures for programs of centers and authorities, at /api/enforcement. Owns that a source sees and ends its own measures alone. Does not own what a measure reaches, or tokens (the provider). */
const LIMITS = {
  body: 1024 * 1024,
  requestsPerMinute: 600,
  itemsPerMinute: 30_000,
  /** under way at a time, of one client and of all */
  underWay: { client: { requests: 16, bytes: 32 * 1024 * 1024 }, all: { requests: 128, bytes: 128 * 1024 * 1024 } },
} as const

export interface EnforcementInterfaceDeps {
  authenticate: Authenticate
  meter: Meter
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  /** fewer for tests */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

const scopeWords: Record<Scope, string> = {
  'enforcement.manage': 'record measures at the own center, repair and lift them',
  'enforcement.authority': 'name any center and region, for authorities',
  'enforcement.check': 'ask what measures say about an act at the own center',
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '联合惩戒接口', en: 'Enforcement' },
  lead: {
    zh: '报送、修复和解除惩戒措施；查询一件事是否受限。',
    en: 'Record, repair and lift measures, and ask what they say about an act.',
  },
  info: {
    title: '共享盾 联合惩戒接口 Shared Shield enforcement',
    version: '1.0.0',
    description:
      'Measures with their legal basis, reach, effect and period. A measure has its effect only where it names it, and stops at once when it is repaired or lifted. A refused request is a problem (RFC 9457) with a stable code.',
  },
  operations: operations,
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。别人认定的和不存在的，回答相同。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. Another source’s measure is answered as one that is not there.',
  },
  named: [MeasureAnswer, measureContent],
  problem: Problem,
})

/** @returns to be mounted at /api/enforcement, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createEnforcementInterface(deps: EnforcementInterfaceDeps, room: EnforcementRoom): Router {
  const guard = createGuard<Scope>({
    realm: 'enforcement',
    authenticate: deps.authenticate,
    meter: deps.meter,
    limits: { ...LIMITS, ...deps.limits },
  })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(room.publicUrl)))
  for (const operation of operations) {
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
  }
  router.use(notFound)
  router.use(refusals(deps, room))
  return router
}

const entered = (guard: Guard<Scope>, { scope, request }: EnforcementOperation): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request. */
const serve =
  (guard: Guard<Scope>, room: EnforcementRoom, operation: EnforcementOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    const ask = askOf(req, res)
    const { clientId, trace } = ask
    await guard.charge(res, itemsIn(req.body))
    const told = await operation.run(room, ask)
    await room.trail.append({
      code: 'enforcement.interface-used',
      trace,
      facts: { client: clientId, operation: operation.name, items: told.items ?? 1 },
    })
    res.status(operation.status).json(told.body)
  }

/** A batch costs as many as it has, whatever they are. */
const itemsIn = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'measures' in body && Array.isArray(body.measures) ? Math.max(1, body.measures.length) : 1

/** An audit event with the client, and a step in the trace. */
const refusals = ({ trace: step }: EnforcementInterfaceDeps, { trail }: EnforcementRoom): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    step({ trace, hop: 'broker', step: 'enforcement interface refused', outcome: 'failed', code, facts: { reason: facts, ...whose } })
    await trail.append({ code: 'enforcement.interface-refused', trace, facts: { failure: code, method, ...whose } })
  })
