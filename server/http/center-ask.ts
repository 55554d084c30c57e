import type { Request, Response } from 'express'
import type { z } from 'zod'
import { callerOf } from './api-guard.ts'
import { bodyOf } from './batch-request.ts'
import { contextOf } from './context.ts'
import { readQuery } from './forms.ts'
import { readBody } from './read-body.ts'

/** One request of a center's program, after the guard: what an operation of an interface may know of it. */
export interface CenterAsk {
  clientId: string
  /** of its token */
  scopes: readonly string[]
  trace: string
  /** of the path */
  param(name: string): string
  /** @throws BrokerError bad_request, too_large */
  body<S extends z.ZodType>(schema: S): z.output<S>
  /** @throws BrokerError bad_request */
  query<S extends z.ZodType>(schema: S): z.output<S>
  header(name: string): string | undefined
}

export const askOf = (req: Request, res: Response): CenterAsk => ({
  clientId: callerOf(res).clientId,
  scopes: callerOf(res).scopes,
  trace: contextOf(res).trace,
  param: name => String(req.params[name] ?? ''),
  body: schema => readBody(bodyOf(req), schema),
  query: schema => readQuery(req, schema),
  header: name => req.get(name),
})

/** A path as OpenAPI writes it, in Express' words. @param base where the interface is mounted */
export const routeOf = (path: string, base: string): string =>
  path
    .slice(base.length)
    .replaceAll(':', '\\:')
    .replaceAll(/\{(\w+)\}/g, ':$1')
