/** Owns unpacking and digesting many parts without keeping anybody else waiting: the large ones in threads, the small ones in turns. */
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Part } from './part.ts'

/** bytes that are unpacked here before others have their turn */
const TURN = 1024 * 1024
/** parts of one package in threads at a time: the event loop does its share on a core of its own */
const LANES = Math.min(4, Math.max(1, availableParallelism() - 1))

/** Large parts on their way through threads. */
export interface Looking {
  hash: string | undefined
  /** those that nobody has begun */
  left: Part[]
  done: Promise<unknown>
}

/** Begins with the large ones. @param hash as node:crypto names it; absent: whether they are sound is all that will be asked */
export function beginToLook(parts: readonly Part[], hash: string | undefined): Looking {
  const left = parts.filter(part => part.isLarge && !part.isKnown(hash))
  const lane = async (): Promise<void> => {
    // so that others have their turn where there are no threads
    await setImmediate()
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      await part.lookAside(hash)
      await setImmediate()
    }
  }
  return { hash, left, done: Promise.all(Array.from({ length: LANES }, lane)) }
}

/** The rest, and whatever no thread has begun and is no longer than a turn. */
export async function finishLooking({ hash, left, done }: Looking, parts: readonly Part[]): Promise<void> {
  let turn = 0
  for (const part of parts) {
    if (part.isLarge || part.isKnown(hash)) continue
    if (turn === 0) await setImmediate()
    part.look(hash)
    turn = turn + part.record.size > TURN ? 0 : turn + part.record.size
  }
  for (let part = left.at(-1); part !== undefined && part.record.size <= TURN; part = left.at(-1)) {
    left.pop()
    await setImmediate()
    part.look(hash)
  }
  await done
}
