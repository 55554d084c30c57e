import { Router } from 'express'
import { contextOf } from '../http/context.ts'
import { jsonBody, readForm } from '../http/forms.ts'
import { enterBody, enterOrTell, MAX_FILE } from './file.ts'

/** Entering the operator's file on the management port, for the `shield` command: a refusal comes back in the answer with its facts, which the operator may read. */
export function createFileRoutes(room: Parameters<typeof enterOrTell>[0]): Router {
  const router = Router()
  router.post('/measures', jsonBody(4 * MAX_FILE), async (req, res) => {
    res.json(await enterOrTell(room, { ...readForm(req, enterBody), trace: contextOf(res).trace }))
  })
  return router
}
