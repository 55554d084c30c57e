import { chinaDay } from '../kernel/china-time.ts'
import { type Clock, days, seconds } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { RecognitionUsage, RecognitionUsageStore } from '../storage/stores-recognition.ts'

/**
 * Counts what was asked, by day, center, CA and region, in memory, and adds it to the table every few seconds: never one write a call. A batch that may or may not have arrived is sent again under its
 * own id and counts once. An orderly stop loses nothing; a crash loses the last seconds.
 */
export interface UsageCounter {
  count(asked: Omit<RecognitionUsage, 'day' | 'count'>, times?: number): void
  /** writes all that is counted; resolves when it stands or is kept for the next time. Never throws. */
  flush(): Promise<void>
  /** the last flush; nothing is counted after it */
  close(): Promise<void>
}

export interface UsageDeps {
  store: RecognitionUsageStore
  clock: Clock
  log: Log
  everyMs?: number
}

/** Combinations in one statement. */
const FULL = 2000
/** Statements that wait for a database that is away; then the oldest are told to the log and dropped. */
const MOST_WAITING = 50
/** How long a batch's id is remembered: far longer than it is tried. */
const REMEMBERED = days(2)

export function createUsageCounter({ store, clock, log, everyMs = seconds(5) }: UsageDeps): UsageCounter {
  let counted = new Map<string, RecognitionUsage>()
  let waiting: { id: string; rows: RecognitionUsage[] }[] = []
  let working: Promise<void> = Promise.resolve()
  let closed = false
  const timer = setInterval(() => void flush(), everyMs)
  timer.unref()

  function gather(): void {
    const rows = [...counted.values()]
    counted = new Map()
    for (let at = 0; at < rows.length; at += FULL) waiting.push({ id: newId(), rows: rows.slice(at, at + FULL) })
    for (const lost of waiting.splice(0, Math.max(0, waiting.length - MOST_WAITING)))
      log.error({ usage: lost.rows.slice(0, 100) }, 'counts of use were lost')
  }

  async function send(): Promise<void> {
    gather()
    const keepUntil = new Date(clock.now().getTime() + REMEMBERED)
    while (waiting[0] !== undefined) {
      const [batch] = waiting
      try {
        await store.add(batch.id, batch.rows, keepUntil)
        waiting = waiting.slice(1)
      } catch (thrown) {
        log.error({ err: thrown, batches: waiting.length }, 'counts of use could not be written yet')
        return
      }
    }
  }

  function flush(): Promise<void> {
    working = working.then(send)
    return working
  }

  return {
    count(asked, times = 1) {
      if (closed) return
      // the forms are filled in by China's calendar
      const row = { day: chinaDay(clock.now()), ...asked }
      const key = JSON.stringify(row)
      const known = counted.get(key)
      if (known === undefined) counted.set(key, { ...row, count: times })
      else known.count += times
      if (counted.size >= FULL) void flush()
    },
    flush,
    async close() {
      closed = true
      clearInterval(timer)
      await flush()
      for (const lost of waiting) log.error({ usage: lost.rows.slice(0, 100) }, 'counts of use were lost')
    },
  }
}
