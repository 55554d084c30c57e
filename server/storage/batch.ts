import { isRowError, isUndone } from './sql.ts'

/**
 * Gathers concurrent calls of one kind into one statement. A first call waits for the end of the event loop's turn; calls that come while a statement of the kind is under way
 * wait for it and then leave together. So a quiet process answers at once and a busy one sends few statements, with no timer and no setting.
 */
export interface BatchKind<Item, Result> {
  /** one statement for all items; results in the items' order */
  run(items: readonly Item[]): Promise<readonly Result[]>
  /** two items of one key never share a statement, and keep their order; without it, `run` itself copes with equal items */
  key?: (item: Item) => string
  /** the most items in one statement */
  limit?: number
}

interface Call<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(thrown: unknown): void
}

export function createBatch<Item, Result>(kind: BatchKind<Item, Result>): (item: Item) => Promise<Result> {
  const limit = kind.limit ?? 200
  let waiting: Call<Item, Result>[] = []
  let busy = false

  /** The next statement's calls; those that must not share it stay behind in their order. */
  function take(): Call<Item, Result>[] {
    const keyOf = kind.key
    if (keyOf === undefined) return waiting.splice(0, limit)
    const keys = new Set<string>()
    const taken: Call<Item, Result>[] = []
    const left: Call<Item, Result>[] = []
    for (const call of waiting) {
      const key = keyOf(call.item)
      if (taken.length < limit && !keys.has(key)) taken.push(call)
      else left.push(call)
      keys.add(key)
    }
    waiting = left
    return taken
  }

  async function send(calls: readonly Call<Item, Result>[], tries = 1): Promise<void> {
    try {
      const results = await kind.run(calls.map(call => call.item))
      for (const [i, call] of calls.entries()) {
        const result = results[i]
        if (result === undefined && i >= results.length) call.reject(new Error('a batch answered with too few results'))
        else call.resolve(result as Result)
      }
    } catch (thrown) {
      // A statement is all or nothing, so after a row's error nothing of it happened and each row may try alone. After a lost connection nobody knows: all are told.
      if (calls.length > 1 && isRowError(thrown)) for (const call of calls) await send([call])
      else if (isUndone(thrown) && tries < 5) await send(calls, tries + 1)
      else for (const call of calls) call.reject(thrown)
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) await send(take())
    busy = false
  }

  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (busy) return
      busy = true
      setImmediate(flush)
    })
}
