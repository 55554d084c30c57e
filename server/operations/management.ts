import express, { type Express, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import type { AuditVerdict } from '../audit/verify.ts'
import { contextOf, requestContext } from '../http/context.ts'
import { createDoors } from '../http/doors.ts'
import { jsonBody, readForm } from '../http/forms.ts'
import { securityHeaders } from '../http/headers.ts'
import { errorHandler, type FailureView, notFound } from '../http/respond.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { TestClock } from '../kernel/test-clock.ts'
import { type Check, readiness } from './health.ts'
import type { KeyLine } from './key-list.ts'

/**
 * The management port: health, metrics, traces, the audit check, and in the sandbox the test clock. It has no login, so it listens on the loopback or an internal
 * address only.
 */
export interface ManagementDeps {
  clock: Clock
  log: Log
  /** what it listens on; on the loopback, only requests addressed to the loopback are answered */
  host: string
  url: string
  errorPage: (view: FailureView) => string
  checks: readonly Check[]
  hasStarted: () => boolean
  renderMetrics: () => Promise<{ contentType: string; text: string }>
  /** whole pages and `/assets`, mounted as they are */
  routers: readonly { path: string; router: Router }[]
  verifyAudit: () => Promise<AuditVerdict>
  listKeys: () => Promise<readonly KeyLine[]>
  /** the sandbox alone */
  testClock?: { clock: TestClock; trail: Trail; save: (offset: number) => Promise<void> }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']

export function createManagement(deps: ManagementDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  // scrapes and probes come every few seconds: their access lines would drown the rest
  const log = deps.log.isLevelEnabled('info') ? deps.log.child({}, { level: 'warn' }) : deps.log
  app.use(requestContext({ clock: deps.clock, log }))
  app.use(securityHeaders({ https: false }))
  if (LOOPBACK.includes(deps.host)) app.use(loopbackNamesOnly)

  const own = Router()
  own.get('/health/started', (_req, res) => status(res, deps.hasStarted()))
  own.get('/health/live', (_req, res) => status(res, true))
  own.get(['/health', '/health/ready'], async (_req, res) => {
    const found = await readiness(deps.checks)
    const ready = deps.hasStarted() && found.status !== 'down'
    res.status(ready ? 200 : 503).json({ ...found, status: ready ? found.status : 'down' })
  })
  own.get('/metrics', async (_req, res) => {
    const { contentType, text } = await deps.renderMetrics()
    res.set('Content-Type', contentType).send(text)
  })
  own.get('/audit/verify', async (_req, res) => {
    res.json(await deps.verifyAudit())
  })
  own.get('/keys', async (_req, res) => {
    res.json(await deps.listKeys())
  })
  if (deps.testClock !== undefined) clockRoutes(own, deps.testClock)
  const doors = createDoors(app)
  doors.open('operator', '/', own)
  for (const { path, router } of deps.routers) doors.open('operator', path, router)
  doors.demand()
  app.use(notFound)
  app.use(errorHandler({ page: deps.errorPage, publicUrl: deps.url }))
  return app
}

const status = (res: express.Response, up: boolean) => res.status(up ? 200 : 503).json({ status: up ? 'up' : 'down' })

/** A web page elsewhere whose name was made to resolve to 127.0.0.1 would otherwise read traces and move the clock: its requests carry its own name. */
const loopbackNamesOnly: RequestHandler = (req, _res, next) => {
  if (LOOPBACK.includes(req.hostname)) return next()
  next(new BrokerError('cross_site', 'the management port on the loopback is asked by another name', { received: req.hostname.slice(0, 100) }))
}

const clockMove = z.union([z.strictObject({ advanceSeconds: z.number().min(-1e9).max(1e9) }), z.strictObject({ reset: z.literal(true) })])

function clockRoutes(app: Router, { clock, trail, save }: NonNullable<ManagementDeps['testClock']>): void {
  const state = () => ({ now: clock.now().toISOString(), offsetSeconds: Math.round(clock.offset() / 1000) })
  app.get('/sandbox/clock', (_req, res) => {
    res.json(state())
  })
  // JSON only: a form of another site can be sent without asking, JSON cannot
  app.post('/sandbox/clock', jsonBody(), async (req, res) => {
    const move = readForm(req, clockMove)
    const before = state().offsetSeconds
    if ('reset' in move) clock.reset()
    else clock.advance(move.advanceSeconds * 1000)
    await save(clock.offset())
    await trail.append({ code: 'clock.moved', trace: contextOf(res).trace, facts: { from: before, to: state().offsetSeconds } })
    res.json(state())
  })
}
