/**
 * Every setting that an environment variable can give: one row each. The same rows name the variable in error messages and print `shield config settings`.
 * A setting without a row (clients) is given in the file alone.
 */
export interface Setting {
  path: string
  variable: string
  kind: 'text' | 'number' | 'flag' | 'list' | 'proxy'
  example: string
  about: string
  /** may come from a file named in `<variable>_FILE`, and is never printed */
  secret?: true
}

const setting = (path: string, variable: string, kind: Setting['kind'], example: string, about: string, secret?: true): Setting => ({
  path,
  variable,
  kind,
  example,
  about,
  ...(secret === undefined ? {} : { secret }),
})

export const settings: readonly Setting[] = [
  setting('mode', 'SHIELD_MODE', 'text', 'production', 'sandbox (default) or production'),
  setting('publicUrl', 'SHIELD_PUBLIC_URL', 'text', 'https://shield.example.cn', 'the address browsers, centers and banks see; scheme, host, port'),
  setting('port', 'SHIELD_PORT', 'number', '7100', 'where the broker listens'),
  setting('host', 'SHIELD_HOST', 'text', '0.0.0.0', 'the address it listens on'),
  setting('managementPort', 'SHIELD_MANAGEMENT_PORT', 'number', '7109', 'health, metrics, traces'),
  setting('managementHost', 'SHIELD_MANAGEMENT_HOST', 'text', '127.0.0.1', 'keep it off the Internet'),
  setting('dataDir', 'SHIELD_DATA_DIR', 'text', './data', 'embedded database, development secrets, lock file'),
  setting(
    'databaseUrl',
    'SHIELD_DATABASE_URL',
    'text',
    'postgresql://shield@db.internal/shield',
    'any PostgreSQL; the embedded one when absent',
    true,
  ),
  setting('logLevel', 'SHIELD_LOG_LEVEL', 'text', 'info', 'trace, debug, info, warn, error, silent'),
  setting('logPretty', 'SHIELD_LOG_PRETTY', 'flag', 'false', 'readable lines instead of JSON'),
  setting('trustProxy', 'SHIELD_TRUST_PROXY', 'proxy', '1', 'how many proxies stand before us, or their addresses; not "true"'),
  setting('secrets.cookieKeys', 'SHIELD_COOKIE_KEYS', 'list', '"$(openssl rand -base64 48)"', 'the first signs cookies, all verify', true),
  setting(
    'secrets.sealingKey',
    'SHIELD_SEALING_KEY',
    'text',
    '"$(openssl rand -base64 32)"',
    '32 bytes in base64; encrypts private keys at rest',
    true,
  ),
  setting('agentUrl', 'SHIELD_AGENT_URL', 'text', 'ws://127.0.0.1:7130', 'where a page finds the shield agent on the person’s own machine'),
  setting('bankFiles', 'SHIELD_BANK_FILES', 'list', 'banks/boc.yaml', 'more banks, one data file each'),
  setting(
    'outboundHosts',
    'SHIELD_OUTBOUND_HOSTS',
    'list',
    'center.example.cn,api.example.cn:8443',
    'hosts we may call beside the banks’: centers’ logout endpoints',
  ),
  setting('privateHosts', 'SHIELD_PRIVATE_HOSTS', 'list', 'idp.bank.internal', 'those among all hosts that may resolve to a private address'),
  setting(
    'noticeGateway.url',
    'SHIELD_NOTICE_GATEWAY_URL',
    'text',
    'https://api.example.cn:8443/notices',
    'the gateway that sends text messages and e-mail to bidders’ people, on a host among the outbound ones; none are sent without it',
  ),
  setting(
    'noticeGateway.secrets',
    'SHIELD_NOTICE_GATEWAY_SECRETS',
    'list',
    '"whsec_$(openssl rand -base64 32)"',
    'what is sent to it is signed with each (Standard Webhooks); two while one is exchanged',
    true,
  ),
  setting('limits.login', 'SHIELD_LIMIT_LOGIN', 'number', '120', 'login pages a minute for each client address'),
  setting(
    'limits.token',
    'SHIELD_LIMIT_TOKEN',
    'number',
    '3000',
    'provider requests a minute for each client address; centers’ servers come from few',
  ),
  setting('limits.api', 'SHIELD_LIMIT_API', 'number', '600', 'other requests a minute for each client address'),
  setting(
    'revocationSeconds',
    'SHIELD_REVOCATION_SECONDS',
    'number',
    '600',
    'seconds after which a list of revoked certificates is asked for anew, although it still holds',
  ),
  setting('sessionHours', 'SHIELD_SESSION_HOURS', 'number', '8', 'hours until a person has to prove themself again'),
  setting('loginMinutes', 'SHIELD_LOGIN_MINUTES', 'number', '30', 'minutes until a login that was begun expires'),
  setting(
    'remoteSigning.certificateDays',
    'SHIELD_REMOTE_CERTIFICATE_DAYS',
    'number',
    '30',
    'days that a remote signing certificate of a person is good for',
  ),
  setting(
    'remoteSigning.activationMinutes',
    'SHIELD_REMOTE_ACTIVATION_MINUTES',
    'number',
    '10',
    'how old a person check may be when a remote key is made',
  ),
  setting('remoteSigning.reviewHours', 'SHIELD_REMOTE_REVIEW_HOURS', 'number', '12', 'how old a person check may be when an expert signs'),
  setting('sandbox.testClock', 'SHIELD_TEST_CLOCK', 'flag', 'false', 'lets the sandbox’s clock be moved; never in production'),
]

/** A bank's own settings: `SHIELD_BANK_<ID>_<FIELD>`. */
const bankFields = {
  url: { suffix: 'URL', example: 'https://idp.bank.example', about: 'where the bank answers' },
  anchors: { suffix: 'ANCHORS', example: '/etc/shield/ccb-anchors.pem', about: 'PEM file of the CA certificates that issue its shields' },
  signingCertificates: { suffix: 'SIGNING_CERTIFICATES', example: '/etc/shield/icbc-saml.pem', about: 'PEM file; SAML banks only' },
} as const
export type BankField = keyof typeof bankFields

const BANK_VARIABLE = /^SHIELD_BANK_([A-Z][A-Z0-9_]{1,15}?)_(URL|ANCHORS|SIGNING_CERTIFICATES)$/

/** `SHIELD_BANK_CCB_URL` as bank `ccb`, field `url`; undefined for any other name. An underscore in the id stands for its hyphen. */
export function readBankVariable(variable: string): { bank: string; field: BankField } | undefined {
  const [, id, suffix] = BANK_VARIABLE.exec(variable) ?? []
  const field = (Object.keys(bankFields) as BankField[]).find(name => bankFields[name].suffix === suffix)
  return id === undefined || field === undefined ? undefined : { bank: id.toLowerCase().replaceAll('_', '-'), field }
}

/** The variable and example to name for a place in the configuration. */
export function howToGive(path: readonly (string | number)[]): { name: string; example: string | undefined } {
  const [first, second, third] = path.map(String)
  const named = (text: string) => settings.find(row => row.path === text)
  const row = named(path.join('.')) ?? named(`${first}.${second}`) ?? named(first ?? '')
  if (row !== undefined) return { name: row.variable, example: `${row.variable}=${row.example}` }
  if (first === 'banks' && second !== undefined) {
    const prefix = `SHIELD_BANK_${second.toUpperCase().replaceAll('-', '_')}`
    const field = third === 'anchors' || third === 'signingCertificates' ? third : 'url'
    const name = `${prefix}_${bankFields[field].suffix}`
    return { name, example: `${name}=${bankFields[field].example}` }
  }
  return { name: `${path.join('.') || 'the whole'} in the file of SHIELD_CONFIG`, example: undefined }
}
