import { expect } from 'chai'
import { type BondTasks, createBondTasks } from '../../server/bonds/tasks.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { BondTask } from '../../server/storage/stores-bonds.ts'

/** Of tasks, when they are looked for: what they do stands in the suites of storage. */
describe('tasks about bonds', () => {
  /** @param look what is found by each look, and what happens during it */
  function tasks(look: (at: number, desk: BondTasks) => BondTask[]): { desk: BondTasks; looks: () => number; done: string[] } {
    let looks = 0
    const done: string[] = []
    const never = () => Promise.reject(new Error('nobody asked for this'))
    const desk: BondTasks = createBondTasks({
      store: {
        claim: async () => look(++looks, desk),
        again: async () => true,
      },
      effects: { apply: async plan => await plan(), take: never },
      tasks: { read: ({ id }) => ({ do: 'conduct', sectionId: id, at: '' }), refundTask: never as never, sectionTask: never as never },
      refunds: { order: never },
      sections: { work: never },
      conduct: { tell: async id => void done.push(id) } as Parameters<typeof createBondTasks>[0]['conduct'],
      alerts: { look: never },
      clock: fixedClock('2026-05-01T00:00:00Z'),
      log: silentLog,
    })
    return { desk, looks: () => looks, done }
  }
  const task = (id: string): BondTask => ({ id, sealed: '', tries: 0 })

  it('are looked for until there are none', async () => {
    const { desk, looks, done } = tasks(at => (at < 3 ? [task(`t${at}`)] : []))
    await desk.work()
    expect([looks(), done]).to.deep.equal([3, ['t1', 't2']])
  })

  it('that are written down while nothing was found are found at once', async () => {
    const written: BondTask[] = []
    const { desk, done } = tasks((at, self) => {
      const found = written.splice(0)
      if (at === 1) {
        written.push(task('late'))
        void self.work()
      }
      return found
    })
    await desk.work()
    expect(done).to.deep.equal(['late'])
  })

  it('are looked for again after a look that failed', async () => {
    const { desk, done } = tasks(at => {
      if (at === 1) throw new Error('the database is away')
      return at === 2 ? [task('one')] : []
    })
    await desk.work()
    await desk.work()
    expect(done).to.deep.equal(['one'])
  })
})
