import type { Ask, AskStatus } from '../storage/stores-authorization.ts'
import type { Signals } from '../storage/stores-trust.ts'

/** Screens that wait for an ask to move. Owns hearing of it: news from the process that moved it, and a look at the database each second for news that was lost and for what only time moves. */
export interface AskWatch {
  wait(id: string, version: number, milliseconds: number, signal?: AbortSignal): Promise<AskStatus>
  /** tells every process, this one too */
  changed(id: string): void
  close(): void
}

const TOPIC = 'ask'
const LOOK_MS = 1000
/** screens; one more waits no time at all and asks again */
const MOST_WAITING = 5000

export function createAskWatch(deps: { signals: Signals; find: (id: string) => Promise<Ask>; stateOf: (ask: Ask) => AskStatus['state'] }): AskWatch {
  const { signals, find, stateOf } = deps
  const waiting = new Map<string, Set<() => void>>()
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let deaf: (() => void) | undefined

  const wake = (id: string): void => {
    for (const woken of [...(waiting.get(id) ?? [])]) woken()
  }
  const wakeAll = (): void => {
    for (const id of [...waiting.keys()]) wake(id)
  }

  /** Resolves at the next news of this ask, at the next look, or when whoever waits has gone. */
  function news(id: string, signal: AbortSignal | undefined): Promise<void> {
    deaf ??= signals.listen(TOPIC, wake)
    timer ??= setInterval(wakeAll, LOOK_MS)
    timer.unref()
    return new Promise(resolve => {
      const own = waiting.get(id) ?? new Set()
      const woken = (): void => {
        signal?.removeEventListener('abort', woken)
        if (own.delete(woken)) count--
        if (own.size === 0 && waiting.get(id) === own) waiting.delete(id)
        if (count === 0) {
          clearInterval(timer)
          timer = undefined
        }
        resolve()
      }
      waiting.set(id, own.add(woken))
      count++
      signal?.addEventListener('abort', woken)
    })
  }

  return {
    async wait(id, version, milliseconds, signal) {
      const until = performance.now() + milliseconds
      const first = await find(id)
      let [ask, state] = [first, stateOf(first)]
      const before = state
      while (ask.version === version && state === before && performance.now() < until && count < MOST_WAITING && signal?.aborted !== true) {
        // what the clock has ended moves no more
        if (state === 'expired') break
        await news(id, signal)
        ask = await find(id)
        state = stateOf(ask)
      }
      return { ask, state }
    },
    changed: id => signals.send(TOPIC, id),
    close() {
      deaf?.()
      clearInterval(timer)
      wakeAll()
    },
  }
}
