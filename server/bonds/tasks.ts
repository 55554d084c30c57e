import { type Clock, hours, minutes } from '../kernel/clock.ts'
import { asBrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { BondTask, BondTaskStore } from '../storage/stores-bonds.ts'
import type { EffectStore } from '../storage/stores-effects.ts'
import { taskDoneWrite } from '../storage/writes.ts'
import type { Conduct } from './conduct.ts'
import type { Refunds } from './refunds.ts'
import type { SectionWork } from './section-work.ts'
import type { Alerts } from './signals/alerts.ts'
import type { TaskWrites } from './task-writes.ts'

/** Works off what is written down to be done about bonds, on any number of processes. Owns that a task is gone only once all it asks for is written, and that one that failed comes again. */
export interface BondTasks {
  /** all that is due, also what is written down while it works. Never throws; one run at a time in a process */
  work(): Promise<void>
}

const LEASE = minutes(10)
const AT_ONCE = 20

export function createBondTasks(deps: {
  store: BondTaskStore
  effects: EffectStore
  tasks: TaskWrites
  refunds: Refunds
  sections: SectionWork
  conduct: Conduct
  alerts: Pick<Alerts, 'look'>
  clock: Clock
  log: Log
}): BondTasks {
  const { store, effects, tasks, refunds, sections, conduct, alerts, clock, log } = deps
  let working: Promise<void> | undefined
  /** somebody wrote something down since the last look began */
  let again = false

  async function one(task: BondTask, lease: string): Promise<void> {
    const done = taskDoneWrite(task.id, lease)
    try {
      const what = tasks.read(task)
      if (what.do === 'refund') return await refunds.order(what, task.id, done)
      if (what.do === 'conduct') await conduct.tell(what.sectionId)
      else await sections.work(what, task.id)
      if (what.do === 'opened' && what.bondId === undefined) await alerts.look(what.sectionId)
      await effects.apply(async () => ({ lock: task.id, writes: [done] }))
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      log.error({ failure: code, facts, task: task.id, tries: task.tries }, 'what is to be done about bonds was not done')
      await store.again(task.id, lease, new Date(clock.now().getTime() + Math.min(hours(1), minutes(2 ** Math.min(task.tries, 6)))))
    }
  }

  async function round(): Promise<boolean> {
    const now = clock.now()
    const lease = newId()
    const claimed = await store.claim(lease, { now, until: new Date(now.getTime() + LEASE) }, AT_ONCE)
    for (const task of claimed) await one(task, lease)
    return claimed.length > 0
  }

  return {
    work() {
      again = true
      working ??= (async () => {
        try {
          while (again) {
            again = false
            while (await round());
          }
        } catch (thrown) {
          log.error({ err: thrown }, 'tasks about bonds were not worked at')
        } finally {
          working = undefined
        }
      })()
      return working
    },
  }
}
