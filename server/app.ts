import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Express } from 'express'
import type { AuditTrail } from './audit/trail.ts'
import { verifyAudit } from './audit/verify.ts'
import type { AuthorizationRoom } from './authorization/authorization.ts'
import type { Guarantees } from './bonds/guarantees/guarantees.ts'
import { createLedgerKeeping, type LedgerKeeping } from './bonds/ledger/keeping.ts'
import { type Banks, readBanks } from './composition/banks.ts'
import type { BondService } from './composition/bond-service.ts'
import type { Certificates } from './composition/certificates.ts'
import { startChores } from './composition/chores.ts'
import type { FinancingService } from './composition/financing-service.ts'
import { layFoundations } from './composition/foundations.ts'
import { quietly } from './composition/housekeeping.ts'
import { openIdentity } from './composition/identity.ts'
import { mountBroker } from './composition/mount.ts'
import { managementRouters } from './composition/mount-management.ts'
import { ownServices } from './composition/own-services.ts'
import { createRefusalRecord } from './composition/refusals.ts'
import type { SealRevocations } from './composition/seal-revocations.ts'
import type { SealService } from './composition/seal-service.ts'
import { openServices, type Services } from './composition/services.ts'
import type { Config } from './config.ts'
import { createRateLimits } from './http/rate-limit.ts'
import { type Clock, seconds } from './kernel/clock.ts'
import { newTraceCode } from './kernel/ids.ts'
import type { Log } from './kernel/log.ts'
import type { TestClock } from './kernel/test-clock.ts'
import type { Connectors } from './operations/connectors.ts'
import { listKeys } from './operations/key-list.ts'
import { createManagement } from './operations/management.ts'
import type { HomeView } from './operations/pages/home.ts'
import { traceRoutes } from './operations/trace-routes.ts'
import { selfTest } from './pki/sm2.ts'
import type { ProviderRoom } from './provider/provider.ts'
import type { PayerKeys } from './reconciliation/payer-keys.ts'
import type { Reconciliation } from './reconciliation/reconciliation.ts'
import { openStores } from './storage/open.ts'
import type { Stores } from './storage/stores.ts'
import { errorPage } from './web/pages/error.ts'

/** The composition root: builds each part once and mounts every router in one visible list. */
export interface App {
  broker: Express
  management: Express
  stores: Stores
  trail: AuditTrail
  provider: ProviderRoom
  banks: Banks
  certificates: Certificates
  authorization: AuthorizationRoom
  seals: SealService
  sealRevocations: SealRevocations
  bonds: BondService
  ledger: LedgerKeeping
  reconciliation: Reconciliation
  /** what banks make their codes of payers with */
  payerKeys: PayerKeys
  connectors: Connectors
  guarantees: Guarantees
  financing: FinancingService
  /** where the management port answers */
  managementUrl: string
  /** from now on the process counts as started */
  started(): Promise<void>
  close(): Promise<void>
}

export interface AppParts {
  clock: Clock
  log: Log
  /** the sandbox alone: moved through the management port */
  testClock?: TestClock
  /** what else runs beside the broker, for the home page */
  neighbours?: () => HomeView['services']
  howTo?: HomeView['howTo']
  /** one registry of process metrics a process */
  processMetrics?: boolean
}

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** @throws BrokerError config_invalid, self_test_failed, database_unavailable, migration_failed */
export async function createApp(config: Config, parts: AppParts): Promise<App> {
  const { clock, log } = parts
  selfTest()
  const data = await readBanks(config)
  const stores = await openStores({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, clock, log })
  try {
    return await compose(config, parts, data, stores)
  } catch (thrown) {
    await stores.close()
    throw thrown
  }
}

async function compose(config: Config, parts: AppParts, data: Awaited<ReturnType<typeof readBanks>>, stores: Stores): Promise<App> {
  const { clock, log, testClock } = parts
  const { publicUrl } = config
  const ids = data.map(({ id }) => id)
  const base = layFoundations({
    ...{ config, stores, clock, log, version, banks: ids },
    processMetrics: parts.processMetrics ?? false,
    revocationAge: () => identity.certificates.revocation.ageSeconds(),
  })
  const { trail, trace, metrics, meter, connectors } = base
  // identity comes before what stands on it, and tells it what happens
  const identity = await openIdentity(base, data, {
    centersChanged: () => services.centers.notices.wake(),
    newShield(who, trace) {
      void quietly(log, 'the offer to remake seals', () => services.seals.life.watch.renewed(who, true, trace))
      void quietly(log, 'the watch over bids', () => services.bids.newShield(who))
    },
    reminders: { of: who => services.bids.reminders.of(who), seen: who => services.bids.reminders.seen(who) },
  })
  const services: Services = await openServices(base, identity)
  const { banks, certificates, authorization, phone, login, backChannel, provider } = identity
  const { recognition, centers, timestamps, workbench, rooms, seals, sealRevocations, contacts, bids, enforcement, remoteSigning } = services
  const { channel, bonds, guarantees, credit, financing, reconciliation } = rooms
  const ledger = createLedgerKeeping({ store: stores.ledger, clock, trail })
  const refusals = createRefusalRecord({ trail, trace, log })
  const broker = mountBroker({
    config,
    rooms: { channel, reconciliation, provider, recognition, centers, timestamps, login, backChannel, phone },
    workbench: workbench.router,
    seals,
    bids,
    bonds,
    credit,
    financing,
    enforcement,
    contacts,
    remoteSigning,
    guarantees,
    home,
    traces: config.mode === 'sandbox' ? traceRoutes(stores) : undefined,
    limit: createRateLimits({ perMinute: config.limits, meter, clock }),
    onFinished: metrics.requestFinished,
    onRefused: refusals.refused,
    onTold: refusals.told,
    clock,
    log,
  })

  let running = false
  const managementUrl = `http://${config.managementHost}:${config.managementPort}`
  const management = createManagement({
    clock,
    log,
    host: config.managementHost,
    url: managementUrl,
    errorPage,
    hasStarted: () => running,
    checks: [
      { name: 'database', core: true, probe: () => stores.ping() },
      { name: 'signing-keys', core: true, probe: async () => void provider.keys.jwks() },
      ...ids.map(id => ({
        name: `bank-${id}`,
        core: false,
        probe: async () => {
          if (!connectors.isUp(id)) throw new Error('does not answer')
        },
      })),
    ],
    renderMetrics: () => metrics.render(),
    routers: managementRouters({ config, url: managementUrl, stores, certificates, ledger, rooms, enforcement, trail, clock }),
    verifyAudit: () => verifyAudit(stores.audit),
    listKeys: () => listKeys(stores.signingKeys),
    ...(testClock === undefined ? {} : { testClock: { clock: testClock, trail, save: offset => saveOffset(config.dataDir, offset) } }),
  })

  function home(): HomeView {
    const up = connectors.states().every(state => state.up)
    return { services: [...ownServices(publicUrl, up), ...(parts.neighbours?.() ?? [])], howTo: parts.howTo ?? [], version, mode: config.mode }
  }

  const stopChores = startChores(base, identity, services, ledger)
  const stopProbes = connectors.startProbes({ everyMs: seconds(30), probe: banks.probe })

  return {
    broker,
    management,
    stores,
    trail,
    provider,
    banks,
    certificates,
    authorization,
    seals,
    sealRevocations,
    bonds,
    ledger,
    reconciliation,
    payerKeys: rooms.payerKeys,
    connectors,
    guarantees,
    financing,
    managementUrl,
    async started() {
      await trail.append({ code: 'platform.started', trace: newTraceCode(), facts: { version, mode: config.mode } })
      running = true
    },
    async close() {
      running = false
      stopChores()
      stopProbes()
      provider.close()
      await services.close()
      await trail.append({ code: 'platform.stopped', trace: newTraceCode(), facts: { version } })
      await trail.close()
      identity.close()
      await stores.close()
      banks.close()
      base.centerFetch.close()
    },
  }
}

/** The sandbox's clock keeps its place over a restart. */
async function saveOffset(dataDir: string, offset: number): Promise<void> {
  if (dataDir === 'memory') return
  const file = join(dataDir, 'clock.json')
  await writeFile(`${file}.new`, JSON.stringify({ offset }))
  await rename(`${file}.new`, file)
}
