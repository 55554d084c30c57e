import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { installTestClock } from '../../server/kernel/test-clock.ts'
import { freePort } from '../../server/listen.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { type Plan, planSandbox, type Sandbox, startSandbox } from '../../server/sandbox/start.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'

/**
 * The sandbox as the journey tests need it: the banks on another site than the broker, as real banks are, so that a browser holds back what it would hold back
 * there; a second center; and for the broker's pages an agent that a test can stop and start.
 */
export interface Stage {
  sandbox: Sandbox
  urls: { broker: string; bank: string; center: string; secondCenter: string; agent: string }
  /** the origins of all of these: whom a page may ask */
  houses: readonly string[]
  agent: { start(): Promise<void>; stop(): Promise<void> }
  close(): Promise<void>
}

/** One stage for the tests of a `describe`. @param ready is given it before the first of them */
export function useStage(ready: (stage: Stage) => void): void {
  let opened: Stage | undefined
  before(async function () {
    this.timeout(180_000)
    opened = await openStage()
    ready(opened)
  })
  after(() => opened?.close())
}

/** The same in a time that the test moves, with everything in this process. */
export function useStageInTime(ready: (stage: Stage, clock: MovedClock) => void): void {
  let clock: MovedClock | undefined
  before(() => {
    clock = installTestClock()
  })
  useStage(stage => {
    if (clock !== undefined) ready(stage, clock)
  })
  after(() => clock?.uninstall())
}
export type MovedClock = ReturnType<typeof installTestClock>

/** The sandbox as it is, for pages of the management port. @param ready is given it before the first test */
export function useSandbox(ready: (sandbox: Sandbox) => void | Promise<void>): void {
  let sandbox: Sandbox | undefined
  let dataDir: string | undefined
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-sandbox-'))
    await copyPreparedDatabase(dataDir)
    sandbox = await startSandbox(await planSandbox({ ports: 'free', env: {}, overrides: { dataDir, logLevel: 'silent' } }), {
      clock: systemClock,
      log: silentLog,
    })
    await ready(sandbox)
  })
  after(async () => {
    await sandbox?.close()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
  })
}

export async function openStage(): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-journey-'))
  const closing: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    await copyPreparedDatabase(dataDir)
    const agentPort = await freePort()
    const secondPort = await freePort()
    const planned = await planSandbox({ ports: 'free', env: {}, overrides: { dataDir, logLevel: 'silent' } })
    const second = secondCenter(`http://127.0.0.1:${secondPort}`)
    const plan = apart(planned, { agentUrl: `ws://127.0.0.1:${agentPort}`, second })
    const sandbox = await startSandbox(plan, { clock: systemClock, log: silentLog })
    closing.push(sandbox.close)
    const center = await startTradingCenter({
      issuer: `${plan.urls.broker}/oidc`,
      clientId: second.id,
      clientSecret: second.metadata.client_secret,
      port: secondPort,
      url: second.url,
    })
    closing.push(center.close)
    const agent = stoppable({ port: agentPort, folder: join(dataDir, 'shields'), origin: plan.urls.broker })
    closing.push(agent.stop)
    await agent.start()
    const { broker, bank, center: first } = plan.urls
    const urls = { broker, bank, center: first, secondCenter: second.url, agent: plan.config.agentUrl }
    return { sandbox, urls, houses: [...Object.values(urls), plan.urls.agent], agent, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

const secondCenter = (url: string) => ({ ...demonstrationCenter(url), id: 'second-center', name: '第二示范公共资源交易中心(演示)', url })

/** `localhost` and `127.0.0.1` are two sites to a browser, whatever the ports. */
function apart(plan: Plan, { agentUrl, second }: { agentUrl: string; second: ReturnType<typeof secondCenter> }): Plan {
  const bank = plan.urls.bank.replace('localhost', '127.0.0.1')
  const { banks, channelParties, clients, outboundHosts } = plan.config
  const { url, ...client } = second
  return {
    ...plan,
    urls: { ...plan.urls, bank },
    config: {
      ...plan.config,
      agentUrl,
      banks: Object.fromEntries(Object.entries(banks).map(([id, data]) => [id, { ...data, url: data.url.replace(plan.urls.bank, bank) }])),
      channelParties: Object.fromEntries(
        Object.entries(channelParties).map(([id, party]) => [
          id,
          { ...party, ...(party.url === undefined ? {} : { url: party.url.replace(plan.urls.bank, bank) }) },
        ]),
      ),
      clients: [...clients, client],
      outboundHosts: [...outboundHosts, new URL(url).host],
    },
  }
}

function stoppable({ port, folder, origin }: { port: number; folder: string; origin: string }): Stage['agent'] {
  let running: Awaited<ReturnType<typeof startAgent>> | undefined
  return {
    async start() {
      running ??= await startAgent({ driver: createSoftwareDriver(folder), allowedOrigins: [origin], port, pinInPage: 'allowed' })
    },
    async stop() {
      const was = running
      running = undefined
      await was?.close()
    },
  }
}
