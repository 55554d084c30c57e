import { expect } from 'chai'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import * as client from 'openid-client'
import type { Evil } from '../../bank-adapters/mock-bank/evil.ts'
import { type Proof, walkOidcLogin } from '../../bank-adapters/mock-bank/headless.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { readSubject } from '../../server/pki/subject-profiles.ts'
import { openStage, type Stage } from './support.ts'

describe('mock bank: OpenID Connect', () => {
  let stage: Stage
  before(async () => {
    stage = await openStage()
  })
  after(() => stage.close())
  afterEach(() => stage.bank.setEvil('ccb', undefined))

  const person = (id = 'p26') => stage.customer('ccb', id)
  const password = (id = 'p26'): Proof => ({ method: 'password', person: person(id).person })
  const shield = (kind = 'SM2-dual'): Proof & { method: 'shield' } => {
    const found = stage.bank.shields('ccb').find(one => one.kind === kind && one.role === 'operator' && one.state === 'good')
    if (found === undefined) throw new Error(`no ${kind}`)
    return { method: 'shield', shield: found }
  }
  async function logIn(proof: Proof, parameters: Record<string, string> = {}, browser = stage.browser()) {
    const attempt = await (await stage.oidc('ccb')).begin(parameters)
    return attempt.finish(await walkOidcLogin(browser, attempt.url, proof))
  }

  it('logs a person in with password and message, and says for which companies', async () => {
    const { claims, userinfo } = await logIn(password())
    expect(claims).to.include({ sub: person().number, name: '李示例', acr: 'ccb:password', ccb_id_digest: person().person.idDigest })
    expect(claims['amr']).to.deep.equal(['pwd', 'sms'])
    expect(claims['sid']).to.be.a('string')
    expect(claims).not.to.have.property('ccb_cert')
    expect(claims['ccb_companies']).to.deep.equal(
      person().seats.map(({ company }) => ({ ccb_uscc: company.uscc, ccb_company: company.name, ccb_duty: '经办' })),
    )
    expect(person().seats.length).to.be.greaterThan(1)
    expect(userinfo).to.deep.include({ sub: claims['sub'], ccb_companies: claims['ccb_companies'] })
  })

  for (const kind of ['SM2-dual', 'RSA-single']) {
    it(`logs a person in with an ${kind} shield and hands over its certificate`, async () => {
      const proof = shield(kind)
      const { claims } = await logIn(proof, { acr_values: 'ccb:shield' })
      expect(claims['acr']).to.equal('ccb:shield')
      expect(claims['amr']).to.deep.equal(['hwk', 'pin'])
      const subject = readSubject('cfca-cn', readCertificate(String(claims['ccb_cert'])))
      expect(claims['ccb_companies']).to.deep.include({ ccb_uscc: subject.uscc, ccb_company: subject.enterprise, ccb_duty: '经办' })
    })
  }

  it('looks at the person behind the shield where that is asked for, and says so', async () => {
    const { claims } = await logIn(shield('SM2-dual'), { acr_values: 'ccb:shield-face' })
    expect(claims['acr']).to.equal('ccb:shield-face')
    expect(claims['amr']).to.deep.equal(['hwk', 'pin', 'face'])
    expect(claims['ccb_cert']).to.be.a('string')
  })

  it('goes straight on with the session it has, and asks again where a shield is asked for', async () => {
    const browser = stage.browser()
    const first = await logIn(password(), {}, browser)
    const attempt = await (await stage.oidc('ccb')).begin()
    const straight = await browser.get(attempt.url, { stopAt: url => url.startsWith(stage.brokerUrl) })
    expect((await attempt.finish(straight.url)).claims['sub']).to.equal(first.claims['sub'])
    const stronger = await (await stage.oidc('ccb')).begin({ acr_values: 'ccb:shield' })
    const page = await browser.get(stronger.url, { stopAt: url => url.startsWith(stage.brokerUrl) })
    expect(page.status).to.equal(200)
    expect(page.body).to.include('对方要求用盾登录').and.not.include('password-form')
  })

  it('sends access_denied back when the person cancels', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const back = new URL(await walkOidcLogin(stage.browser(), attempt.url, { method: 'cancel' }))
    expect(back.searchParams.get('error')).to.equal('access_denied')
    expect(back.searchParams.get('iss')).to.equal(`${stage.bank.url}/ccb`)
  })

  it('refuses a request that is not signed', async () => {
    const { config } = await stage.oidc('ccb')
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${stage.brokerUrl}/login/callback/ccb`,
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })
    const page = await stage.browser().get(url.href, { stopAt: address => address.startsWith(stage.brokerUrl) })
    expect(`${page.url} ${page.body}`).to.match(/invalid_request/)
    expect(page.url).not.to.include('code=')
  })

  it('refuses a request without PKCE', async () => {
    const attempt = await (await stage.oidc('ccb')).begin({ code_challenge: '', code_challenge_method: '' })
    const page = await stage.browser().get(attempt.url, { stopAt: address => address.startsWith(stage.brokerUrl) })
    expect(new URL(page.url).searchParams.get('error')).to.equal('invalid_request')
  })

  it('lets nobody in with a wrong password, a wrong code or another bank’s shield', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const refused = async (proof: Proof) =>
      walkOidcLogin(stage.browser(), attempt.url, proof).then(
        () => 'let in',
        (error: Error) => error.message,
      )
    expect(await refused({ method: 'password', person: { login: person().person.login, password: 'wrong' } })).to.include('登录名或密码不正确')
    const foreign = stage.bank.shields('abc')[0]
    expect(foreign).not.to.equal(undefined)
    if (foreign !== undefined) expect(await refused({ method: 'shield', shield: foreign })).to.include('这不是本行发出的盾')
  })

  it('lets nobody in with a revoked shield', async () => {
    const customer = person('p25')
    const seat = customer.seats[0]
    if (seat === undefined) throw new Error('no seat')
    const issued = await stage.bank.issue('ccb', seat)
    stage.bank.revoke('ccb', issued.serial)
    const attempt = await (await stage.oidc('ccb')).begin()
    const outcome = await walkOidcLogin(stage.browser(), attempt.url, { method: 'shield', shield: issued }).then(
      () => 'let in',
      (error: Error) => error.message,
    )
    expect(outcome).to.include('已被吊销')
  })

  it('ends a sign-in after five wrong passwords', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const browser = stage.browser()
    const page = await browser.get(attempt.url)
    const statuses: number[] = []
    for (let i = 0; i < 5; i++)
      statuses.push((await browser.post(`${page.url}/password`, { login: person().person.login, password: `wrong-${i}` })).status)
    expect(statuses).to.deep.equal([403, 403, 403, 403, 410])
  })

  it('refuses a sign-in that another browser began', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const page = await stage.browser().get(attempt.url)
    expect((await stage.browser().get(page.url)).status).to.equal(410)
  })

  it('tells the broker by the back channel when the bank logs a person out', async () => {
    const { claims } = await logIn(password('p25'))
    stage.logoutTokens.length = 0
    await stage.bank.logout('ccb', 'p25')
    // one for each session of hers, in whichever order they arrive
    const token = stage.logoutTokens.find(each => decodeJwt(each)['sid'] === claims['sid']) ?? ''
    const keys = createRemoteJWKSet(new URL(`${stage.bank.url}/ccb/jwks`))
    const { payload } = await jwtVerify(token, keys, { issuer: `${stage.bank.url}/ccb`, audience: 'shared-shield', typ: 'logout+jwt' })
    expect(payload).to.deep.include({ sub: claims['sub'], sid: claims['sid'] })
    expect(payload['events']).to.deep.equal({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect(payload).not.to.have.property('nonce')
  })

  it('ends the session and comes back when the broker asks for it', async () => {
    const browser = stage.browser()
    await logIn(password(), {}, browser)
    const { config } = await stage.oidc('ccb')
    const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: `${stage.brokerUrl}/logged-out`, state: 's1' })
    const page = await browser.get(url.href)
    const form = /<form id="sign-out-form" method="post" action="([^"]+)">\s*<input type="hidden" name="xsrf" value="([^"]+)">/.exec(page.body)
    const back = await browser.post(
      form?.[1] ?? '',
      { xsrf: form?.[2] ?? '', logout: 'yes' },
      { stopAt: address => address.startsWith(stage.brokerUrl) },
    )
    expect(back.url).to.equal(`${stage.brokerUrl}/logged-out?state=s1`)
    const again = await (await stage.oidc('ccb')).begin()
    expect((await browser.get(again.url, { stopAt: address => address.startsWith(stage.brokerUrl) })).status).to.equal(200)
  })

  it('refuses to send a person on to a foreign site after logout', async () => {
    const { config } = await stage.oidc('ccb')
    const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: 'https://elsewhere.example/' })
    expect((await stage.browser().get(url.href)).body).to.include('invalid_request')
  })

  describe('as an evil bank', () => {
    const seen: Record<
      Extract<
        Evil,
        'wrong-issuer' | 'wrong-audience' | 'wrong-nonce' | 'expired' | 'wrong-key' | 'alg-none' | 'unsigned' | 'wrapped' | 'replayed' | 'mixed-up'
      >,
      RegExp
    > = {
      'wrong-issuer': /iss/,
      'wrong-audience': /aud/,
      'wrong-nonce': /nonce/,
      expired: /exp|timestamp/,
      'wrong-key': /signature/,
      'alg-none': /alg|JWS|JWT/,
      unsigned: /signature|JWS|JWT/,
      wrapped: /signature/,
      replayed: /nonce/,
      'mixed-up': /iss/,
    }
    for (const [evil, reason] of Object.entries(seen)) {
      it(`sends what openid-client refuses: ${evil}`, async () => {
        await logIn(password())
        stage.bank.setEvil('ccb', evil as Evil)
        const error = await logIn(password()).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        expect(error).to.be.instanceOf(Error)
        expect(chain(error)).to.match(reason)
      })
    }

    it('names a company that is not the one in the shield: identity-mismatch', async () => {
      stage.bank.setEvil('ccb', 'identity-mismatch')
      const { claims, userinfo } = await logIn(shield())
      const subject = readSubject('cfca-cn', readCertificate(String(claims['ccb_cert'])))
      expect(JSON.stringify(claims['ccb_companies'])).not.to.include(subject.uscc)
      expect(userinfo['ccb_companies']).to.deep.equal(claims['ccb_companies'])
    })

    it('does not answer at all: unreachable', async () => {
      stage.bank.setEvil('ccb', 'unreachable')
      expect(
        await fetch(`${stage.bank.url}/ccb/.well-known/openid-configuration`).then(
          () => 'answered',
          () => 'silent',
        ),
      ).to.equal('silent')
      expect((await fetch(`${stage.bank.url}/abc/`)).status).to.equal(200)
    })
  })

  it('keeps the algorithm, key and subject in an ID token as real banks do', async () => {
    const { idToken, claims } = await logIn(password())
    expect(JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString())).to.include({ alg: 'ES256', kid: 'ccb-1' })
    expect(decodeJwt(idToken).iss).to.equal(`${stage.bank.url}/ccb`)
    expect(claims['auth_time']).to.be.a('number')
  })
})

function chain(error: unknown): string {
  return error instanceof Error
    ? `${error.message} ${'code' in error ? String(error.code) : ''} ${chain(error.cause)}`
    : typeof error === 'object'
      ? JSON.stringify(error)
      : String(error)
}
