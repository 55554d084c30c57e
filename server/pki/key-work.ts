/**
 * Signing, verifying and SM2 decryption beside the event loop: most of what a message of a bank costs is done with keys, and everybody else waits for it. Owns the threads and what they are sent. Until `startKeyThreads`
 * the same is done at once, where it is asked for; so also when a thread is lost.
 */
import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { BrokerError, type FailureCode } from '../kernel/errors.ts'
import { type FromThread, type KeyJob, perform, type ToThread } from './key-jobs.ts'

/** The algorithm follows from the key. @returns as SignatureAlgorithm.sign. @throws BrokerError algorithm_refused */
export const signAside = async (key: KeyObject, data: Uint8Array): Promise<Buffer> => octets(await run(key, { kind: 'sign', data }))

/** @param oid of the signature algorithm. @throws BrokerError algorithm_refused */
export const verifyAside = async (oid: string, key: KeyObject, data: Uint8Array, signature: Uint8Array): Promise<boolean> =>
  (await run(key, { kind: 'verify', oid, data, signature })) === true

/** @throws BrokerError as decryptSm2 */
export const decryptSm2Aside = async (key: KeyObject, cipher: Uint8Array): Promise<Buffer> =>
  octets(await run(key, { kind: 'decrypt', data: cipher }))

export interface KeyThreads {
  close(): Promise<void>
}

const MOST = 4
/** As many as there are cores, so that none idles while the event loop waits for the database; the system gives the loop its turn. */
const usual = (): number => (availableParallelism() > 1 ? Math.min(MOST, availableParallelism()) : 0)
const PROGRAM = new URL('./key-thread.ts', import.meta.url)

/**
 * For the whole process, once.
 * @param lost is told when a thread ends by itself; its jobs are done by the others, or here
 * @param more.count none where there is one core
 * @param more.program what a thread runs
 */
export function startKeyThreads(lost: (cause: unknown) => void, { count = usual(), program = PROGRAM } = {}): KeyThreads {
  if (threads.length > 0) throw new BrokerError('internal', 'the threads for keys run already')
  threads = Array.from({ length: count }, () => new Thread(program, lost))
  return {
    async close() {
      const ended = threads
      threads = []
      await Promise.all(ended.map(thread => thread.close()))
    },
  }
}

let threads: Thread[] = []

async function run(key: KeyObject, job: KeyJob): Promise<Uint8Array | boolean> {
  const [first, ...more] = threads
  if (first === undefined) return perform(key, job)
  return await more.reduce((least, each) => (each.waiting < least.waiting ? each : least), first).run(key, job)
}

/** of keys that were sent to a thread: they stay there for as long as somebody here has them */
const numbers = new WeakMap<KeyObject, number>()
let last = 0
const forgotten = new FinalizationRegistry<number>(number => {
  for (const thread of threads) thread.forget(number)
})

function numberOf(key: KeyObject): number {
  const known = numbers.get(key)
  if (known !== undefined) return known
  last += 1
  numbers.set(key, last)
  forgotten.register(key, last)
  return last
}

interface Waiting {
  key: KeyObject
  job: KeyJob
  resolve(done: Uint8Array | boolean | Promise<Uint8Array | boolean>): void
  reject(thrown: unknown): void
}

class Thread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #sent = new Set<number>()
  #next: ToThread = { keys: [], gone: [], jobs: [] }
  #last = 0
  #closing = false

  constructor(program: URL, lost: (cause: unknown) => void) {
    let cause: unknown
    this.#worker = new Worker(program)
    this.#worker.unref()
    this.#worker.on('message', (answers: FromThread) => {
      for (const answer of answers) this.#answered(answer)
    })
    this.#worker.on('error', thrown => {
      cause = thrown
    })
    this.#worker.on('exit', code => {
      threads = threads.filter(each => each !== this)
      if (!this.#closing) lost(cause ?? new Error(`a thread for keys ended with ${code}`))
      for (const { key, job, resolve } of this.#waiting.values()) resolve(run(key, job))
      this.#waiting.clear()
    })
  }

  get waiting(): number {
    return this.#waiting.size
  }

  async run(key: KeyObject, job: KeyJob): Promise<Uint8Array | boolean> {
    return await new Promise((resolve, reject) => {
      const [number, id] = [numberOf(key), ++this.#last]
      this.#waiting.set(id, { key, job, resolve, reject })
      if (!this.#sent.has(number)) {
        this.#sent.add(number)
        this.#next.keys.push({ number, key })
      }
      // those of one moment leave together
      if (this.#next.jobs.push({ id, key: number, job }) === 1) queueMicrotask(() => this.#send())
    })
  }

  forget(number: number): void {
    if (this.#sent.delete(number)) this.#next.gone.push(number)
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#worker.terminate()
  }

  #send(): void {
    const message = this.#next
    this.#next = { keys: [], gone: [], jobs: [] }
    this.#worker.postMessage(message)
  }

  #answered({ id, done, refused }: FromThread[number]): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (refused !== undefined) waiting?.reject(new BrokerError(refused.code as FailureCode, refused.facts))
    else if (done !== undefined) waiting?.resolve(done)
  }
}

const octets = (done: Uint8Array | boolean): Buffer => {
  if (typeof done === 'boolean') throw new BrokerError('internal', 'a job for a key was answered with a word')
  return Buffer.from(done.buffer, done.byteOffset, done.byteLength)
}
