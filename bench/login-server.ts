import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { systemClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'
import { planSandbox, startSandbox } from '../server/sandbox/start.ts'
import { giveMandates } from './login-mandates.ts'
import { pinDatabase, pinToCore } from './pin.ts'
import { startProviderAlone } from './provider-alone.ts'

/**
 * The server half of the login bench, a process of its own: `alone`, `embedded` or `postgres`. Tells its parent where it stands, answers `meters` with what it has used so far,
 * and cleans up on SIGTERM.
 */
const [kind] = process.argv.slice(2)
const send = (message: unknown) => void process.send?.(message)
pinToCore(0)

const server = kind === 'alone' ? await alone() : await whole(kind !== 'embedded')
process.on('message', async asked => {
  if (asked === 'mandates') return send(await server.giveMandates())
  await server.pinDatabase()
  const { user, system } = process.cpuUsage()
  send({ cpuMs: (user + system) / 1000, ...server.statements() })
})
process.once('SIGTERM', () => {
  server.close().finally(() => process.exit(0))
})
send(server.told)

async function alone() {
  const { close, ...told } = await startProviderAlone()
  const extra = { scope: 'openid enterprise person certificate' }
  return {
    told: { ...told, extra, shields: [] },
    statements: () => ({ reads: 0, writes: 0 }),
    giveMandates: async () => 0,
    pinDatabase: async () => undefined,
    close,
  }
}

async function whole(postgres: boolean) {
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-bench-'))
  const database = postgres ? await temporaryDatabase() : undefined
  let told = false
  const clientId = 'bench'
  const clientSecret = 'secret-of-the-bench-0123456789abcdef'
  const redirectUri = 'https://center.example/callback'
  const plan = await planSandbox({
    ports: 'free',
    env: {},
    overrides: {
      dataDir,
      ...(database === undefined ? {} : { databaseUrl: database.url }),
      logLevel: 'error',
      limits: { login: 10_000_000, token: 10_000_000, api: 10_000_000 },
      clients: [
        { id: clientId, name: '压测交易中心(演示)', demonstration: true, metadata: { client_secret: clientSecret, redirect_uris: [redirectUri] } },
      ],
    },
  })
  const sandbox = await startSandbox(plan, { clock: systemClock, log: silentLog })
  const issuer = `${plan.urls.broker}/oidc`
  const usable = sandbox.bank.shields('abc').filter(({ kind, state }) => kind === 'SM2-dual' && state === 'good')
  const shields = await Promise.all(usable.map(async ({ path, pin }) => ({ file: await readFile(path, 'utf8'), pin })))
  return {
    told: {
      url: plan.urls.broker,
      clientId,
      clientSecret,
      redirectUri,
      authorizationEndpoint: `${issuer}/auth`,
      tokenEndpoint: `${issuer}/token`,
      userinfoEndpoint: `${issuer}/me`,
      extra: { bank: 'abc', scope: 'openid enterprise person certificate' },
      shields,
    },
    statements: () => sandbox.app.stores.statements(),
    giveMandates: () => giveMandates(sandbox.app, shields),
    async pinDatabase() {
      if (database === undefined || (await pinDatabase(database.url, 1)) || told) return
      told = true
      console.error('PostgreSQL could not be kept off the measured core: its work there counts as ours')
    },
    async close() {
      await sandbox.close()
      await database?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function temporaryDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const base = process.env['TEST_DATABASE_URL']
  if (base === undefined) throw new Error('TEST_DATABASE_URL is not set')
  const name = `bench_${randomBytes(6).toString('hex')}`
  const admin = async (sql: string) => {
    const client = new Client({ connectionString: base })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await admin(`CREATE DATABASE ${name}`)
  const url = new URL(base)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`) }
}
