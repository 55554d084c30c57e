import { Router } from 'express'
import { z } from 'zod'
import { jsonBody, readForm } from '../../http/forms.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { keepersOf, shieldCertificate } from '../custody.ts'
import { known } from '../files/uploads.ts'
import { LIMITS } from '../limits.ts'
import { drillEnvelope } from '../opening/drill.ts'
import { base64 } from './envelope-routes.ts'
import { type BidPagesDeps, openingOf, textOf } from './ports.ts'
import { bidPath } from './words.ts'

/** A bid for a rehearsal, made here for the shield in hand: so that everybody can practise without software for bids. In an opening that counts there is no such thing. */
export function drillRoutes(deps: BidPagesDeps): Router {
  const router = Router()
  router.post(
    '/:opening/drill',
    jsonBody(LIMITS.body),
    deps.visits.act(async ({ bidder, who }, req, res) => {
      const { certificate } = readForm(req, z.strictObject({ certificate: base64 }))
      const opening = await openingOf(deps, textOf(req, 'opening'))
      if (!opening.drill) throw new BrokerError('bid_not_for_this_opening', 'a rehearsal and an opening')
      const now = deps.clock.now()
      if (opening.state !== 'announced' || now >= new Date(opening.opensAt)) throw new BrokerError('bid_late', 'no bids are taken in any more')
      const recipient = shieldCertificate(certificate)
      const rescue = keepersOf(opening)
      const id = deps.newId()
      const envelope = await drillEnvelope({
        opening,
        id,
        bidder,
        recipients: [recipient],
        ...(rescue === undefined ? {} : { rescue }),
        now,
        random: deps.random,
      })
      await deps.shelf.put(id, envelope)
      await deps.openings.register({ openingId: opening.id, ...bidder, envelope: id, certificates: [known(recipient)] }, who)
      res.status(201).json({ next: `${bidPath(opening.id)}?done=registered` })
    }),
  )
  return router
}
