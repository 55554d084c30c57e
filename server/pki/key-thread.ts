/** One thread of key-work.ts: does what it is sent, and answers in handfuls, so that whoever waits goes on meanwhile. */
import type { KeyObject } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { asBrokerError } from '../kernel/errors.ts'
import { type FromThread, perform, type ToThread } from './key-jobs.ts'

const HANDFUL = 8
const keys = new Map<number, KeyObject>()

parentPort?.on('message', ({ keys: fresh, gone, jobs }: ToThread) => {
  for (const { number, key } of fresh) keys.set(number, key)
  for (const number of gone) keys.delete(number)
  for (let at = 0; at < jobs.length; at += HANDFUL) parentPort?.postMessage(jobs.slice(at, at + HANDFUL).map(answer))
})

function answer({ id, key: number, job }: ToThread['jobs'][number]): FromThread[number] {
  try {
    const key = keys.get(number)
    if (key === undefined) throw new Error('a key that was not sent')
    return { id, done: perform(key, job) }
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return { id, refused: { code, facts } }
  }
}
