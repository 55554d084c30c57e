import { type Response, Router } from 'express'
import { tellRefusal } from '../http/tell-refusal.ts'
import type { Words } from '../web/words.ts'
import { approvalRoutes } from './workbench-approval-routes.ts'
import { giveRoutes } from './workbench-give-routes.ts'
import { mandateRoutes } from './workbench-mandate-routes.ts'
import { createVisits, type WorkbenchDeps, type WorkbenchVisits } from './workbench-room.ts'
import { workbenchRoutes } from './workbench-routes.ts'
import { sendToLogin, sessionRoutes } from './workbench-session.ts'

/** What other rooms' pages within the workbench need of it, joined by the composition root. */
export interface Workbench {
  router: Router
  visits: WorkbenchVisits
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
}

/**
 * The company workbench (企业工作台), mounted at /workbench behind the same-site guard: people, mandates, shields, what waits, and the history of what was done with the company's name. Owns the pages and who may
 * see which; what a mandate is and how it changes is mandates.ts's, who somebody is the provider's session's.
 */
export function createWorkbench(deps: WorkbenchDeps): Workbench {
  const visits = createVisits(deps, (req, res) => sendToLogin(deps, req, res))
  const router = Router()
  router.use(sessionRoutes(deps, visits))
  router.use(workbenchRoutes(deps, visits))
  router.use(giveRoutes(deps, visits))
  router.use(mandateRoutes(deps, visits))
  router.use(approvalRoutes(deps, visits))
  return { router, visits, told: async (res, thrown) => ({ words: (await tellRefusal(deps, res, thrown)).words }) }
}

export { workbenchPage } from './pages/frame.ts'
export { WORKBENCH, workbenchClient } from './workbench-room.ts'
