import { type Request, Router } from 'express'
import { z } from 'zod'
import { seeOther, sendAttachment, sendPage } from '../../http/answers.ts'
import { contextOf } from '../../http/context.ts'
import { jsonBody, readForm, readQuery } from '../../http/forms.ts'
import { allowOnPage } from '../../http/headers.ts'
import { readUpload } from '../../http/upload.ts'
import type { Visits } from '../../http/visits.ts'
import { asBrokerError } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import type { SealTask, SealTaskDocument } from '../../storage/stores-seal-tasks.ts'
import { type Placement, SEALED_TYPES } from '../contract.ts'
import { newTaskBody, taskBody, taskPath, taskTitle } from '../pages/task.ts'
import { taskListBody } from '../pages/task-list.ts'
import { pagingFor } from '../paging.ts'
import type { SealingByPhone } from './by-phone.ts'
import { handStrokes } from './handwritten.ts'
import { type TaskPhoneDeps, taskPhoneRoutes } from './phone-routes.ts'
import { placeRoutes } from './place-routes.ts'
import type { Placing } from './placing.ts'
import type { SealDesk, Sealer } from './ports.ts'
import type { Sealing } from './sealing.ts'
import { documentNumber, type SealTasks } from './tasks.ts'
import type { SealVisit } from './visit.ts'

/** A person's sealing tasks, mounted at /workbench/seals/tasks behind the same-site guard: begun by themselves or by a center, sealed with the shield through browser/seal-list.js. */
export interface TaskRouteDeps {
  tasks: SealTasks
  sealing: Sealing
  placing: Placing
  seals: SealDesk
  /** all of a company, the newest first */
  tasksOf(enterpriseId: string, limit: number, before?: { createdAt: string; id: string }): Promise<SealTask[]>
  visits: Visits<SealVisit>
  byPhone: SealingByPhone
  shown: TaskPhoneDeps['shown']
  /** what this person has shown by a bank's app */
  phonesOf(by: Sealer): Promise<{ der: string; name: string }[]>
  agentUrl: string
  /** our own pages, where a task of a person begins */
  home: { id: string; name: string }
  now(): Date
}

const PAGE = 30
const UPLOAD = { files: 50, file: 64 * 1024 * 1024, all: 128 * 1024 * 1024 }
/** a day for whoever began it themselves */
const OWN_TIME = 86_400_000
/** millimetres: a company's seal, and from its centre to the lower right corner of the page */
const USUAL = { width: 40, height: 40 }
const CORNER = 50
const base64 = (bytes: number) =>
  z
    .string()
    .min(1)
    .max(bytes * 2)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
const fitForm = z.strictObject({ seal: z.string().max(60), certificate: base64(16 * 1024), hand: handStrokes.optional() })
const listForm = z.strictObject({ text: z.string().min(1).max(200_000), signature: base64(512 * 1024) })
const sealForm = z.strictObject({ signature: base64(2048) })
const placeForm = z.object({
  where: z.enum(['corner', 'words', 'edge', 'none']),
  words: z.string().max(60).default(''),
  page: z.coerce.number().int().min(1).max(5000).catch(1),
})

export function taskRoutes({ tasks, sealing, seals, visits, byPhone, ...deps }: TaskRouteDeps): Router {
  const router = Router()
  const { page, act } = visits
  router.use(placeRoutes({ tasks, placing: deps.placing, visits }))
  router.use(taskPhoneRoutes({ tasks, byPhone, shown: deps.shown, visits }))

  async function open(visit: SealVisit, req: Request): Promise<SealTask> {
    return await tasks.of(visit.by, textOf(req, 'id'))
  }
  const asked = (perform: (visit: SealVisit, task: SealTask, n: number, req: Request) => Promise<object>) =>
    act(async (visit, req, res) => {
      res.json(await perform(visit, await open(visit, req), documentNumber(textOf(req, 'n')), req))
    })

  router.get(
    '/',
    page(async (visit, req, res) => {
      const { at, id } = readQuery(req, z.object({ at: z.iso.datetime().optional(), id: z.string().max(60).optional() }))
      const found = await deps.tasksOf(visit.by.enterpriseId, PAGE + 1, at === undefined || id === undefined ? undefined : { createdAt: at, id })
      // what somebody else is asked by name is theirs alone, but for the legal representative
      const mine = found
        .slice(0, PAGE)
        .filter(({ membershipId }) => visit.representative || membershipId === undefined || membershipId === visit.by.membershipId)
      const lines = await Promise.all(mine.map(async task => ({ task, status: await tasks.status(task) })))
      const last = found.length > PAGE ? found[PAGE - 1] : undefined
      const next = last && `${taskPath('')}?${new URLSearchParams({ at: last.createdAt, id: last.id })}`
      sendPage(res, visit.frame({ title: { zh: '盖章任务', en: 'Sealing tasks' }, body: taskListBody(lines, next) }))
    }),
  )
  router.get(
    '/new',
    page(async (visit, _req, res) => sendPage(res, newPage(visit, undefined))),
  )
  router.post(
    '/new',
    act(async (visit, req, res) => {
      try {
        const { files, fields } = await readUpload(req, UPLOAD)
        const { trace } = contextOf(res)
        const wish = readForm({ body: fields }, placeForm)
        const task = await tasks.open({
          enterpriseId: visit.by.enterpriseId,
          membershipId: visit.by.membershipId,
          center: deps.home,
          handwriting: true,
          title: files.length === 1 ? (files[0]?.name ?? '') : `${files.length} 个文件`,
          documents: files.map(({ name, bytes }) => ({ name, bytes, places: placesOf(wish, bytes), movable: true as const })),
          trace,
          expiresAt: new Date(deps.now().getTime() + OWN_TIME).toISOString(),
        })
        seeOther(res, taskPath(task.id))
      } catch (thrown) {
        const { status, zh, en } = failures[asBrokerError(thrown).code]
        if (status >= 500) throw thrown
        res.status(status)
        sendPage(res, newPage(visit, { zh, en }))
      }
    }),
  )

  router.get(
    '/:id',
    page(async (visit, req, res) => {
      const { done = '' } = readQuery(req, z.object({ done: z.string().max(20).optional() }))
      const task = await open(visit, req)
      const [status, documents, usable, phones, answered] = await Promise.all([
        tasks.status(task),
        tasks.documents(task),
        seals.ofCompany(visit.by.enterpriseId, 50),
        deps.phonesOf(visit.by),
        byPhone.answered(visit.by, task),
      ])
      allowOnPage(res, { connect: [deps.agentUrl] })
      const view = {
        ...{ task, status, documents, seals: usable, phones, agentUrl: deps.agentUrl },
        answered: answered && taskPath(task.id, `/phone/${answered.id}`),
        done: done === 'sealed' && status.state === 'done',
      }
      const scripts = ['shield-agent.js', 'seal-place.js', 'seal-hand.js', 'seal-check.js', 'seal-phone.js']
      sendPage(res, visit.frame({ ...taskTitle(view), scripts, body: taskBody(view) }))
    }),
  )

  const json = jsonBody(1024 * 1024)
  router.post(
    '/:id/fit/:n',
    json,
    asked(async (visit, task, n, req) => {
      const { seal, certificate, hand } = readForm(req, fitForm)
      const chosen = { sealId: seal, certificate: Buffer.from(certificate, 'base64'), ...(hand === undefined ? {} : { hand }) }
      const { order } = await sealing.fit(visit.by, task, n, chosen)
      return { hash: order?.hash ?? '' }
    }),
  )
  router.get(
    '/:id/list',
    asked(async (visit, task) => {
      const { text, documents } = await sealing.list(visit.by, task)
      return { text, documents: documents.map(({ n }) => n) }
    }),
  )
  router.post(
    '/:id/list',
    json,
    asked(async (visit, task, _n, req) => {
      const { text, signature } = readForm(req, listForm)
      return { evidence: await sealing.begin(visit.by, task, { text, cms: signature }) }
    }),
  )
  router.get(
    '/:id/items/:n',
    asked(async (visit, task, n) => ({ item: (await sealing.item(visit.by, task, n)).toString('base64') })),
  )
  router.post(
    '/:id/seal/:n',
    json,
    asked(async (visit, task, n, req) => {
      const { sealed } = await sealing.seal(visit.by, task, n, Buffer.from(readForm(req, sealForm).signature, 'base64'))
      return { digest: sealed?.digest ?? '' }
    }),
  )

  router.get(
    '/:id/documents/:n/:which',
    page(async (visit, req, res) => {
      const task = await open(visit, req)
      const which = textOf(req, 'which') === 'sealed' ? 'sealed' : 'original'
      const document = await tasks.document(task, documentNumber(textOf(req, 'n')))
      const name = which === 'sealed' ? sealedName(document) : document.name
      sendAttachment(res, { type: SEALED_TYPES[document.format], name, bytes: await tasks.bytes(document, which) })
    }),
  )
  return router
}

const newPage = (visit: SealVisit, problem: { zh: string; en: string } | undefined): string =>
  visit.frame({
    title: { zh: '盖章', en: 'Seal documents' },
    lead: { zh: '选文件、选位置，下一步用盾盖章。', en: 'Choose documents and a place; then seal with the shield.' },
    body: newTaskBody({ problem }),
  })

/** Where the person begins; on the task's page they see it and move it. @throws BrokerError seal_place_unusable */
function placesOf({ where, words, page }: z.output<typeof placeForm>, bytes: Buffer): Placement[] {
  const paging = pagingFor(bytes)
  if (paging === undefined || where === 'none') return []
  const place = (): Placement => {
    if (where === 'words') return { kind: 'keyword', words: words.trim() }
    if (where === 'edge') return { kind: 'edge' }
    const pages = paging.pages(bytes)
    const number = Math.min(page, pages.length)
    const { width = 0, height = 0 } = pages[number - 1] ?? {}
    return { kind: 'at', page: number, x: Math.max(width / 2, width - CORNER), y: Math.max(height / 2, height - CORNER) }
  }
  const places = [place()]
  paging.boxes(bytes, places, USUAL)
  return places
}

function sealedName({ name, format }: Pick<SealTaskDocument, 'name' | 'format'>): string {
  // beside its file, and called after it
  if (format === 'cms') return `${name}.p7s`
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name}-已盖章` : `${name.slice(0, dot)}-已盖章${name.slice(dot)}`
}

const textOf = ({ params }: Request, name: 'id' | 'n' | 'which'): string => {
  const found = params[name]
  return typeof found === 'string' ? found : ''
}
