import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { type AuditTrail, createTrail } from './audit/trail.ts'
import { verifyAudit } from './audit/verify.ts'
import { type Banks, openBanks, readBanks } from './banks.ts'
import type { Config } from './config.ts'
import { type RequestContext, requestContext } from './http/context.ts'
import { createCookies } from './http/cookies.ts'
import { securityHeaders } from './http/headers.ts'
import { allowHosts, createOutboundFetch } from './http/outbound.ts'
import { createRateLimits } from './http/rate-limit.ts'
import { errorHandler, notFound } from './http/respond.ts'
import { sameSiteGuard } from './http/same-site.ts'
import { type Clock, minutes, seconds } from './kernel/clock.ts'
import type { BrokerError } from './kernel/errors.ts'
import { newTraceCode } from './kernel/ids.ts'
import type { Log } from './kernel/log.ts'
import { createSealing } from './kernel/sealing.ts'
import type { TestClock } from './kernel/test-clock.ts'
import { createBankKeys, createLogin, crossSitePaths, isRecorded } from './login/login.ts'
import { type Connectors, createConnectors } from './operations/connectors.ts'
import { failureRoutes } from './operations/failure-routes.ts'
import { homeRoutes } from './operations/home-routes.ts'
import { listKeys } from './operations/key-list.ts'
import { createManagement } from './operations/management.ts'
import { createMetrics } from './operations/metrics.ts'
import type { HomeView } from './operations/pages/home.ts'
import { createTracer } from './operations/trace.ts'
import { traceRoutes } from './operations/trace-routes.ts'
import { issueCertificate } from './pki/issue.ts'
import { selfTest } from './pki/sm2.ts'
import { describeClaims } from './provider/claims.ts'
import { createProvider, type ProviderRoom } from './provider/provider.ts'
import { openStores } from './storage/open.ts'
import type { Stores } from './storage/stores.ts'
import { assetsRouter } from './web/assets.ts'
import { errorPage } from './web/pages/error.ts'

/** The composition root: builds each part once and mounts every router in one visible list. */
export interface App {
  broker: Express
  management: Express
  stores: Stores
  trail: AuditTrail
  provider: ProviderRoom
  banks: Banks
  connectors: Connectors
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
  const sandbox = config.mode === 'sandbox'
  const https = publicUrl.startsWith('https:')
  const ids = data.map(({ id }) => id)
  const cookieKeys = [...config.secrets.cookieKeys]
  const sealing = createSealing(Buffer.from(config.secrets.sealingKey, 'base64'))
  const trail = createTrail({ store: stores.audit, clock, log })
  const tracer = createTracer({ store: stores.traces, clock })
  const trace = tracer.step

  const metrics = createMetrics({
    version,
    mode: config.mode,
    banks: ids,
    processMetrics: parts.processMetrics ?? false,
    sources: {
      connectors: () => connectors.states(),
      outbox: () => stores.outbox.backlog(),
      auditHeight: async () => (await stores.audit.head()).seq,
      revocationAge: () => banks.revocation.ageSeconds(),
    },
  })
  const { meter } = metrics
  const connectors = createConnectors({ banks: ids, clock, meter, log })
  const keys = createBankKeys({
    store: stores.signingKeys,
    sealing,
    clock,
    makeSelfSigned: ({ privateKey, commonName, ...request }) =>
      issueCertificate({ ...request, subject: [['CN', commonName]], issuer: { self: privateKey }, profile: 'sign' }),
  })
  const banks = await openBanks(data, {
    config,
    clock,
    log,
    meter,
    keys,
    once: stores.onceIds.claim,
    report: connectors.report,
  })

  for (const { id, name, metadata } of config.clients) await stores.clients.put({ id, name, metadata: { ...metadata } })
  const centerFetch = createOutboundFetch({
    allow: allowHosts(config.outboundHosts, { plainHttp: sandbox }),
    allowPrivate: allowHosts(config.privateHosts, { plainHttp: true }),
    timeoutMs: seconds(5),
    maxBytes: 64 * 1024,
  })
  const bankName = (id: string) => {
    const name = banks.open.get(id)?.data.name
    return name === undefined ? id : `${name.zh} ${name.en}`
  }
  const login = createLogin({
    stores,
    banks: banks.open,
    keys,
    trail,
    trace,
    meter,
    clock,
    cookies: createCookies(cookieKeys, { secure: https }),
    publicUrl,
    sealing,
    connectors,
    describeClaims: (scopes, proven) => describeClaims(scopes, proven, { bankName }),
    endSessions: who => provider.endSessions(who),
  })
  const provider: ProviderRoom = await createProvider({
    publicUrl,
    cookieKeys,
    lifetimes: { session: config.sessionHours * 3600, login: config.loginMinutes * 60 },
    stores,
    trail,
    trace,
    meter,
    clock,
    log,
    sealing,
    fetch: centerFetch,
    errorPage,
    bankLogout: login.bankLogout,
  })

  const limit = createRateLimits({ perMinute: config.limits, meter, clock })
  const broker = express()
  broker.disable('x-powered-by')
  // no page is to be kept, so none needs a tag; assets make their own
  broker.disable('etag')
  broker.set('trust proxy', config.trustProxy)
  broker.use(requestContext({ clock, log, onFinished: metrics.requestFinished }))
  broker.use(securityHeaders({ https }))
  broker.use('/assets', assetsRouter())
  broker.use('/oidc', limit('token'), provider.router)
  broker.use(['/login', '/banks'], limit('login'))
  broker.use(sameSiteGuard({ publicUrl, exempt: crossSitePaths }))
  broker.use(login.router)
  broker.use(limit('api'))
  broker.use(failureRoutes())
  broker.use(homeRoutes(home))
  if (sandbox) broker.use(traceRoutes(stores))
  broker.use(notFound)
  broker.use(errorHandler({ page: errorPage, publicUrl, onRefused: recordRefusal }))

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
    routers: [
      { path: '/assets', router: assetsRouter() },
      { path: '/', router: traceRoutes(stores) },
      { path: '/', router: failureRoutes() },
    ],
    verifyAudit: () => verifyAudit(stores.audit),
    listKeys: () => listKeys(stores.signingKeys),
    ...(testClock === undefined ? {} : { testClock: { clock: testClock, trail, save: offset => saveOffset(config.dataDir, offset) } }),
  })

  /** refusals outside of a login; the login room writes down its own */
  function recordRefusal(error: BrokerError, context: RequestContext): void {
    if (isRecorded(error) || error.code === 'not_found') return
    trail
      .append({ code: 'request.refused', trace: context.trace, facts: { failure: error.code } })
      .catch((thrown: unknown) => log.error({ err: thrown }, 'a refusal could not be written down'))
    trace({ trace: context.trace, hop: 'broker', step: 'refused', outcome: 'failed', code: error.code, facts: { reason: error.facts } })
  }

  function home(): HomeView {
    const up = connectors.states().every(state => state.up)
    const here = {
      name: { zh: '身份枢纽', en: 'Broker' },
      url: `${publicUrl}/oidc/.well-known/openid-configuration`,
      what: { zh: '交易中心从这里接入', en: 'Centers integrate here' },
      state: up ? ('up' as const) : ('degraded' as const),
    }
    return { services: [here, ...(parts.neighbours?.() ?? [])], howTo: parts.howTo ?? [], version, mode: config.mode }
  }

  const timers = [
    setInterval(() => void quietly(log, 'sweep', () => stores.sweep(2000)), minutes(1)),
    setInterval(() => void quietly(log, 'refresh of revocation lists', () => banks.revocation.refresh()), minutes(1)),
  ]
  for (const timer of timers) timer.unref()
  const stopProbes = connectors.startProbes({ everyMs: seconds(30), probe: banks.probe })

  return {
    broker,
    management,
    stores,
    trail,
    provider,
    banks,
    connectors,
    managementUrl,
    async started() {
      await trail.append({ code: 'platform.started', trace: newTraceCode(), facts: { version, mode: config.mode } })
      running = true
    },
    async close() {
      running = false
      for (const timer of timers) clearInterval(timer)
      stopProbes()
      provider.close()
      await trail.append({ code: 'platform.stopped', trace: newTraceCode(), facts: { version } })
      await trail.close()
      await stores.close()
      banks.close()
      centerFetch.close()
    },
  }
}

async function quietly(log: Log, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    log.error({ err: thrown }, `${what} failed`)
  }
}

/** The sandbox's clock keeps its place over a restart. */
async function saveOffset(dataDir: string, offset: number): Promise<void> {
  if (dataDir === 'memory') return
  const file = join(dataDir, 'clock.json')
  await writeFile(`${file}.new`, JSON.stringify({ offset }))
  await rename(`${file}.new`, file)
}
