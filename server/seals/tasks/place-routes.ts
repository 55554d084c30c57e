import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { jsonBody, readForm, readQuery } from '../../http/forms.ts'
import type { Visits } from '../../http/visits.ts'
import { failures } from '../../kernel/failures.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { toSvg } from '../picture/svg.ts'
import { PlacementWish, toPlacement } from '../placement-wish.ts'
import { handPicture, handStrokes } from './handwritten.ts'
import type { Look, Placing } from './placing.ts'
import { documentNumber, type SealTasks } from './tasks.ts'
import type { SealVisit } from './visit.ts'

/** What browser/seal-place.js asks for: the pages of a document, the seal's picture, and where it shall stand. Mounted beside a task's own routes, before them. */
const MOST_PLACES = 50
const id = z.string().max(60)
const date = z.enum(['under', 'over']).optional()
const which = z.enum(['original', 'sealed'])
const lookQuery = z.object({ seal: id.default(''), which: which.default('original') })
const pictureQuery = z.object({ seal: id, date })
const placeForm = z.strictObject({ seal: id, date, places: z.array(PlacementWish).max(MOST_PLACES) })

const handForm = z.strictObject({ hand: handStrokes })

export function placeRoutes({ tasks, placing, visits: { act } }: { tasks: SealTasks; placing: Placing; visits: Visits<SealVisit> }): Router {
  const router = Router()
  const open = async (visit: SealVisit, req: Request): Promise<SealTask> => await tasks.of(visit.by, textOf(req, 'id'))

  router.get(
    '/:id/documents/:n/pages',
    act(async (visit, req, res) => {
      const { seal, which: of } = readQuery(req, lookQuery)
      res.json(told(await placing.look(visit.by, await open(visit, req), documentNumber(textOf(req, 'n')), { which: of, sealId: seal })))
    }),
  )
  router.post(
    '/:id/documents/:n/places',
    jsonBody(64 * 1024),
    act(async (visit, req, res) => {
      const { seal, places, date: day } = readForm(req, placeForm)
      const wish = { sealId: seal, places: places.map(toPlacement), date: day }
      res.json(told(await placing.place(visit.by, await open(visit, req), documentNumber(textOf(req, 'n')), wish)))
    }),
  )
  router.get(
    '/:id/documents/:n/:which/pages/:page',
    act(async (visit, req, res) => {
      const of = which.catch('original').parse(textOf(req, 'which'))
      const page = documentNumber(textOf(req, 'page'))
      const { svg } = await placing.page(await open(visit, req), documentNumber(textOf(req, 'n')), of, page)
      sendDrawing(res, svg)
    }),
  )
  router.get(
    '/:id/picture',
    act(async (visit, req, res) => {
      await open(visit, req)
      const { seal, date: day } = readQuery(req, pictureQuery)
      sendDrawing(res, toSvg(await placing.picture(visit.by, seal, day)))
    }),
  )
  /** Drawn as it will be, and not kept. */
  router.post(
    '/:id/handwriting',
    jsonBody(64 * 1024),
    act(async (visit, req, res) => {
      await open(visit, req)
      sendDrawing(res, toSvg(handPicture(readForm(req, handForm).hand)))
    }),
  )
  return router
}

/** As a picture in a page it has no power; opened by itself it has none either, whatever a document made it say. */
function sendDrawing(res: Response, svg: string): void {
  res.set({ 'Content-Type': 'image/svg+xml; charset=utf-8', 'Content-Security-Policy': "sandbox; default-src 'none'; img-src data:" })
  res.send(svg)
}

function told({ problem, ...look }: Look): object {
  if (problem === undefined) return look
  const { zh, en } = failures[problem]
  return { ...look, problem: { zh, en } }
}

const textOf = ({ params }: Request, name: string): string => {
  const found = params[name]
  return typeof found === 'string' ? found : ''
}
