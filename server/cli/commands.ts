import { z } from 'zod'
import { readTraceCode } from '../kernel/ids.ts'
import { settings } from '../settings.ts'
import { bidCommands } from './bid.ts'
import { bondCommands } from './bond.ts'
import { askBroker, brokerOf, fromBrokerOrStores } from './broker.ts'
import { certCommands } from './cert.ts'
import { channelCommands } from './channel.ts'
import { cmsCommands } from './cms.ts'
import { type Asked, type Command, EXIT, type Outcome } from './command.ts'
import { creditCommands } from './credit.ts'
import { enforcementCommands } from './enforcement.ts'
import { ledgerCommands } from './ledger.ts'
import { reconcileCommands } from './reconcile.ts'
import { sealCommands } from './seal.ts'
import { softShieldCommands } from './soft-shield.ts'
import { timestampCommands } from './timestamp.ts'
import { trustCommands } from './trust.ts'
import { usageCommands } from './usage.ts'

/** Every command of `shield`, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: 'audit verify',
    args: [],
    about: 'checks the whole audit record: every hash, every number, the head',
    run: verify,
  },
  { name: 'trace', args: ['CODE'], about: 'what happened under a trace code, why it failed and who can fix it', run: trace },
  ...ledgerCommands,
  ...reconcileCommands,
  ...trustCommands,
  ...certCommands,
  ...cmsCommands,
  ...sealCommands,
  ...bidCommands,
  ...channelCommands,
  ...bondCommands,
  ...creditCommands,
  ...enforcementCommands,
  ...timestampCommands,
  ...softShieldCommands,
  ...usageCommands,
  { name: 'config check', args: [], about: 'reads the configuration as the broker would, and says all that is wrong', run: configCheck },
  { name: 'config settings', args: [], about: 'lists every setting with its variable and an example', run: configSettings },
  { name: 'keys list', args: [], about: 'signing keys and their states', run: keysList },
  { name: 'health', args: [], about: 'asks the running broker whether it is ready', run: health },
  { name: 'clock show', args: [], about: 'the time in the running sandbox', run: asked => moveClock(asked, undefined) },
  { name: 'clock advance', args: ['SECONDS'], about: 'moves the time of the running sandbox: 3600, 2h, 30d, -1d', run: clockAdvance },
  { name: 'clock reset', args: [], about: 'puts the running sandbox back to real time', run: asked => moveClock(asked, { reset: true }) },
]

const verdict = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), events: z.number(), head: z.string() }),
  z.object({
    ok: z.literal(false),
    found: z.enum(['changed', 'missing', 'reordered', 'added']),
    seq: z.number(),
    facts: z.string(),
    events: z.number(),
  }),
])

async function verify({ config, progress }: Asked): Promise<Outcome> {
  const found = await fromBrokerOrStores(await config(), {
    path: '/audit/verify',
    schema: verdict,
    here: async stores => {
      const { verifyAudit } = await import('../audit/verify.ts')
      return verifyAudit(stores.audit, { onProgress: (done, total) => progress(`${done} of ${total} events`) })
    },
  })
  const text = found.ok
    ? `The audit record verifies: ${found.events} events, head ${found.head}\nKeep the head elsewhere: it proves later that nothing before it was rewritten.\n`
    : `THE AUDIT RECORD DOES NOT VERIFY at event ${found.seq} (${found.found}): ${found.facts}\n`
  return { exit: found.ok ? EXIT.ok : EXIT.found, json: found, text }
}

async function trace({ args, config }: Asked): Promise<Outcome> {
  const code = readTraceCode(args[0] ?? '')
  if (code === undefined)
    return { exit: EXIT.usage, json: { error: 'not a trace code' }, text: 'A trace code has eight characters, such as K7QM-3F9T.\n' }
  const { readTrace } = await import('../operations/trace.ts')
  const { formatTrace } = await import('../operations/format-trace.ts')
  const view = await fromBrokerOrStores(await config(), {
    path: `/trace/${code}.json`,
    schema: traceView,
    here: async stores => traceView.parse((await readTrace(stores, code)) ?? { error: '' }),
  })
  if ('error' in view)
    return { exit: EXIT.found, json: { error: `nothing under ${code}` }, text: `Nothing under ${code}. Traces are kept for some weeks.\n` }
  return { exit: EXIT.ok, json: view, text: formatTrace(view) }
}

const words = z.object({ zh: z.string(), en: z.string() })
const traceView = z.union([
  z.object({ error: z.string() }),
  z.object({
    code: z.string(),
    state: z.enum(['granted', 'refused', 'open']),
    startedAt: z.string(),
    center: z.string().optional(),
    bank: z.string().optional(),
    failure: z
      .object({
        code: z.string(),
        zh: z.string(),
        en: z.string(),
        who: z.enum(['clerk', 'bank', 'center', 'operator']),
        received: z.string().optional(),
        expected: z.string().optional(),
        remedy: words,
      })
      .optional(),
    steps: z.array(
      z.object({
        at: z.string(),
        ms: z.number().optional(),
        hop: z.enum(['center', 'broker', 'agent', 'bank']),
        step: z.string(),
        outcome: z.enum(['ok', 'failed']),
        code: z.string().optional(),
        facts: z.record(z.string(), z.string()),
      }),
    ),
  }),
])

async function configCheck({ config }: Asked): Promise<Outcome> {
  const { mode, publicUrl, dataDir, databaseUrl, banks, notes } = await config()
  const facts = { mode, publicUrl, database: databaseUrl === undefined ? `embedded in ${dataDir}` : 'PostgreSQL', banks: Object.keys(banks), notes }
  return { exit: EXIT.ok, json: { ok: true, ...facts }, text: `The configuration is right.\n${lines(facts)}` }
}

async function configSettings(): Promise<Outcome> {
  const text = settings.map(
    row => `${row.variable}${row.secret === true ? ' (or _FILE)' : ''}\n    ${row.about}\n    ${row.variable}=${row.example}\n`,
  )
  return { exit: EXIT.ok, json: settings, text: text.join('') }
}

const keyLine = z.object({ kid: z.string(), use: z.string(), state: z.string(), createdAt: z.string(), activeFrom: z.string() })

async function keysList({ config }: Asked): Promise<Outcome> {
  const keys = await fromBrokerOrStores(await config(), {
    path: '/keys',
    schema: z.array(keyLine),
    here: async stores => (await import('../operations/key-list.ts')).listKeys(stores.signingKeys),
  })
  const text = keys.map(key => `${key.use.padEnd(12)} ${key.state.padEnd(8)} ${key.kid}  active from ${key.activeFrom}\n`)
  return { exit: EXIT.ok, json: keys, text: text.length === 0 ? 'No keys yet: they are made when a broker first starts.\n' : text.join('') }
}

const readinessAnswer = z.object({ status: z.string(), checks: z.array(z.object({ name: z.string(), core: z.boolean(), status: z.string() })) })

async function health({ config }: Asked): Promise<Outcome> {
  const found = await askBroker(await brokerOf(await config()), '/health/ready', readinessAnswer)
  const text = found.checks.map(check => `  ${check.status.padEnd(5)} ${check.name}${check.core ? '' : ' (not core)'}\n`)
  return { exit: found.status === 'down' ? EXIT.found : EXIT.ok, json: found, text: `${found.status}\n${text.join('')}` }
}

const clockAnswer = z.object({ now: z.string(), offsetSeconds: z.number() })
const UNITS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

async function clockAdvance(asked: Asked): Promise<Outcome> {
  const [, number, unit = ''] = /^(-?\d{1,9})([smhd]?)$/.exec(asked.args[0] ?? '') ?? []
  if (number === undefined) return { exit: EXIT.usage, json: { error: 'not a span of time' }, text: 'Say how far: 3600, 90m, 2h, 30d, -1d.\n' }
  return moveClock(asked, { advanceSeconds: Number(number) * (UNITS[unit] ?? 1) })
}

async function moveClock({ config }: Asked, move: unknown): Promise<Outcome> {
  const found = await askBroker(await brokerOf(await config()), '/sandbox/clock', clockAnswer, move)
  return { exit: EXIT.ok, json: found, text: `${found.now}  (${found.offsetSeconds} s ahead of real time)\n` }
}

function lines(facts: Record<string, unknown>): string {
  return Object.entries(facts)
    .map(([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
    .join('')
}
