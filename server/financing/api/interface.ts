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
import { DealAnswer, type DealApiRoom, type DealOperation, dealOperations } from './deal-operations.ts'
import { BASE, type Scope } from './operation.ts'

/** Deals for centers’ programs, at /api/deals. Owns the questions, the words of the answers, and one audit event a request. Does not own who may be told (deals.ts), or tokens (the provider). */
export interface DealInterfaceDeps {
  authenticate: Authenticate
  meter: Meter
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
}

const LIMITS: GuardLimits = {
  body: 64 * 1024,
  requestsPerMinute: 600,
  itemsPerMinute: 6000,
  underWay: { client: { requests: 16, bytes: 4 * 1024 * 1024 }, all: { requests: 128, bytes: 32 * 1024 * 1024 } },
}

const scopeWords: Record<Scope, string> = { 'deals.report': 'report deals, and have banks told of them by consent or on a legal ground' }

/** @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '成交接口', en: 'Deals' },
  lead: {
    zh: '报送成交，凭企业授权或法律依据提供给银行。',
    en: 'Report deals, and have banks told of them by the company’s consent or on a legal ground.',
  },
  info: {
    title: '共享盾 成交接口 Shared Shield deals',
    version: '1.0.0',
    description:
      'Deals and who is told of them. A refused request is a problem (RFC 9457) with a stable code. Amounts are whole fen, times RFC 3339.',
  },
  operations: dealOperations,
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。别的中心的成交和不存在的成交，回答相同。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s deal is answered as one that is not there.',
  },
  named: [DealAnswer],
  problem: Problem,
})

/** @returns to be mounted at /api/deals, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createDealInterface(deps: DealInterfaceDeps, room: DealApiRoom): Router {
  const guard = createGuard<Scope>({ realm: 'deals', authenticate: deps.authenticate, meter: deps.meter, limits: LIMITS })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(room.publicUrl)))
  for (const operation of dealOperations) {
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
  }
  router.use(notFound)
  router.use(refusals(deps, room))
  return router
}

const entered = (guard: Guard<Scope>, { scope, request }: DealOperation): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request. */
const serve =
  (guard: Guard<Scope>, room: DealApiRoom, operation: DealOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    await guard.charge(res, 1)
    const ask = askOf(req, res)
    const { body, items = 1 } = await operation.run(room, ask)
    await room.trail.append({ code: 'deal.interface-used', trace: ask.trace, facts: { client: ask.clientId, operation: operation.name, items } })
    res.status(operation.status)
    if (body === undefined) res.end()
    else res.json(body)
  }

const refusals = ({ trace: step }: DealInterfaceDeps, { trail }: DealApiRoom): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    step({ trace, hop: 'broker', step: 'deal interface refused', outcome: 'failed', code, facts: { reason: facts, ...whose } })
    await trail.append({ code: 'deal.interface-refused', trace, facts: { failure: code, method, ...whose } })
  })
