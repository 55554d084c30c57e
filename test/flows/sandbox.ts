/**
 * Owns the whole product for flow tests: broker, mock bank, shield agent and two trading centers over real HTTP. One for each database and mocha process, opened when the first
 * test asks and closed after the last; a test that bends time or adds a bank opens its own. Nothing in it is faked but the bank and the people.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import type { Config } from '../../server/config.ts'
import { type Clock, systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { freePort } from '../../server/listen.ts'
import { HttpBrowser, type Page } from '../../server/sandbox/http-browser.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { type Plan, planSandbox, type Sandbox, type SandboxParts, startSandbox } from '../../server/sandbox/start.ts'
import type { Walker } from '../../server/sandbox/walk.ts'
import { copyPreparedDatabase } from '../storage/prepared-database.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'

type Database = 'embedded' | 'PostgreSQL'

/** A browser that remembers what it was shown. */
export class WitnessBrowser extends HttpBrowser {
  readonly pages: Page[] = []

  override async get(...how: Parameters<HttpBrowser['get']>): Promise<Page> {
    return this.#witness(await super.get(...how))
  }
  override async post(...how: Parameters<HttpBrowser['post']>): Promise<Page> {
    return this.#witness(await super.post(...how))
  }
  /** every address since the beginning, or since `forget` */
  addresses(): string[] {
    return this.pages.flatMap(({ trail }) => trail)
  }
  forget(): void {
    this.pages.length = 0
  }
  #witness(page: Page): Page {
    this.pages.push(page)
    return page
  }
}

export type TestWalker = Walker & { browser: WitnessBrowser }

export interface TestSandbox extends Sandbox {
  /** a person at a fresh browser, at the demonstration center */
  walker(): TestWalker
  /** the same person and browser, at the second center */
  atSecondCenter(walker: TestWalker): TestWalker
}

/** A center that exists in the register alone: tests play its back end. */
export const paperCenter = {
  id: 'paper-center',
  secret: 'secret-of-the-paper-center-0123456789',
  redirectUri: 'https://paper.example/callback',
}

interface Options {
  database?: Database
  clock?: Clock
  /** settings in the place of the sandbox's own, made once it is known where everything will stand */
  settings?: (plan: Plan) => Partial<Config> | Promise<Partial<Config>>
  bankOptions?: SandboxParts['bankOptions']
}

export async function openSandbox({
  database = 'embedded',
  clock = systemClock,
  settings = () => ({}),
  bankOptions,
}: Options = {}): Promise<TestSandbox> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-flow-'))
  const closing: (() => unknown)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const server = database === 'PostgreSQL' ? await createTemporaryDatabase() : undefined
    if (server !== undefined) closing.push(server.drop)
    else await copyPreparedDatabase(dataDir)

    const second = await secondCenter()
    const first = await planSandbox({ ports: 'free', env: {}, overrides: { dataDir, logLevel: 'silent' } })
    const config: Config = {
      ...first.config,
      ...(server === undefined ? {} : { databaseUrl: server.url }),
      clients: [...first.config.clients, second.registration, paperRegistration],
      outboundHosts: [...first.config.outboundHosts, new URL(second.url).host],
      ...(await settings(first)),
    }
    const plan: Plan = { ...first, config }
    const sandbox = await startSandbox(plan, { clock, log: silentLog, ...(bankOptions === undefined ? {} : { bankOptions }) })
    closing.push(sandbox.close)
    const { client_secret: clientSecret } = second.registration.metadata
    const running = await startTradingCenter({
      issuer: `${plan.urls.broker}/oidc`,
      clientId: second.registration.id,
      clientSecret,
      port: second.port,
      url: second.url,
    })
    closing.push(running.close)
    const agent = new Agent({ keepAlive: true, maxSockets: 128 })
    closing.push(() => agent.destroy())
    return {
      ...sandbox,
      close,
      walker: () => ({ plan, bank: sandbox.bank, browser: new WitnessBrowser(() => clock.now().getTime(), agent) }),
      atSecondCenter: walker => ({ ...walker, plan: { ...plan, urls: { ...plan.urls, center: second.url } } }),
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** By number, not by name: browsers share cookies between the ports of one host, and two real centers have two hosts. */
async function secondCenter() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const registration = { ...demonstrationCenter(url), id: 'second-center', name: '第二交易中心(演示)' }
  return { port, url, registration }
}

const paperRegistration = {
  id: paperCenter.id,
  name: '纸上交易中心(演示)',
  demonstration: true,
  metadata: {
    client_secret: paperCenter.secret,
    redirect_uris: [paperCenter.redirectUri],
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    authorization_details_types: ['login', 'seal_use', 'bid_submit', 'bid_bond', 'credit_consent'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'openid enterprise person authority certificate offline_access',
  },
}

// ---- shared -----------------------------------------------------------------------------------------------------------------------------------

const shared = new Map<Database, Promise<TestSandbox>>()

function sharedSandbox(database: Database): Promise<TestSandbox> {
  const open = shared.get(database) ?? openSandbox({ database })
  shared.set(database, open)
  return open
}

/** For a test that moves the time of the whole process: nothing else may be running in it. Whoever asks next gets new ones. */
export async function closeSharedSandboxes(): Promise<void> {
  const open = [...shared.values()]
  shared.clear()
  for (const sandbox of open)
    await sandbox.then(
      each => each.close(),
      () => undefined,
    )
}

after(async function () {
  this.timeout(60_000)
  await closeSharedSandboxes()
})

/** The same tests on both databases. @param tests is given the shared sandbox, opened before its first test */
export function onEachDatabase(title: string, tests: (sandbox: () => TestSandbox) => void): void {
  const on = (database: Database, name: string) => () => {
    let open: TestSandbox | undefined
    before(async function () {
      this.timeout(90_000)
      open = await sharedSandbox(database)
    })
    tests(() => {
      if (open === undefined) throw new Error(`no sandbox on ${name} yet`)
      return open
    })
  }
  describe(`${title}, on the embedded database`, on('embedded', 'the embedded database'))
  if (process.env['TEST_DATABASE_URL'] === undefined)
    describe.skip(`${title}, on PostgreSQL (TEST_DATABASE_URL is not set)`, on('PostgreSQL', 'PostgreSQL'))
  else describe(`${title}, on PostgreSQL`, on('PostgreSQL', 'PostgreSQL'))
}
