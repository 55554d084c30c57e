import { Router } from 'express'
import { z } from 'zod'
import { sendPage } from '../../http/answers.ts'
import { readQuery } from '../../http/forms.ts'
import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { MeasureStore } from '../../storage/stores-enforcement.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { listBody } from './list.ts'

/** A company's own measures in the workbench, mounted at /workbench/measures within its door. */
export interface MeasureVisit {
  uscc: Uscc
  frame(page: { title: Words; lead?: Words; inside?: boolean; body: Markup }): string
}

const PAGE = 20

export function createMeasurePages(deps: {
  store: Pick<MeasureStore, 'ofCompany' | 'find'>
  names(): Promise<(center: string) => string>
  visits: Visits<MeasureVisit>
  clock: Clock
}): Router {
  const router = Router()
  router.get(
    '/',
    deps.visits.page(async (visit, req, res) => {
      const { after } = readQuery(req, z.object({ after: z.string().max(60).optional() }))
      const last = after === undefined ? undefined : await deps.store.find(after)
      const rows = await deps.store.ofCompany(visit.uscc, PAGE + 1, last?.uscc === visit.uscc ? last : undefined)
      const measures = rows.slice(0, PAGE)
      const body = listBody(measures, rows.length > PAGE ? measures.at(-1)?.id : undefined, deps.clock.now(), await deps.names())
      const title = { zh: '惩戒措施', en: 'Measures' }
      const lead = {
        zh: '对本企业的联合惩戒措施，谁认定、谁修复。',
        en: 'Measures of joint punishment against the company; who recognised one repairs it.',
      }
      sendPage(res, visit.frame({ title, lead, inside: true, body }))
    }),
  )
  return router
}
