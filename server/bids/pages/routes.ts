import { Router } from 'express'
import { bidderRoutes } from './bidder-routes.ts'
import { centerRoutes } from './center-routes.ts'
import { custodianRoutes } from './custodian-routes.ts'
import { drillRoutes } from './drill-routes.ts'
import { envelopeRoutes } from './envelope-routes.ts'
import { phoneRoutes } from './phone-routes.ts'
import type { BidPagesDeps } from './ports.ts'

/** Bids in the company workbench, mounted at /workbench/bids within its door: for bidders, for a center's staff and custodians. Owns the pages alone; what may follow on what is opening/'s. */
export function createBidPages(deps: BidPagesDeps): Router {
  const router = Router()
  // before `/:opening`, which would take their names for an opening's
  router.use(centerRoutes(deps))
  router.use(custodianRoutes(deps))
  router.use(envelopeRoutes(deps))
  router.use(drillRoutes(deps))
  router.use(phoneRoutes(deps))
  router.use(bidderRoutes(deps))
  return router
}
