import { Router } from 'express'
import { z } from 'zod'
import { sendPage } from '../../http/answers.ts'
import { readQuery } from '../../http/forms.ts'
import { planRemake } from '../life/remake.ts'
import { applyRoutes } from './apply-routes.ts'
import { listPage } from './list.ts'
import type { SealPagesDeps } from './ports.ts'
import { sealRoutes } from './seal-routes.ts'
import { showPhoneRoutes } from './show-phone-routes.ts'
import { signRoutes } from './sign-routes.ts'

/**
 * The company's seals in its workbench, mounted at /workbench/seals within the workbench's door: the list, applying, one seal and all that is signed for it. Owns the pages alone; what a seal may become, and who may
 * say so, is life/'s, and is asked again whenever something is done.
 */
const MOST_SEALS = 200

export function createSealPages(deps: SealPagesDeps): Router {
  const { life, store, clock, frame } = deps
  const { page } = deps.visits
  const router = Router()

  router.get(
    '/',
    page(async (visit, req, res) => {
      const { done } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      const found = await life.ofCompany(visit.by, MOST_SEALS + 1)
      const seals = found.slice(0, MOST_SEALS)
      const [latest, shields] = await Promise.all([store.latest(seals.map(({ row }) => row.id)), life.shields(visit.by)])
      const editions = new Map(latest.map(edition => [edition.sealId, edition]))
      const now = clock.now()
      const lines = seals.map(seal => {
        const edition = editions.get(seal.row.id)
        const alive = seal.state === 'in-force' || seal.state === 'expired'
        return { seal, edition, plan: edition === undefined || !alive ? undefined : planRemake(edition, shields, now) }
      })
      const words =
        done === 'shown'
          ? { zh: '已登记。需要重新制作的印章，下面标了出来。', en: 'It is known now. Seals to be remade are marked below.' }
          : undefined
      sendPage(res, frame(visit.desk, listPage(visit.desk, { lines, now, more: found.length > MOST_SEALS, done: words })))
    }),
  )
  router.use(showPhoneRoutes(deps))
  router.use(applyRoutes(deps))
  router.use(signRoutes(deps))
  router.use(sealRoutes(deps))
  return router
}
