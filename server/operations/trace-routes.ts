import { Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { readQuery } from '../http/forms.ts'
import { readTraceCode } from '../kernel/ids.ts'
import { tracePage, traceSearchPage } from './pages/trace.ts'
import { readTrace, type TraceSources } from './trace.ts'

/**
 * The integrator's view of a login: `GET /trace` asks for a code, `GET /trace/:code` shows it, `GET /trace/:code.json` is for programs. Mounted on the management
 * port always, on the public port in the sandbox only: a trace code is short enough to be guessed by somebody patient.
 */
export function traceRoutes(stores: TraceSources): Router {
  const router = Router()
  const asked = z.object({ code: z.string().max(40).optional() })

  router.get('/trace', (req, res) => {
    const { code } = readQuery(req, asked)
    const trace = code === undefined ? undefined : readTraceCode(code)
    if (trace !== undefined) seeOther(res, `/trace/${trace}`)
    else
      res
        .status(code === undefined ? 200 : 404)
        .type('html')
        .send(traceSearchPage(code))
  })

  router.get('/trace/:code.json', async (req, res) => {
    const trace = readTraceCode(req.params.code)
    const view = trace === undefined ? undefined : await readTrace(stores, trace)
    if (view === undefined) res.status(404).json({ error: 'nothing under this code' })
    else res.json(view)
  })

  router.get('/trace/:code', async (req, res) => {
    const trace = readTraceCode(req.params.code)
    const view = trace === undefined ? undefined : await readTrace(stores, trace)
    if (view === undefined)
      res
        .status(404)
        .type('html')
        .send(traceSearchPage(req.params.code.slice(0, 40)))
    else sendPage(res, tracePage(view))
  })
  return router
}
