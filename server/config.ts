import { readFile as readTextFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { asObject, fromEnvironment, fromFile, merge, type Problem, unknownVariables } from './config-sources.ts'
import { BrokerError } from './kernel/errors.ts'
import { DEMONSTRATION_GATEWAY_SECRET, developmentSecrets, isDevelopmentCookieKey, isDevelopmentSealingKey } from './secrets.ts'
import { type BankField, howToGive } from './settings.ts'

/**
 * Environment and an optional YAML file, parsed once into one frozen Config; the only reader of process.env in server/. Overrides beat the environment, which beats
 * the file (SHIELD_CONFIG), which beats the defaults. All that is missing or wrong is reported together. The sandbox has a default for everything; production has
 * none for its address and secrets, and refuses what is only fit for a sandbox.
 */
const minutely = z.number().int().min(1).max(10_000_000)
const PROXY = 'must be false, a number of proxies, or their addresses'
const hostName = z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/i, 'must be host or host:port')

const bankSettings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).transform(url => url.replace(/\/+$/, '')),
  anchors: z.string().min(1),
  signingCertificates: z.string().min(1).optional(),
})

/** who may send messages to the data channel, by which keys */
const channelParty = z.strictObject({
  /** digits that its sub-accounts for bid bonds begin with; without them it opens none */
  accountPrefix: z
    .string()
    .regex(/^\d{4,12}$/)
    .optional(),
  /** where messages to it go; without it none are sent */
  url: z.url({ protocol: /^https?$/ }).optional(),
  algorithms: z
    .array(z.enum(['SM2', 'RSA']))
    .min(1)
    .max(2)
    .default(['SM2']),
  keys: z
    .array(
      z.strictObject({
        /** PEM or DER file */
        certificate: z.string().min(1),
        use: z.enum(['sign', 'encrypt']),
        from: z.iso.datetime().optional(),
        until: z.iso.datetime().optional(),
        revokedAt: z.iso.datetime().optional(),
      }),
    )
    .min(1)
    .max(20),
})

const clientSettings = z.strictObject({
  id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  /** made up for the sandbox; production refuses it */
  demonstration: z.boolean().default(false),
  /** OpenID Connect client metadata: redirect_uris, client_secret, backchannel_logout_uri … */
  metadata: z.record(z.string(), z.unknown()),
})

const schema = z.strictObject({
  mode: z.enum(['sandbox', 'production']),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .regex(/^https?:\/\/[^/?#@]+\/?$/, 'must be scheme, host and port alone')
    .transform(url => new URL(url).origin),
  port: z.number().int().min(0).max(65535),
  host: z.string().min(1),
  managementPort: z.number().int().min(0).max(65535),
  managementHost: z.string().min(1),
  dataDir: z.string().min(1),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, 'must begin with postgresql://')
    .optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  logPretty: z.boolean(),
  /** `true` would believe any forged X-Forwarded-For */
  trustProxy: z.union([z.literal(false), z.number().int().min(1).max(10), z.string().regex(/^(?!true$)[a-z0-9.:/, ]+$/i, PROXY)], {
    error: PROXY,
  }),
  secrets: z.strictObject({
    cookieKeys: z.array(z.string().min(32, 'each must have 32 characters or more')).min(1).max(10),
    sealingKey: z.string().refine(key => Buffer.from(key, 'base64').length === 32 && /^[A-Za-z0-9+/]{43}=$/.test(key), 'must be 32 bytes in base64'),
  }),
  agentUrl: z.url({ protocol: /^(wss?|https?)$/ }),
  banks: z.record(z.string().regex(/^[a-z][a-z0-9-]{1,15}$/), bankSettings),
  bankFiles: z.array(z.string().min(1)).max(200),
  channelParties: z.record(z.string().regex(/^[a-z][a-z0-9-]{1,31}$/), channelParty),
  clients: z.array(clientSettings).max(1000),
  outboundHosts: z.array(hostName).max(1000),
  privateHosts: z.array(hostName).max(1000),
  /** without it no messages are sent to people */
  noticeGateway: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).regex(/^[^#@]+$/, 'must have no user name and no fragment'),
      secrets: z
        .array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'each must be whsec_ and 24 bytes or more in base64'))
        .min(1)
        .max(2),
    })
    .optional(),
  limits: z.strictObject({ login: minutely, token: minutely, api: minutely }),
  revocationSeconds: z.number().int().min(1).max(86_400),
  sessionHours: z.number().positive().max(24),
  loginMinutes: z.number().positive().max(120),
  remoteSigning: z.strictObject({
    certificateDays: z.number().int().min(1).max(365),
    activationMinutes: z.number().positive().max(60),
    reviewHours: z.number().positive().max(24),
  }),
  sandbox: z.strictObject({ testClock: z.boolean() }),
})

type Parsed = z.output<typeof schema>
type Frozen<T> = T extends (infer U)[] ? readonly Frozen<U>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T
/** `notes` are lines to log loudly at the start: development secrets, settings nobody knows. */
export type Config = Frozen<Parsed> & { readonly notes: readonly string[] }
export type ConfigInput = { [K in keyof z.input<typeof schema>]?: z.input<typeof schema>[K] }

export interface ConfigSources {
  env?: Record<string, string | undefined>
  readFile?: (path: string) => Promise<string>
  /** for tests and the sandbox's composition; whole top-level values */
  overrides?: ConfigInput
}

/** @throws BrokerError config_invalid, its facts a list of every problem with the variable to set and an example */
export async function loadConfig(sources: ConfigSources = {}): Promise<Config> {
  const env = sources.env ?? process.env
  const readFile = sources.readFile ?? (path => readTextFile(path, 'utf8'))
  const problems: Problem[] = []
  const given = merge(await fromFile(env['SHIELD_CONFIG'], readFile, problems), await fromEnvironment(env, readFile, problems))
  const mode = (sources.overrides?.mode ?? given['mode']) === 'production' ? 'production' : 'sandbox'
  const dataDir = dataFolder(sources.overrides?.dataDir ?? given['dataDir'])
  const banks = { ...(mode === 'sandbox' ? mockBanks(dataDir) : {}), ...asObject(given['banks']) }
  const chosen: Record<string, unknown> = { ...given, banks, ...sources.overrides, dataDir }
  const notes = unknownVariables(env)
  const whole = withDefaults(chosen, mode)
  const ownSecrets = asObject(chosen['secrets'])
  if (whole['mode'] === 'sandbox' && (ownSecrets['cookieKeys'] === undefined || ownSecrets['sealingKey'] === undefined)) {
    const { secrets, file, fresh } = await developmentSecrets(dataDir)
    whole['secrets'] = { ...secrets, ...ownSecrets }
    notes.push(`DEVELOPMENT SECRETS in use (${file ?? 'in memory'}${fresh ? ', just made' : ''}): fine for a sandbox, refused in production`)
  }
  const parsed = schema.safeParse(whole, { reportInput: true })
  if (!parsed.success) problems.push(...parsed.error.issues.map(toProblem))
  if (mode === 'production') problems.push(...unfitForProduction(whole))
  problems.push(...outOfReach(whole))
  if (problems.length > 0 || !parsed.success) throw new BrokerError('config_invalid', report(problems))
  return freeze({ ...parsed.data, notes })
}

function withDefaults(given: Record<string, unknown>, mode: 'sandbox' | 'production'): Record<string, unknown> {
  const sandbox = mode === 'sandbox'
  const port = given['port'] ?? 7100
  return {
    mode,
    port,
    host: sandbox ? '127.0.0.1' : '0.0.0.0',
    managementPort: 7109,
    managementHost: '127.0.0.1',
    logLevel: 'info',
    logPretty: sandbox,
    trustProxy: false,
    agentUrl: 'ws://127.0.0.1:7130',
    bankFiles: [],
    channelParties: {},
    clients: [],
    outboundHosts: [],
    privateHosts: [],
    // whoever revokes a shield at a mock bank's desk wants to see it refused
    revocationSeconds: sandbox ? 2 : 600,
    sessionHours: 8,
    loginMinutes: 30,
    ...(sandbox ? { publicUrl: `http://localhost:${port}` } : {}),
    ...given,
    secrets: asObject(given['secrets']),
    // everybody in a sandbox comes from one address
    limits: { ...(sandbox ? { login: 6000, token: 60_000, api: 60_000 } : { login: 120, token: 3000, api: 600 }), ...asObject(given['limits']) },
    remoteSigning: { certificateDays: 30, activationMinutes: 10, reviewHours: 12, ...asObject(given['remoteSigning']) },
    sandbox: { testClock: sandbox, ...asObject(given['sandbox']) },
  }
}

/** An absolute folder, or `memory`: nothing is kept, for tests. */
const dataFolder = (given: unknown): string => (given === 'memory' ? 'memory' : resolve(typeof given === 'string' ? given : './data'))

/** The mock bank's usual port and files (bank-adapters/mock-bank). */
function mockBanks(dataDir: string): Record<string, Partial<Record<BankField, string>>> {
  const file = (bank: string, name: string) => join(dataDir, 'mock-bank', bank, name)
  const at = (bank: string) => ({ url: `http://localhost:7101/${bank}`, anchors: file(bank, 'anchors.pem') })
  return { ccb: at('ccb'), icbc: { ...at('icbc'), signingCertificates: file('icbc', 'signing.pem') }, abc: at('abc') }
}

function unfitForProduction(whole: Record<string, unknown>): Problem[] {
  const problems: Problem[] = []
  const refuse = (path: (string | number)[], text: string) => problems.push({ path, text })
  const secrets = asObject(whole['secrets'])
  const keys = Array.isArray(secrets['cookieKeys']) ? secrets['cookieKeys'] : []
  if (keys.some(key => typeof key === 'string' && isDevelopmentCookieKey(key))) refuse(['secrets', 'cookieKeys'], 'is a development secret')
  if (typeof secrets['sealingKey'] === 'string' && isDevelopmentSealingKey(secrets['sealingKey']))
    refuse(['secrets', 'sealingKey'], 'is a development secret')
  if (String(whole['publicUrl']).startsWith('http:')) refuse(['publicUrl'], 'must be https in production')
  const gateway = asObject(whole['noticeGateway'])
  if (String(gateway['url']).startsWith('http:')) refuse(['noticeGateway', 'url'], 'must be https in production')
  if (Array.isArray(gateway['secrets']) && gateway['secrets'].includes(DEMONSTRATION_GATEWAY_SECRET))
    refuse(['noticeGateway', 'secrets'], 'is a demonstration secret')
  if (asObject(whole['sandbox'])['testClock'] === true) refuse(['sandbox', 'testClock'], 'is for the sandbox only')
  for (const [bank, given] of Object.entries(asObject(whole['banks']))) {
    if (String(asObject(given)['url']).startsWith('http:')) refuse(['banks', bank, 'url'], 'must be https in production')
  }
  const clients = Array.isArray(whole['clients']) ? whole['clients'] : []
  for (const [i, client] of clients.entries()) {
    if (asObject(client)['demonstration'] === true) refuse(['clients', i], 'is a demonstration client')
  }
  return problems
}

/** What could only fail on the day that somebody has to be warned. */
function outOfReach(whole: Record<string, unknown>): Problem[] {
  const url = URL.parse(String(asObject(whole['noticeGateway'])['url']))
  const hosts = Array.isArray(whole['outboundHosts']) ? whole['outboundHosts'].map(host => String(host).toLowerCase()) : []
  return url === null || hosts.includes(url.host) ? [] : [{ path: ['noticeGateway', 'url'], text: 'must be on a host of SHIELD_OUTBOUND_HOSTS' }]
}

function toProblem(issue: z.core.$ZodIssue): Problem {
  const path = issue.path.filter(part => typeof part !== 'symbol')
  if (issue.code !== 'invalid_type') return { path, text: issue.message }
  return { path, text: issue.input === undefined ? 'is missing' : `must be ${WANTED[issue.expected] ?? issue.expected}` }
}
const WANTED: Record<string, string> = { number: 'a number', int: 'a whole number', boolean: 'true or false', string: 'text', array: 'a list' }

function report(problems: readonly Problem[]): string {
  const lines = new Map<string, string>()
  for (const { path, text } of problems) {
    const { name, example } = howToGive(path)
    if (!lines.has(name)) lines.set(name, `  - ${name}: ${text}${example === undefined ? '' : `\n      for example ${example}`}`)
  }
  return `${lines.size} setting(s) to mend:\n${[...lines.values()].join('\n')}`
}

function freeze<T>(value: T): Frozen<T> & T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value as Frozen<T> & T
}
