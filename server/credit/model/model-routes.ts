import { Router } from 'express'
import { z } from 'zod'
import { contextOf } from '../../http/context.ts'
import { jsonBody, readForm } from '../../http/forms.ts'
import { asBrokerError, isOurFault } from '../../kernel/errors.ts'
import { MAX_MODEL } from './model.ts'
import type { Models } from './models.ts'

/** Entering a formula on the management port, for the `shield` command. Owns the answer's shape alone: a refusal comes back in it with its facts, which the operator may read. */
export const enterBody = z.object({ text: z.string().max(MAX_MODEL), by: z.string().trim().min(1).max(60) })
export const entered = z.union([z.object({ report: z.string(), revision: z.number() }), z.object({ refused: z.string(), facts: z.string() })])

export function createModelRoutes(models: Models): Router {
  const router = Router()
  router.post('/models', jsonBody(4 * MAX_MODEL), async (req, res) => {
    res.json(await enterOrTell(models, { ...readForm(req, enterBody), trace: contextOf(res).trace }))
  })
  return router
}

/** @param asked as `Models.enter` takes it */
export async function enterOrTell(models: Models, asked: z.infer<typeof enterBody> & { trace: string }): Promise<z.infer<typeof entered>> {
  try {
    return await models.enter(asked.text, asked.by, asked.trace)
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    if (isOurFault(code)) throw thrown
    return { refused: code, facts }
  }
}
