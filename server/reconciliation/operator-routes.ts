import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { contextOf } from '../http/context.ts'
import { formBody, jsonBody, readForm, readQuery } from '../http/forms.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Desk } from './desk.ts'
import { casePage } from './pages/case.ts'
import { worklistPage } from './pages/worklist.ts'
import type { Acts } from './reconciliation.ts'
import { resolve } from './worklist.ts'

/** What an operator does about reconciliation, mounted at /reconciliation of the management port: sees days and differences, has a day compared, resolves a difference by name. */
const SIZE = { cases: 50, days: 60 }
const text = (least: number, most: number) => z.string().trim().min(least).max(most)
const resolving = z.strictObject({ by: text(2, 60), note: text(2, 500), evidence: text(2, 200) })
const ofDay = z.strictObject({ bank: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/), day: z.iso.date() })
const listed = z.object({ state: z.enum(['open', 'doubtful', 'matched', 'resolved']).default('open'), after: z.string().max(40).default('') })

export function operatorRoutes(desk: Desk, acts: Acts): Router {
  const router = Router()
  const { store, clock } = desk

  router.get('/cases', async (req, res) => {
    const { state, after } = readQuery(req, listed)
    res.json({ cases: await store.cases(state, after, SIZE.cases), counted: await store.counted() })
  })
  router.get('/days', async (_req, res) => {
    res.json({ days: (await store.days(SIZE.days)).map(day => ({ ...day, counts: JSON.parse(day.counts) })) })
  })
  router.post('/produce', jsonBody(), async (req, res) => {
    const { bank, day } = readForm(req, ofDay)
    const { text: manifest, signature, hash } = await acts.produce(bank, day, contextOf(res).trace)
    res.json({ manifest: JSON.parse(manifest), signature, hash })
  })
  router.post('/compare', jsonBody(), async (req, res) => {
    const { bank, day } = readForm(req, ofDay)
    res.json({ compared: await acts.compare(bank, day, contextOf(res).trace), state: (await store.day(bank, day))?.state })
  })
  router.post('/cases/:id/resolve', jsonBody(), async (req, res) => {
    res.json(await resolve(desk, idOf(req), readForm(req, resolving), contextOf(res).trace))
  })

  router.get('/', async (req, res) => {
    const { state, after } = readQuery(req, listed)
    const [days, counted, cases] = await Promise.all([store.days(SIZE.days), store.counted(), store.cases(state, after, SIZE.cases + 1)])
    const shown = cases.slice(0, SIZE.cases)
    const next = cases.length > SIZE.cases ? shown.at(-1)?.id : undefined
    sendPage(res, worklistPage({ days, counted, state, cases: shown, now: clock.now(), ...(next === undefined ? {} : { next }) }))
  })
  router.get('/cases/:id', async (req, res) => {
    const found = await store.case(idOf(req))
    if (found === undefined) throw new BrokerError('not_found', 'no difference has this id')
    sendPage(res, casePage(found, clock.now()))
  })
  router.post('/cases/:id', formBody(), async (req: Request, res: Response) => {
    const { id } = await resolve(desk, idOf(req), readForm(req, resolving), contextOf(res).trace)
    seeOther(res, `/reconciliation/cases/${id}`)
  })
  return router
}

const idOf = (req: Request): string => z.string().max(40).catch('').parse(req.params['id'])
