import { expect } from 'chai'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newTraceCode } from '../../server/kernel/ids.ts'
import { Browser, CENTER, formOf, type House, openCenter, openHouse, refusal } from './house.ts'

describe('logout', () => {
  let house: House
  let answer = 204
  const told: { url: string; token: string }[] = []
  let atBank: string | undefined
  before(async () => {
    house = await openHouse({
      async fetch(url, init) {
        const body = init?.body instanceof URLSearchParams ? init.body : new URLSearchParams()
        told.push({ url: String(url), token: body.get('logout_token') ?? '' })
        return new Response(null, { status: answer })
      },
      bankLogout: { url: async ({ returnTo }) => atBank && `${atBank}?back=${encodeURIComponent(returnTo)}`, origins: ['https://bank.example'] },
    })
  })
  after(() => house.close())
  beforeEach(() => {
    house.forget()
    told.length = 0
    answer = 204
    atBank = undefined
  })

  async function signedIn(browser = new Browser(), subject = 'person-1') {
    const member = house.membership()
    house.logins.push(house.granted(member, { subject }))
    const center = await openCenter(house)
    const tokens = await center.login(browser)
    return { member, center, tokens, browser, idToken: tokens.id_token ?? '', sid: tokens.claims()?.['sid'] }
  }

  /** opens the center's logout address and agrees on our page */
  async function logOut({ browser, center, idToken }: Awaited<ReturnType<typeof signedIn>>, more: Record<string, string> = {}) {
    const url = client.buildEndSessionUrl(center.config, { id_token_hint: idToken, ...more })
    const { page } = await browser.follow(url.href)
    const { action, fields } = formOf((await page?.text()) ?? '')
    return { page, ...(await browser.follow(action, { method: 'POST', body: new URLSearchParams({ ...fields, logout: 'yes' }) })), asked: page }
  }

  it('asks the person first, on a page whose form may end at the center and at the bank', async () => {
    const session = await signedIn()
    const { asked } = await logOut(session, { post_logout_redirect_uri: 'https://center-a.example/bye' })
    expect(asked?.status).to.equal(200)
    expect(asked?.headers.get('content-security-policy')).to.match(/form-action 'self' https:\/\/center-a\.example https:\/\/bank\.example/)
  })

  it('ends the session and its tokens, goes back to the center, and tells every center of the session', async () => {
    const other = await house.register('center-b')
    const session = await signedIn()
    await house.memory.stores.consents.grant(session.member.id, other.id, ['openid'])
    const elsewhere = await (await openCenter(house, other)).login(session.browser, { scope: 'openid', redirect_uri: other.callback })
    const { left } = await logOut(session, { post_logout_redirect_uri: 'https://center-a.example/bye', state: 'st-1' })
    expect(left?.href).to.equal('https://center-a.example/bye?state=st-1')
    expect((await refusal(client.fetchUserInfo(session.center.config, session.tokens.access_token, client.skipSubjectCheck))).error).to.equal(
      'invalid_token',
    )
    expect((await refusal(session.center.login(session.browser, { prompt: 'none' }))).error).to.equal('login_required')

    expect(await house.memory.workOutbox()).to.equal(2)
    expect(told.map(({ url }) => url).sort()).to.deep.equal(['https://center-a.example/backchannel', 'https://center-b.example/backchannel'])
    const forB = told.find(({ url }) => url.includes('center-b'))
    expect(await verified(house, forB?.token, 'center-b')).to.deep.include({ sub: session.member.id, sid: elsewhere.claims()?.['sid'] })
    expect(house.events.filter(({ code }) => code === 'logout.notified').map(({ facts }) => facts['client'])).to.have.members([
      'center-a',
      'center-b',
    ])
    expect(house.events).to.deep.include({
      code: 'logout.started',
      trace: house.events.find(({ code }) => code === 'logout.started')?.trace,
      facts: { by: 'center-a', centers: 2 },
    })
  })

  it('signs a notice as the standard wants it: type, audience, event, no nonce, two minutes', async () => {
    const session = await signedIn()
    await logOut(session)
    await house.memory.workOutbox()
    const payload = await verified(house, told[0]?.token, CENTER.id)
    expect(payload).to.include({ iss: house.issuer, sub: session.member.id, sid: session.sid })
    expect(payload['events']).to.deep.equal({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).to.equal(120)
    expect(payload).to.include.keys('jti').and.not.include.keys('nonce')
  })

  it('tries again, with a new token, while a center fails, and tells the integrator what it answered', async () => {
    await logOut(await signedIn())
    answer = 503
    expect(await house.memory.workOutbox()).to.equal(0)
    expect(house.steps.at(-1)).to.deep.include({ step: 'backchannel-logout', outcome: 'failed', code: 'center_unreachable', received: 'status 503' })
    expect(house.events.map(({ code }) => code)).to.not.include('logout.notified')
    answer = 200
    expect(await house.memory.workOutbox()).to.equal(1)
    const [first, second] = await Promise.all(told.map(({ token }) => verified(house, token, CENTER.id)))
    expect(first?.jti).to.not.equal(second?.jti)
  })

  it('gives up in the end, and the audit record says so', async () => {
    await logOut(await signedIn())
    answer = 500
    await house.memory.workOutbox()
    expect(house.events.map(({ code }) => code)).to.not.include('logout.undelivered')
    await house.memory.workOutbox({ last: true })
    expect(house.events.at(-1)).to.deep.include({ code: 'logout.undelivered', facts: { client: CENTER.id } })
    expect(house.memory.jobs).to.deep.equal([])
  })

  it('without a way back shows how many centers are told', async () => {
    const { page } = await logOutPage(await signedIn())
    expect(page?.status).to.equal(200)
    expect(await page?.text()).to.match(/1/)
    async function logOutPage(session: Awaited<ReturnType<typeof signedIn>>) {
      const { browser, center, idToken } = session
      const { page: asked } = await browser.follow(client.buildEndSessionUrl(center.config, { id_token_hint: idToken }).href)
      const { action, fields } = formOf((await asked?.text()) ?? '')
      const gone = await browser.get(action, { method: 'POST', body: new URLSearchParams({ ...fields, logout: 'yes' }) })
      expect(gone.headers.get('location')).to.equal(`${house.issuer}/session/end/success?told=1`)
      return browser.follow(gone.headers.get('location') ?? '')
    }
  })

  it('goes by the bank, where the person has a session too', async () => {
    atBank = 'https://bank.example/logout'
    const { left } = await logOut(await signedIn(), { post_logout_redirect_uri: 'https://center-a.example/bye' })
    expect(left?.href).to.equal(`https://bank.example/logout?back=${encodeURIComponent('https://center-a.example/bye')}`)
  })

  it('goes to no address that the center did not register', async () => {
    const session = await signedIn()
    const url = client.buildEndSessionUrl(session.center.config, {
      id_token_hint: session.idToken,
      post_logout_redirect_uri: 'https://evil.example/',
    })
    const { page } = await session.browser.follow(url.href)
    expect(page?.status).to.equal(400)
  })

  it('is not done by a foreign page: the form’s secret is checked', async () => {
    const session = await signedIn()
    const { page } = await session.browser.follow(`${house.issuer}/session/end/confirm`, {
      method: 'POST',
      body: new URLSearchParams({ xsrf: 'guess', logout: 'yes' }),
    })
    expect(page?.status).to.equal(400)
    expect(await client.fetchUserInfo(session.center.config, session.tokens.access_token, session.member.id)).to.include({ sub: session.member.id })
  })

  describe('begun by the bank', () => {
    it('ends the sessions of one session at the bank, and no others', async () => {
      const mine = house.membership()
      const browser = new Browser()
      const elsewhere = new Browser()
      const center = await openCenter(house)
      house.logins.push(house.granted(mine, { bankSession: 'sess-1', subject: 'p-9' }))
      const tokens = await center.login(browser)
      house.logins.push(house.granted(mine, { bankSession: 'sess-2', subject: 'p-9' }))
      const kept = await center.login(elsewhere)
      const ended = await house.provider.endSessions({ bank: 'ccb', bankSession: 'sess-1', trace: newTraceCode() })
      expect(ended).to.deep.equal({ sessions: 1, centers: 1 })
      expect((await refusal(client.fetchUserInfo(center.config, tokens.access_token, mine.id))).error).to.equal('invalid_token')
      expect(await client.fetchUserInfo(center.config, kept.access_token, mine.id)).to.include({ sub: mine.id })
      await house.memory.workOutbox()
      expect(await verified(house, told[0]?.token, CENTER.id)).to.include({ sid: tokens.claims()?.['sid'] })
    })

    it('stays ended, whatever a request goes on to save that had read the session before', async () => {
      const other = await house.register('center-d')
      const session = await signedIn(new Browser(), 'p-12')
      await house.memory.stores.consents.grant(session.member.id, other.id, ['openid'])
      const { providerRecords } = house.memory.stores
      const { find } = providerRecords
      const end = () => house.provider.endSessions({ bank: 'ccb', subject: 'p-12', trace: newTraceCode() })
      let ended: unknown
      providerRecords.find = async (...given) => {
        const found = await find.apply(providerRecords, given)
        if (given[0] === 'Session') {
          providerRecords.find = find
          ended = await end()
        }
        return found
      }
      const at = await openCenter(house, other)
      const went = await refusal(at.login(session.browser, { scope: 'openid', redirect_uri: other.callback }))
      expect(ended).to.deep.equal({ sessions: 1, centers: 1 })
      expect(went.error).to.equal('invalid_grant')
      expect(await providerRecords.sessionsOf({ membershipId: session.member.id }, 9)).to.deep.equal([])
    })

    it('goes on where it failed: the session is over at once, and every center is told in the end', async () => {
      const other = await house.register('center-c')
      const session = await signedIn(new Browser(), 'p-11')
      await house.memory.stores.consents.grant(session.member.id, other.id, ['openid'])
      await (await openCenter(house, other)).login(session.browser, { scope: 'openid', redirect_uri: other.callback })
      const { providerRecords, outbox } = house.memory.stores
      const end = () => house.provider.endSessions({ bank: 'ccb', subject: 'p-11', trace: newTraceCode() })
      for (const [name, store] of [
        ['revokeGrant', providerRecords],
        ['send', outbox],
        ['destroy', providerRecords],
      ] as unknown as [string, Record<string, unknown>][]) {
        const { [name]: works } = store
        store[name] = async () => {
          throw new BrokerError('database_unavailable', 'the test says so')
        }
        const failed = await end().catch((thrown: unknown) => thrown)
        store[name] = works
        expect(failed, name).to.have.property('code', 'database_unavailable')
        expect((await refusal(session.center.login(session.browser, { prompt: 'none' }))).error, name).to.equal('login_required')
      }
      house.memory.jobs.length = 0
      expect(await end()).to.include({ centers: 2 })
      expect(house.memory.jobs.map(({ job }) => job['clientId'])).to.have.members(['center-a', 'center-c'])
      expect(await end()).to.deep.equal({ sessions: 0, centers: 0 })
    })

    it('ends every session of a person at that bank', async () => {
      const mine = house.membership()
      const center = await openCenter(house)
      const browsers = [new Browser(), new Browser()]
      for (const browser of browsers) {
        house.logins.push(house.granted(mine, { subject: 'p-10' }))
        await center.login(browser)
      }
      expect(await house.provider.endSessions({ bank: 'icbc', subject: 'p-10', trace: newTraceCode() })).to.deep.equal({ sessions: 0, centers: 0 })
      expect(await house.provider.endSessions({ bank: 'ccb', subject: 'p-10', trace: newTraceCode() })).to.deep.equal({ sessions: 2, centers: 2 })
      for (const browser of browsers) expect((await refusal(center.login(browser, { prompt: 'none' }))).error).to.equal('login_required')
    })
  })
})

async function verified(house: House, token: string | undefined, audience: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${house.issuer}/jwks`))
  const { payload } = await jwtVerify(token ?? '', keys, { issuer: house.issuer, audience, typ: 'logout+jwt', algorithms: ['ES256'] })
  return payload
}
