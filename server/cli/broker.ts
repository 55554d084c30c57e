import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { silentLog } from '../kernel/log.ts'
import { findBroker } from '../operations/running.ts'
import type { Stores } from '../storage/stores.ts'

/**
 * Two ways to an answer: a running broker is asked over its management port, for the embedded database belongs to one process; where none runs, the database is
 * opened here and closed again.
 */
export async function fromBrokerOrStores<T>(
  config: Config,
  ways: { path: string; schema: z.ZodType<T>; here: (stores: Stores) => Promise<T> },
): Promise<T> {
  const running = await findBroker(config.dataDir)
  if (running !== undefined) return askBroker(running.managementUrl, ways.path, ways.schema)
  if (config.databaseUrl === undefined) {
    // opening would make one, and a new empty record always verifies
    await access(join(config.dataDir, 'pg')).catch(() => {
      throw new BrokerError(
        'database_unavailable',
        `there is no database in ${config.dataDir}; say where it is with SHIELD_DATA_DIR or SHIELD_DATABASE_URL`,
      )
    })
  }
  // loaded late, so that commands which need no database start at once
  const { openStores } = await import('../storage/open.ts')
  const stores = await openStores({
    dataDir: config.dataDir,
    clock: systemClock,
    log: silentLog,
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
  })
  try {
    return await ways.here(stores)
  } finally {
    await stores.close()
  }
}

/** For commands that only a running broker can answer. @throws BrokerError internal, saying how to start one */
export async function brokerOf(config: Config): Promise<string> {
  const running = await findBroker(config.dataDir)
  if (running === undefined)
    throw new BrokerError('internal', `no broker runs on ${config.dataDir}; start one, or give its folder in SHIELD_DATA_DIR`)
  return running.managementUrl
}

/** @param send a JSON body makes it a POST */
export async function askBroker<T>(url: string, path: string, schema: z.ZodType<T>, send?: unknown): Promise<T> {
  const asked = new URL(path, url)
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(send) }
  const answer = await fetch(asked, { redirect: 'error', signal: AbortSignal.timeout(600_000), ...(send === undefined ? {} : post) }).catch(
    (cause: unknown) => {
      throw new BrokerError('internal', `the broker at ${asked.origin} does not answer`, { cause })
    },
  )
  const body: unknown = await answer.json().catch(() => undefined)
  const read = schema.safeParse(body)
  if (!read.success)
    throw new BrokerError('internal', `the broker at ${asked.origin} answered ${answer.status} to ${path}, which this command cannot read`)
  return read.data
}
