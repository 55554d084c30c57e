import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { asBrokerError } from '../kernel/errors.ts'
import { silentLog } from '../kernel/log.ts'
import { installTestClock } from '../kernel/test-clock.ts'
import { bondStory } from './bond-demo.ts'
import { HttpBrowser } from './http-browser.ts'
import { planSandbox, type Sandbox, startSandbox } from './start.ts'
import { type Claims, logIn, logOut } from './walk.ts'

/**
 * `npm run demo`: three logins and a logout over real HTTP without a browser, on a temporary database, as a time line; `npm run demo -- bond`: bid bonds from the announcement to the last refund. With `--json` the last line is
 * one JSON object.
 */
const json = process.argv.includes('--json')
const bonds = process.argv[2] === 'bond'
const began = performance.now()
const say = (text: string) => console.log(`${((performance.now() - began) / 1000).toFixed(2).padStart(6)} s  ${text}`)

const BANKS = { ccb: '建设银行 CCB · OpenID Connect', icbc: '工商银行 ICBC · SAML 2.0', abc: '农业银行 ABC · shield, SM2' } as const
type BankId = keyof typeof BANKS
interface Login {
  uscc: string
  acr: string
  ms: number
}

let ok = false
const dataDir = await mkdtemp(join(tmpdir(), 'shield-demo-'))
try {
  const clock = installTestClock()
  const plan = await planSandbox({ ports: 'free', env: {}, overrides: { dataDir, logLevel: 'error' } })
  const sandbox = await startSandbox(plan, { clock, testClock: clock, log: silentLog, onStep: what => say(`start   ${what}`) })
  try {
    const result = bonds ? await bondStory(sandbox, clock, say) : await run(sandbox, clock)
    ok = result.ok
    say(ok ? 'done    一切正常 all well' : 'FAILED')
    if (json) console.log(JSON.stringify(result))
  } finally {
    await sandbox.close()
  }
} catch (thrown) {
  console.error(asBrokerError(thrown).message)
  if (json) console.log(JSON.stringify({ ok: false }))
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
process.exit(ok ? 0 : 1)

async function run({ plan, app, bank }: Sandbox, clock: Clock) {
  const logins: Partial<Record<BankId, Login>> = {}
  let last: HttpBrowser | undefined
  for (const [id, name] of Object.entries(BANKS) as [BankId, string][]) {
    const browser = new HttpBrowser(() => clock.now().getTime())
    const start = performance.now()
    const claims = await logIn({ plan, bank, browser }, { bank: id })
    const ms = Math.round(performance.now() - start)
    logins[id] = { uscc: claims.uscc ?? '', acr: claims.acr ?? '', ms }
    say(`login   ${name}: ${words(claims)} · ${ms} ms`)
    last?.close()
    last = browser
  }

  if (last === undefined) throw new Error('nobody logged in')
  await logOut({ plan, bank, browser: last })
  await app.stores.outbox.drained('backchannel-logout')
  const delivered = await count(app, 'logout.notified')
  say(`logout  centers told: ${delivered}`)
  last.close()

  const verdict = await app.trail.verify({})
  say(`audit   ${verdict.events} events, ${verdict.ok ? 'chain verified' : 'CHAIN BROKEN'}`)
  const ok = verdict.ok && delivered > 0 && Object.values(logins).every(({ uscc, acr }) => uscc.length === 18 && acr === 'shield')
  return { ok, logins, logout: { notified: delivered }, audit: { events: verdict.events, verified: verdict.ok } }
}

function words(claims: Claims): string {
  return `${String(claims['enterprise_name'])} ${claims.uscc} · ${String(claims['person_name'])} · ${claims.acr}`
}

async function count({ stores }: Sandbox['app'], code: string): Promise<number> {
  let found = 0
  let from = 1
  for (;;) {
    const rows = await stores.audit.read(from, 500)
    found += rows.filter(row => row.code === code).length
    const end = rows.at(-1)
    if (end === undefined) return found
    from = end.seq + 1
  }
}
