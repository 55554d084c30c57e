import { BrokerError } from '../kernel/errors.ts'

/**
 * Work within limits of time and number. Time is counted by timers, which a moved clock does not touch.
 * @param milliseconds until it is given up; the work itself goes on and its end is not heard
 * @throws BrokerError service_too_slow
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const tooSlow = (milliseconds: number): BrokerError => new BrokerError('service_too_slow', `no answer within ${milliseconds} ms`)

interface Bounds {
  atOnce: number
  /** for all of them together */
  milliseconds: number
  /** ends the work early: whoever asked is gone */
  signal: AbortSignal
}

/**
 * Does `work` for each item, some at a time, and answers in the items' order. An item that fails does not touch the others; what did not get its turn in time fails with service_too_slow.
 * Other requests get theirs between any two items.
 */
export async function eachWithin<Item, Result>(
  items: readonly Item[],
  bounds: Bounds,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<({ result: Result } | { error: unknown })[]> {
  const done: ({ result: Result } | { error: unknown })[] = items.map(() => ({ error: tooSlow(bounds.milliseconds) }))
  const queue = items.entries()
  let over = false
  const worker = async () => {
    for (const [index, item] of queue) {
      if (over || bounds.signal.aborted) return
      const one = await work(item, index).then(
        result => ({ result }),
        (error: unknown) => ({ error }),
      )
      // what comes after the end must not change an answer that is being written
      if (!over) done[index] = one
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const all = Promise.all(Array.from({ length: Math.min(bounds.atOnce, items.length) }, worker))
  await within(bounds.milliseconds, all).catch(() => undefined)
  over = true
  return done
}
