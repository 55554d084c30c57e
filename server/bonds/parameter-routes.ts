import { Router } from 'express'
import { z } from 'zod'
import { contextOf } from '../http/context.ts'
import { jsonBody, readForm } from '../http/forms.ts'
import { asBrokerError, isOurFault } from '../kernel/errors.ts'
import { MAX_FILE } from './calendar/year.ts'
import type { BondParameters } from './parameters.ts'

/** Entering calendar years, rates and banks' hours on the management port, for the `shield` command. Owns the answer's shape alone: a refusal comes back in it with its facts, which the operator may read. */
export const enterBody = z.object({
  kind: z.enum(['calendar', 'deposit-rate', 'loan-rate', 'bank-times']),
  text: z.string().max(MAX_FILE),
  by: z.string().trim().min(1).max(60),
})
export const entered = z.union([z.object({ key: z.string(), revision: z.number() }), z.object({ refused: z.string(), facts: z.string() })])

export function createParameterRoutes(parameters: BondParameters): Router {
  const router = Router()
  router.post('/parameters', jsonBody(4 * MAX_FILE), async (req, res) => {
    const { kind, text, by } = readForm(req, enterBody)
    res.json(await enterOrTell(parameters, { kind, text, by, trace: contextOf(res).trace }))
  })
  return router
}

/** @param asked as `BondParameters.enter` takes it */
export async function enterOrTell(
  parameters: BondParameters,
  asked: z.infer<typeof enterBody> & { trace: string },
): Promise<z.infer<typeof entered>> {
  try {
    return await parameters.enter(asked.kind, asked.text, asked.by, asked.trace)
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    if (isOurFault(code)) throw thrown
    return { refused: code, facts }
  }
}
