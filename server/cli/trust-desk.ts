import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { silentLog } from '../kernel/log.ts'
import { findBroker } from '../operations/running.ts'
import type { TrustDesk } from '../trust/desk.ts'

/**
 * The desk of the running broker, or one on the database, opened here and closed again. `batch`: certificates in one call, few where others wait for the same process. A
 * command that only reads makes no database where there is none.
 */
export async function atDesk<T>(config: Config, how: 'reads' | 'writes', work: (desk: TrustDesk, batch: number) => Promise<T>): Promise<T> {
  const running = await findBroker(config.dataDir)
  if (running !== undefined) {
    const { remoteDesk } = await import('./trust-remote.ts')
    return await work(remoteDesk(running.managementUrl), 100)
  }
  if (how === 'reads' && config.databaseUrl === undefined) {
    await access(join(config.dataDir, 'pg')).catch(() => {
      throw new BrokerError(
        'database_unavailable',
        `there is no database in ${config.dataDir}; say where it is with SHIELD_DATA_DIR or SHIELD_DATABASE_URL`,
      )
    })
  }
  // loaded late, so that commands which need no database start at once
  const [{ openStores }, { createTrail }, { createTrustRegister }, { createDesk }] = await Promise.all([
    import('../storage/open.ts'),
    import('../audit/trail.ts'),
    import('../trust/register.ts'),
    import('../trust/desk.ts'),
  ])
  const { dataDir, databaseUrl, mode } = config
  const stores = await openStores({ dataDir, clock: systemClock, log: silentLog, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const audit = createTrail({ store: stores.audit, clock: systemClock })
  try {
    const register = await createTrustRegister({
      stores,
      clock: systemClock,
      audit,
      log: silentLog,
      approval: mode === 'sandbox' ? 'at-once' : 'two-persons',
    })
    try {
      return await work(createDesk({ register, store: stores.knownCertificates, audit }), 500)
    } finally {
      register.close()
    }
  } finally {
    // connections that are being closed do not keep a process alive, and one that is waited for has to
    const alive = setInterval(() => undefined, 60_000)
    try {
      await audit.close()
      await stores.close()
    } finally {
      clearInterval(alive)
    }
  }
}
