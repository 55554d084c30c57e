import { Router } from 'express'
import { sendPage } from '../http/answers.ts'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { type FailureEntry, failureListPage, failurePage } from './pages/failures.ts'
import { remedyFor } from './remedies.ts'

/** `GET /errors/:code`: where the `type` and `doc_url` of every problem lead. Public: it tells what is in failures.ts and remedies.ts and depends on nothing else. */
export function failureRoutes(): Router {
  const router = Router()
  router.get('/errors', (req, res) => {
    const entries = Object.keys(failures).filter(isCode).map(entryOf)
    if (req.accepts(['html', 'json']) === 'json') res.json(entries)
    else sendPage(res, failureListPage(entries))
  })
  router.get('/errors/:code', (req, res) => {
    const { code } = req.params
    if (!isCode(code)) throw new BrokerError('not_found', 'no failure of this name')
    if (req.accepts(['html', 'json']) === 'json') res.json(entryOf(code))
    else sendPage(res, failurePage(entryOf(code)))
  })
  return router
}

const isCode = (text: string): text is FailureCode => Object.hasOwn(failures, text)

function entryOf(code: FailureCode): FailureEntry {
  const { status, who, zh, en } = failures[code]
  return { code, status, who, said: { zh, en }, remedy: remedyFor(code) }
}
