import express, { type Request, type Response, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { sendPage } from '../../http/answers.ts'
import { contextOf, nameRoute } from '../../http/context.ts'
import { tellRefusal } from '../../http/tell-refusal.ts'
import { readUpload } from '../../http/upload.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { LIMITS } from '../contract.ts'
import { answeredPage, verifyPage } from '../pages/verify.ts'
import type { Verification, Verified } from './verification.ts'

export interface VerifyRouteDeps {
  verification: Verification
  trail: Trail
}

/** `POST /api/seals:verify` for programs; mount there, before the same-site guard: no cookie is read and nothing is changed. The document is the body, its answer the report. */
export function verifyApi({ verification, trail }: VerifyRouteDeps): Router {
  const router = Router()
  const body = express.raw({ type: () => true, limit: LIMITS.document })
  router.post('/', makeRoom(verification), body, async (req, res) => {
    nameRoute(res, '/api/seals:verify')
    if (!Buffer.isBuffer(req.body) || req.body.length === 0)
      throw new BrokerError('bad_request', 'no document', { expected: 'the document’s bytes as the body, Content-Type: application/octet-stream' })
    const report = await verification.verify(req.body)
    await note(trail, contextOf(res).trace, report)
    res.json(report)
  })
  return router
}

/** The public page, mounted at /verify: a file is chosen or dropped, and read once. */
export function verifyPages({ verification, trail }: VerifyRouteDeps): Router {
  const router = Router()
  router.get('/', (_req, res) => sendPage(res, verifyPage({ trace: contextOf(res).trace })))
  router.post('/', async (req, res) => {
    const { trace } = contextOf(res)
    try {
      makeRoom(verification)(req, res)
      const { files } = await readUpload(req, { files: 1, file: LIMITS.document, all: LIMITS.document })
      const [file] = files
      if (file === undefined) throw new BrokerError('bad_request', 'no file was chosen')
      const report = await verification.verify(file.bytes)
      await note(trail, trace, report)
      sendPage(res, answeredPage({ name: file.name, report, trace }))
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
