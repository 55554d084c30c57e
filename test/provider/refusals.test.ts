import { expect } from 'chai'
import type { KoaContextWithOIDC } from 'oidc-provider'
import * as client from 'openid-client'
import { Browser, CENTER, type House, openCenter, openHouse, refusal } from './house.ts'

describe('what a center did wrong is explained under a trace code', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  /** the one failed step, with what differed */
  const explained = () =>
    house.steps
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ step, code, received, expected, trace }) => ({ step, code, received, expected, trace }))

  async function page(parameters: Record<string, string>, browser = new Browser()) {
    const { url } = await (await openCenter(house)).authorizeUrl(parameters)
    for (const [name, value] of Object.entries(parameters)) if (value === '') url.searchParams.delete(name)
    const { page: answer, left } = await browser.follow(url.href)
    return { answer, left, text: (await answer?.text()) ?? '' }
  }

  it('an unregistered redirect_uri: a page, no redirect, and the list of those registered', async () => {
    const { answer, text } = await page({ redirect_uri: 'https://evil.example/callback' })
    expect(answer?.status).to.equal(400)
    expect(text).to.include('redirect_uri_unregistered').and.not.include('evil.example')
    const trace = answer?.headers.get('x-trace-code')
    expect(text).to.include(trace)
    expect(explained()).to.deep.equal([
      {
        step: 'authorize',
        code: 'redirect_uri_unregistered',
        received: 'redirect_uri https://evil.example/callback',
        expected: `exactly one of: ${house.callback}`,
        trace,
      },
    ])
    expect(house.events).to.deep.equal([
      { code: 'request.refused', trace, facts: { client: CENTER.id, step: 'authorize', failure: 'redirect_uri_unregistered' } },
    ])
  })

  it('an unknown client: a page', async () => {
    const { answer, text } = await page({ client_id: 'nobody' })
    expect(answer?.status).to.equal(400)
    expect(text).to.include('client_unknown')
    expect(explained()).to.have.nested.property('[0].received', 'client_id nobody')
  })

  it('no PKCE: back to the center with what is missing', async () => {
    const { left } = await page({ code_challenge: '', code_challenge_method: '' })
    expect(left?.searchParams.get('error')).to.equal('invalid_request')
    expect(left?.searchParams.get('iss')).to.equal(house.issuer)
    expect(explained()).to.have.nested.property('[0].code', 'pkce_mismatch')
  })

  it('another response_type than code', async () => {
    const { left } = await page({ response_type: 'id_token' })
    expect(left?.href).to.include('error=unsupported_response_type')
    expect(explained()).to.have.nested.property('[0].expected', 'response_type code')
  })

  it('an acr value that does not exist, instead of being content with less', async () => {
    const { left } = await page({ acr_values: 'sheild' })
    expect(left?.searchParams.get('error_description')).to.match(/^acr_values knows only bank-session, shield, shield-person \(trace .{9}\)$/)
    expect(explained()).to.have.nested.property('[0].received', 'acr_values sheild')
  })

  it('a bank hint that cannot be one', async () => {
    const { left } = await page({ bank: '<script>' })
    expect(left?.searchParams.get('error')).to.equal('invalid_request')
  })

  it('a scope the center may not ask for', async () => {
    const center = await house.register('narrow', 'narrow', { scope: 'openid enterprise' })
    const { left } = await page({ client_id: center.id, redirect_uri: center.callback, scope: 'openid person' })
    expect(left?.searchParams.get('error')).to.equal('invalid_scope')
    expect(explained()).to.have.nested.property('[0].expected', 'within: openid enterprise')
  })

  it('a wrong secret at the token endpoint, with the trace code in header and text', async () => {
    house.logins.push(house.granted(house.membership()))
    const error = await refusal((await openCenter(house, { id: CENTER.id, secret: 'not-the-secret' })).login(new Browser()))
    expect(error.error).to.equal('invalid_client')
    expect(error.trace).to.match(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/)
    expect(error.error_description).to.include(`(trace ${error.trace})`)
    expect(explained()).to.deep.equal([
      {
        step: 'token',
        code: 'client_unauthenticated',
        received: `client_id ${CENTER.id} with client_secret_basic`,
        expected: 'client_secret_basic with the registered secret or key',
        trace: error.trace,
      },
    ])
  })

  it('a wrong code_verifier, under the login’s own trace code', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const { url, checks } = await center.authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const wrong = client.randomPKCECodeVerifier()
    const error = await refusal(client.authorizationCodeGrant(center.config, left ?? url, { ...checks, pkceCodeVerifier: wrong }))
    expect(error.error).to.equal('invalid_grant')
    expect(error.trace).to.equal(house.seen[0]?.trace)
    expect(explained()).to.deep.equal([
      {
        step: 'token',
        code: 'pkce_mismatch',
        received: `S256 of code_verifier ${await client.calculatePKCECodeChallenge(wrong)}`,
        expected: 'the code_challenge of the authorize request',
        trace: error.trace,
      },
    ])
  })

  it('a code of another center', async () => {
    const other = await house.register('center-d')
    house.logins.push(house.granted(house.membership()))
    const { url, checks } = await (await openCenter(house)).authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const error = await refusal(client.authorizationCodeGrant((await openCenter(house, other)).config, left ?? url, checks))
    expect(error.error).to.equal('invalid_grant')
    expect(explained()).to.have.nested.property('[0].received', 'client_id center-d')
  })

  it('a code that never was', async () => {
    const center = await openCenter(house)
    const { checks } = await center.authorizeUrl()
    const made = new URL(`${house.callback}?code=made-up&iss=${encodeURIComponent(house.issuer)}&state=${checks.expectedState}`)
    expect((await refusal(client.authorizationCodeGrant(center.config, made, checks))).error).to.equal('invalid_grant')
    expect(explained()).to.have.nested.property('[0].code', 'code_unusable')
    expect(JSON.stringify(house.steps)).to.not.include('made-up')
  })

  it('an access token that never was', async () => {
    const center = await openCenter(house)
    const error = await refusal(client.fetchUserInfo(center.config, 'made-up', client.skipSubjectCheck))
    expect(error.error).to.equal('invalid_token')
    expect(explained()).to.have.nested.property('[0].code', 'token_unusable')
  })

  it('a login that is resumed in another browser', async () => {
    const { url } = await (await openCenter(house)).authorizeUrl()
    const victim = new Browser()
    const start = await victim.get(url.href)
    const id = new URL(start.headers.get('location') ?? '', house.url).pathname.split('/').at(-1)
    const { page: answer } = await new Browser().follow(`${house.issuer}/auth/${id}`)
    expect(answer?.status).to.equal(400)
    expect(await answer?.text()).to.include('login_needed')
  })

  it('a broken database: one sentence and the trace code, nothing of the inside', async () => {
    const broken = await openHouse()
    const { find } = broken.memory.stores.clients
    broken.memory.stores.clients.find = async () => {
      throw new Error('connection to 10.1.2.3 refused for user root')
    }
    const answer = await fetch(`${broken.issuer}/auth?client_id=${CENTER.id}`, { headers: { accept: 'text/html' } })
    const token = await fetch(`${broken.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CENTER.id}:${CENTER.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://x.example' }),
    })
    broken.memory.stores.clients.find = find
    expect(answer.status).to.equal(500)
    expect(token.status).to.equal(500)
    for (const text of [await answer.text(), await token.text()]) {
      expect(text).to.not.include('10.1.2.3')
      expect(text).to.match(/[2-9A-Z]{4}-[2-9A-Z]{4}/)
    }
    await broken.close()
  })

  it('hands what is no address of the provider to the house’s own 404', async () => {
    const answer = await fetch(`${house.issuer}/nothing`, { headers: { accept: 'application/json' } })
    expect(answer.status).to.equal(404)
    expect(await answer.json()).to.include({ code: 'not_found' })
  })

  it('holds on to nothing of a request whose answer has left', async () => {
    const contexts: KoaContextWithOIDC[] = []
    house.provider.current().once('grant.error', ctx => contexts.push(ctx))
    await (await fetch(`${house.issuer}/token`, { method: 'POST' })).text()
    const [context] = contexts
    for (let tries = 0; context?.req !== undefined && tries < 100; tries++) await new Promise(resolve => setTimeout(resolve, 5))
    expect(context).to.include({ req: undefined, res: undefined })
    expect(context?.oidc).to.include({ ctx: undefined, entities: undefined })
  })

  it('makes every address from the public URL, whatever the request’s headers say', async () => {
    const answer = await fetch(`${house.issuer}/.well-known/openid-configuration`, {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    })
    const text = await answer.text()
    expect(text).to.not.include('evil.example')
    expect(JSON.parse(text)).to.include({
      issuer: house.issuer,
      token_endpoint: `${house.issuer}/token`,
      authorization_response_iss_parameter_supported: true,
    })
    expect(JSON.parse(text)).to.deep.include({
      acr_values_supported: ['bank-session', 'shield', 'shield-person'],
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['ES256'],
      backchannel_logout_supported: true,
    })
  })
})
