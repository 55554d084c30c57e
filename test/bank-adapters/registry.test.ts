import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { stringify } from 'yaml'
import type { AdapterDeps } from '../../bank-adapters/contract.ts'
import { fillBank, loadBankFile, openBank, shippedBanks } from '../../bank-adapters/registry.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import { adapterSuite } from '../suites/adapter.ts'
import { openAdapterStage } from '../suites/adapter-stage.ts'

const settings = {
  url: 'https://idp.bank.example:8443/x',
  anchors: '/etc/anchors.pem',
  signingCertificates: '/etc/signing.pem',
  agentUrl: 'ws://127.0.0.1:7130',
}

const deps: AdapterDeps = {
  clock: systemClock,
  fetch: () => Promise.reject(new TypeError('fetch failed')),
  checkCertificate: () => Promise.reject(new Error('not used')),
  once: async () => true,
  seen: async () => false,
  keys: { clientJwk: () => Promise.reject(new Error('not used')), saml: async () => ({ privateKeyPem: '', certificatePem: 'QUJD' }) },
  publicUrl: 'https://shield.example',
}

describe('the registry of banks', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registry-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }
  const fourth = {
    ...shippedBanks['ccb'],
    id: 'boc',
    name: { zh: '中国银行', en: 'BOC' },
    issuer: 'https://idp.boc.example',
    hosts: ['idp.boc.example'],
    appUrl: 'https://app.boc.example/sign',
    anchors: '/etc/boc.pem',
  }

  it('opens every bank that ships, each from data alone', () => {
    for (const [id, template] of Object.entries(shippedBanks)) {
      const { data, adapter } = openBank(fillBank(template, settings), deps)
      expect(data.id).to.equal(id)
      expect(JSON.stringify(data)).not.to.match(/\{[a-zA-Z]+\}/)
      expect(adapter).to.respondTo('begin')
    }
  })

  it('tells which words of the configuration a bank lacks', () => {
    const { signingCertificates: _, ...less } = settings
    const template = shippedBanks['icbc']
    if (template === undefined) throw new Error('no icbc')
    expect(() => fillBank(template, less)).to.throw(BrokerError, /signingCertificates/)
  })

  it('names where a login’s form may lead', () => {
    const template = shippedBanks['ccb']
    if (template === undefined) throw new Error('no ccb')
    expect(openBank(fillBank(template, settings), deps).origins).to.deep.equal(['https://idp.bank.example:8443'])
  })

  it('gives a SAML bank our metadata, and no other bank', async () => {
    const [saml, oidc] = ['icbc', 'ccb'].map(id => {
      const template = shippedBanks[id]
      if (template === undefined) throw new Error(`no ${id}`)
      return openBank(fillBank(template, settings), deps)
    })
    expect(await saml?.metadata?.()).to.include('entityID="https://shield.example/banks/icbc/metadata"')
    expect(oidc?.metadata).to.equal(undefined)
  })

  it('takes a fourth bank from one YAML file', async () => {
    const data = await loadBankFile(await file('boc.yaml', stringify(fourth)))
    expect(openBank(data, deps).data).to.include({ id: 'boc', protocol: 'oidc' })
  })

  it('takes a fourth bank from one JSON file', async () => {
    expect((await loadBankFile(await file('boc.json', JSON.stringify(fourth)))).id).to.equal('boc')
  })

  it('names everything that is wrong in a bank’s file at once', async () => {
    const path = await file('bad.yaml', stringify({ ...fourth, id: 'B!', issuer: 'nowhere', surprise: 1 }))
    const error = await loadBankFile(path).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(BrokerError)
    const text = error instanceof BrokerError ? error.facts : ''
    for (const word of ['id', 'issuer', 'surprise']) expect(text).to.include(word)
  })

  it('refuses a file that is too large, unfolds, is absent or is no YAML', async () => {
    const refused = async (path: string) => laterFailure(loadBankFile(path))
    expect(await refused(await file('large.yaml', `a: ${'x'.repeat(70_000)}`))).to.equal('config_invalid')
    expect(await refused(await file('bomb.yaml', 'a: &a [x, x]\nb: [*a, *a]'))).to.equal('config_invalid')
    expect(await refused(join(folder, 'absent.yaml'))).to.equal('config_invalid')
    expect(await refused(await file('no.yaml', '{ a: ['))).to.equal('config_invalid')
  })

  it('says so when an OpenID bank cannot be reached', async () => {
    const template = shippedBanks['ccb']
    if (template === undefined) throw new Error('no ccb')
    const withKeys = { ...deps, keys: { ...deps.keys, clientJwk: async () => ({ kid: 'k', privateKey: (await newKey()).privateKey }) } }
    const { adapter } = openBank(fillBank(template, settings), withKeys)
    const binding = { origin: '', relyingParty: '', relyingPartyName: '', purpose: 'login' as const, browser: '' }
    const attempt = { id: 'a.b', trace: 't', callbackUrl: 'https://shield.example/cb', needs: 'bank-session' as const, afresh: false, binding }
    expect(await laterFailure(adapter.begin(attempt))).to.equal('bank_unreachable')
  })
})

const newKey = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

adapterSuite('shield', () => openAdapterStage('abc'))
