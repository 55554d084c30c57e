/**
 * The desk over the management port, for the command line: JSON in and out. It has no login, as the whole port has none, so the port listens on the loopback or an internal address only. Writing
 * takes JSON, which a form of another site cannot send.
 */
import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { jsonBody, readForm, readQuery } from '../http/forms.ts'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { TrustDesk } from './desk.ts'
import { HOLDERS, USES } from './entry.ts'

const question = z.object({
  certificate: z.string().min(1).max(200_000),
  use: z.enum([...USES, 'authority']).default('login'),
  holder: z.union([z.enum(HOLDERS), z.literal('').transform(() => undefined)]).optional(),
  bank: z.union([z.string().regex(/^[a-z][a-z0-9-]{1,15}$/), z.literal('').transform(() => undefined)]).optional(),
  /** a date, or a moment */
  at: z.union([z.iso.datetime(), z.iso.date(), z.literal('').transform(() => undefined)]).optional(),
})
const person = z.string().min(1).max(200)
const wish = z.object({ by: person, why: z.string().max(2000), changes: z.unknown() })
const decision = z.object({ by: person, decision: z.enum(['approve', 'reject']) })
const item = z.object({ certificate: z.string().max(200_000), ca: z.string().max(60).optional(), uscc: z.string().max(40).optional() })
const source = z.string().regex(/^[0-9a-f]{64}$/)
const progress = z.object({ source, done: z.int().min(0), counts: z.record(z.string().max(20), z.int().min(0)) })
const taking = z.object({ items: z.array(item).max(1000), progress: progress.optional() })
const imported = z.object({ source, added: z.int().min(0), known: z.int().min(0), bad: z.int().min(0) })
/** bytes: a thousand certificates, or every row of the list with its certificates */
const LARGE = 16 * 1024 * 1024

/** Mounted at `/`, before the pages: every path ends in `.json`. */
export function trustRoutes({ desk, clock }: { desk: TrustDesk; clock: Clock }): Router {
  const router = Router()
  const asked = ({ at, certificate, use, holder, bank }: z.output<typeof question>) => ({
    certificate,
    use,
    at: at === undefined ? clock.now() : new Date(at),
    ...(holder === undefined ? {} : { holder }),
    ...(bank === undefined ? {} : { bank }),
  })

  router.get(
    '/trust/list.json',
    answer(async req => desk.list(readQuery(req, z.object({ version: z.coerce.number().int().optional() })).version)),
  )
  router.get(
    '/trust/versions.json',
    answer(() => desk.versions(200)),
  )
  router.get(
    '/trust/proposals.json',
    answer(req => desk.proposals(readQuery(req, z.object({ state: z.literal('open').optional() })).state === 'open' ? { state: 'open' } : {}, 200)),
  )
  router.post(
    '/trust/wishes.json',
    jsonBody(LARGE),
    answer(req => {
      const { by, why, changes } = readForm(req, wish)
      return desk.wish({ by, why, changes })
    }),
  )
  router.post(
    '/trust/proposals/:id.json',
    jsonBody(),
    answer(req => desk.decide({ id: text(req.params['id']), ...readForm(req, decision) })),
  )
  router.post(
    '/trust/explain.json',
    jsonBody(512 * 1024),
    answer(req => desk.explain(asked(readForm(req, question)))),
  )
  router.post(
    '/trust/holders.json',
    jsonBody(LARGE),
    answer(req => {
      const { items, progress: done } = readForm(req, taking)
      return desk.take(
        items.map(({ certificate, ca, uscc }) => ({ certificate, ...(ca === undefined ? {} : { ca }), ...(uscc === undefined ? {} : { uscc }) })),
        done,
      )
    }),
  )
  router.get(
    '/trust/holders/:source.json',
    answer(async req => (await desk.progress(readForm({ body: req.params }, z.object({ source })).source)) ?? null),
  )
  router.post(
    '/trust/imported.json',
    jsonBody(),
    answer(async req => {
      await desk.imported(readForm(req, imported))
      return {}
    }),
  )

  return router
}

const text = (param: string | string[] | undefined): string => (typeof param === 'string' ? param : '')

/** What goes wrong, as the command line reads it: the facts are for the operator who asks on this port. */
function answer(work: (req: Parameters<RequestHandler>[0]) => Promise<unknown>): RequestHandler {
  return async (req, res) => {
    try {
      res.json(await work(req))
    } catch (thrown) {
      const { code, facts, expected } = asBrokerError(thrown)
      if (code === 'internal') throw thrown
      res.status(failures[code].status).json({ error: code, facts: code === 'bad_request' ? `${facts}: ${expected ?? ''}` : facts })
    }
  }
}
