import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { z } from 'zod'
import { directSigner } from '../bank-adapters/shield-agent/agent-client.ts'
import { attributeOf, forms, HttpBrowser } from '../server/sandbox/http-browser.ts'
import { type Load, load } from './load.ts'
import { pinToCore } from './pin.ts'

/**
 * `npm run bench -- login`: the same login, code + PKCE + token + userinfo, by (a) the OpenID Provider library alone with its memory adapter, (b) the whole broker with the
 * shield login on the embedded database, (c) the same on PostgreSQL where TEST_DATABASE_URL is set. Each server is a process on one core; the load comes from another.
 */
const ready = z.object({
  url: z.url(),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  userinfoEndpoint: z.url(),
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUri: z.url(),
  extra: z.record(z.string(), z.string()),
  /** key files and their PINs; the load signs as the agent would, without the socket */
  shields: z.array(z.object({ file: z.string(), pin: z.string() })),
})
interface Server extends Omit<z.infer<typeof ready>, 'shields'> {
  signers: ReturnType<typeof directSigner>[]
}

const meters = z.object({ cpuMs: z.number(), reads: z.number(), writes: z.number() })

interface Row extends Load {
  name: string
  cpuMs: number
  /** statements a login under load, where concurrent ones share them */
  reads: number
  writes: number
  /** writes of a login that has the server for itself */
  writesAlone: number
}

const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 64)
const ALONE = 20

export async function benchLogin({ json }: { json: boolean }): Promise<void> {
  const seconds = Number(process.env['BENCH_SECONDS'] ?? 10)
  const kinds: [string, string][] = [
    ['alone', '(a) the library alone, memory adapter'],
    ['embedded', '(b) shield login, embedded database'],
  ]
  if (process.env['TEST_DATABASE_URL'] === undefined) console.log('(c) skipped: TEST_DATABASE_URL names no PostgreSQL server')
  else kinds.push(['postgres', '(c) shield login, PostgreSQL'], ['mandates', '(d) as (c), each person with a mandate in force'])

  // the load and the PostgreSQL server's own work stay off the measured core
  pinToCore(1)
  // one row alone, to look into it; its ratio is then unknown
  const only = process.env['BENCH_ONLY']
  const rows: Row[] = []
  for (const [kind, name] of kinds.filter(([kind]) => only === undefined || kind === only)) {
    if (!json) console.log(`measuring ${name} ...`)
    rows.push(await measure(kind, name, seconds))
  }
  const alone = rows.find(row => row.name.startsWith('(a)'))?.loginsPerSecond ?? Number.NaN
  const cpuOf = (letter: string) => rows.find(row => row.name.startsWith(letter))?.cpuMs ?? Number.NaN
  const ratios = {
    ...Object.fromEntries(rows.filter(row => !row.name.startsWith('(a)')).map(row => [`${row.name.slice(1, 2)}/a`, row.loginsPerSecond / alone])),
    'CPU d/c': cpuOf('(d)') / cpuOf('(c)'),
  }
  if (json) {
    console.log(JSON.stringify({ rows, ratios }))
    return
  }
  console.table(
    rows.map(({ name, loginsPerSecond, p50, p99, cpuMs, reads, writes, writesAlone }) => ({
      '': name,
      'logins/s': loginsPerSecond.toFixed(1),
      'p50 ms': p50.toFixed(1),
      'p99 ms': p99.toFixed(1),
      'CPU ms/login': cpuMs.toFixed(2),
      'reads/login': reads.toFixed(2),
      'writes/login': writes.toFixed(2),
      'writes/login alone': writesAlone.toFixed(1),
      'ratio to (a)': (loginsPerSecond / alone).toFixed(2),
    })),
  )
  if (Number.isFinite(ratios['CPU d/c']))
    console.log(`CPU of a login with a mandate in force to one without, (d)/(c): ${ratios['CPU d/c'].toFixed(2)} (goal at most 1.1)`)
}

async function measure(kind: string, name: string, seconds: number): Promise<Row> {
  const child = fork(new URL('login-server.ts', import.meta.url), [kind], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [
      // as `npm run broker` starts the broker, and the library alone with it
      '--max-semi-space-size=32',
      ...(process.env['BENCH_PROFILE'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE']}`]),
    ],
  })
  try {
    const { shields, ...told } = ready.parse(await message(child))
    const server: Server = { ...told, signers: shields.map(({ file, pin }) => directSigner(file, pin)) }
    const agent = new Agent({ keepAlive: true, maxSockets: 64 })
    const used: z.infer<typeof meters>[] = []
    const read = async () => {
      child.send('meters')
      used.push(meters.parse(await message(child)))
    }
    let turn = 0
    // everybody has logged in by then, so there are people to give mandates to
    const started = async () => {
      if (kind === 'mandates') {
        child.send('mandates')
        await message(child)
      }
      await read()
    }
    const result = await load(() => login(server, agent, turn++), { clients: CLIENTS, warmUp: 2000, seconds, started, ended: read })
    for (let i = 0; i < ALONE; i++) await login(server, agent, turn++)
    await read()
    agent.destroy()
    const [before, after, end] = used
    if (before === undefined || after === undefined || end === undefined) throw new Error('the server told nothing of its work')
    const each = (what: keyof typeof after) => (after[what] - before[what]) / result.logins
    return { name, ...result, cpuMs: each('cpuMs'), reads: each('reads'), writes: each('writes'), writesAlone: (end.writes - after.writes) / ALONE }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

async function message(child: ChildProcess): Promise<unknown> {
  const [first] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended early with ${String(code)}`)
    }),
  ])
  return first
}

async function login(server: Server, agent: Agent, turn: number): Promise<void> {
  const browser = new HttpBrowser(() => performance.timeOrigin + performance.now(), agent)
  const verifier = randomBytes(32).toString('base64url')
  const ask = new URLSearchParams({
    client_id: server.clientId,
    response_type: 'code',
    redirect_uri: server.redirectUri,
    state: randomBytes(8).toString('base64url'),
    nonce: randomBytes(8).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...server.extra,
  })
  const stopAt = (url: string) => url.startsWith(server.redirectUri)
  let page = await browser.get(`${server.authorizationEndpoint}?${ask}`, { stopAt })
  if (page.status === 200) page = await signAt(page, server, browser, turn, stopAt)
  const code = new URL(page.url).searchParams.get('code')
  if (page.status !== 0 || code === null)
    throw new Error(`login did not come back to the center: ${page.status} ${page.url}\n${page.body.slice(0, 2000)}`)

  const authorization = `Basic ${Buffer.from(`${server.clientId}:${server.clientSecret}`).toString('base64')}`
  const tokens = await browser.post(
    server.tokenEndpoint,
    { grant_type: 'authorization_code', code, redirect_uri: server.redirectUri, code_verifier: verifier },
    { program: true, headers: { authorization, accept: 'application/json' } },
  )
  if (tokens.status !== 200) throw new Error(`the token endpoint answered ${tokens.status}: ${tokens.body}`)
  const { access_token } = z.object({ access_token: z.string(), id_token: z.string() }).parse(JSON.parse(tokens.body))
  const userinfo = await browser.get(server.userinfoEndpoint, {
    program: true,
    headers: { authorization: `Bearer ${access_token}`, accept: 'application/json' },
  })
  if (userinfo.status !== 200) throw new Error(`userinfo answered ${userinfo.status}: ${userinfo.body}`)
}

type Page = Awaited<ReturnType<HttpBrowser['get']>>

/** Does what the shield page's script does: signs the text on the page with a shield and sends the form. */
async function signAt(page: Page, server: Server, browser: HttpBrowser, turn: number, stopAt: (url: string) => boolean): Promise<Page> {
  const tag = /<form\b[^>]*id="shield-form"[^>]*>/.exec(page.body)?.[0]
  const text = tag === undefined ? undefined : attributeOf(tag, 'data-text')
  const form = forms(page).find(({ id }) => id === 'shield-form')
  const sign = server.signers[turn % server.signers.length]
  if (text === undefined || form === undefined || sign === undefined) throw new Error(`not the shield page: ${page.body.slice(0, 2000)}`)
  const next = await browser.post(form.action, { ...form.fields, ...sign(text) }, { stopAt })
  // the first login of each person asks for consent; the warm-up has them all behind it
  const consent = next.status === 200 ? forms(next).find(({ action }) => action.endsWith('/consent')) : undefined
  return consent === undefined ? next : browser.post(consent.action, { decision: 'agree' }, { stopAt })
}
