import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Calls, type Reply, SERVES } from './calls.ts'
import { NOW } from './cut.ts'

/** A process of its own, as its parent sees it. */
export interface Child<C extends Calls> {
  /** @throws Died where it is killed before it answers; Refused with the code of what it threw */
  call<N extends keyof C & string>(name: N, given: C[N]['given']): Promise<C[N]['answer']>
  /** by SIGKILL; resolves when it is gone */
  kill(): Promise<void>
  /** resolves when it is gone, with what ended it */
  ended: Promise<string>
}

export class Died extends Error {}
export class Refused extends Error {
  readonly code: string

  constructor(code: string, facts: string) {
    super(`${code}: ${facts}`)
    this.code = code
  }
}

/** milliseconds within which a call is answered: far more than any takes, so that one that hangs is told of */
const LONGEST = 120_000

/** @throws Error when it ends instead of serving */
export async function startChild<C extends Calls>(file: string, given: object): Promise<Child<C>> {
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(given)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    // what was compiled once is read: most of a child's start is compiling
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'shield-kill-compiled') },
  })
  const open = new Map<number, { resolve(value: unknown): void; reject(thrown: unknown): void }>()
  let last = SERVES
  const ended = once(child, 'exit').then(([code, signal]) => {
    for (const { reject } of open.values()) reject(new Died(`${file} ended with ${code ?? signal}`))
    open.clear()
    return String(signal ?? code)
  })
  child.on('message', (said: Reply | typeof NOW) => {
    if (said === NOW) return void child.kill('SIGKILL')
    const waits = open.get(said.id)
    open.delete(said.id)
    if ('error' in said) waits?.reject(new Refused(said.error, said.facts))
    else waits?.resolve(said.value)
  })
  const answerTo = (id: number) => new Promise<unknown>((resolve, reject) => open.set(id, { resolve, reject }))

  await answerTo(SERVES)
  return {
    ended,
    async call(name, given) {
      const id = ++last
      if (!child.connected) throw new Died(`${file} ended with ${await ended}`)
      const answer = answerTo(id)
      // where it cannot be told, its end is told instead
      child.send({ id, name, given }, () => undefined)
      const patience = new AbortController()
      const late = setTimeout(LONGEST, undefined, patience).then(() => {
        throw new Error(`${file} did not answer ${name}`)
      })
      late.catch(() => undefined)
      try {
        return await Promise.race([answer, late])
      } finally {
        patience.abort()
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
