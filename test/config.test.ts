import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ConfigSources, loadConfig } from '../server/config.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import { DEMONSTRATION_GATEWAY_SECRET } from '../server/secrets.ts'
import { settings } from '../server/settings.ts'

const COOKIE_KEY = 'a cookie key that is long enough to be one'
const SEALING_KEY = Buffer.alloc(32, 7).toString('base64')
const production = {
  SHIELD_MODE: 'production',
  SHIELD_PUBLIC_URL: 'https://shield.example.cn',
  SHIELD_COOKIE_KEYS: COOKIE_KEY,
  SHIELD_SEALING_KEY: SEALING_KEY,
  SHIELD_DATA_DIR: 'memory',
}
const GATEWAY = 'https://sms.example.cn/messages'
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const REACHED = { SHIELD_OUTBOUND_HOSTS: 'sms.example.cn' }
const sandbox = { SHIELD_DATA_DIR: 'memory' }

async function problems(sources: ConfigSources): Promise<string> {
  const refusal = await loadConfig(sources).catch((error: unknown) => error)
  expect(refusal).to.be.instanceOf(BrokerError).with.property('code', 'config_invalid')
  return refusal instanceof BrokerError ? refusal.facts : ''
}
const file = (text: string): ConfigSources => ({ env: { ...sandbox, SHIELD_CONFIG: '/etc/shield.yaml' }, readFile: async () => text })

describe('configuration', () => {
  it('needs nothing for a sandbox', async () => {
    const config = await loadConfig({ env: sandbox })
    expect(config).to.include({ mode: 'sandbox', publicUrl: 'http://localhost:7100', port: 7100, managementHost: '127.0.0.1' })
    expect(config.banks).to.have.all.keys('ccb', 'icbc', 'abc')
    expect(config.sandbox.testClock).to.equal(true)
  })

  it('reports all that is missing and wrong together, each with its variable and an example', async () => {
    const text = await problems({ env: { SHIELD_MODE: 'production', SHIELD_PORT: 'seven', SHIELD_BANK_CCB_URL: 'https://ccb.example' } })
    for (const name of ['SHIELD_PUBLIC_URL', 'SHIELD_PORT', 'SHIELD_COOKIE_KEYS', 'SHIELD_SEALING_KEY', 'SHIELD_BANK_CCB_ANCHORS']) {
      expect(text).to.match(new RegExp(`- ${name}: .+\\n\\s+for example ${name}=`))
    }
    expect(text)
      .to.match(/SHIELD_PORT: must be a number/)
      .and.match(/SHIELD_PUBLIC_URL: is missing/)
  })

  it('is frozen to the bottom', async () => {
    const config = await loadConfig({ env: sandbox })
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.secrets.cookieKeys)).to.equal(true)
  })

  it('takes overrides before environment, environment before file, file before defaults', async () => {
    const config = await loadConfig({
      env: { ...sandbox, SHIELD_CONFIG: 'x', SHIELD_HOST: 'from-env', SHIELD_LIMIT_LOGIN: '11' },
      readFile: async () => 'host: from-file\nmanagementHost: from-file\nlimits: { login: 1, token: 12 }\nport: 1\n',
      overrides: { port: 2 },
    })
    expect(config).to.include({ port: 2, host: 'from-env', managementHost: 'from-file' })
    expect(config.limits).to.include({ login: 11, token: 12, api: 60_000 })
  })

  it('reads a bank from variables and adds it to those of the sandbox', async () => {
    const config = await loadConfig({ env: { ...sandbox, SHIELD_BANK_BOC_URL: 'https://boc.example/', SHIELD_BANK_BOC_ANCHORS: '/a.pem' } })
    expect(config.banks['boc']).to.deep.equal({ url: 'https://boc.example', anchors: '/a.pem' })
    expect(config.banks).to.have.property('ccb')
  })

  it('takes a gateway for messages with two secrets, and needs none', async () => {
    expect((await loadConfig({ env: sandbox })).noticeGateway).to.equal(undefined)
    const env = { ...sandbox, ...REACHED, SHIELD_NOTICE_GATEWAY_URL: GATEWAY, SHIELD_NOTICE_GATEWAY_SECRETS: `${SECRET},${SECRET}` }
    expect((await loadConfig({ env })).noticeGateway).to.deep.equal({ url: GATEWAY, secrets: [SECRET, SECRET] })
  })

  it('says in a note which SHIELD_ variable nobody reads', async () => {
    const config = await loadConfig({ env: { ...sandbox, SHIELD_PUBILC_URL: 'https://x' } })
    expect(config.notes.join()).to.include('SHIELD_PUBILC_URL')
  })

  it('takes DATABASE_URL, and SHIELD_DATABASE_URL before it', async () => {
    expect((await loadConfig({ env: { ...sandbox, DATABASE_URL: 'postgres://a/b' } })).databaseUrl).to.equal('postgres://a/b')
    const both = await loadConfig({ env: { ...sandbox, DATABASE_URL: 'postgres://a/b', SHIELD_DATABASE_URL: 'postgresql://c/d' } })
    expect(both.databaseUrl).to.equal('postgresql://c/d')
  })

  it('reads a secret from the file its variable names, and says when it cannot', async () => {
    const env = { ...production, SHIELD_SEALING_KEY: undefined, SHIELD_SEALING_KEY_FILE: '/run/secrets/sealing' }
    const config = await loadConfig({ env, readFile: async path => (path === '/run/secrets/sealing' ? `${SEALING_KEY}\n` : '') })
    expect(config.secrets.sealingKey).to.equal(SEALING_KEY)
    expect(await problems({ env, readFile: () => Promise.reject(new Error('x')) })).to.include('SHIELD_SEALING_KEY_FILE')
  })

  describe('refuses', () => {
    for (const [sentence, env, name] of [
      ['a public address with a path', { SHIELD_PUBLIC_URL: 'https://x.cn/shield' }, 'SHIELD_PUBLIC_URL'],
      ['a public address that is none', { SHIELD_PUBLIC_URL: 'x.cn' }, 'SHIELD_PUBLIC_URL'],
      ['to trust any proxy', { SHIELD_TRUST_PROXY: 'true' }, 'SHIELD_TRUST_PROXY'],
      ['a mode it does not know', { SHIELD_MODE: 'staging', SHIELD_DATA_DIR: '/nonexistent' }, 'SHIELD_MODE'],
      ['a database that is not PostgreSQL', { SHIELD_DATABASE_URL: 'mysql://a/b' }, 'SHIELD_DATABASE_URL'],
      ['an outbound host with a path', { SHIELD_OUTBOUND_HOSTS: 'a.cn/x' }, 'SHIELD_OUTBOUND_HOSTS'],
      ['a gateway for messages without a secret', { ...REACHED, SHIELD_NOTICE_GATEWAY_URL: GATEWAY }, 'SHIELD_NOTICE_GATEWAY_SECRETS'],
      ['a gateway for messages without an address', { SHIELD_NOTICE_GATEWAY_SECRETS: SECRET }, 'SHIELD_NOTICE_GATEWAY_URL'],
      [
        'a gateway for messages on a host that may not be reached',
        { SHIELD_NOTICE_GATEWAY_URL: GATEWAY, SHIELD_NOTICE_GATEWAY_SECRETS: SECRET },
        'SHIELD_NOTICE_GATEWAY_URL: must be on a host of SHIELD_OUTBOUND_HOSTS',
      ],
      [
        'a gateway’s address with a user name',
        { ...REACHED, SHIELD_NOTICE_GATEWAY_URL: 'https://u:p@sms.example.cn/', SHIELD_NOTICE_GATEWAY_SECRETS: SECRET },
        'SHIELD_NOTICE_GATEWAY_URL',
      ],
      [
        'a short secret of the gateway',
        { ...REACHED, SHIELD_NOTICE_GATEWAY_URL: GATEWAY, SHIELD_NOTICE_GATEWAY_SECRETS: 'whsec_c2hvcnQ=' },
        'SHIELD_NOTICE_GATEWAY_SECRETS',
      ],
      ['a flag that is neither true nor false', { SHIELD_TEST_CLOCK: 'yes' }, 'SHIELD_TEST_CLOCK'],
    ] as const) {
      it(sentence, async () => expect(await problems({ env: { ...sandbox, ...env } })).to.include(name))
    }

    for (const [sentence, env, name] of [
      ['an http address', { SHIELD_PUBLIC_URL: 'http://shield.example.cn' }, 'SHIELD_PUBLIC_URL'],
      ['missing secrets', { SHIELD_COOKIE_KEYS: undefined }, 'SHIELD_COOKIE_KEYS'],
      ['a short cookie key', { SHIELD_COOKIE_KEYS: 'short' }, 'SHIELD_COOKIE_KEYS'],
      ['a short second cookie key', { SHIELD_COOKIE_KEYS: `${COOKIE_KEY},short` }, 'SHIELD_COOKIE_KEYS'],
      ['a sealing key of another length', { SHIELD_SEALING_KEY: Buffer.alloc(16).toString('base64') }, 'SHIELD_SEALING_KEY'],
      [
        'a gateway for messages over http',
        { ...REACHED, SHIELD_NOTICE_GATEWAY_URL: 'http://sms.example.cn/', SHIELD_NOTICE_GATEWAY_SECRETS: SECRET },
        'SHIELD_NOTICE_GATEWAY_URL',
      ],
      [
        'the sandbox’s secret of messages',
        { ...REACHED, SHIELD_NOTICE_GATEWAY_URL: GATEWAY, SHIELD_NOTICE_GATEWAY_SECRETS: DEMONSTRATION_GATEWAY_SECRET },
        'SHIELD_NOTICE_GATEWAY_SECRETS: is a demonstration secret',
      ],
      ['the test clock', { SHIELD_TEST_CLOCK: 'true' }, 'SHIELD_TEST_CLOCK'],
      ['a bank over http', { SHIELD_BANK_CCB_URL: 'http://ccb.example', SHIELD_BANK_CCB_ANCHORS: 'a.pem' }, 'SHIELD_BANK_CCB_URL'],
    ] as const) {
      it(`${sentence} in production`, async () => expect(await problems({ env: { ...production, ...env } })).to.include(name))
    }

    it('development secrets in production, wherever they were copied to', async () => {
      const { secrets } = await loadConfig({ env: sandbox })
      const text = await problems({ env: { ...production, SHIELD_COOKIE_KEYS: secrets.cookieKeys.join(), SHIELD_SEALING_KEY: secrets.sealingKey } })
      expect(text)
        .to.match(/SHIELD_COOKIE_KEYS: is a development secret/)
        .and.match(/SHIELD_SEALING_KEY: is a development secret/)
    })

    it('a demonstration client in production', async () => {
      const clients = [{ id: 'demo', name: 'demo', demonstration: true, metadata: {} }]
      expect(await problems({ env: production, overrides: { clients } })).to.include('demonstration')
    })

    it('a file that is missing, no mapping, or has a setting nobody knows', async () => {
      expect(await problems({ env: { ...sandbox, SHIELD_CONFIG: '/nowhere/at/all' } })).to.include('cannot be read')
      expect(await problems(file('- a\n- b\n'))).to.include('must be a mapping')
      expect(await problems(file('publicUlr: https://x.cn\n'))).to.include('publicUlr')
    })

    it('a file that unfolds to much more than it holds', async () => {
      const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(9)}]`)
        .join('\n')}\n`
      expect(await problems(file(bomb))).to.include('cannot be read')
    })

    it('without quoting a secret', async () => {
      const text = await problems({
        env: { ...production, SHIELD_COOKIE_KEYS: 'hunter2', SHIELD_SEALING_KEY: 'hunter3', SHIELD_DATABASE_URL: 'mysql://u:hunter4@h/d' },
      })
      expect(text).not.to.include('hunter')
    })
  })

  it('accepts a whole production configuration, and makes no secrets for it', async () => {
    const config = await loadConfig({ env: production })
    expect(config).to.include({ mode: 'production', logPretty: false })
    expect(config.sandbox.testClock).to.equal(false)
    expect(config.notes).to.deep.equal([])
  })

  it('has one row for each variable, and examples that are right', async () => {
    expect(new Set(settings.map(row => row.variable)).size).to.equal(settings.length)
    const env = Object.fromEntries(settings.filter(row => row.secret !== true && row.path !== 'dataDir').map(row => [row.variable, row.example]))
    await loadConfig({ env: { ...production, ...env, SHIELD_NOTICE_GATEWAY_SECRETS: SECRET } })
  })
})

describe('development secrets', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-config-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  it('are made once, kept for the owner’s eyes only, and shouted about', async () => {
    const env = { SHIELD_DATA_DIR: dataDir }
    const first = await loadConfig({ env })
    const again = await loadConfig({ env })
    expect(again.secrets).to.deep.equal(first.secrets)
    expect(first.notes.join()).to.match(/DEVELOPMENT SECRETS/)
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).to.equal(0o600)
    expect(await readdir(dataDir)).to.deep.equal(['secrets.json'])
  })

  it('are different in every sandbox', async () => {
    const one = await loadConfig({ env: { SHIELD_DATA_DIR: dataDir } })
    const other = await loadConfig({ env: { SHIELD_DATA_DIR: 'memory' } })
    expect(one.secrets.cookieKeys[0]).not.to.equal(other.secrets.cookieKeys[0])
    expect(one.secrets.sealingKey).not.to.equal(other.secrets.sealingKey)
  })

  it('that were damaged are reported by file, not replaced', async () => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(dataDir, 'secrets.json'), '{"cookieKeys": ["hunter2')
    const text = await problems({ env: { SHIELD_DATA_DIR: dataDir } })
    expect(text).to.include('secrets.json').and.not.to.include('hunter2')
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).to.include('hunter2')
  })
})
