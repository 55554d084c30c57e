import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage, streamAttachment } from '../../http/answers.ts'
import { formBody, readForm, readQuery } from '../../http/forms.ts'
import { minutes } from '../../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { isUscc, type Uscc } from '../../kernel/uscc.ts'
import type { Opening } from '../../storage/stores-bids.ts'
import { line, reason } from '../api/operation.ts'
import { boardPage, staffBidPage } from './board.ts'
import { centerListPage } from './list.ts'
import { type BidPagesDeps, type BidVisit, demandShield, staffed, textOf } from './ports.ts'
import { BIDS, centerPath, rescuePath } from './words.ts'

/** The pages of a center's staff: their openings, the board once it is open, one bid, the evidence. What may be done when is the opening's; here is asked only whose staff somebody is, and for their shield. */
const LIST = 30
const STEPS = 200

export function centerRoutes(deps: BidPagesDeps): Router {
  const { openings, store, clock } = deps
  const { page, act } = deps.visits
  const router = Router()
  const body = formBody(16 * 1024)

  router.get(
    '/center',
    page(async (visit, req, res) => {
      const { at, id } = readQuery(req, z.object({ at: z.iso.datetime().optional(), id: z.string().max(100).optional() }))
      const before = at === undefined || id === undefined ? undefined : { opensAt: at, id }
      // a company that is more than one center is rare: a handful of readings
      const found = (await Promise.all(visit.centers.map(center => store.ofCenter(center.id, LIST, before)))).flat()
      const shown = found.sort((a, b) => (a.opensAt < b.opensAt ? 1 : a.opensAt > b.opensAt ? -1 : a.id < b.id ? 1 : -1)).slice(0, LIST)
      const last = shown.length === LIST ? shown.at(-1) : undefined
      sendPage(res, visit.frame(centerListPage(shown, last && `${BIDS}/center?${new URLSearchParams({ at: last.opensAt, id: last.id })}`)))
    }),
  )
  router.get(
    '/center/:opening',
    page(async (visit, req, res) => showBoard(visit, req, res, await staffed(deps, visit, textOf(req, 'opening')))),
  )
  router.get(
    '/center/:opening/state',
    act(async (visit, req, res) => {
      res.json({ stamp: await stampOf(await staffed(deps, visit, textOf(req, 'opening'))) })
    }),
  )

  async function showBoard(visit: BidVisit, req: Request, res: Response, opening: Opening, problem?: { zh: string; en: string }): Promise<void> {
    const { after } = readQuery(req, z.object({ after: z.string().max(40).optional() }))
    const board = await openings.board(opening.id, after !== undefined && isUscc(after) ? after : undefined)
    const view = { opening, center: await deps.centerName(opening.center), board, stamp: await stampOf(opening), now: clock.now(), problem }
    sendPage(res, visit.frame(boardPage(view)))
  }
  /** By the last step of the evidence, and before it may be seen by the clock alone. */
  async function stampOf({ id, version, opensAt }: Opening): Promise<string> {
    const board = await openings.board(id)
    const counts = 'bids' in board ? JSON.stringify([board.counts, board.bids.map(({ at, attempts }) => [at, attempts])]) : ''
    return `${version} ${clock.now() >= new Date(opensAt)} ${counts}`
  }

  /** What is refused is said on the page, with its own status. */
  const acting = (perform: (visit: BidVisit, opening: Opening, req: Request) => Promise<string>) => [
    body,
    act(async (visit, req, res) => {
      const opening = await staffed(deps, visit, textOf(req, 'opening'))
      let next: string
      try {
        demandShield(visit)
        next = await perform(visit, opening, req)
      } catch (thrown) {
        const { status, zh, en } = failures[asBrokerError(thrown).code]
        if (status >= 500 || !(req.headers.accept ?? '').includes('text/html')) throw thrown
        res.status(status)
        return await showBoard(visit, req, res, opening, { zh, en })
      }
      seeOther(res, next)
    }),
  ]
  router.post(
    '/center/:opening/open',
    ...acting(async ({ who }, { id }) => {
      await openings.open(id, who)
      return centerPath(id)
    }),
  )
  router.post(
    '/center/:opening/extend',
    ...acting(async ({ who }, { id, decryptBy }, req) => {
      const given = readForm(req, z.object({ minutes: z.coerce.number().int().min(1).max(1440), why: line }))
      await openings.extend(id, new Date(Date.parse(decryptBy) + minutes(given.minutes)), given.why, who)
      return centerPath(id)
    }),
  )
  router.post(
    '/center/:opening/close',
    ...acting(async ({ who }, { id }) => {
      await openings.close(id, who)
      return centerPath(id)
    }),
  )
  router.post(
    '/center/:opening/bids/:uscc/attribute',
    ...acting(async ({ who }, { id }, req) => {
      const given = readForm(req, z.object({ reason, why: line }))
      const { uscc } = await openings.attribute(id, companyIn(req), given.reason, given.why, who)
      return centerPath(id, `bids/${uscc}`)
    }),
  )
  router.post(
    '/center/:opening/bids/:uscc/rescue',
    ...acting(async ({ who }, { id }, req) => {
      const { why } = readForm(req, z.object({ why: line }))
      return rescuePath((await openings.rescue.ask(id, companyIn(req), why, who)).id)
    }),
  )

  router.get(
    '/center/:opening/bids/:uscc',
    page(async (visit, req, res) => {
      const opening = await staffed(deps, visit, textOf(req, 'opening'))
      const uscc = companyIn(req)
      const steps = await openings.evidence(opening.id, undefined, uscc)
      const bid = await openings.ownBid(opening.id, uscc)
      sendPage(res, visit.frame(staffBidPage({ opening, bid, steps: steps.slice(0, STEPS) })))
    }),
  )
  router.get(
    '/center/:opening/bids/:uscc/content',
    act(async (visit, req, res) => {
      const { id } = await staffed(deps, visit, textOf(req, 'opening'))
      await openings.demandOpen(id)
      const { content, envelope } = await openings.ownBid(id, companyIn(req))
      if (content === undefined) throw new BrokerError('bid_wrong_state', 'it was not opened')
      await streamAttachment(res, { name: content.name, size: content.size, octets: deps.shelf.opened.open(envelope) })
    }),
  )
  /** one line a step, as JSON, to keep: the audit record holds the SM3 of each */
  router.get(
    '/center/:opening/evidence',
    act(async (visit, req, res) => {
      const { id } = await staffed(deps, visit, textOf(req, 'opening'))
      let steps = await openings.evidence(id)
      res.set({ 'Content-Type': 'application/x-ndjson', 'Content-Disposition': `attachment; filename="evidence-${id}.ndjson"` })
      while (steps.length > 0) {
        for (const step of steps) res.write(`${JSON.stringify(step)}\n`)
        steps = await openings.evidence(id, steps.at(-1)?.seq)
      }
      res.end()
    }),
  )
  return router
}

function companyIn(req: Request): Uscc {
  const uscc = textOf(req, 'uscc')
  if (!isUscc(uscc)) throw new BrokerError('bid_unknown', 'no code of a company')
  return uscc
}
