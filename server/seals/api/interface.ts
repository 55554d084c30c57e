import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express'
import { sendAttachment } from '../../http/answers.ts'
import { type Authenticate, createGuard, type Guard, type GuardLimits } from '../../http/api-guard.ts'
import { refusalHandler } from '../../http/api-refusals.ts'
import { bodyOf } from '../../http/batch-request.ts'
import { askOf, routeOf } from '../../http/center-ask.ts'
import { nameRoute } from '../../http/context.ts'
import { notFound } from '../../http/respond.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Meter } from '../../kernel/meter.ts'
import { createWebhooks } from '../../notices/webhooks.ts'
import { methodOf } from '../../web/interface/operation.ts'
import { documentRoutes } from '../../web/interface/routes.ts'
import type { LifeNews } from '../life/room.ts'
import type { TaskNews } from '../tasks/tasks.ts'
import { LIMITS } from './limits.ts'
import { createSealNews, type SealNews, type SealNewsDeps } from './news.ts'
import { type Ask, BASE, type Scope, type SealOperation, type Told } from './operation.ts'
import { interfaceDocument, OPERATIONS } from './operations.ts'
import type { SealRoom } from './room.ts'
import { verifyWaiting } from './verifying.ts'
import { watchRouter } from './watch.ts'

/**
 * Seals for centers' programs, at /api/seals: one interface for every kind of seal. Owns the questions, the words of the answers, and what a center may learn. Does not own how documents are sealed (tasks/), what
 * verifying finds (the formats), or tokens (the provider).
 */
export interface SealInterface {
  /** mount at /api/seals after requestContext and securityHeaders, before the same-site guard (a bearer token proves the caller) and before any body parser */
  router: Router
  /** mount at /api/seals/watch, before it: for centers' pages, by an address with a secret */
  watch: Router
  news: Pick<SealNews, 'wake' | 'settled'>
  taskNews: TaskNews
  sealNews: LifeNews
  /** starts delivering and verifying */
  start(): Promise<void>
  close(): Promise<void>
}

export interface SealInterfaceDeps extends Omit<SealNewsDeps, 'stores'> {
  stores: SealRoom['stores'] & SealNewsDeps['stores']
  authenticate: Authenticate
  /** the operator's list of hosts that notices may go to */
  mayReach(url: URL): boolean
  meter: Meter
  /** fewer for tests; LIMITS otherwise */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}
export type SealInterfaceParts = Omit<SealRoom, 'stores' | 'webhooks' | 'verifyLater' | 'tell' | 'trail' | 'clock'>

const QUEUE = 'seal-verification'

/** @param parts the seal service's own; asked for when the first request comes, for they hear of changes through what is made here */
export function createSealInterface(deps: SealInterfaceDeps, parts: () => SealInterfaceParts): SealInterface {
  const { stores, trail, clock } = deps
  const news = createSealNews(deps)
  const webhooks = createWebhooks({ store: stores.sealNews, sealing: deps.sealing, mayReach: deps.mayReach, send: news.send, clock })
  const { tell } = news
  const verifyLater = (id: string) => stores.outbox.send(QUEUE, { verification: id })
  const room = (): SealRoom => ({ ...parts(), stores, webhooks, verifyLater, tell, trail, clock })
  const guard = createGuard<Scope>({ realm: 'seals', authenticate: deps.authenticate, meter: deps.meter, limits: { ...LIMITS, ...deps.limits } })

  return {
    get router() {
      const router = Router()
      router.use(documentRoutes(interfaceDocument(parts().publicUrl)))
      for (const operation of OPERATIONS) {
        router[methodOf(operation)](routeOf(operation.path, BASE), ...entered(guard, operation), serve(guard, room, operation))
      }
      router.use(notFound)
      router.use(refusals(deps))
      return router
    },
    watch: watchRouter(room),
    news,
    taskNews: news.ofTasks,
    sealNews: news.ofSeals,
    async start() {
      await news.start()
      await stores.outbox.work(QUEUE, (job, attempt) => verifyWaiting(room(), String(job['verification']), attempt))
    },
    close: news.close,
  }
}

function entered(guard: Guard<Scope>, { scope, request, requestBytes }: SealOperation): RequestHandler[] {
  if (requestBytes !== undefined) return guard.raw(scope, LIMITS.document)
  return request === undefined ? guard.look(scope) : guard.enter(scope)
}

/** One audit event a request. */
const serve =
  (guard: Guard<Scope>, room: () => SealRoom, operation: SealOperation): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    await guard.charge(res, 1)
    const ask = sealAskOf(guard, req, res)
    const { clientId, trace } = ask
    const told = await operation.run(room(), ask)
    const { items = 1, outcome = 'ok' } = told
    await room().trail.append({ code: 'seal.interface-used', trace, facts: { client: clientId, operation: operation.name, items, outcome } })
    answer(res, operation, told)
  }

const sealAskOf = (guard: Guard<Scope>, req: Request, res: Response): Ask => ({
  ...askOf(req, res),
  bytes() {
    const bytes = bodyOf(req)
    if (Buffer.isBuffer(bytes) && bytes.length > 0) return bytes
    throw new BrokerError('bad_request', 'no document', { expected: 'the document’s bytes as the body' })
  },
  charge: items => guard.charge(res, items),
})

function answer(res: Response, { status }: SealOperation, { body, file, again }: Told): void {
  if (again) res.set('Idempotent-Replayed', 'true')
  res.status(status)
  if (file !== undefined) sendAttachment(res, file)
  else if (body === undefined) res.end()
  else res.json(body)
}

/** An audit event with the client, and a step in the trace with what was received and expected. */
const refusals = ({ trail, trace: step }: Pick<SealInterfaceDeps, 'trail' | 'trace'>): ErrorRequestHandler =>
  refusalHandler({
    step({ error: { code, facts }, trace, whose, told }) {
      step({ trace, hop: 'broker', step: 'seal interface refused', outcome: 'failed', code, ...told, facts: { reason: facts, ...whose } })
    },
    event: ({ error: { code }, trace, method, whose }) =>
      trail.append({ code: 'seal.interface-refused', trace, facts: { failure: code, method, ...whose } }),
  })
