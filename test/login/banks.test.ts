import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import { systemClock } from '../../server/kernel/clock.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { createBankKeys } from '../../server/login/bank-keys.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { type LoginStage, openLoginStage } from './stage.ts'

describe('what banks and the broker say to each other', () => {
  let stage: LoginStage
  before(async () => {
    stage = await openLoginStage()
  })
  after(() => stage.close())
  afterEach(() => stage.forget())

  const post = (path: string, form: Record<string, string>) =>
    fetch(`${stage.url}${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })
  const get = (path: string) => fetch(`${stage.url}${path}`, { redirect: 'manual', headers: { accept: 'text/html' } })

  it('publishes the key that signs our requests, and no private part of it', async () => {
    const { keys } = await (await get('/banks/jwks.json')).json()
    expect(keys).to.have.length(1)
    expect(keys[0]).to.include({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    expect(keys[0]).not.to.have.property('d')
  })

  it('gives our metadata to a bank that reads some, and to no other', async () => {
    expect(await (await get('/banks/icbc/metadata')).text()).to.include('EntityDescriptor')
    expect((await get('/banks/ccb/metadata')).status).to.equal(404)
    expect((await get('/banks/boc/metadata')).status).to.equal(404)
  })

  it('ends sessions at a bank’s word in the back channel: 200, not to be kept', async () => {
    const answer = await post('/login/banks/ccb/logout', { logout_token: 'good' })
    expect([answer.status, answer.headers.get('cache-control')]).to.deep.equal([200, 'no-store'])
    expect(stage.ended).to.have.length(1)
    expect(stage.ended[0]).to.include({ bank: 'ccb', subject: 'person-1', bankSession: 'session-1' })
  })

  it('answers a logout message that is not the bank’s with 400 and its code, and ends nothing', async () => {
    const answer = await post('/login/banks/ccb/logout', { logout_token: 'forged' })
    expect(answer.status).to.equal(400)
    expect(await answer.json()).to.have.property('error', 'invalid_request')
    expect(stage.ended).to.have.length(0)
    expect(stage.events).to.deep.include({
      code: 'request.refused',
      trace: answer.headers.get('x-trace-code') ?? '',
      facts: { failure: 'bank_wrong_key', bank: 'ccb' },
    })
  })

  it('refuses a logout message without a token, or of a bank that has no logout', async () => {
    expect((await post('/login/banks/ccb/logout', {})).status).to.equal(400)
    expect((await post('/login/banks/abc/logout', { logout_token: 'good' })).status).to.equal(400)
    expect((await post('/login/banks/boc/logout', { logout_token: 'good' })).status).to.equal(404)
  })

  it('ends sessions at a SAML bank’s request and sends the browser on with our answer', async () => {
    const answer = await get('/login/banks/icbc/slo?SAMLRequest=good')
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, 'https://icbc.example/slo?done=1'])
    expect(stage.ended).to.have.length(1)
  })

  it('refuses a SAML logout message that is not signed', async () => {
    expect((await get('/login/banks/icbc/slo?SAMLRequest=unsigned')).status).to.equal(403)
    expect(stage.ended).to.have.length(0)
  })

  it('takes the browser through the bank’s logout and back to where it wanted to go', async () => {
    const url = await stage.login.bankLogout.url({ bank: 'ccb', subject: 'person-1', bankSession: undefined, returnTo: 'https://center.example/bye' })
    const browser = stage.stranger()
    const { url: atBank } = await browser.get(url ?? '', { stopAt: stage.stopAt })
    expect(atBank).to.equal(`https://ccb.example/logout?to=${encodeURIComponent(`${stage.url}/login/banks/ccb/logged-out`)}`)
    expect((await browser.get(`${stage.url}/login/banks/ccb/logged-out`, { stopAt: stage.stopAt })).url).to.equal('https://center.example/bye')
  })

  it('sends nobody anywhere for a ticket that we did not make, or without one', async () => {
    expect((await get('/login/banks/ccb/leave?ticket=v1.AAAA.AAAA.AAAA')).status).to.equal(400)
    expect((await get('/login/banks/ccb/leave')).status).to.equal(400)
    const logout = await stage.login.bankLogout.url({ bank: 'ccb', subject: 'x', bankSession: undefined, returnTo: 'https://center.example/bye' })
    const elsewhere = new URL(logout ?? '').search
    expect((await get(`/login/banks/icbc/leave${elsewhere}`)).status).to.equal(400)
    expect((await get('/login/banks/ccb/logged-out')).headers.get('location')).to.equal(`${stage.url}/`)
  })

  it('knows which banks have a logout at all', async () => {
    expect(await stage.login.bankLogout.url({ bank: 'abc', subject: 'x', bankSession: undefined, returnTo: 'https://center.example/' })).to.equal(
      undefined,
    )
    expect(stage.login.bankLogout.origins).to.deep.equal(['https://ccb.example'])
  })

  describe('our keys', () => {
    const open = (key = 9) =>
      createBankKeys({
        store: stage.stores.signingKeys,
        sealing: createSealing(Buffer.alloc(32, key)),
        clock: systemClock,
        makeSelfSigned: ({ privateKey, commonName, ...more }) =>
          issueCertificate({ ...more, subject: [['CN', commonName]], issuer: { self: privateKey }, profile: 'sign' }),
      })
    beforeEach(async () => {
      for (const use of ['bank-client', 'saml'] as const)
        for (const { kid } of await stage.stores.signingKeys.list(use)) await stage.stores.signingKeys.remove(kid)
    })

    it('are the same for every process, however many start together', async () => {
      const sets = await Promise.all([1, 2, 3].map(async () => (await open().publicJwks()).keys[0]))
      expect(new Set(sets.map(key => JSON.stringify(key))).size).to.equal(1)
      expect(await stage.stores.signingKeys.list('bank-client')).to.have.length(1)
    })

    it('sign what the published key verifies', async () => {
      const keys = open()
      const { kid, privateKey } = await keys.clientJwk()
      const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
      const [jwk] = (await keys.publicJwks()).keys
      expect(decodeProtectedHeader(token).kid).to.equal(jwk?.['kid'])
      await jwtVerify(token, await importJWK({ ...jwk }, 'ES256'))
    })

    it('come with a certificate of the SAML key', async () => {
      const { privateKeyPem, certificatePem } = await open().saml()
      const certificate = new X509Certificate(certificatePem)
      const { createPrivateKey } = await import('node:crypto')
      expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem))).to.equal(true)
    })

    it('are sealed at rest, and do not open with another sealing key', async () => {
      await open().clientJwk()
      const [stored] = await stage.stores.signingKeys.list('bank-client')
      expect(stored?.sealed).to.match(/^v1\./).and.not.to.include('"d"')
      expect(
        await open(8)
          .clientJwk()
          .then(
            () => 'opened',
            () => 'refused',
          ),
      ).to.equal('refused')
    })
  })
})
