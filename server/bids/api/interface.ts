import { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import { streamAttachment } from '../../http/answers.ts'
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
import { LIMITS } from '../limits.ts'
import { BoardLine, bidOperations } from './bid-operations.ts'
import { OpeningAnswer, openingOperations } from './opening-operations.ts'
import { BASE, type BidOperation, type Scope, type Told } from './operation.ts'
import type { BidApiRoom } from './room.ts'
import { webhookOperations } from './webhook-operations.ts'

/**
 * Openings of bids for centers' programs, at /api/bids. Owns the questions, the words of the answers, and that a center reaches its own openings alone. Does not own what may be shown when (opening/), or tokens (the
 * provider).
 */
export const OPERATIONS: readonly BidOperation[] = [...openingOperations, ...bidOperations, ...webhookOperations]

export interface BidInterfaceDeps {
  authenticate: Authenticate
  meter: Meter
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  /** fewer for tests */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

const scopeWords: Record<Scope, string> = {
  'bids.openings': 'announce your openings, open and close them, ask for rescues',
  'bids.read': 'look at your openings and, once they are open, at the bids',
  'bids.webhooks': 'be told of your openings and, once they are open, of the bids',
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '开标接口', en: 'Openings of bids' },
  lead: {
    zh: '公告开标，到时间开标，查看解密进展，应急解密，取回投标文件和证据。',
    en: 'Announce an opening, open it in time, watch bids being decrypted, rescue, fetch bids and evidence.',
  },
  info: {
    title: '共享盾 开标接口 Shared Shield openings of bids',
    version: '1.0.0',
    description:
      'Encrypted bids, opened by their bidders’ shields or rescued by custodians. Before an opening nothing of the bids is told, not their number. A refused request is a problem (RFC 9457) with a stable code. All times are RFC 3339.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON_REFUSALS,
  scopes: scopeWords,
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。别的中心的开标和不存在的开标，回答相同。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable. Another center’s opening is answered as one that is not there.',
  },
  named: [OpeningAnswer, BoardLine],
  problem: Problem,
})

/** @returns to be mounted at /api/bids, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createBidInterface(deps: BidInterfaceDeps, room: BidApiRoom): Router {
  const guard = createGuard<Scope>({ realm: 'bids', authenticate: deps.authenticate, meter: deps.meter, limits: { ...LIMITS, ...deps.limits } })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(room.publicUrl)))
  for (const operation of OPERATIONS) {
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
  }
  router.use(notFound)
  router.use(refusals(deps, room))
  return router
}

const entered = (guard: Guard<Scope>, { scope, request }: BidOperation): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request. */
const serve =
  (guard: Guard<Scope>, room: BidApiRoom, operation: BidOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    await guard.charge(res, 1)
    const ask = askOf(req, res)
    const { clientId, trace } = ask
    const told = await operation.run(room, ask)
    await room.trail.append({ code: 'bid.interface-used', trace, facts: { client: clientId, operation: operation.name, items: told.items ?? 1 } })
    await answer(res, operation, told)
  }

async function answer(res: Response, { status }: BidOperation, { body, stream, again }: Told): Promise<void> {
  if (again) res.set('Idempotent-Replayed', 'true')
  res.status(status)
  if (stream === undefined) return void (body === undefined ? res.end() : res.json(body))
  await streamAttachment(res, stream)
}

/** An audit event with the client, and a step in the trace. */
const refusals = ({ trace: step }: BidInterfaceDeps, { trail }: BidApiRoom): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    step({ trace, hop: 'broker', step: 'bid interface refused', outcome: 'failed', code, facts: { reason: facts, ...whose } })
    await trail.append({ code: 'bid.interface-refused', trace, facts: { failure: code, method, ...whose } })
  })
