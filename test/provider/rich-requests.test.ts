import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, type FakeLogin, type House, openCenter, openHouse, refusal } from './house.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const BOND = { type: 'bid_bond', operation: 'pay', project: 'P-1', amount_fen: 100 }
const GRANTED = { ...BOND, power: 'legal-representative', entry: 7, evidence: 'evidence-1' }
const TYPES = { authorization_details_types: ['login', 'bid_bond'] }

describe('rich requests and token exchange', () => {
  let house: House
  let standing = true
  before(async () => {
    house = await openHouse({ standing: async () => standing })
    const callbacks = { redirect_uris: [house.callback] }
    const grants = { grant_types: ['authorization_code', 'refresh_token', EXCHANGE] }
    await house.register('rich', '丙', { ...callbacks, ...grants, ...TYPES, token_exchange_from: ['back'] })
    await house.register('back', '丙后台', { ...callbacks, ...grants, ...TYPES })
    await house.register('stranger', '丁', { ...callbacks, ...grants, ...TYPES })
    await house.register('no-exchange', '戊', { ...callbacks, ...TYPES })
  })
  after(() => house.close())
  beforeEach(() => {
    house.forget()
    standing = true
  })

  const center = (id: string) => openCenter(house, { id, secret: `secret-of-${id}-0123456789abcdef` })
  const agrees =
    (details: (typeof GRANTED)[] | undefined, more: Parameters<House['granted']>[1] = {}, as = house.membership()): FakeLogin =>
    async record => {
      const outcome = await house.granted(as, more)(record)
      return outcome.kind === 'granted' && details !== undefined ? { ...outcome, details } : outcome
    }
  async function login(
    details: object[] | undefined,
    granted: (typeof GRANTED)[] | undefined,
    more: Record<string, string> = {},
    id = 'rich',
    as = house.membership(),
  ) {
    const { config, ...rest } = await center(id)
    house.logins.push(agrees(granted, {}, as))
    const { asked, checks } = await rest.authorizeUrl(more)
    const url =
      details === undefined
        ? client.buildAuthorizationUrl(config, asked)
        : await client.buildAuthorizationUrlWithPAR(config, { ...asked, authorization_details: JSON.stringify(details) })
    const { left } = await new Browser().follow(url.href)
    return { config, as, tokens: await client.authorizationCodeGrant(config, left ?? url, checks) }
  }
  const exchange = (config: client.Configuration, token: string, more: Record<string, string> = {}) =>
    client.genericGrantRequest(config, EXCHANGE, { subject_token: token, subject_token_type: ACCESS_TOKEN, ...more })

  it('carry to the login what is asked, in words, with the act that it means and the proof that it takes', async () => {
    await login([BOND], [GRANTED])
    const [record] = house.seen
    expect(record?.request.needs).to.equal('shield')
    expect(record?.request.details).to.deep.equal([
      {
        asked: BOND,
        act: { act: 'bond_pay', amountFen: 100, project: 'P-1', center: 'rich' },
        rows: [
          { name: { zh: '项目', en: 'Project' }, value: 'P-1' },
          { name: { zh: '保证金金额', en: 'Bond' }, value: '1.00元(100分)' },
        ],
        documents: [],
      },
    ])
  })

  it('come back in the token answer and at introspection as they were granted, and in a refreshed token while the power stands', async () => {
    const { config, tokens } = await login([BOND], [GRANTED], { scope: 'openid offline_access', prompt: 'consent' })
    expect(tokens.authorization_details).to.deep.equal([GRANTED])
    expect((await client.tokenIntrospection(config, tokens.access_token))['authorization_details']).to.deep.equal([GRANTED])
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(next.authorization_details).to.deep.equal([GRANTED])
    standing = false
    const later = await client.refreshTokenGrant(config, next.refresh_token ?? '')
    expect(later).to.not.have.property('authorization_details')
  })

  it('are not granted by a login that says nothing of them', async () => {
    expect(await refusal(login([BOND], undefined))).to.include({ error: 'access_denied' })
  })

  it('are limited to the types of the center’s registration', async () => {
    const refused = await refusal(login([{ type: 'credit_consent', bank: 'ccb', purpose: 'x', until: '2027-01-01' }], [GRANTED]))
    expect(refused.error).to.equal('invalid_authorization_details')
    expect(refused.error_description).to.contain(`trace ${refused.trace}`)
    expect(house.events.at(-1)).to.deep.include({
      code: 'request.refused',
      facts: { client: 'rich', step: 'pushed-request', failure: 'rich_request_invalid' },
    })
  })

  it('refuse to exchange what is no token of ours', async () => {
    const { config } = await center('rich')
    expect((await refusal(exchange(config, 'x'.repeat(43)))).error).to.equal('invalid_request')
  })

  it('exchange to a token of another client only where the center named it, and say who acts', async () => {
    const { config, as, tokens } = await login([BOND], [GRANTED])
    const back = (await center('back')).config
    const given = await exchange(back, tokens.access_token, { scope: 'openid enterprise' })
    expect(given)
      .to.include({ scope: 'openid enterprise', issued_token_type: ACCESS_TOKEN })
      .and.to.deep.include({ authorization_details: [GRANTED] })
    expect(house.events.at(-1)).to.deep.include({ code: 'token.exchanged' })
    for (const who of [config, back])
      expect(await client.tokenIntrospection(who, given.access_token)).to.deep.include({
        active: true,
        client_id: 'rich',
        sub: as.id,
        act: { sub: 'back' },
      })
    // handed on once more: the chain is told
    const again = await exchange(config, given.access_token)
    expect(await client.tokenIntrospection(config, again.access_token)).to.deep.include({ act: { sub: 'rich', act: { sub: 'back' } } })
    expect(again.expires_in ?? 0).to.be.at.most(given.expires_in ?? 0)

    expect((await refusal(exchange((await center('stranger')).config, tokens.access_token))).error).to.equal('invalid_grant')
    const dead = (await center('stranger')).config
    expect(await client.tokenIntrospection(dead, given.access_token)).to.deep.equal({ active: false })
  })

  it('exchange to less, never to more', async () => {
    const { config, tokens } = await login([BOND], [GRANTED], { scope: 'openid enterprise' })
    const t = tokens.access_token
    expect((await refusal(exchange(config, t, { scope: 'openid person' }))).error).to.equal('invalid_scope')
    expect((await refusal(exchange(config, t, { authorization_details: JSON.stringify([{ ...BOND, amount_fen: 101 }]) }))).error).to.equal(
      'invalid_authorization_details',
    )
    const plain = await login(undefined, undefined)
    expect((await refusal(exchange(config, plain.tokens.access_token, { authorization_details: JSON.stringify([BOND]) }))).error).to.equal(
      'invalid_authorization_details',
    )
  })

  const wrong: [string, Record<string, string>, string][] = [
    ['a subject token of another type', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['a wish for another type of token', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['an actor token', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }, 'invalid_request'],
    ['an empty subject token', { subject_token: '' }, 'invalid_request'],
    ['another audience', { audience: 'https://other.example' }, 'invalid_target'],
    ['another resource', { resource: 'https://other.example/api' }, 'invalid_target'],
  ]
  for (const [what, more, error] of wrong) {
    it(`refuse to exchange with ${what}, with a trace code`, async () => {
      const { config, tokens } = await login(undefined, undefined)
      const refused = await refusal(exchange(config, tokens.access_token, more))
      expect(refused.error).to.equal(error)
      expect(refused.error_description).to.contain(`trace ${refused.trace}`)
      expect(house.events.at(-1)).to.deep.include({ code: 'request.refused' })
    })
  }

  it('refuse to exchange for a client that is not registered for it', async () => {
    const { config, tokens } = await login(undefined, undefined, {}, 'no-exchange')
    expect((await refusal(exchange(config, tokens.access_token))).error).to.equal('invalid_request')
  })

  it('refuse to exchange once the person is suspended, or the login given back', async () => {
    const one = await login(undefined, undefined)
    await house.memory.stores.parties.suspend(one.as.id, true)
    expect((await refusal(exchange(one.config, one.tokens.access_token))).error).to.equal('invalid_request')
    const two = await login(undefined, undefined)
    const given = await exchange(two.config, two.tokens.access_token)
    await client.tokenRevocation(two.config, two.tokens.access_token)
    expect((await refusal(exchange(two.config, two.tokens.access_token))).error).to.equal('invalid_request')
    expect(await client.tokenIntrospection(two.config, given.access_token)).to.deep.equal({ active: false })
  })

  it('challenge a weak login at userinfo where the certificate itself is asked for (RFC 9470), and a new login as the challenge says leads on', async () => {
    const { config, authorizeUrl } = await center('rich')
    house.logins.push(agrees(undefined, { assurance: 'bank-session' }))
    const { url, checks } = await authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const tokens = await client.authorizationCodeGrant(config, left ?? url, checks)
    const ask = (token: string, scope: string) => fetch(`${house.issuer}/me?scope=${scope}`, { headers: { authorization: `Bearer ${token}` } })
    expect((await ask(tokens.access_token, 'openid%20enterprise')).status).to.equal(200)
    const weak = await ask(tokens.access_token, 'openid%20certificate')
    expect(weak.status).to.equal(401)
    expect(weak.headers.get('www-authenticate')).to.match(
      /^Bearer error="insufficient_user_authentication", error_description="[^"]*trace [\w-]+\)", acr_values="shield"$/,
    )
    expect(house.events.at(-1)).to.deep.include({ code: 'request.refused' })
    const strong = await login(undefined, undefined, { acr_values: 'shield' })
    expect((await ask(strong.tokens.access_token, 'openid%20certificate')).status).to.equal(200)
  })
})
