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
import { Fact, factOperations } from './fact-operations.ts'
import { BASE, type CreditOperation, type Scope } from './operation.ts'
import { reportOperations, Signed } from './report-operations.ts'
import type { CreditApiRoom } from './room.ts'

/**
 * Credit for programs of centers and banks, at /api/credit. Owns the questions, the words of the answers, and that a source changes its own facts alone. Does not own whether a company consented (consents/), or tokens
 * (the provider).
 */
export const OPERATIONS: readonly CreditOperation[] = [...factOperations, ...reportOperations]

const LIMITS = {
  body: 8 * 1024 * 1024,
  requestsPerMinute: 600,
  itemsPerMinute: 30_000,
  /** under way at a time, of one client and of all */
  underWay: { client: { requests: 16, bytes: 32 * 1024 * 1024 }, all: { requests: 128, bytes: 128 * 1024 * 1024 } },
} as const

export interface CreditInterfaceDeps {
  authenticate: Authenticate
  meter: Meter
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  /** fewer for tests */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

const scopeWords: Record<Scope, string> = {
  'credit.facts': 'record facts about tenderers, bidders, agents and experts, and answer for them',
  'credit.read': 'query reports by companies’ consents, and be told what may no longer be used',
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '信用接口', en: 'Credit' },
  lead: {
    zh: '报送信用记录，凭企业授权按项目查询报告，修复和撤回，停止使用通知。',
    en: 'Record facts, query reports by companies’ consents, repair and recall, and learn what may no longer be used.',
  },
  info: {
    title: '共享盾 信用接口 Shared Shield credit',
    version: '1.0.0',
    description:
      'Facts with their sources and spans; reports that explain each point and are signed. Nothing is given without the company’s own consent. A refused request is a problem (RFC 9457) with a stable code. Days are those of China, times RFC 3339.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。别人的记录和不存在的记录，回答相同。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. Another source’s record is answered as one that is not there.',
  },
  named: [Fact, Signed],
  problem: Problem,
})

/** @returns to be mounted at /api/credit, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createCreditInterface(deps: CreditInterfaceDeps, room: CreditApiRoom): Router {
  const guard = createGuard<Scope>({ realm: 'credit', authenticate: deps.authenticate, meter: deps.meter, limits: { ...LIMITS, ...deps.limits } })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(room.publicUrl)))
  for (const operation of OPERATIONS) {
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
  }
  router.use(notFound)
  router.use(refusals(deps, room))
  return router
}

const entered = (guard: Guard<Scope>, { scope, request }: CreditOperation): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request. */
const serve =
  (guard: Guard<Scope>, room: CreditApiRoom, operation: CreditOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    const ask = askOf(req, res)
    const { clientId, trace } = ask
    await guard.charge(res, itemsIn(req.body))
    const told = await operation.run(room, ask)
    await room.trail.append({ code: 'credit.interface-used', trace, facts: { client: clientId, operation: operation.name, items: told.items ?? 1 } })
    res.status(operation.status).json(told.body)
  }

/** A batch costs as many as it has, whatever they are. */
const itemsIn = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'facts' in body && Array.isArray(body.facts) ? Math.max(1, body.facts.length) : 1

/** An audit event with the client, and a step in the trace. */
const refusals = ({ trace: step }: CreditInterfaceDeps, { trail }: CreditApiRoom): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    step({ trace, hop: 'broker', step: 'credit interface refused', outcome: 'failed', code, facts: { reason: facts, ...whose } })
    await trail.append({ code: 'credit.interface-refused', trace, facts: { failure: code, method, ...whose } })
  })
