import { Router } from 'express'
import type { LedgerKeeping } from './keeping.ts'

/** For the management port, mounted at `/`: the ledger held against its rules, and its chain against its journals. */
export function ledgerRoutes(keeping: LedgerKeeping): Router {
  const router = Router()
  router.get('/ledger/check', async (_req, res) => {
    res.json(await keeping.check())
  })
  router.get('/ledger/verify', async (_req, res) => {
    res.json(await keeping.verify())
  })
  return router
}
