import { Router } from 'express'
import { z } from 'zod'
import { readQuery } from '../http/forms.ts'
import type { RecognitionUsage, RecognitionUsageStore } from '../storage/stores-recognition.ts'

/** How often centers asked about whose certificates: what the statistics forms are filled from. Owns reading the counts; usage.ts writes them. */
export interface UsageReport {
  rows: readonly RecognitionUsage[]
  /** more rows than one report holds: ask for fewer days */
  cut: boolean
}

/** 79 centers with some ten CAs, kinds and outcomes make some ten thousand a month */
const MOST = 100_000

const span = z.object({ from: z.iso.date(), to: z.iso.date() })

/** @param days YYYY-MM-DD, inclusive, as the calendar in Beijing has it */
export async function usageBetween(store: Pick<RecognitionUsageStore, 'between'>, { from, to }: z.output<typeof span>): Promise<UsageReport> {
  const rows = await store.between(from, to, MOST + 1)
  return { rows: rows.slice(0, MOST), cut: rows.length > MOST }
}

/** For the management port, mounted at `/`. */
export function usageRoutes(store: Pick<RecognitionUsageStore, 'between'>): Router {
  const router = Router()
  router.get('/recognition/usage.json', async (req, res) => {
    res.json(await usageBetween(store, readQuery(req, span)))
  })
  return router
}
