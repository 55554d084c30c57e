import express, { type Request, type Response, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { sendPage } from '../../http/answers.ts'
import { contextOf, nameRoute } from '../../http/context.ts'
import { tellRefusal } from '../../http/tell-refusal.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { LIMITS } from '../contract.ts'
import { answeredPage } from '../pages/verified.ts'
import { verifyPage } from '../pages/verify.ts'
import { JSON_LIMIT, type Question, readFormQuestion, readJsonQuestion } from './question.ts'
import type { Verification, Verified } from './verification.ts'

export interface VerifyRouteDeps {
  verification: Verification
  trail: Trail
}

/**
 * `POST /api/seals:verify` for programs; mount there, before the same-site guard: no cookie is read and nothing is changed. The document is the body, its answer the report; a signature and what it stands beside come as
 * JSON or as a form (question.ts).
 */
export function verifyApi({ verification, trail }: VerifyRouteDeps): Router {
  const router = Router()
  const bytes = express.raw({ type: () => true, limit: LIMITS.document })
  const json = express.raw({ type: () => true, limit: JSON_LIMIT })
  router.post(
    '/',
    makeRoom(verification),
    (req, res, next) => {
      nameRoute(res, '/api/seals:verify')
      if (isForm(req)) return next()
      return isJson(req) ? json(req, res, next) : bytes(req, res, next)
    },
    async (req, res) => {
      const { bytes: asked, file } = isForm(req) ? await readFormQuestion(req) : bodyQuestion(req)
      const report = await verification.verify(asked, file)
      await note(trail, contextOf(res).trace, report)
      res.json(report)
    },
  )
  return router
}

const isForm = (req: Request): boolean => typeof req.is('multipart/form-data') === 'string'
const isJson = (req: Request): boolean => typeof req.is('application/json') === 'string'

function bodyQuestion(req: Request): Question {
  const { body } = req
  if (!Buffer.isBuffer(body) || body.length === 0)
    throw new BrokerError('bad_request', 'no document', { expected: 'the document’s bytes as the body, Content-Type: application/octet-stream' })
  return isJson(req) ? readJsonQuestion(body.toString('utf8')) : { name: '', bytes: body }
}

/** The public page, mounted at /verify: files are chosen or dropped, and read once. */
export function verifyPages({ verification, trail }: VerifyRouteDeps): Router {
  const router = Router()
  router.get('/', (_req, res) => sendPage(res, verifyPage({ trace: contextOf(res).trace })))
  router.post('/', async (req, res) => {
    const { trace } = contextOf(res)
    try {
      makeRoom(verification)(req, res)
      const { name, bytes, file } = await readFormQuestion(req)
      const report = await verification.verify(bytes, file)
      await note(trail, trace, report)
      sendPage(res, answeredPage({ name, report, trace }))
    } catch (thrown) {
      const { words } = await tellRefusal({ trail }, res, thrown)
      sendPage(res, verifyPage({ trace, problem: words }))
    }
  })
  return router
}

/** Before a body is read: what would be too much is not taken in. Given back when the answer is out or nobody waits for it any more. */
function makeRoom({ reserve }: Verification) {
  return (req: Request, res: Response, next?: () => void): void => {
    const announced = Number(req.get('content-length'))
    res.once('close', reserve(Number.isSafeInteger(announced) ? Math.max(0, announced - FORM) : undefined))
    next?.()
  }
}
/** what a form adds to its file */
const FORM = 4096

const note = (trail: Trail, trace: string, { format, seals, document }: Verified): Promise<void> =>
  trail.append({
    code: 'seal.verified',
    trace,
    facts: { format, digest: document.digest, seals: seals.length, intact: seals.filter(({ intact }) => intact === 'yes').length },
  })
