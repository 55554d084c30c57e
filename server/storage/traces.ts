import { type Clock, days } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { readJson } from './json.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { TraceStep, TraceStore } from './stores-audit.ts'

const KEPT = days(30)
const GATHER_MS = 500
const FULL = 200
/** when the database is slow or away: the newest help is dropped before memory is */
const MOST = 5_000

/** Steps of traces, gathered and written by the hundred in the background: no login waits for them. */
export function createTraceStore(sql: Sql, clock: Clock, log: Log): TraceStore {
  const waiting: TraceStep[] = []
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(async () => {
      while (waiting.length > 0) {
        const steps = waiting.splice(0, FULL)
        const expires = new Date(clock.now().getTime() + KEPT).toISOString()
        try {
          await sql.query(INSERT, [
            steps.map(step => step.trace),
            steps.map(step => step.at),
            // a NUL is valid in JSON text only escaped, and so never reaches the column raw
            steps.map(step => JSON.stringify(step)),
            steps.map(() => expires),
          ])
        } catch (thrown) {
          log.warn({ err: thrown, steps: steps.length }, 'trace steps were lost')
        }
      }
    })
    return writing
  }

  return {
    add(step) {
      if (waiting.length >= MOST) return
      waiting.push(step)
      if (waiting.length >= FULL) void flush()
      else timer ??= setTimeout(flush, GATHER_MS).unref()
    },
    async read(trace, limit) {
      await flush()
      const rows = await sql.query<{ step: string }>(READ, [trace, clock.now().toISOString(), limit])
      return rows.map(row => readJson<TraceStep>(row.step))
    },
    flush,
  }
}

const INSERT = inLane(
  'swift',
  write(
    'trace_insert',
    `INSERT INTO trace_step (trace, at, step, expires_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])`,
  ),
)
const READ = read('trace_read', `SELECT step FROM trace_step WHERE trace = $1 AND expires_at > $2::timestamptz ORDER BY at, id LIMIT $3`)
