import { type RequestHandler, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { sendAttachment } from '../../http/answers.ts'
import { type Authenticate, createGuard } from '../../http/api-guard.ts'
import { refusalHandler } from '../../http/api-refusals.ts'
import { askOf, routeOf } from '../../http/center-ask.ts'
import { nameRoute } from '../../http/context.ts'
import { notFound } from '../../http/respond.ts'
import type { Meter } from '../../kernel/meter.ts'
import { COMMON_REFUSALS, type Described, methodOf } from '../../web/interface/operation.ts'
import { Problem } from '../../web/interface/problem.ts'
import { documentRoutes } from '../../web/interface/routes.ts'
import { LIMITS } from './limits.ts'
import { type ApiRoom, BASE, type Scope, type SigningOperation } from './operation.ts'
import { requestOperations } from './request-operations.ts'
import { webhookOperations } from './webhook-operations.ts'
import { SigningDocument } from './words.ts'

/** Remote signing for centers' programs, at /api/remote-signing: mount after requestContext and securityHeaders, before the same-site guard (a bearer token proves the caller) and before any body parser. */
export const OPERATIONS: readonly SigningOperation[] = [...requestOperations, ...webhookOperations]

export interface InterfaceDeps extends ApiRoom {
  authenticate: Authenticate
  meter: Meter
  trail: Trail
}

export function createSigningInterface(deps: InterfaceDeps): Router {
  const { trail } = deps
  const guard = createGuard<Scope>({ realm: 'remote-signing', authenticate: deps.authenticate, meter: deps.meter, limits: LIMITS })
  const router = Router()
  router.use(documentRoutes(interfaceDocument(deps.publicUrl)))
  for (const operation of OPERATIONS) {
    const entered = operation.request === undefined ? guard.look(operation.scope) : guard.enter(operation.scope)
    router[methodOf(operation)](routeOf(operation.path, BASE), ...entered, serve(operation))
  }
  router.use(notFound)
  router.use(
    refusalHandler(async ({ error: { code }, trace, method, client }) => {
      const whose = client === undefined ? {} : { client }
      await trail.append({ code: 'remote.interface-refused', trace, facts: { failure: code, method, ...whose } })
    }),
  )
  return router

  /** One audit event a request. */
  function serve(operation: SigningOperation): RequestHandler {
    return async (req, res) => {
      nameRoute(res, operation.path)
      await guard.charge(res, 1)
      const ask = askOf(req, res)
      const { clientId, trace } = ask
      const told = await operation.run(deps, ask)
      const { body, file, items = 1, again } = told
      await trail.append({ code: 'remote.interface-used', trace, facts: { client: clientId, operation: operation.name, items } })
      if (again) res.set('Idempotent-Replayed', 'true')
      res.status(operation.status)
      if (file !== undefined) sendAttachment(res, file)
      else if (body === undefined) res.end()
      else res.json(body)
    }
  }
}

/** The interface as its document and page tell it. @param publicUrl scheme, host and port of this site */
const interfaceDocument = (publicUrl: string): Described => ({
  base: BASE,
  publicUrl,
  title: { zh: '专家云签接口', en: 'Remote signing' },
  lead: {
    zh: '请评标专家以本人名义签文件：不带盾，两个因素加本人核验，取回签名和凭据。',
    en: 'Have review experts sign for themselves without a shield: two factors and a person check; fetch signatures and evidence.',
  },
  info: {
    title: '共享盾 专家云签接口 Shared Shield remote signing',
    version: '1.0.0',
    description:
      'Documents signed by persons with keys kept here. A refused request is a problem (RFC 9457) with a stable code. All times are RFC 3339.',
  },
  operations: OPERATIONS,
  commonRefusals: COMMON_REFUSALS,
  scopes: {
    'remote.signing': 'ask people who logged in at your center to sign documents, and fetch what they signed',
    'remote.webhooks': 'be told of your requests and of keys of people who logged in at your center',
  },
  aboutRefusals: {
    zh: '请求有误时返回 application/problem+json，代码不变。',
    en: 'A request that is refused is answered with application/problem+json; codes are stable.',
  },
  named: [SigningDocument],
  problem: Problem,
})
