import { createTrail } from '../audit/trail.ts'
import type { Config } from '../config.ts'
import { createCookies } from '../http/cookies.ts'
import { allowHosts, createOutboundFetch } from '../http/outbound.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { createSealing } from '../kernel/sealing.ts'
import { createConnectors } from '../operations/connectors.ts'
import { createMetrics } from '../operations/metrics.ts'
import { createTracer } from '../operations/trace.ts'
import type { Stores } from '../storage/stores.ts'

/** What every part of the broker stands on: the record, the keys' sealing, traces, metrics, and the way out to centers. Owns that each is built once. */
export type Foundations = ReturnType<typeof layFoundations>

export interface Ground {
  config: Config
  stores: Stores
  clock: Clock
  log: Log
  version: string
  /** the banks' ids */
  banks: readonly string[]
  processMetrics: boolean
  /** seconds since the revocation lists were last read */
  revocationAge(): number | undefined
}

export function layFoundations({ config, stores, clock, log, version, banks, processMetrics, revocationAge }: Ground) {
  const sealing = createSealing(Buffer.from(config.secrets.sealingKey, 'base64'))
  const trail = createTrail({ store: stores.audit, clock, log })
  const trace = createTracer({ store: stores.traces, clock }).step
  const metrics = createMetrics({
    version,
    mode: config.mode,
    banks,
    processMetrics,
    sources: {
      connectors: () => connectors.states(),
      outbox: () => stores.outbox.backlog(),
      auditHeight: async () => (await stores.audit.head()).seq,
      revocationAge,
    },
  })
  const { meter } = metrics
  const connectors = createConnectors({ banks, clock, meter, log })
  const mayReach = allowHosts(config.outboundHosts, { plainHttp: config.mode === 'sandbox' })
  const centerFetch = createOutboundFetch({
    allow: mayReach,
    allowPrivate: allowHosts(config.privateHosts, { plainHttp: true }),
    timeoutMs: seconds(5),
    maxBytes: 64 * 1024,
  })
  const cookieKeys = [...config.secrets.cookieKeys]
  const cookies = createCookies(cookieKeys, { secure: config.publicUrl.startsWith('https:') })
  return { config, stores, clock, log, sealing, trail, trace, metrics, meter, connectors, mayReach, centerFetch, cookieKeys, cookies }
}
