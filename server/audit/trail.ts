import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { type Log, silentLog } from '../kernel/log.ts'
import type { AuditRow, AuditStore } from '../storage/stores-audit.ts'
import { canonical, chainHash } from './chain.ts'
import type { AuditEvent, Trail } from './events.ts'
import { maskFacts } from './mask.ts'
import { type AuditVerdict, type VerifyOptions, verifyAudit } from './verify.ts'

/**
 * The audit record's writing hand. It owns masking, chaining and gathering concurrent events into one durable statement; what the events are stands in events.ts, the rows in
 * storage/. An append resolves once its events are on disk, and an event of which the caller was told can only be removed in a way that `verify` sees.
 */
export interface AuditTrail extends Trail {
  verify(options?: VerifyOptions): Promise<AuditVerdict>
  /** waits for what is under way; later appends are refused */
  close(): Promise<void>
}

interface Call {
  rows: Omit<AuditRow, 'seq' | 'hash'>[]
  resolve(): void
  reject(thrown: unknown): void
}

/** the most rows in one statement; one call's events always stand together */
const FULL = 500
/** another process that is always faster is not a database that is away, but neither may it keep a login waiting for ever */
const TRIES = 50

export function createTrail({ store, clock, log = silentLog }: { store: AuditStore; clock: Clock; log?: Log }): AuditTrail {
  const waiting: Call[] = []
  let head: { seq: number; hash: string } | undefined
  let working: Promise<void> | undefined
  let closed = false

  function take(): Call[] {
    let rows = 0
    const end = waiting.findIndex(call => {
      rows += call.rows.length
      return rows > FULL
    })
    return waiting.splice(0, end < 0 ? waiting.length : Math.max(1, end))
  }

  async function write(calls: readonly Call[]): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const after: { seq: number; hash: string } = head ?? (await store.head())
      head = undefined
      let last = after
      const rows = calls
        .flatMap(call => call.rows)
        .map(row => {
          const unhashed = { seq: last.seq + 1, ...row }
          const hashed = { ...unhashed, hash: chainHash(last.hash, unhashed) }
          last = { seq: hashed.seq, hash: hashed.hash }
          return hashed
        })
      if (await store.append(rows, after)) {
        head = last
        return
      }
      // another process moved the head: chain anew to where it stands now
    }
    throw new BrokerError('database_unavailable', `the head of the audit record moved ${TRIES} times before an append`)
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const calls = take()
      try {
        await write(calls)
        for (const call of calls) call.resolve()
      } catch (thrown) {
        // whether the rows went in is unknown after a lost connection: the head is read again before the next append
        head = undefined
        log.error({ err: thrown, events: calls.length }, 'audit events could not be written')
        for (const call of calls) call.reject(thrown)
      }
    }
    working = undefined
  }

  return {
    append(...events) {
      if (closed) return Promise.reject(new BrokerError('internal', 'the audit trail is closed'))
      if (events.length === 0) return Promise.resolve()
      const at = clock.now().toISOString()
      return new Promise((resolve, reject) => {
        waiting.push({ rows: events.map(event => rowOf(event, at)), resolve, reject })
        // the end of the event loop's turn gathers what other requests append in it
        working ??= new Promise(resolved => setImmediate(resolved)).then(work)
      })
    },
    verify: options => verifyAudit(store, options),
    async close() {
      closed = true
      await working
    },
  }
}

/** PostgreSQL has no NUL in a text: one from outside would have the statement refused, and the event with it. */
const withoutNul = (text: string): string => text.replaceAll('\0', '')

const rowOf = (event: AuditEvent, at: string): Omit<AuditRow, 'seq' | 'hash'> => ({
  at,
  code: event.code,
  trace: withoutNul(event.trace),
  body: canonical(maskFacts(event.facts)),
})
