import { type Request, Router } from 'express'
import { z } from 'zod'
import { seeOther } from '../../http/answers.ts'
import { formBody, readForm } from '../../http/forms.ts'
import { newId } from '../../kernel/ids.ts'
import type { BondPagesDeps, BondVisit } from './ports.ts'
import { bondPath } from './words.ts'

/** What a company does about guarantees on its bond's page. Owns that each act is the person's to do, and that the issuer hears of it at once. */
const application = z.object({ issuer: z.string().min(2).max(32), way: z.enum(['bank-guarantee', 'insurance-guarantee']) })

export function guaranteeRoutes(deps: BondPagesDeps): Router {
  const { act } = deps.visits
  const router = Router()

  const acting = (perform: (visit: BondVisit, params: { bond: string; guarantee: string }, req: Request) => Promise<unknown>) => [
    formBody(),
    act(async (visit, req, res) => {
      const bond = String(req.params['bond'])
      await deps.acts.mayGuarantee(visit.company, bond)
      await perform(visit, { bond, guarantee: String(req.params['guarantee']) }, req)
      deps.wake()
      seeOther(res, bondPath(bond))
    }),
  ]
  router.post(
    '/:bond/guarantees',
    ...acting(async ({ company: { identity, trace } }, { bond }, req) => {
      const { issuer, way } = readForm(req, application)
      return await deps.guarantees().applications.apply({ bondId: bond, issuer, way, company: identity }, trace)
    }),
  )
  router.post(
    '/:bond/guarantees/:guarantee/accept',
    ...acting(({ company: { identity, trace } }, { guarantee }, req) => {
      const { offer } = readForm(req, z.object({ offer: z.string().max(60) }))
      return deps.guarantees().applications.accept({ uscc: identity.uscc, id: guarantee }, offer, trace)
    }),
  )
  router.post(
    '/:bond/guarantees/:guarantee/withdraw',
    ...acting(({ company: { identity, trace } }, { guarantee }) =>
      deps.guarantees().applications.withdraw({ uscc: identity.uscc, id: guarantee }, trace),
    ),
  )
  router.post(
    '/:bond/guarantees/:guarantee/amend',
    ...acting(({ company: { identity, trace } }, { guarantee }) =>
      deps.guarantees().applications.amend({ uscc: identity.uscc, id: guarantee }, { amendment: newId() }, trace),
    ),
  )
  router.post(
    '/:bond/guarantees/:guarantee/answer',
    ...acting(({ company: { identity, trace } }, { guarantee }, req) => {
      const asked = readForm(req, z.object({ claim: z.string().max(100), choice: z.enum(['extend', 'pay']) }))
      return deps.guarantees().applications.extendOrPay({ uscc: identity.uscc, id: guarantee }, asked, trace)
    }),
  )
  return router
}
