import type { Log } from '../kernel/log.ts'

/** What is done again and again while the process runs, on any number of processes. */
export interface Chore {
  /** for the log, where it failed */
  what: string
  /** milliseconds */
  every: number
  work: () => Promise<unknown>
}

/** Starts the chores; what fails is logged, and tried again at its next turn. Keeps no finished program alive. @returns ends them */
export function keepHouse(log: Log, chores: readonly Chore[]): () => void {
  const timers = chores.map(({ what, every, work }) => setInterval(() => void quietly(log, what, work), every).unref())
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

/** Never throws. */
export async function quietly(log: Log, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    log.error({ err: thrown }, `${what} failed`)
  }
}
