import { z } from 'zod'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { LIMITS } from './limits.ts'
import { BASE, ID, type SealOperation } from './operation.ts'
import type { SealRoom } from './room.ts'
import { TaskState, taskOf } from './task-words.ts'

/** Many tasks in one request: their states, cancelled together, counted. One that is not this center's does not touch the others. */
const IdsQuestion = z.strictObject({ tasks: z.array(ID).min(1).max(LIMITS.tasks) }).meta({ id: 'IdsQuestion', description: 'Tasks by their ids.' })
const StatesAnswer = z
  .strictObject({
    tasks: z.array(z.strictObject({ id: z.string(), state: z.union([TaskState, z.literal('unknown')]), documents: z.int(), sealed: z.int() })),
  })
  .meta({ id: 'StatesAnswer', description: 'In the order asked.' })
const CancelledAnswer = z
  .strictObject({ tasks: z.array(z.strictObject({ id: z.string(), cancelled: z.boolean(), code: z.string().optional().describe('Why not.') })) })
  .meta({ id: 'CancelledAnswer', description: 'In the order asked.' })
const StatisticsAnswer = z
  .strictObject({
    days: z.array(z.strictObject({ day: z.string(), state: TaskState, tasks: z.int(), documents: z.int() })),
    total: z.strictObject({ open: z.int(), done: z.int(), cancelled: z.int(), expired: z.int() }),
  })
  .meta({ id: 'StatisticsAnswer', description: 'Your tasks by the day (UTC+8) they were opened and their state now.' })
const DAY = z.iso.date()

/** @throws BrokerError seal_task_over */
export async function cancel(room: SealRoom, task: SealTask, trace: string): Promise<SealTask> {
  if (task.state !== 'open') throw new BrokerError('seal_task_over', `the task is ${task.state}`)
  if (task.expert) {
    // first where it is signed: whoever comes first holds
    await room.experts.cancel(task.id, trace).catch(asOver)
    await room.experts.follow(task.id)
    const now = (await room.stores.sealTasks.find(task.id)) ?? task
    if (now.state === 'cancelled') return now
    if (now.state === 'done') throw new BrokerError('seal_task_over', 'the expert has signed it')
  }
  const after = await room.tasks.cancel(task.id, trace).catch(asOver)
  // of an end and a cancel at one moment one holds
  if (after.state !== 'cancelled') throw new BrokerError('seal_task_over', `the task is ${after.state}`)
  return after
}

function asOver(thrown: unknown): never {
  const error = asBrokerError(thrown)
  throw error.code === 'seal_wrong_state' || error.code === 'remote_request_over'
    ? new BrokerError('seal_task_over', error.facts, { cause: thrown })
    : thrown
}

const day = (name: string, zh: string, en: string) => ({ name, in: 'query' as const, about: { zh, en }, schema: { type: 'string', format: 'date' } })
const own = { scope: 'seals.tasks', status: 200 } as const

export const manyTasksOperations: readonly SealOperation[] = [
  {
    ...own,
    path: `${BASE}/tasks:states`,
    name: 'getTaskStates',
    title: { zh: '批量查询状态', en: 'States of many tasks' },
    about: { zh: '最多一百个任务；不是本中心的，答复 unknown。', en: 'Up to 100 tasks; one that is not yours is unknown.' },
    request: IdsQuestion,
    answer: StatesAnswer,
    refusals: [],
    example: { tasks: ['kX3…'] },
    async run(room, ask) {
      const { tasks: ids } = ask.body(IdsQuestion)
      await ask.charge(ids.length)
      const tasks: z.output<typeof StatesAnswer>['tasks'] = []
      for (const id of ids) {
        const task = await taskOf(room, ask.clientId, id).catch(unknown)
        if (task === undefined) tasks.push({ id, state: 'unknown', documents: 0, sealed: 0 })
        else {
          const { state, sealed, count } = await room.tasks.status(task)
          tasks.push({ id, state, documents: count, sealed })
        }
      }
      return { body: { tasks }, items: ids.length }
    },
  },
  {
    ...own,
    path: `${BASE}/tasks:cancel`,
    name: 'cancelTasks',
    title: { zh: '批量撤销', en: 'Cancel many tasks' },
    about: {
      zh: '如项目终止时。一个不能撤销，不影响其他。',
      en: 'When a project ends, say. One that cannot be cancelled does not touch the others.',
    },
    request: IdsQuestion,
    answer: CancelledAnswer,
    refusals: [],
    example: { tasks: ['kX3…'] },
    async run(room, ask) {
      const { tasks: ids } = ask.body(IdsQuestion)
      await ask.charge(ids.length)
      const tasks: z.output<typeof CancelledAnswer>['tasks'] = []
      for (const id of ids) {
        try {
          await cancel(room, await taskOf(room, ask.clientId, id), ask.trace)
          tasks.push({ id, cancelled: true })
        } catch (thrown) {
          const { code } = asBrokerError(thrown)
          if (code !== 'seal_task_unknown' && code !== 'seal_task_over') throw thrown
          tasks.push({ id, cancelled: false, code })
        }
      }
      return { body: { tasks }, items: ids.length }
    },
  },
  {
    ...own,
    method: 'get',
    path: `${BASE}/tasks:statistics`,
    name: 'getStatistics',
    title: { zh: '任务统计', en: 'Statistics' },
    about: { zh: '按发起日和现在的状态计数；最多一年。', en: 'Counts by the day of opening and the state now; at most a year.' },
    parameters: [day('from', '起始日（含）。', 'First day.'), day('to', '截止日（含）。', 'Last day.')],
    answer: StatisticsAnswer,
    refusals: [],
    async run({ stores, clock }, ask) {
      const { from, to } = ask.query(z.strictObject({ from: DAY, to: DAY }))
      // days as China counts them
      const [first, end] = [new Date(`${from}T00:00:00+08:00`), new Date(Date.parse(`${to}T00:00:00+08:00`) + 86_400_000)]
      if (!(first < end) || end.getTime() - first.getTime() > LIMITS.span * 86_400_000)
        throw new BrokerError('bad_request', 'a span that is none or too long', { expected: `from, to: at most ${LIMITS.span} days` })
      const rows = await stores.sealInterface.statistics(ask.clientId, first, end, clock.now())
      const days = rows.map(({ state, ...row }) => ({ ...row, state: TaskState.parse(state) }))
      const total = { open: 0, done: 0, cancelled: 0, expired: 0 }
      for (const { state, tasks } of days) total[state] += tasks
      return { body: { days, total }, items: days.length }
    },
  },
]

function unknown(thrown: unknown): undefined {
  if (asBrokerError(thrown).code !== 'seal_task_unknown') throw thrown
  return undefined
}
