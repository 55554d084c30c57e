import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createMockBank, type MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { startAgent } from '../../bank-adapters/shield-agent/agent.ts'
import { createSoftwareDriver } from '../../bank-adapters/shield-agent/software-driver.ts'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import { verifyAudit } from '../../server/audit/verify.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { type Plan, planSandbox } from '../../server/sandbox/start.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { openStores } from '../../server/storage/open.ts'
import { copyPreparedDatabase } from '../storage/prepared-database.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { goodShields } from './common.ts'
import { allRows, loginsOf } from './expectations.ts'
import { WitnessBrowser } from './sandbox.ts'

const ROUNDS = 3
const PEOPLE = 6

/** What people were told, as the ids of their logins: that a login began, and that they stand in the center with tokens. */
interface Told {
  began: Set<string>
  granted: Set<string>
}

describe('a broker killed amid logins', function () {
  this.timeout(120_000)

  it('comes up by itself, has lost nothing that anybody was told, and logs people in, three times over, on the embedded database', async () => {
    const scene = await openScene()
    try {
      await copyPreparedDatabase(scene.plan.config.dataDir)
      await threeRounds(scene)
    } finally {
      await scene.close()
    }
  })

  const onPostgres = 'comes up by itself, has lost nothing that anybody was told, and logs people in, three times over, on PostgreSQL'
  if (process.env['TEST_DATABASE_URL'] === undefined) it(`${onPostgres} (TEST_DATABASE_URL is not set)`)
  else {
    it(onPostgres, async () => {
      const database = await createTemporaryDatabase()
      const scene = await openScene(database?.url)
      try {
        await threeRounds(scene)
      } finally {
        await scene.close()
        await database?.drop()
      }
    })
  }
})

type Scene = Awaited<ReturnType<typeof openScene>>

/** Bank, agent and center live on in this process, as they do when a broker dies. */
async function openScene(databaseUrl?: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-flow-kill-'))
  const overrides = { dataDir, logLevel: 'silent' as const, ...(databaseUrl === undefined ? {} : { databaseUrl }) }
  const plan = await planSandbox({ ports: 'free', env: {}, overrides })
  const { urls, ports } = plan
  const parts = { clock: systemClock, log: silentLog }
  const bank = await createMockBank({ ...parts, dataDir, port: ports.bank, url: urls.bank, brokerUrl: urls.broker, agentUrl: urls.agent })
  const driver = createSoftwareDriver(join(dataDir, 'shields'))
  const agent = await startAgent({ ...parts, driver, allowedOrigins: [urls.broker, urls.bank], port: ports.agent, pinInPage: 'allowed' })
  const { id: clientId, metadata } = demonstrationCenter(urls.center)
  const issuer = `${urls.broker}/oidc`
  const center = await startTradingCenter({ issuer, clientId, clientSecret: metadata.client_secret, port: ports.center, url: urls.center })
  return {
    plan,
    bank,
    async close() {
      for (const part of [center, agent, bank]) await part.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function threeRounds({ plan, bank }: Scene): Promise<void> {
  const told: Told = { began: new Set(), granted: new Set() }
  let granted = 0
  for (let round = 1; round <= ROUNDS; round++) {
    const broker = await startChild(plan)
    try {
      const enough = randomInt(PEOPLE, 3 * PEOPLE)
      await killAmidLogins(broker, { plan, bank, told, enough })
    } finally {
      broker.kill('SIGKILL')
    }
    expect(told.granted.size, 'logins before this death').to.be.above(granted)
    granted = told.granted.size
  }

  const again = await startChild(plan)
  try {
    await oneLogin(plan, bank, told)
    expect(told.granted.size).to.equal(granted + 1)
    const verdict: unknown = await (await fetch(`${plan.urls.management}/audit/verify`)).json()
    expect(verdict).to.include({ ok: true })
  } finally {
    const exited = once(again, 'exit')
    again.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
  }
  await expectAllRecorded(plan, told)
}

/** People log in one after another, several at once; the broker dies when enough of them got in and the others are somewhere on the way. */
async function killAmidLogins(
  broker: ChildProcess,
  { plan, bank, told, enough }: Omit<Scene, 'close'> & { told: Told; enough: number },
): Promise<void> {
  const exited = once(broker, 'exit')
  let inside = 0
  let dead = false
  const person = async (number: number) => {
    for (let turn = 0; !dead; turn++) {
      try {
        await oneLogin(plan, bank, told, number + turn * PEOPLE)
      } catch (thrown) {
        if (!dead) throw thrown
        return
      }
      if (++inside < enough || dead) continue
      dead = true
      broker.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: PEOPLE }, (_, number) => person(number)))
  expect(await exited).to.deep.equal([null, 'SIGKILL'])
}

/** One person, one login. What they were told before it failed counts as well. */
async function oneLogin(plan: Plan, bank: MockBank, told: Told, turn = 0): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const browser = new WitnessBrowser(() => Date.now(), agent)
  const shields = ['ccb', 'abc'].flatMap(id => goodShields({ bank }, id))
  const shield = shields[(turn * 7) % shields.length]
  if (shield === undefined) throw new Error('no shield')
  try {
    await logIn({ plan, bank, browser }, { bank: shield.bank, shield })
    const login = loginsOf(browser, plan).at(-1)
    if (login !== undefined) told.granted.add(login)
  } finally {
    for (const login of loginsOf(browser, plan)) told.began.add(login)
    agent.destroy()
  }
}

/** @throws Error when it ends instead of serving */
async function startChild({ config: { notes: _, ...overrides } }: Plan): Promise<ChildProcess> {
  const child = fork(new URL('./fixtures/broker.ts', import.meta.url), [JSON.stringify(overrides)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the broker ended with ${code ?? signal} and did not serve`)
  })
  // it is killed later, and nobody waits any more
  ended.catch(() => undefined)
  await Promise.race([once(child, 'message'), ended])
  return child
}

async function expectAllRecorded({ config: { dataDir, databaseUrl } }: Plan, told: Told): Promise<void> {
  const stores = await openStores({ dataDir, databaseUrl, clock: systemClock, log: silentLog })
  try {
    expect(await verifyAudit(stores.audit)).to.include({ ok: true })
    const rows = await allRows(stores.audit)
    const begun = new Map(rows.filter(({ code }) => code === 'login.started').map(({ body, trace }) => [String(JSON.parse(body).login), trace]))
    const under = Map.groupBy(rows, ({ trace }) => trace)
    const lost = (logins: Set<string>, codes: string[]) =>
      [...logins].filter(login => {
        const found = (under.get(begun.get(login) ?? '') ?? []).map(({ code }) => code)
        return codes.some(code => !found.includes(code))
      })
    expect(lost(told.began, ['login.started'])).to.deep.equal([])
    expect(lost(told.granted, ['login.started', 'login.bank-chosen', 'login.proven', 'login.granted', 'token.issued'])).to.deep.equal([])
    expect(rows.filter(({ code }) => code === 'platform.started')).to.have.length(ROUNDS + 1)
    expect(rows.filter(({ code }) => code === 'platform.stopped')).to.have.length(1)
  } finally {
    await stores.close()
  }
}
