/**
 * Work beside the event loop: what takes long enough that others would notice waiting for it. Owns the threads and what they are sent. A room says which of its modules does its jobs; a thread loads that when it is first
 * asked for one. Until `startThreads` the same is done at once, where it is asked for; so also when a thread is lost.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { BrokerError, type FailureCode } from './errors.ts'
import type { FromThread, Parcel, Perform, ToThread } from './thread-messages.ts'

/**
 * A way to have jobs of one kind done in a thread. They and what comes of them are copied, and must be what structuredClone takes.
 * @param module that exports `perform`; the same function
 * @param parcel a job ready to be sent, where not all of it has to be copied; the job itself stays whole
 * @returns takes what `perform` takes. What `kept` is stays in the thread, by its identity, for as long as somebody here has it. Throws what `perform` throws, its code and facts
 */
export function aside<Job, Kept extends object | undefined, Done>(
  module: URL,
  perform: Perform<Job, Kept, Done>,
  parcel: (job: Job) => Parcel<Job> = job => ({ job, moved: [] }),
): (job: Job, kept: Kept) => Promise<Done> {
  const { href } = module
  return async (job, kept) => {
    const [first, ...more] = threads
    if (first === undefined) return perform(job, kept)
    const least = more.reduce((best, each) => (each.waiting < best.waiting ? each : best), first)
    return (await least.run({ module: href, kept, parcel: parcel(job), here: () => perform(job, kept) })) as Done
  }
}

export interface Threads {
  close(): Promise<void>
}

const MOST = 4
/** As many as there are cores, so that none idles while the event loop waits for the database; the system gives the loop its turn. */
const usual = (): number => (availableParallelism() > 1 ? Math.min(MOST, availableParallelism()) : 0)
const PROGRAM = new URL('./thread.ts', import.meta.url)

/**
 * For the whole process, once.
 * @param lost is told when a thread ends by itself; its jobs are done here
 * @param more.count none where there is one core
 * @param more.program what a thread runs
 */
export function startThreads(lost: (cause: unknown) => void, { count = usual(), program = PROGRAM } = {}): Threads {
  if (threads.length > 0) throw new BrokerError('internal', 'the threads run already')
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

/** of what was sent to a thread to be kept: it stays there for as long as somebody here has it */
const numbers = new WeakMap<object, number>()
let last = 0
const forgotten = new FinalizationRegistry<number>(number => {
  for (const thread of threads) thread.forget(number)
})

function numberOf(kept: object): number {
  const known = numbers.get(kept)
  if (known !== undefined) return known
  last += 1
  numbers.set(kept, last)
  forgotten.register(kept, last)
  return last
}

interface Asked {
  module: string
  parcel: Parcel<unknown>
  kept: object | undefined
  /** the same without a thread */
  here(): unknown
}

interface Waiting {
  here(): unknown
  resolve(done: unknown): void
  reject(thrown: unknown): void
}

class Thread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #sent = new Set<number>()
  #next: ToThread = { kept: [], gone: [], jobs: [] }
  #moved: ArrayBuffer[] = []
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
      if (!this.#closing) lost(cause ?? new Error(`a thread ended with ${code}`))
      for (const { here, resolve, reject } of this.#waiting.values()) {
        try {
          resolve(here())
        } catch (thrown) {
          reject(thrown)
        }
      }
      this.#waiting.clear()
    })
  }

  get waiting(): number {
    return this.#waiting.size
  }

  async run({ module, parcel: { job, moved }, kept, here }: Asked): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const id = ++this.#last
      this.#waiting.set(id, { here, resolve, reject })
      const number = kept === undefined ? undefined : numberOf(kept)
      if (kept !== undefined && number !== undefined && !this.#sent.has(number)) {
        this.#sent.add(number)
        this.#next.kept.push({ number, value: kept })
      }
      this.#moved.push(...moved)
      // those of one moment leave together
      if (this.#next.jobs.push({ id, module, job, kept: number }) === 1) queueMicrotask(() => this.#send())
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
    const [message, moved] = [this.#next, this.#moved]
    this.#next = { kept: [], gone: [], jobs: [] }
    this.#moved = []
    this.#worker.postMessage(message, moved)
  }

  #answered({ id, done, refused }: FromThread[number]): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (refused === undefined) waiting?.resolve(done)
    else waiting?.reject(new BrokerError(refused.code as FailureCode, refused.facts))
  }
}
