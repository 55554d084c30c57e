import { type Request, type Response, Router } from 'express'
import { seeOther } from '../http/answers.ts'
import { createOwnLogin, type OwnLogin } from '../http/own-login.ts'
import { offerOnFailure } from '../http/respond.ts'
import type { WorkbenchDeps, WorkbenchVisits } from './workbench-room.ts'
import { WORKBENCH } from './workbench-room.ts'

/** The way in: through the ordinary login, and back (http/own-login.ts). */
type LoginDeps = Pick<WorkbenchDeps, 'cookies' | 'publicUrl'>

const loginOf = ({ cookies, publicUrl }: LoginDeps): OwnLogin => createOwnLogin({ cookies, publicUrl, clientId: WORKBENCH, place: '/workbench' })

export const sendToLogin = (deps: LoginDeps, req: Request, res: Response): void => loginOf(deps).send(req, res)

export function sessionRoutes(deps: WorkbenchDeps, visits: Pick<WorkbenchVisits, 'entered'>): Router {
  const login = loginOf(deps)
  const router = Router()
  router.get('/in', async (req, res) => {
    offerOnFailure(res, { restart: { href: '/workbench', label: { zh: '重新进入企业工作台', en: 'Enter the workbench again' } } })
    const back = login.returned(req, res)
    await visits.entered(req, res)
    seeOther(res, back)
  })
  return router
}
