/** One thread of threads.ts: does what it is sent, and answers in handfuls, so that whoever waits goes on meanwhile. */
import { parentPort } from 'node:worker_threads'
import { asBrokerError } from './errors.ts'
import type { FromThread, Perform, ToThread } from './thread-messages.ts'

type Any = Perform<unknown, unknown, unknown>

const HANDFUL = 8
const kept = new Map<number, unknown>()
/** by the module's address; one that cannot be loaded stays so, and each of its jobs is told */
const modules = new Map<string, Promise<{ perform: Any }>>()

parentPort?.on('message', async ({ kept: fresh, gone, jobs }: ToThread) => {
  for (const { number, value } of fresh) kept.set(number, value)
  // a key may be gone before its last job's turn
  const asked = jobs.map(job => ({ ...job, kept: job.kept === undefined ? undefined : kept.get(job.kept) }))
  for (const number of gone) kept.delete(number)
  for (let at = 0; at < asked.length; at += HANDFUL) {
    const answers = await Promise.all(asked.slice(at, at + HANDFUL).map(answer))
    parentPort?.postMessage(answers)
  }
})

async function answer({ id, module, job, kept: with_ }: { id: number; module: string; job: unknown; kept: unknown }): Promise<FromThread[number]> {
  try {
    const { perform } = await loaded(module)
    return { id, done: perform(job, with_) }
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return { id, refused: { code, facts } }
  }
}

async function loaded(module: string): Promise<{ perform: Any }> {
  const known = modules.get(module) ?? import(module)
  modules.set(module, known)
  return await known
}
