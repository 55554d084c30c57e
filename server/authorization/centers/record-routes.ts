import { Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { callerOf, type Guard } from '../../http/api-guard.ts'
import { contextOf, nameRoute } from '../../http/context.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Stores } from '../../storage/stores.ts'
import type { Holding } from '../held.ts'
import type { EvidenceAnswer } from './answers.ts'
import { viewForCenter } from './mandate-view.ts'
import type { Scope } from './ports.ts'

export interface RecordRouteDeps {
  guard: Guard<Scope>
  stores: Pick<Stores, 'shown' | 'evidence'>
  holding: Holding
  trail: Trail
  clock: Clock
}

/** `mandates/{id}` and `evidence/{id}`: what a center may look at. What is not for it is unknown to it. */
export function recordRoutes({ guard, stores, holding, trail, clock }: RecordRouteDeps): Router {
  const router = Router()

  router.get('/mandates/:id', ...guard.look('authorization.read'), async (req, res) => {
    nameRoute(res, '/api/authorization/mandates/{id}')
    await guard.charge(res, 1)
    const { clientId } = callerOf(res)
    const id = String(req.params['id'])
    const shown = isId(id) ? await stores.shown.ofCenter(id, clientId) : undefined
    if (shown === undefined) throw new BrokerError('mandate_unknown', 'no such mandate, or not used at this center and not shown to it')
    const answer = viewForCenter(shown, holding, clientId, clock.now())
    const facts = { client: clientId, kind: 'mandate', items: 1, mandate: id, outcomes: answer.state }
    await trail.append({ code: 'authorization.answered', trace: contextOf(res).trace, facts })
    res.json(answer)
  })

  router.get('/evidence/:id', ...guard.look('authorization.read'), async (req, res) => {
    nameRoute(res, '/api/authorization/evidence/{id}')
    await guard.charge(res, 1)
    const { clientId } = callerOf(res)
    const id = String(req.params['id'])
    const found = isId(id) ? await stores.evidence.find(id) : undefined
    if (found?.clientId !== clientId) throw new BrokerError('evidence_unknown', 'no such evidence of a request of this center')
    const { kind, text, cms, thumbprint, membershipId, at } = found
    await trail.append({
      code: 'authorization.answered',
      trace: contextOf(res).trace,
      facts: { client: clientId, kind: 'evidence', items: 1, evidence: id, outcomes: kind },
    })
    res.json({ id, kind, subject: membershipId, text, cms, thumbprint, at } satisfies EvidenceAnswer)
  })
  return router
}

const isId = (text: string): boolean => /^[\w-]{1,60}$/.test(text)
