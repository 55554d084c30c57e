import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FinishedRequest } from '../http/context.ts'
import type { Meter } from '../kernel/meter.ts'
import type { ConnectorState } from './connectors.ts'

/**
 * Prometheus behind the kernel's Meter, one registry an app. Every label is of a closed set: bank ids of the configuration, failure codes, route patterns; what is
 * not of the set counts as `other`. Never a company, person, certificate or trace code.
 */
export interface MetricsDeps {
  version: string
  mode: string
  banks: readonly string[]
  /** asked at each scrape, each within a second; one that fails is left out and counted, so that a scrape works while the database does not */
  sources: {
    connectors: () => readonly ConnectorState[]
    outbox: () => Promise<{ waiting: number; dead: number }>
    auditHeight: () => Promise<number>
    /** seconds since the oldest revocation list in use was fetched; undefined while there is none */
    revocationAge: () => number | undefined
  }
  /** also memory, event loop and garbage collection of the process: once a process, so not in tests that run several apps */
  processMetrics: boolean
}

export interface Metrics {
  meter: Meter
  /** for requestContext */
  requestFinished(done: FinishedRequest): void
  render(): Promise<{ contentType: string; text: string }>
}

/** OpenTelemetry's advice for http.server.request.duration, in seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** People stand between the stages of a login: up to minutes. */
const STAGE_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600]
const MAX_ROUTES = 200

export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (deps.processMetrics) collectDefaultMetrics({ register: registry })

  const logins = new Counter({ name: 'shield_login_total', help: 'Logins that ended', labelNames: ['bank', 'outcome', 'reason'], registers })
  const stages = new Histogram({
    name: 'shield_login_stage_duration_seconds',
    help: 'Time a login spends in a stage, people included',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers,
  })
  const verdicts = new Counter({ name: 'shield_certificate_verdict_total', help: 'Certificates checked', labelNames: ['verdict'], registers })
  const calls = new Histogram({
    name: 'shield_connector_request_duration_seconds',
    help: 'Calls to a bank',
    labelNames: ['bank', 'outcome'],
    buckets: REQUEST_BUCKETS,
    registers,
  })
  const replays = new Counter({
    name: 'shield_replay_refused_total',
    help: 'Codes, tokens, challenges and assertions that came a second time',
    registers,
  })
  const channelRefusals = new Counter({
    name: 'shield_channel_refused_total',
    help: 'Messages of the data channel that were refused',
    labelNames: ['reason'],
    registers,
  })
  const limited = new Counter({ name: 'shield_rate_limited_total', help: 'Requests refused by a rate limit', labelNames: ['scope'], registers })
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Requests answered',
    labelNames: ['route', 'method', 'status'],
    buckets: REQUEST_BUCKETS,
    registers,
  })
  new Gauge({ name: 'shield_build_info', help: 'Always 1', labelNames: ['version', 'mode', 'node'], registers }).set(
    { version: deps.version, mode: deps.mode, node: process.version },
    1,
  )
  scraped(registry, deps.sources)

  const bankLabel = (bank: string) => (deps.banks.includes(bank) ? bank : 'other')
  const routes = new Set<string>()
  const routeLabel = (route: string) => {
    if (routes.size < MAX_ROUTES) routes.add(route)
    return routes.has(route) ? route : 'other'
  }
  return {
    meter: {
      login: (bank, outcome, reason) => logins.inc({ bank: bankLabel(bank), outcome, reason }),
      stage: (stage, seconds) => stages.observe({ stage }, seconds),
      certificateVerdict: verdict => verdicts.inc({ verdict }),
      connector: (bank, up, seconds) => calls.observe({ bank: bankLabel(bank), outcome: up ? 'ok' : 'failed' }, seconds),
      replayRefused: () => replays.inc(),
      rateLimited: scope => limited.inc({ scope }),
      channelRefused: reason => channelRefusals.inc({ reason }),
    },
    requestFinished: ({ route, method, status, seconds }) => requests.observe({ route: routeLabel(route), method, status }, seconds),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

/** Gauges whose value is asked for at the moment of a scrape. */
function scraped(registry: Registry, sources: MetricsDeps['sources']): void {
  const registers = [registry]
  const failed = new Counter({
    name: 'shield_scrape_failed_total',
    help: 'Values that could not be asked at a scrape',
    labelNames: ['source'],
    registers,
  })
  const attempt = async (source: string, gauge: Gauge, ask: () => Promise<void>) => {
    try {
      await withinASecond(ask())
    } catch {
      // an old value would look like a living one
      gauge.remove()
      failed.inc({ source })
    }
  }
  new Gauge({
    name: 'shield_connector_up',
    help: '1 while the bank answers',
    labelNames: ['bank'],
    registers,
    collect() {
      for (const { bank, up } of sources.connectors()) this.set({ bank }, up ? 1 : 0)
    },
  })
  new Gauge({
    name: 'shield_outbox_jobs',
    help: 'Effects on the outside that wait, and those that were given up',
    labelNames: ['state'],
    registers,
    async collect() {
      await attempt('outbox', this, async () => {
        const { waiting, dead } = await sources.outbox()
        this.set({ state: 'waiting' }, waiting)
        this.set({ state: 'dead' }, dead)
      })
    },
  })
  new Gauge({
    name: 'shield_audit_height',
    help: 'Events in the audit record',
    registers,
    async collect() {
      await attempt('audit', this, async () => this.set(await sources.auditHeight()))
    },
  })
  new Gauge({
    name: 'shield_revocation_age_seconds',
    help: 'Age of the oldest revocation list in use',
    registers,
    collect() {
      const age = sources.revocationAge()
      if (age === undefined) this.remove()
      else this.set(age)
    },
  })
}

async function withinASecond(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within a second')), 1000)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
