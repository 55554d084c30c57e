import type { Calls } from './calls.ts'
import { type Child, Died, Refused } from './child.ts'

/** A child that is started again whenever it dies, as a machine's supervisor does. */
export interface Kept<C extends Calls> extends Pick<Child<C>, 'call'> {
  /** how often it died */
  deaths(): number
  /** resolves when no start of it is under way */
  stands(): Promise<void>
  /** for good */
  stop(): Promise<void>
}

/** @param fell told of each death before it is started again */
export async function keepAlive<C extends Calls>(start: () => Promise<Child<C>>, fell: () => Promise<void>): Promise<Kept<C>> {
  let deaths = 0
  let stopped = false
  const watched = async (): Promise<Child<C>> => {
    const child = await start()
    void child.ended.then(() => {
      if (stopped) return
      deaths++
      current = fell().then(watched)
      // told to whoever asks next
      current.catch(() => undefined)
    })
    return child
  }
  let current = watched()
  await current
  return {
    deaths: () => deaths,
    call: async (name, given) => await (await current).call(name, given),
    async stands() {
      for (let seen: unknown; seen !== current; ) {
        seen = current
        await current
      }
    },
    async stop() {
      stopped = true
      await (await current.catch(() => undefined))?.kill()
    },
  }
}

/** what says nothing about what was asked: the same is asked again */
const AGAIN = new Set(['database_unavailable', 'ledger_try_again'])
const TRIES = 20

/** Asks until it is answered, whoever dies meanwhile. */
export async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (thrown) {
      const again = thrown instanceof Died || (thrown instanceof Refused && AGAIN.has(thrown.code))
      if (!again || tries === TRIES) throw thrown
    }
  }
}
