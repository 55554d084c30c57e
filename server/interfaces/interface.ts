import { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import type { AuditEventCode, Trail } from '../audit/events.ts'
import { sendAttachment, streamAttachment } from '../http/answers.ts'
import { type Authenticate, createGuard, type Guard, type GuardLimits } from '../http/api-guard.ts'
import { refusalHandler } from '../http/api-refusals.ts'
import { askOf, type CenterAsk, routeOf } from '../http/center-ask.ts'
import { nameRoute } from '../http/context.ts'
import { notFound } from '../http/respond.ts'
import type { Meter } from '../kernel/meter.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import { COMMON_REFUSALS, type Described, methodOf, type Operation } from '../web/interface/operation.ts'
import { Problem } from '../web/interface/problem.ts'
import { documentRoutes } from '../web/interface/routes.ts'

/** An interface for centers' programs, made of its rows: the guard, the document, one audit event a request and one a refusal. Owns nothing of what is asked or answered: those are the rooms'. */
export interface Interface<Scope extends string, Room extends InterfaceRoom> {
  /** of the guard's challenges and of the metric */
  realm: string
  /** of its audit events, `<name>.interface-used` and `<name>.interface-refused`, and in the trace */
  name: Name
  words: Pick<Described, 'base' | 'title' | 'lead' | 'info' | 'aboutRefusals' | 'named'> & { scopes: Readonly<Record<Scope, string>> }
  operations: readonly Row<Scope, Room>[]
  limits: GuardLimits
  /** the member of a body whose length is how many things it asks; each request is one unless told */
  batch?: string
}

type Name = AuditEventCode extends infer Code ? (Code extends `${infer Named}.interface-used` ? Named : never) : never

/** One row an operation. */
export interface Row<Scope extends string, Room> extends Operation {
  scope: Scope
  run(room: Room, ask: CenterAsk): Promise<Told>
}

/** What comes back, and what of it the audit record keeps. */
interface Told {
  body?: unknown
  file?: { type: string; name: string; bytes: Uint8Array }
  /** octets of any number */
  stream?: { name: string; size: number; octets: AsyncIterable<Buffer> }
  items?: number
  /** the answer to the same request before */
  again?: true
}

export interface InterfaceRoom {
  /** scheme, host and port of this site */
  publicUrl: string
  trail: Trail
}

export interface InterfaceDeps {
  authenticate: Authenticate
  meter: Meter
  /** one step in the trace that an integrator reads; must not throw */
  trace?(step: Omit<TraceStep, 'at'>): void
  /** fewer for tests */
  limits?: Partial<Pick<GuardLimits, 'requestsPerMinute' | 'itemsPerMinute'>>
}

/** @returns to be mounted at its base, before the same-site guard (a bearer token proves the caller) and before any body parser */
export function createInterface<Scope extends string, Room extends InterfaceRoom>(
  made: Interface<Scope, Room>,
  deps: InterfaceDeps,
  room: Room,
): Router {
  const { realm, words, operations } = made
  const guard = createGuard<Scope>({ realm, authenticate: deps.authenticate, meter: deps.meter, limits: { ...made.limits, ...deps.limits } })
  const router = Router()
  router.use(documentRoutes({ ...words, publicUrl: room.publicUrl, operations, commonRefusals: COMMON_REFUSALS, problem: Problem }))
  for (const operation of operations) {
    router[methodOf(operation)](routeOf(operation.path, words.base), ...entered(guard, operation), serve(guard, room, made, operation))
  }
  router.use(notFound)
  router.use(refusals(made, deps, room))
  return router
}

const entered = <Scope extends string, Room>(guard: Guard<Scope>, { scope, request }: Row<Scope, Room>): RequestHandler[] =>
  request === undefined ? guard.look(scope) : guard.enter(scope)

/** One audit event a request. */
const serve =
  <Scope extends string, Room extends InterfaceRoom>(
    guard: Guard<Scope>,
    room: Room,
    { name, batch }: Interface<Scope, Room>,
    operation: Row<Scope, Room>,
  ): RequestHandler =>
  async (req, res) => {
    nameRoute(res, operation.path)
    await guard.charge(res, itemsIn(req.body, batch))
    const ask = askOf(req, res)
    const told = await operation.run(room, ask)
    await room.trail.append({
      code: `${name}.interface-used`,
      trace: ask.trace,
      facts: { client: ask.clientId, operation: operation.name, items: told.items ?? 1 },
    })
    await answer(res, operation.status, told)
  }

/** A batch costs as many as it has, whatever they are. */
function itemsIn(body: unknown, batch: string | undefined): number {
  const found: unknown = batch === undefined || typeof body !== 'object' || body === null ? undefined : Reflect.get(body, batch)
  return Array.isArray(found) ? Math.max(1, found.length) : 1
}

async function answer(res: Response, status: number, { body, file, stream, again }: Told): Promise<void> {
  if (again) res.set('Idempotent-Replayed', 'true')
  res.status(status)
  if (stream !== undefined) await streamAttachment(res, stream)
  else if (file !== undefined) sendAttachment(res, file)
  else if (body === undefined) res.end()
  else res.json(body)
}

/** An audit event with the client, and a step in the trace. */
const refusals = <Scope extends string, Room extends InterfaceRoom>(
  { name }: Interface<Scope, Room>,
  { trace: step }: InterfaceDeps,
  { trail }: InterfaceRoom,
): ErrorRequestHandler =>
  refusalHandler({
    step({ error: { code, facts }, trace, whose }) {
      step?.({ trace, hop: 'broker', step: `${name} interface refused`, outcome: 'failed', code, facts: { reason: facts, ...whose } })
    },
    event: ({ error: { code }, trace, method, whose }) =>
      trail.append({ code: `${name}.interface-refused`, trace, facts: { failure: code, method, ...whose } }),
  })
