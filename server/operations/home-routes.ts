import { Router } from 'express'
import { sendPage } from '../http/answers.ts'
import { type HomeView, homePage } from './pages/home.ts'

/** `GET /`: what runs where, and the way to a first login. The view is asked each time, because states change. */
export function homeRoutes(view: () => HomeView): Router {
  const router = Router()
  router.get('/', (_req, res) => {
    sendPage(res, homePage(view()))
  })
  return router
}
