import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import type { KnownCompany } from '../../storage/stores-seal-interface.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { LIMITS } from './limits.ts'
import { endOf, openTask } from './open-task.ts'
import { BASE, nextOf, PAGED, Paged, type SealOperation, when } from './operation.ts'
import type { SealRoom } from './room.ts'
import { cancel, manyTasksOperations } from './task-batches.ts'
import { ownTask, signUrl, TaskAnswer, TaskList, TaskQuestion, TaskState, taskOf, tellTask } from './task-words.ts'

/** Sealing tasks: opened, looked at, urged, extended, cancelled, counted. A center sees its own alone. */
const ExtendQuestion = z.strictObject({ expires_at: when }).meta({ id: 'ExtendQuestion', description: 'The new end.' })
const SignUrlAnswer = z
  .strictObject({ url: z.string(), expires_at: when })
  .meta({ id: 'SignUrlAnswer', description: 'Send the person there, or draw it as a QR code.' })
const ListQuery = Paged.extend({
  state: TaskState.optional(),
  reference: z.string().min(1).max(100).optional(),
  company: z.string().max(18).optional(),
})

/** Compare-and-set until it holds or the task is over. @throws BrokerError seal_task_over */
async function changed({ stores }: SealRoom, task: SealTask, save: (now: SealTask) => Promise<SealTask | undefined>): Promise<SealTask> {
  for (let now: SealTask | undefined = task; now !== undefined; now = await stores.sealTasks.find(task.id)) {
    if (now.state !== 'open') break
    const saved = await save(now)
    if (saved !== undefined) return saved
  }
  throw new BrokerError('seal_task_over', `the task is no longer open`)
}

const query = (name: string, zh: string, en: string, schema: Record<string, unknown> = { type: 'string' }) => ({
  name,
  in: 'query' as const,
  about: { zh, en },
  schema,
})
const own = { scope: 'seals.tasks', status: 200 } as const

export const taskOperations: readonly SealOperation[] = [
  {
    ...own,
    path: `${BASE}/tasks`,
    name: 'openTask',
    title: { zh: '发起盖章', en: 'Open a task' },
    about: {
      zh: '请某人，或某企业任何有权用章的人，为这些文件盖章；自己保管的大文件只给摘要。答复里有盖章页面的地址。只能请在本中心登录过的人和企业。同一幂等键、同一内容即同一任务。',
      en: 'Asks a person, or anybody of a company who may use the seal, to seal these documents; of a file that you keep, hand in its digests. The answer has the address of the page. Only people and companies that logged in at your center can be asked. The same key with the same content is the same task.',
    },
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        about: { zh: '必填：每项任务一个键。', en: 'Needed: one key for each task.' },
        schema: { type: 'string', minLength: 8, maxLength: 128 },
      },
    ],
    request: TaskQuestion,
    status: 201,
    answer: TaskAnswer,
    refusals: [
      'seal_asked_unknown',
      'seal_upload_unknown',
      'seal_document_unusable',
      'seal_place_unusable',
      'seal_date_unusable',
      'seal_picture_unusable',
      'idempotency_key_reused',
    ],
    example: {
      company: '91350200556207664B',
      title: '投标文件盖章',
      documents: [{ document: 'kX3…', places: [{ kind: 'keyword', words: '（盖章）' }] }],
    },
    async run(room, ask) {
      const { task, again } = await openTask(room, ask, ask.body(TaskQuestion))
      return { body: await tellTask(room, task), items: task.count, outcome: task.id, ...(again ? { again } : {}) }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/tasks`,
    name: 'listTasks',
    title: { zh: '任务列表', en: 'List tasks' },
    about: { zh: '本中心的任务，可按状态、业务编号、企业筛选。', en: 'Your tasks, by state, reference or company.' },
    parameters: [
      query('state', '状态。', 'State.', { type: 'string', enum: TaskState.options }),
      query('reference', '业务编号。', 'Your number of the case.'),
      query('company', '统一社会信用代码。', 'Code of the company.'),
      ...PAGED,
    ],
    answer: TaskList,
    refusals: ['seal_task_unknown'],
    async run(room, ask) {
      const { limit, before, state, reference, company } = ask.query(ListQuery)
      const { sealInterface } = room.stores
      const from = before === undefined ? undefined : await taskOf(room, ask.clientId, before)
      const known = company === undefined ? undefined : await sealInterface.company(ask.clientId, { uscc: company })
      if (company !== undefined && known === undefined) return { body: { tasks: [] }, items: 0 }
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(reference === undefined ? {} : { reference }),
        ...(known === undefined ? {} : { enterpriseId: known.id }),
      }
      const found = await sealInterface.tasks(ask.clientId, filter, room.clock.now(), limit, from)
      const companies = new Map<string, KnownCompany>()
      const tasks: z.output<typeof TaskAnswer>[] = []
      for (const task of found) tasks.push(await tellTask(room, task, companies))
      return { body: { tasks, ...nextOf(found, limit, ({ id }) => id) }, items: found.length }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/tasks/{id}`,
    name: 'getTask',
    title: { zh: '任务详情', en: 'Look at a task' },
    about: { zh: '状态、已盖份数、期限和盖章地址。', en: 'Its state, how many are sealed, its end, and where to seal.' },
    answer: TaskAnswer,
    refusals: ['seal_task_unknown'],
    run: async (room, ask) => ({ body: await tellTask(room, await ownTask(room, ask)) }),
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/tasks/{id}/sign-url`,
    name: 'getSignUrl',
    title: { zh: '盖章链接', en: 'Where to seal' },
    about: {
      zh: '请办理人打开；需登录，地址本身不授予任何权限。',
      en: 'For the person to open. They log in there: the address alone allows nothing.',
    },
    answer: SignUrlAnswer,
    refusals: ['seal_task_unknown', 'seal_task_over'],
    async run(room, ask) {
      const task = await ownTask(room, ask)
      const { state } = await room.tasks.status(task)
      if (state !== 'open') throw new BrokerError('seal_task_over', `the task is ${state}`)
      return { body: { url: signUrl(room, task), expires_at: task.expiresAt } }
    },
  },
  {
    ...own,
    path: `${BASE}/tasks/{id}:cancel`,
    name: 'cancelTask',
    title: { zh: '撤销任务', en: 'Cancel a task' },
    about: { zh: '未盖的不再盖；已盖的仍然有效。', en: 'What is not sealed will not be; what is stays sealed.' },
    answer: TaskAnswer,
    refusals: ['seal_task_unknown', 'seal_task_over'],
    run: async (room, ask) => ({ body: await tellTask(room, await cancel(room, await ownTask(room, ask), ask.trace)) }),
  },
  {
    ...own,
    path: `${BASE}/tasks/{id}:extend`,
    name: 'extendTask',
    title: { zh: '延长期限', en: 'Extend a task' },
    about: {
      zh: '新的期限，最多九十天后；已过期未撤销的也可延长。',
      en: 'A new end, at most 90 days ahead; one whose time is over can be extended, too.',
    },
    request: ExtendQuestion,
    answer: TaskAnswer,
    refusals: ['seal_task_unknown', 'seal_task_over'],
    example: { expires_at: '2027-03-20T08:00:00Z' },
    async run(room, ask) {
      const task = await ownTask(room, ask)
      if (task.expert) throw new BrokerError('bad_request', 'a task of an expert', { expected: 'one of a company; for an expert open a new task' })
      const expiresAt = endOf(room, ask.body(ExtendQuestion))
      const saved = await changed(room, task, now => room.stores.sealInterface.extend({ ...now, expiresAt }))
      return { body: await tellTask(room, saved) }
    },
  },
  {
    ...own,
    path: `${BASE}/tasks/{id}:urge`,
    name: 'urgeTask',
    title: { zh: '催办', en: 'Urge' },
    about: {
      zh: '在办理人的企业工作台上标明已催办；每小时最多一次。',
      en: 'Shows in the company’s workbench that you are waiting; at most once an hour.',
    },
    answer: TaskAnswer,
    refusals: ['seal_task_unknown', 'seal_task_over'],
    async run(room, ask) {
      const task = await ownTask(room, ask)
      const { state } = await room.tasks.status(task)
      if (state !== 'open') throw new BrokerError('seal_task_over', `the task is ${state}`)
      const at = room.clock.now()
      const saved = await changed(room, task, async now => {
        if (now.urged !== undefined && at.getTime() - Date.parse(now.urged.at) < LIMITS.urge)
          throw new BrokerError('too_many_requests', 'urged less than an hour ago', { received: now.urged.at, expected: 'once an hour' })
        return await room.stores.sealTasks.save({ ...now, urged: { times: (now.urged?.times ?? 0) + 1, at: at.toISOString() } })
      })
      return { body: await tellTask(room, saved) }
    },
  },
  ...manyTasksOperations,
]
