import { setTimeout as delay } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import type { Log } from '../kernel/log.ts'
import { read, type Sql } from './sql.ts'
import type { Outbox } from './stores-keys.ts'

export interface OutboxOptions {
  /** how often a failed job is tried again before it is dead (8) */
  retries: number
  /** seconds before the first retry; each further wait is about twice as long, an hour at most (5). 0: at once, for tests. */
  retrySeconds: number
}

/**
 * Effects on the outside, in pg-boss's tables in the same database. It is started by the first job or worker, so that a process which has none pays nothing. A job sent by this process wakes its
 * own worker; polling is only for jobs of other processes and for retries.
 */
export function createOutbox(sql: Sql, embedded: boolean, log: Log, options: Partial<OutboxOptions> = {}): Outbox & { close(): Promise<void> } {
  const { retries, retrySeconds } = { retries: 8, retrySeconds: 5, ...options }
  let started: Promise<PgBoss> | undefined
  const queues = new Map<string, Promise<void>>()
  const workers = new Map<string, string>()
  let closed = false

  async function start(): Promise<PgBoss> {
    const boss = new PgBoss({
      db: { executeSql: (text, values) => sql.run(text, values ?? []) },
      backend: embedded ? 'pglite' : 'postgres',
      // no timetables and no job graphs here: their polls would only take turns from logins
      schedule: false,
      flowIntervalSeconds: HOUR,
      bamIntervalSeconds: 600,
      superviseIntervalSeconds: 60,
      maintenanceIntervalSeconds: HOUR,
      reindex: !embedded,
      monitorVacuum: !embedded,
    })
    boss.on('error', error => log.warn({ err: error }, 'outbox'))
    boss.on('warning', warning => log.warn({ warning: warning.message }, 'outbox'))
    return await boss.start()
  }

  async function ready(queue: string): Promise<PgBoss> {
    if (closed) throw new Error('the outbox is closed')
    started ??= start()
    const boss = await started
    let made = queues.get(queue)
    if (made === undefined) {
      made = makeQueue(boss, queue)
      queues.set(queue, made)
    }
    await made
    return boss
  }

  async function makeQueue(boss: PgBoss, queue: string): Promise<void> {
    await boss.createQueue(dead(queue), { retryLimit: 0, retentionSeconds: 90 * DAY })
    const retry = {
      retryLimit: retries,
      retryDelay: retrySeconds,
      retryBackoff: retrySeconds > 0,
      ...(retrySeconds > 0 ? { retryDelayMax: HOUR } : {}),
    }
    const settings = { ...retry, deadLetter: dead(queue), expireInSeconds: 60, retentionSeconds: 14 * DAY, deleteAfterSeconds: HOUR }
    await boss.createQueue(queue, settings)
    // the queue may be there since an earlier version with other settings
    await boss.updateQueue(queue, settings)
  }

  function wake(boss: PgBoss, queue: string): void {
    const worker = workers.get(queue)
    if (worker !== undefined) boss.notifyWorker(worker)
  }

  return {
    async send(queue, job) {
      const boss = await ready(queue)
      await boss.send(queue, job)
      wake(boss, queue)
    },
    async work(queue, handler) {
      const boss = await ready(queue)
      const polling = { pollingIntervalSeconds: retrySeconds > 0 ? 5 : 0.5, batchSize: 10, burstWhenBatchFull: true }
      const id = await boss.work<Record<string, unknown>, void, typeof polling & { perJobResults: true; includeMetadata: true }>(
        queue,
        { ...polling, perJobResults: true, includeMetadata: true },
        async jobs =>
          await Promise.all(
            jobs.map(async job => {
              try {
                await handler(job.data, { last: job.retryCount >= job.retryLimit })
                return { id: job.id, status: 'completed' as const }
              } catch (thrown) {
                log.info({ err: thrown, queue, job: job.id }, 'a job failed and will be tried again')
                return { id: job.id, status: 'failed' as const, output: { error: thrown instanceof Error ? thrown.message.slice(0, 300) : 'failed' } }
              }
            }),
          ),
      )
      workers.set(queue, id)
    },
    async backlog() {
      const [there] = await sql.query<{ found: boolean }>(INSTALLED, [])
      if (there?.found !== true) return { waiting: 0, dead: 0 }
      const [row] = await sql.query<{ waiting: number; dead: number }>(BACKLOG, [])
      return row ?? { waiting: 0, dead: 0 }
    },
    async drained(queue) {
      const boss = await ready(queue)
      for (;;) {
        const [row] = await sql.query<{ open: number; due: number }>(OPEN, [queue])
        if (row === undefined || row.open === 0) return
        if (row.due > 0) wake(boss, queue)
        await delay(50)
      }
    },
    async close() {
      closed = true
      const boss = await started?.catch(() => undefined)
      await boss?.stop({ graceful: true, timeout: 5_000 })
    },
  }
}

const HOUR = 3_600
const DAY = 24 * HOUR
const dead = (queue: string): string => `${queue}.dead`

const INSTALLED = read('outbox_installed', `SELECT to_regclass('pgboss.job') IS NOT NULL AS found`)
const BACKLOG = read(
  'outbox_backlog',
  `SELECT count(*) FILTER (WHERE name NOT LIKE '%.dead')::int AS waiting, count(*) FILTER (WHERE name LIKE '%.dead')::int AS dead
   FROM pgboss.job WHERE state IN ('created', 'retry', 'active')`,
)
const OPEN = read(
  'outbox_open',
  `SELECT count(*)::int AS open, count(*) FILTER (WHERE state <> 'active' AND start_after <= now())::int AS due
   FROM pgboss.job WHERE name = $1 AND state IN ('created', 'retry', 'active')`,
)
