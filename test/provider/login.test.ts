import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, formOf, type House, openCenter, openHouse, refusal, USCC } from './house.ts'

describe('a login through the provider', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  it('gives the center every claim, signed, and the same at userinfo', async () => {
    const member = house.membership()
    house.logins.push(house.granted(member))
    const center = await openCenter(house)
    const tokens = await center.login(new Browser())
    const claims = tokens.claims()
    expect(claims).to.include({
      sub: member.id,
      uscc: USCC,
      enterprise_name: '厦门示范建设有限公司',
      person_name: '王小明',
      person_role: 'operator',
      bank: 'ccb',
      acr: 'shield',
    })
    expect(claims?.['amr']).to.deep.equal(['hwk', 'pin'])
    expect(claims?.auth_time).to.be.a('number')
    expect(claims?.['sid']).to.be.a('string')
    expect(claims?.['certificate']).to.deep.equal({
      issuer: 'CN=CCB Issuing CA',
      serial: '0a1b',
      not_after: '2028-01-01T00:00:00.000Z',
      thumbprint_sm3: 'ab'.repeat(32),
    })
    const info = await client.fetchUserInfo(center.config, tokens.access_token, member.id)
    expect(info).to.deep.include({ uscc: USCC, certificate: claims?.['certificate'], acr: 'shield', bank: 'ccb' })
  })

  it('lets a browser go on to two centers at the same moment: each finds itself in the session', async () => {
    const browser = new Browser()
    const member = house.membership()
    house.logins.push(house.granted(member))
    await (await openCenter(house)).login(browser)
    const centers = await Promise.all(['twin-a', 'twin-b'].map(id => house.register(id)))
    const { stores } = house.memory
    for (const { id } of centers) await stores.consents.grant(member.id, id, ['openid'])
    const { providerRecords } = stores
    const { find } = providerRecords
    // both have read the session before one of them writes it
    const both = Promise.withResolvers<void>()
    let came = 0
    providerRecords.find = async (...given) => {
      const found = await find.apply(providerRecords, given)
      if (given[0] === 'Session' && ++came <= 2) {
        if (came === 2) both.resolve()
        await both.promise
      }
      return found
    }
    const went = Promise.all(
      centers.map(async center => (await openCenter(house, center)).login(browser, { scope: 'openid', redirect_uri: center.callback })),
    )
    const tokens = await went.finally(() => {
      providerRecords.find = find
    })
    expect(tokens.map(token => token.claims()?.sub)).to.deep.equal([member.id, member.id])
    const [session] = await providerRecords.sessionsOf({ membershipId: member.id }, 9)
    expect(session?.payload['authorizations']).to.include.keys('center-a', 'twin-a', 'twin-b')
  })

  it('writes seven times in all, and keeps no token, code or cookie readable at rest', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const tokens = await center.login(new Browser())
    await client.fetchUserInfo(center.config, tokens.access_token, client.skipSubjectCheck)
    expect(house.memory.writes).to.deep.equal([
      'login put',
      'login remove',
      'Grant upsert',
      'AuthorizationCode upsert',
      'Session upsert',
      'AuthorizationCode consume',
      'AccessToken upsert',
    ])
    expect(JSON.stringify([...house.memory.records])).to.not.contain(tokens.access_token)
  })

  it('asks the login room with everything it must know', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    await center.login(new Browser(), { bank: 'icbc', acr_values: 'shield', scope: 'openid enterprise' })
    const [asked] = house.seen
    expect(asked?.request).to.deep.equal({
      clientId: 'center-a',
      clientName: '甲交易中心',
      clientOrigins: ['https://center-a.example'],
      scopes: ['openid', 'enterprise'],
      bankHint: 'icbc',
      needs: 'shield',
      prompts: ['login'],
      returnTo: `${house.issuer}/auth/${asked?.id}`,
    })
    expect(asked).to.not.have.property('session')
  })

  it('gives only the claims of the scopes asked for', async () => {
    house.logins.push(house.granted(house.membership()))
    const tokens = await (await openCenter(house)).login(new Browser(), { scope: 'openid enterprise' })
    expect(tokens.claims()).to.include.keys('uscc', 'enterprise_name')
    expect(tokens.claims()).to.not.have.any.keys('person_name', 'certificate')
  })

  it('lets a second center in without another login, once the person agreed there, under the same sub', async () => {
    const other = await house.register('center-b')
    const member = house.membership()
    const browser = new Browser()
    house.logins.push(house.granted(member))
    const first = await (await openCenter(house)).login(browser)
    await house.memory.stores.consents.grant(member.id, other.id, ['openid', 'enterprise'])
    const second = await (await openCenter(house, other)).login(browser, { scope: 'openid enterprise', redirect_uri: other.callback })
    expect(house.seen).to.have.length(1)
    expect(second.claims()?.sub).to.equal(first.claims()?.sub)
    expect(second.claims()?.['acr']).to.equal('shield')
  })

  it('goes straight on at the same center, with nothing written but the code, its use and the token', async () => {
    const browser = new Browser()
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    await center.login(browser)
    house.memory.writes.length = 0
    await center.login(browser)
    expect(house.seen).to.have.length(1)
    expect(house.memory.writes).to.deep.equal(['AuthorizationCode upsert', 'AuthorizationCode consume', 'AccessToken upsert'])
  })

  it('asks for consent where the person has not agreed to this center, and keeps the session', async () => {
    const other = await house.register('center-c')
    const member = house.membership()
    const browser = new Browser()
    house.logins.push(house.granted(member))
    await (await openCenter(house)).login(browser)
    const [first] = house.seen
    house.logins.push(house.agreed())
    await (await openCenter(house, other)).login(browser, { scope: 'openid person', redirect_uri: other.callback })
    const [, second] = house.seen
    expect(second?.request.prompts).to.deep.equal(['consent'])
    expect(second?.session?.membershipId).to.equal(member.id)
    expect(second?.session?.proofId).to.be.a('string')
    expect(second?.id).to.not.equal(first?.id)
  })

  it('carries the login room’s refusal to the center, with the trace code', async () => {
    house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'the person cancelled' }))
    const error = await refusal((await openCenter(house)).login(new Browser()))
    expect(error).to.include({ error: 'access_denied' })
    expect(error.error_description).to.equal(`the person cancelled (trace ${house.seen[0]?.trace})`)
    // the login room tells of its refusals itself
    expect(house.events.map(({ code }) => code)).to.not.include('request.refused')
  })

  it('answers prompt=none without a session with login_required', async () => {
    const error = await refusal((await openCenter(house)).login(new Browser(), { prompt: 'none' }))
    expect(error.error).to.equal('login_required')
    expect(error.error_description).to.match(/\(trace [2-9A-Z]{4}-[2-9A-Z]{4}\)$/)
  })

  it('answers prompt=none silently where a session is there, and with consent_required where consent is not', async () => {
    const browser = new Browser()
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    await center.login(browser, { scope: 'openid enterprise' })
    const tokens = await center.login(browser, { prompt: 'none', scope: 'openid enterprise' })
    expect(tokens.claims()).to.include.keys('uscc')
    expect((await refusal(center.login(browser, { prompt: 'none', scope: 'openid certificate' }))).error).to.equal('consent_required')
  })

  it('asks for a stronger proof when acr_values wants one, and then claims tell of the stronger one', async () => {
    const member = house.membership()
    const browser = new Browser()
    house.logins.push(house.granted(member, { assurance: 'bank-session', methods: ['sms'] }))
    const center = await openCenter(house)
    expect((await center.login(browser)).claims()?.['acr']).to.equal('bank-session')
    house.logins.push(house.granted(member, { assurance: 'shield-person' }))
    const stronger = await center.login(browser, { acr_values: 'shield' })
    expect(stronger.claims()?.['acr']).to.equal('shield-person')
    expect(house.seen[1]?.request.needs).to.equal('shield')
    expect(house.seen[1]?.session?.membershipId).to.equal(member.id)
    // the stronger proof is the session's from here on
    expect((await center.login(browser, { acr_values: 'shield-person' })).claims()?.['acr']).to.equal('shield-person')
    expect(house.seen).to.have.length(2)
  })

  it('does not let a login through that stayed weaker than asked', async () => {
    const member = house.membership()
    house.logins.push(house.granted(member, { assurance: 'bank-session' }), () => ({
      kind: 'refused',
      error: 'unmet_authentication_requirements',
      description: 'a shield is needed',
    }))
    const error = await refusal((await openCenter(house)).login(new Browser(), { acr_values: 'shield' }))
    expect(error.error).to.equal('unmet_authentication_requirements')
    expect(house.seen).to.have.length(2)
  })

  it('treats an essential acr claim as a minimum too', async () => {
    const member = house.membership()
    house.logins.push(house.granted(member, { assurance: 'shield-person' }))
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['shield'] } } })
    const tokens = await (await openCenter(house)).login(new Browser(), { claims })
    expect(house.seen[0]?.request.needs).to.equal('shield')
    expect(tokens.claims()?.['acr']).to.equal('shield-person')
  })

  it('asks for a new login on prompt=login and on max_age=0, without offering the session', async () => {
    const member = house.membership()
    const browser = new Browser()
    const center = await openCenter(house)
    for (const parameters of [{}, { prompt: 'login' }, { max_age: '0' }]) {
      house.logins.push(house.granted(member))
      await center.login(browser, parameters)
    }
    expect(house.seen).to.have.length(3)
    expect(house.seen.map(record => record.session)).to.deep.equal([undefined, undefined, undefined])
  })

  it('keeps one person’s session from becoming another’s: a login as somebody else ends it first and tells the centers', async () => {
    const browser = new Browser()
    const center = await openCenter(house)
    house.logins.push(house.granted(house.membership()))
    const first = await center.login(browser)
    const second = house.membership()
    house.logins.push(house.granted(second))
    const { url, checks } = await center.authorizeUrl({ prompt: 'login' })
    const { page } = await browser.follow(url.href)
    const { action, fields } = formOf((await page?.text()) ?? '')
    const { left } = await browser.follow(action, { method: 'POST', body: new URLSearchParams(fields) })
    const tokens = await client.authorizationCodeGrant(center.config, left ?? new URL(house.url), checks)
    expect(tokens.claims()?.sub).to.equal(second.id)
    expect(house.memory.jobs.map(({ job }) => job['sub'])).to.deep.equal([first.claims()?.sub])
  })

  it('stops at once for a suspended membership: session, code, access token and refresh token', async () => {
    const member = house.membership()
    const browser = new Browser()
    const center = await openCenter(house)
    house.logins.push(house.granted(member))
    const tokens = await center.login(browser, { scope: 'openid enterprise offline_access', prompt: 'consent' })
    await house.memory.stores.parties.suspend(member.id, true)
    expect((await refusal(client.fetchUserInfo(center.config, tokens.access_token, member.id))).error).to.equal('invalid_token')
    expect((await refusal(client.refreshTokenGrant(center.config, tokens.refresh_token ?? ''))).error).to.equal('invalid_grant')
    expect((await refusal(center.login(browser, { prompt: 'none' }))).error).to.equal('login_required')
  })

  it('tells of a token whose membership is suspended that it is none, until it is again, and takes it back meanwhile', async () => {
    const member = house.membership()
    const center = await openCenter(house)
    house.logins.push(house.granted(member))
    const { access_token: token } = await center.login(new Browser())
    const active = async () => (await client.tokenIntrospection(center.config, token)).active
    expect(await active()).to.equal(true)
    await house.memory.stores.parties.suspend(member.id, true)
    expect(await active()).to.equal(false)
    await house.memory.stores.parties.suspend(member.id, false)
    expect(await active()).to.equal(true)
    await house.memory.stores.parties.suspend(member.id, true)
    await client.tokenRevocation(center.config, token)
    await house.memory.stores.parties.suspend(member.id, false)
    expect(await active()).to.equal(false)
  })

  it('takes pushed authorization requests, each once', async () => {
    const center = await openCenter(house)
    const { asked, checks } = await center.authorizeUrl()
    const url = await client.buildAuthorizationUrlWithPAR(center.config, asked)
    expect(url.searchParams.get('request_uri')).to.match(/^urn:ietf:params:oauth:request_uri:/)
    const browser = new Browser()
    house.logins.push(house.granted(house.membership()))
    const { left } = await browser.follow(url.href)
    expect(left?.searchParams.get('iss')).to.equal(house.issuer)
    await client.authorizationCodeGrant(center.config, left ?? new URL(house.url), checks)
    const { page } = await browser.follow(url.href)
    expect(page?.status).to.equal(400)
  })

  it('tells audit record and trace of the whole way under one trace code', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const { url, checks } = await center.authorizeUrl()
    const browser = new Browser()
    const { left } = await browser.follow(url.href)
    await client.authorizationCodeGrant(center.config, left ?? new URL(house.url), checks)
    const trace = house.seen[0]?.trace
    // that it started is told by the login room, with the first thing that the person does
    expect(house.events.map(({ code, trace: under }) => [code, under])).to.deep.equal([['token.issued', trace]])
    expect(house.steps.map(({ step, outcome, trace: under }) => [step, outcome, under])).to.deep.equal([
      ['authorize', 'ok', trace],
      ['authorize-answer', 'ok', trace],
      ['token', 'ok', trace],
    ])
  })
})
