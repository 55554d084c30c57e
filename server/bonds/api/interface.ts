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
import { AlertAnswer, alertOperations } from './alert-operations.ts'
import { BondAnswer, bondOperations } from './bond-operations.ts'
import { BASE, type BondOperation, type Scope } from './operation.ts'
import type { BondApiRoom } from './room.ts'
import { ProjectAnswer, SectionAnswer, sectionOperations } from './section-operations.ts'

/** Bid bonds for centers' programs, at /api/bonds. Owns the questions, the words of the answers, and one audit event a request. Does not own what may be seen when (readings.ts, center-acts.ts), or tokens (the provider). */
const OPERATIONS: readonly BondOperation[] = [...sectionOperations, ...bondOperations, ...alertOperations]

export interface BondInterfaceDeps {
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

const scopeWords: Record<Scope, string> = {
  'bonds.manage': 'announce projects and sections, and decide about their bonds after the opening',
  'bonds.read': 'look at sections and, from their opening on, at their bonds',
  'bonds.supervise': 'look at signals of collusion, from the opening on',
}

/** @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '保证金接口', en: 'Bid bonds' },
  lead: {
    zh: '公告标段，开标后查看保证金，办理退还、转履约和不予退还。',
    en: 'Announce sections; from the opening on see their bonds, return them, make them performance bonds, keep them.',
  },
  info: {
    title: '共享盾 保证金接口 Shared Shield bid bonds',
    version: '1.0.0',
    description:
      'Bid bonds by transfer or guarantee. Before the latest announced opening time nothing of them is told, not their number. A refused request is a problem (RFC 9457) with a stable code. Amounts are whole fen, times RFC 3339.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。别的中心的标段和不存在的标段，回答相同；开标前有没有保证金，回答也相同。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s section is answered as one that is not there, and before the opening a section with bonds as one without.',
  },
  named: [ProjectAnswer, SectionAnswer, BondAnswer, AlertAnswer],
  problem: Problem,
})

/** @returns to be mounted at /api/bonds, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createBondInterface(deps: BondInterfaceDeps, room: BondApiRoom): Router {
  const guard = createGuard<Scope>({ realm: 'bonds', authenticate: deps.authenticate, meter: deps.meter, limits: LIMITS })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(room.publicUrl)))
  for (const operation of OPERATIONS) {
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
  }
  router.use(notFound)
  router.use(refusals(deps, room))
  return router
}

const entered = (guard: Guard<Scope>, { scope, request }: BondOperation): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request; before an opening it has the same words whatever there is. */
const serve =
  (guard: Guard<Scope>, room: BondApiRoom, operation: BondOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    await guard.charge(res, 1)
    const ask = askOf(req, res)
    const { body, items = 1 } = await operation.run(room, ask)
    await room.trail.append({ code: 'bond.interface-used', trace: ask.trace, facts: { client: ask.clientId, operation: operation.name, items } })
    res.status(operation.status)
    if (body === undefined) res.end()
    else res.json(body)
  }

const refusals = ({ trace: step }: BondInterfaceDeps, { trail }: BondApiRoom): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    step({ trace, hop: 'broker', step: 'bond interface refused', outcome: 'failed', code, facts: { reason: facts, ...whose } })
    await trail.append({ code: 'bond.interface-refused', trace, facts: { failure: code, method, ...whose } })
  })
