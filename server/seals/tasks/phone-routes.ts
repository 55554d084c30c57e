import { type Request, Router } from 'express'
import { sendPage } from '../../http/answers.ts'
import { jsonBody } from '../../http/forms.ts'
import type { Visits } from '../../http/visits.ts'
import { whereabouts } from '../../http/whereabouts.ts'
import { failures } from '../../kernel/failures.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { phoneAskBody } from '../../web/phone-ask.ts'
import { sealingOn, taskPath } from '../pages/task.ts'
import type { AskShown } from '../phone.ts'
import type { SealingByPhone } from './by-phone.ts'
import { documentNumber, type SealTasks } from './tasks.ts'
import type { SealVisit } from './visit.ts'

/** Sealing a task by phone: asking one, the page with the code, and setting the seals with its answer (browser/seal-phone.js). Mounted beside a task's own routes. */
export interface TaskPhoneDeps {
  tasks: SealTasks
  byPhone: SealingByPhone
  shown(found: Pick<AskShown, 'ask' | 'state'>): AskShown
  visits: Visits<SealVisit>
}

export function taskPhoneRoutes({ tasks, byPhone, shown, visits: { page, act } }: TaskPhoneDeps): Router {
  const router = Router()
  const open = async (visit: SealVisit, req: Request): Promise<SealTask> => await tasks.of(visit.by, textOf(req, 'id'))
  const json = jsonBody(1024)

  router.post(
    '/:id/phone',
    json,
    act(async (visit, req, res) => {
      const task = await open(visit, req)
      const ask = await byPhone.ask(visit.by, task, whereabouts(req))
      res.json({ next: taskPath(task.id, ask === undefined ? '?done=sealed' : `/phone/${ask.id}`) })
    }),
  )
  router.get(
    '/:id/phone/:ask',
    page(async (visit, req, res) => {
      const task = await open(visit, req)
      const { ask, state, ...more } = shown(await byPhone.of(visit.by, task, textOf(req, 'ask')))
      const path = taskPath(task.id, `/phone/${ask.id}`)
      const body = phoneAskBody({
        ...{ ...more, ask, state, path },
        again: taskPath(task.id),
        why: ask.failure === undefined ? undefined : failures[ask.failure],
        words: {
          approved: { zh: '手机已签名，正在盖章，请不要关闭本页。', en: 'Signed on the phone. The seals are being set: keep this page open.' },
          done: { zh: '全部盖好了。', en: 'All are sealed.' },
        },
        ...(state === 'approved' ? { after: sealingOn(path, await byPhone.waiting(ask, task)) } : {}),
      })
      const title = { zh: '用手机银行盖章', en: 'Seal with the bank’s app' }
      sendPage(
        res,
        visit.frame({
          title,
          lead: { zh: `${task.center.name}：${task.title}`, en: 'Check the list on the phone; the seals are set here.' },
          scripts: ['ask.js', 'seal-phone.js'],
          body,
        }),
      )
    }),
  )
  router.post(
    '/:id/phone/:ask/seal/:n',
    json,
    act(async (visit, req, res) => {
      const task = await open(visit, req)
      const { sealed } = await byPhone.seal(visit.by, task, textOf(req, 'ask'), documentNumber(textOf(req, 'n')))
      res.json({ digest: sealed?.digest ?? '' })
    }),
  )
  return router
}

const textOf = ({ params }: Request, name: string): string => {
  const found = params[name]
  return typeof found === 'string' ? found : ''
}
