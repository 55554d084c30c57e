import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendPage } from '../http/answers.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { allowOnPage } from '../http/headers.ts'
import { tellRefusal } from '../http/tell-refusal.ts'
import type { Words } from '../web/words.ts'
import { approvalFacts, approvalPage, approvalPath, stampOf } from './pages/approval.ts'
import { signPage } from './pages/sign.ts'
import { lineFeeds } from './workbench-mandate-routes.ts'
import { idOf, type Visit, type WorkbenchDeps, type WorkbenchVisits } from './workbench-room.ts'

/** A second pair of eyes: what waits for this person, to be agreed to with the shield or refused. Who is concerned decides approvals.ts. */
const agreement = z.looseObject({
  signature: z
    .string()
    .min(1)
    .max(48 * 1024),
  text: z.string().min(1).max(8000),
})

const DONE: Partial<Record<string, Words>> = {
  agreed: { zh: '您已同意。', en: 'You agreed.' },
  refused: { zh: '您不同意，没有办理。', en: 'You refused; nothing was done.' },
}

export function approvalRoutes({ approvals, agentUrl, ...deps }: WorkbenchDeps, { page, act }: WorkbenchVisits): Router {
  const router = Router()
  const body = formBody(160 * 1024)

  /** Whom it waits for gets the words to sign; everybody else concerned, how far it is. */
  async function show(
    visit: Visit,
    req: Request,
    res: Response,
    said: { done?: Words | undefined; problem?: Words | undefined } = {},
  ): Promise<void> {
    const { approval, progress, text } = await approvals.view(visit.by, idOf(req))
    if (text === undefined) return sendPage(res, approvalPage(visit.desk, { approval, progress, ...said }))
    allowOnPage(res, { connect: [agentUrl] })
    const view = {
      title: { zh: `${approval.actor.name}请您同意`, en: 'Your agreement is asked' },
      lead: {
        zh: `共需 ${progress.needed} 人同意，已有 ${progress.agreed.length} 人。最后一人同意后立即办理。`,
        en: `${progress.needed} have to agree, ${progress.agreed.length} did. It is done as soon as the last one agrees.`,
      },
      place: 'overview' as const,
      action: approvalPath(approval.id, 'agree'),
      text,
      sendText: true,
      button: { zh: '签名并同意', en: 'Sign and agree' },
      agentUrl,
      problem: said.problem,
      summary: approvalFacts(approval),
      others: [{ action: approvalPath(approval.id, 'refuse'), button: { label: { zh: '不同意', en: 'Refuse' }, look: 'secondary' as const } }],
      back: '/workbench',
    }
    sendPage(res, signPage(visit.desk, view))
  }

  router.get(
    '/approvals/:id',
    page(async (visit, req, res) => {
      const { done = '' } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      await show(visit, req, res, { done: Object.hasOwn(DONE, done) ? DONE[done] : undefined })
    }),
  )
  // a form's answer would be no answer to a script: whoever is no longer logged in is told so
  router.get(
    '/approvals/:id/progress',
    act(async (visit, req, res) => {
      await approvals.view(visit.by, idOf(req))
      res.json({ stamp: stampOf(await approvals.progress(idOf(req))) })
    }),
  )
  for (const decision of ['agree', 'refuse'] as const) {
    router.post(
      `/approvals/:id/${decision}`,
      body,
      act(async (visit, req, res) => {
        try {
          if (decision === 'refuse') await approvals.answer(visit.by, idOf(req), { decision })
          else {
            const { text, signature } = readForm(req, agreement)
            await approvals.answer(visit.by, idOf(req), { decision, text: lineFeeds(text), cms: signature })
          }
        } catch (thrown) {
          const { words } = await tellRefusal(deps, res, thrown)
          return await show(visit, req, res, { problem: words })
        }
        seeOther(res, `${approvalPath(idOf(req))}?done=${decision === 'refuse' ? 'refused' : 'agreed'}`)
      }),
    )
  }
  return router
}
