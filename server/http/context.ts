import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import type { Clock } from '../kernel/clock.ts'
import type { BrokerError } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'

/**
 * The context of one request: its trace code, a log that carries the code as `reference`, and the route's name for logs and metrics. Kept beside
 * the response object, so that it is found alike in Express handlers and under a mounted Koa application.
 */
export interface RequestContext {
  trace: string
  log: Log
  startedAt: Date
  /** a refusal that a page tells by itself, so that it never comes to the one mapping (respond.ts): for the trace */
  told(error: BrokerError): void
}

class Kept implements RequestContext {
  readonly startedAt: Date
  route: string | undefined
  trace: string
  readonly #root: Log
  readonly #told: OnTold
  /** the request's own code, after a login's took its place */
  #before: string | undefined
  /** made when first written to: most requests of a login write nothing */
  #log: Log | undefined

  constructor(trace: string, startedAt: Date, root: Log, told: OnTold) {
    this.trace = trace
    this.startedAt = startedAt
    this.#root = root
    this.#told = told
  }

  get log(): Log {
    this.#log ??= this.#root.child({ reference: this.trace, ...(this.#before === undefined ? {} : { before: this.#before }) })
    return this.#log
  }

  told(error: BrokerError): void {
    this.#told(error, this)
  }

  adopt(trace: string): void {
    this.#before = this.trace
    this.trace = trace
    this.#log = undefined
  }
}

type OnTold = (error: BrokerError, context: RequestContext) => void

/** What the access log and the metrics hear of a finished request; `route` is a pattern, never an address. */
export interface FinishedRequest {
  route: string
  method: string
  status: number
  seconds: number
}

/**
 * On the object itself, as everything here that is kept beside a request: what a WeakMap holds, and what an accessor of a single object captures, counts as needed until the next full
 * collection, whatever became of its key. Both lead back to the request, so every request grew old with all it had allocated, and was copied twice on its way.
 */
const kept = Symbol('request context')
type Answer = ServerResponse & { [kept]?: Kept }

/**
 * First middleware of every app: a trace code for each request (header `X-Trace-Code`), and one access-log line when it is done. Addresses and query
 * strings stay out of the log: they carry login ids, codes and tickets.
 * @param onFinished for the duration histogram
 * @param onTold for the trace; must not throw
 */
export function requestContext(deps: { clock: Clock; log: Log; onFinished?: (done: FinishedRequest) => void; onTold?: OnTold }): RequestHandler {
  const { onTold = () => undefined } = deps
  return (req, res, next) => {
    const answer: Answer = res
    const began = performance.now()
    const trace = newTraceCode()
    const context = new Kept(trace, deps.clock.now(), deps.log, onTold)
    answer[kept] = context
    res.setHeader('X-Trace-Code', trace)
    rememberRoute(req, context)
    res.once('close', () => {
      const seconds = (performance.now() - began) / 1000
      // 499: the browser went away before the answer was complete
      const status = res.writableFinished ? res.statusCode : 499
      const done = { route: context.route ?? mountOf(req), method: knownMethod(req.method), status, seconds }
      if (deps.log.isLevelEnabled('info')) context.log.info({ ...done, seconds: undefined, ms: Math.round(seconds * 1000) }, 'request')
      deps.onFinished?.(done)
    })
    next()
  }
}

/**
 * Express takes `req.baseUrl` back when an error leaves a router, so the pattern is put together at the moment the route matches.
 * Only patterns written in our code reach it: the set of labels is closed, whatever address is asked for. The accessors are the same two for all requests (see `kept`).
 */
function rememberRoute(req: Routed, context: Kept): void {
  req[routed] = { context, current: undefined }
  Object.defineProperty(req, 'route', ROUTE)
}

const routed = Symbol('route')
type Routed = IncomingMessage & { [routed]?: { context: Kept; current: unknown }; baseUrl?: string }

const ROUTE: PropertyDescriptor & ThisType<Routed> = {
  configurable: true,
  get() {
    return this[routed]?.current
  },
  set(route: unknown) {
    const at = this[routed]
    if (at === undefined) return
    at.current = route
    // a router mounted under a parameter would bring the address itself into its base
    if (typeof route === 'object' && route !== null && 'path' in route) at.context.route = `${this.baseUrl ?? ''}${String(route.path)}`
  },
}

const mountOf = (req: { baseUrl: string }): string => (req.baseUrl === '' ? 'unmatched' : `${req.baseUrl}/*`)
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const knownMethod = (method: string): string => (METHODS.includes(method) ? method : 'OTHER')

/** The context of the request that `res` answers. @throws Error where requestContext was not mounted */
export function contextOf(res: Answer): RequestContext {
  const context = res[kept]
  if (context === undefined) throw new Error('requestContext is not mounted before this handler')
  return context
}

/** Puts a login's own trace code in the place of the request's, once the login is known: page, header, log and trace then show the same code. */
export function adoptTrace(res: Answer, trace: string): void {
  const context = res[kept]
  if (context === undefined || context.trace === trace) return
  context.adopt(trace)
  if (!res.headersSent) res.setHeader('X-Trace-Code', trace)
}

/** Names the route of a request that a mounted application answers by itself; `route` must be one of a closed set. */
export function nameRoute(res: Answer, route: string): void {
  const context = res[kept]
  if (context !== undefined) context.route = route
}
