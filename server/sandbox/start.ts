import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createMockBank, type MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import type { App } from '../app.ts'
import { startBroker } from '../broker.ts'
import { type Config, type ConfigInput, loadConfig } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { TestClock } from '../kernel/test-clock.ts'
import { freePort } from '../listen.ts'
import { DEMONSTRATION_GATEWAY_SECRET } from '../secrets.ts'
import { demonstrationCenter, neighbours, steps, type Urls } from './scene.ts'

/**
 * Everything a login needs, on one machine: broker, mock bank, shield agent and demonstration center, each on its own port with its own state, speaking real HTTP with one another.
 * One process, so that one test clock moves them all (decision 0004).
 */
export interface Sandbox {
  plan: Plan
  app: App
  bank: MockBank
  close(): Promise<void>
}

/** Where everything will stand, before anything does. */
export interface Plan {
  config: Config
  ports: Ports
  urls: Urls
}

const USUAL = { broker: 7100, management: 7109, bank: 7101, agent: 7130, center: 7102 }
type Ports = typeof USUAL

/**
 * @param ports `usual` are the ports that the documents name; `free` any, for tests and the demonstration
 * @param overrides whole settings in the place of the sandbox's own
 */
export async function planSandbox(options: {
  ports: 'usual' | 'free'
  env?: Record<string, string | undefined>
  overrides?: ConfigInput
}): Promise<Plan> {
  const ports = options.ports === 'usual' ? USUAL : await freePorts()
  const urls = {
    broker: `http://localhost:${ports.broker}`,
    management: `http://127.0.0.1:${ports.management}`,
    bank: `http://localhost:${ports.bank}`,
    agent: `ws://127.0.0.1:${ports.agent}`,
    center: `http://localhost:${ports.center}`,
  }
  const overrides: ConfigInput = {
    mode: 'sandbox',
    port: ports.broker,
    publicUrl: urls.broker,
    managementPort: ports.management,
    agentUrl: urls.agent,
    outboundHosts: [urls.center, urls.bank].map(url => new URL(url).host),
    noticeGateway: { url: `${urls.bank}/messages`, secrets: [DEMONSTRATION_GATEWAY_SECRET] },
    clients: [demonstrationCenter(urls.center)],
    ...options.overrides,
  }
  const sources = options.env === undefined ? {} : { env: options.env }
  const { dataDir } = await loadConfig({ ...sources, overrides })
  const config = await loadConfig({
    ...sources,
    overrides: { banks: mockBanks(urls.bank, dataDir), channelParties: mockParties(urls.bank, dataDir), ...overrides },
  })
  return { config, ports, urls }
}

/** Where the mock bank answers and leaves its certificates. */
function mockBanks(url: string, dataDir: string): NonNullable<ConfigInput['banks']> {
  const at = (id: string) => ({ url: `${url}/${id}`, anchors: join(dataDir, 'mock-bank', id, 'anchors.pem') })
  return { ccb: at('ccb'), icbc: { ...at('icbc'), signingCertificates: join(dataDir, 'mock-bank', 'icbc', 'signing.pem') }, abc: at('abc') }
}

/** The mock banks as senders of messages, by the keys that they leave beside their certificates. */
function mockParties(url: string, dataDir: string): NonNullable<ConfigInput['channelParties']> {
  const keysOf = (id: string) =>
    (['sign', 'encrypt'] as const).map(use => ({ certificate: join(dataDir, 'mock-bank', id, 'channel', `${use}.pem`), use }))
  const prefixes = { ccb: '62170099', icbc: '62220299', abc: '62284899' }
  return Object.fromEntries(
    Object.entries(prefixes).map(([id, accountPrefix]) => [id, { url: `${url}/${id}/channel/messages`, accountPrefix, keys: keysOf(id) }]),
  )
}

export interface SandboxParts {
  clock: Clock
  log: Log
  testClock?: TestClock
  processMetrics?: boolean
  /** told as things come up */
  onStep?: (what: string) => void
  /** how the mock bank is set up, for tests */
  bankOptions?: Partial<Parameters<typeof createMockBank>[0]>
}

export async function startSandbox(plan: Plan, parts: SandboxParts): Promise<Sandbox> {
  const { config, ports, urls } = plan
  const { clock, log, testClock, onStep = () => undefined } = parts
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    onStep('三家演示银行 three mock banks')
    await mkdir(config.dataDir, { recursive: true })
    const bank = await createMockBank({
      dataDir: config.dataDir,
      clock,
      log,
      port: ports.bank,
      url: urls.bank,
      brokerUrl: urls.broker,
      agentUrl: urls.agent,
      gatewaySecret: DEMONSTRATION_GATEWAY_SECRET,
      ...parts.bankOptions,
    })
    closing.push(bank.close)

    onStep('盾助手 shield agent')
    const agent = await startAgent({
      driver: createSoftwareDriver(join(config.dataDir, 'shields')),
      allowedOrigins: [urls.broker, urls.bank],
      port: ports.agent,
      pinInPage: 'allowed',
      clock,
      log,
    })
    closing.push(agent.close)

    onStep('身份枢纽 broker')
    const broker = await startBroker(config, {
      clock,
      log,
      processMetrics: parts.processMetrics ?? false,
      neighbours: () => neighbours(urls),
      howTo: steps(urls),
      ...(testClock === undefined ? {} : { testClock }),
    })
    closing.push(broker.close)
    for (const id of Object.keys(config.channelParties)) {
      const { key, edition } = broker.app.payerKeys.newest(id)
      bank.channel(id).reconciliation.setPayerKey(key, edition)
    }

    onStep('演示交易中心 demonstration center')
    const center = demonstrationCenter(urls.center)
    const running = await startTradingCenter({
      issuer: `${urls.broker}/oidc`,
      clientId: center.id,
      clientSecret: center.metadata.client_secret,
      port: ports.center,
      url: urls.center,
    })
    closing.push(running.close)
    return { plan, app: broker.app, bank, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function freePorts(): Promise<Ports> {
  const [broker, management, bank, agent, center] = await Promise.all(Array.from({ length: 5 }, freePort))
  if (broker === undefined || management === undefined || bank === undefined || agent === undefined || center === undefined)
    throw new Error('no free ports')
  return { broker, management, bank, agent, center }
}
