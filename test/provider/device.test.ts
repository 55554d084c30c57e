import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, formOf, type House, openCenter, openHouse, refusal } from './house.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

describe('the device grant (RFC 8628)', () => {
  let house: House
  let hall: { id: string; secret: string }
  before(async () => {
    house = await openHouse()
    hall = await house.register('hall', '大厅终端中心', { grant_types: [GRANT, 'refresh_token'], response_types: [], redirect_uris: [] })
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  async function start(scope = 'openid enterprise person') {
    const { config } = await openCenter(house, hall)
    const device = await client.initiateDeviceAuthorization(config, { scope })
    return { config, device, redeem: () => client.genericGrantRequest(config, GRANT, { device_code: device.device_code }) }
  }

  const enter = async (browser: Browser, code: string, more: Record<string, string> = {}) => {
    const { fields, action } = formOf(await (await browser.get(`${house.url}/oidc/device`)).text())
    return browser.get(action, { method: 'POST', body: new URLSearchParams({ ...fields, user_code: code, ...more }) })
  }

  /** enters the code, and goes on from the page that asks whether the device is theirs */
  async function confirm(browser: Browser, code: string, more: Record<string, string> = {}) {
    const asked = await enter(browser, code)
    const { action, fields } = formOf(await asked.text())
    return browser.follow(action, { method: 'POST', body: new URLSearchParams({ ...fields, ...more }) })
  }

  const codes = () => house.events.map(({ code }) => code)

  it('stands in discovery', async () => {
    const { config } = await openCenter(house, hall)
    expect(config.serverMetadata().device_authorization_endpoint).to.equal(`${house.issuer}/device/auth`)
    expect(config.serverMetadata().grant_types_supported).to.include(GRANT)
  })

  it('brings the person from the code on a device to the claims of an ordinary login, all under one trace code', async () => {
    const { config, device } = await start()
    expect(device.user_code).to.match(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(device.expires_in).to.equal(600)
    const person = house.membership()
    house.logins.push(house.granted(person))
    const browser = new Browser()
    const { page } = await confirm(browser, device.user_code)
    expect(await page?.text()).to.include('设备已登录')
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
    const claims = tokens.claims()
    expect(claims).to.include({ sub: person.id, acr: 'shield', bank: 'ccb', uscc: person.enterprise.uscc, person_name: '王小明' })
    expect(claims?.['sid']).to.be.a('string')
    expect(codes()).to.deep.equal(['device.started', 'device.confirmed', 'token.issued'])
    expect(new Set(house.events.map(({ trace }) => trace)).size).to.equal(1)
    expect(house.seen[0]?.trace).to.equal(house.events[0]?.trace)
  })

  it('takes the code as people type it: small letters, no dash, spaces', async () => {
    const { device } = await start()
    const page = await enter(new Browser(), ` ${device.user_code.toLowerCase().replace('-', ' ')}`)
    expect(page.status).to.equal(200)
    expect(await page.text()).to.include(device.user_code)
  })

  it('says before anything is granted which center, from where, and what it will be told', async () => {
    const { device } = await start('openid enterprise offline_access')
    const text = await (await enter(new Browser(), device.user_code)).text()
    for (const words of ['大厅终端中心', '127.0.0.1', '统一社会信用代码', '您不在场时', device.user_code]) expect(text).to.include(words)
    expect(text).to.not.include('姓名')
  })

  it('asks the same when the code came in the address', async () => {
    const { device } = await start()
    const browser = new Browser()
    const given = await (await browser.get(String(device.verification_uri_complete))).text()
    expect(given).to.include('id="auto-submit"').and.to.include(device.user_code).and.to.not.include('<script>')
    const { action, fields } = formOf(given)
    const asked = await browser.get(action, { method: 'POST', body: new URLSearchParams({ ...fields, user_code: device.user_code }) })
    expect(await asked.text()).to.include('是您在登录这台设备吗')
    expect(codes()).to.deep.equal(['device.started'])
  })

  it('answers authorization_pending until then, and writes nothing down of it', async () => {
    const { redeem } = await start()
    house.forget()
    expect((await refusal(redeem())).error).to.equal('authorization_pending')
    expect(house.events).to.deep.equal([])
    expect(house.steps).to.deep.equal([])
  })

  it('refuses a center that is not registered for it', async () => {
    const { config } = await openCenter(house)
    const error = await refusal(client.initiateDeviceAuthorization(config, { scope: 'openid' }))
    expect(error.error).to.equal('invalid_request')
    expect(error.error_description).to.include(`(trace ${error.trace})`)
    expect(house.events).to.deep.equal([
      { code: 'request.refused', trace: error.trace, facts: { client: 'center-a', step: 'device-start', failure: 'client_request_refused' } },
    ])
  })

  it('tells a wrong code as such, and after five of them in one session looks nothing up for a while', async () => {
    const { device } = await start()
    house.forget()
    const browser = new Browser()
    for (let tries = 0; tries < 5; tries++) {
      const page = await enter(browser, 'BBBB-BBBB')
      expect(page.status).to.equal(404)
      expect(await page.text())
        .to.include('没有这个代码')
        .and.to.include(page.headers.get('x-trace-code'))
    }
    expect(house.events[0]?.facts).to.deep.include({ step: 'device-code', failure: 'device_code_unknown' })
    const locked = await enter(browser, device.user_code)
    expect(locked.status).to.equal(429)
    expect(Number(locked.headers.get('retry-after'))).to.be.within(1, 600)
    expect(house.events.at(-1)?.facts).to.deep.include({ failure: 'too_many_requests' })
    expect((await enter(new Browser(), device.user_code)).status).to.equal(200)
  })

  it('tells an expired code as such, on the page and to the device', async () => {
    const { device, redeem } = await start()
    for (const [key, record] of house.memory.records) if (key.startsWith('DeviceCode/')) record.payload['exp'] = Math.floor(Date.now() / 1000) - 30
    const page = await enter(new Browser(), device.user_code)
    expect([page.status, (await page.text()).includes('这个代码已过期')]).to.deep.equal([410, true])
    expect((await refusal(redeem())).error).to.equal('expired_token')
    expect(house.events.at(-1)?.facts).to.deep.include({ step: 'token', failure: 'device_code_expired' })
  })

  it('tells a code that was answered already', async () => {
    const { device } = await start()
    house.logins.push(house.granted(house.membership()))
    await confirm(new Browser(), device.user_code)
    const page = await enter(new Browser(), device.user_code)
    expect([page.status, (await page.text()).includes('已经用过')]).to.deep.equal([409, true])
    expect(house.events.at(-1)?.facts).to.deep.include({ failure: 'device_code_used' })
  })

  it('lets one of two browsers answer, though both say yes in the same moment', async () => {
    const { device, redeem } = await start()
    const people = [house.membership(), house.membership()]
    const browsers = await Promise.all(
      people.map(async () => {
        const browser = new Browser()
        return { browser, ...formOf(await (await enter(browser, device.user_code)).text()) }
      }),
    )
    house.logins.push(...people.map(person => house.granted(person)))
    const ends = await Promise.all(
      browsers.map(({ browser, action, fields }) => browser.follow(action, { method: 'POST', body: new URLSearchParams(fields) })),
    )
    const said = await Promise.all(ends.map(async ({ page }) => (await page?.text()) ?? ''))
    expect(said.filter(text => text.includes('设备已登录'))).to.have.length(1)
    expect(said.filter(text => text.includes('已经用过'))).to.have.length(1)
    expect(people.map(({ id }) => id)).to.include((await redeem()).claims()?.sub)
  })

  it('ends when the person says that the device is not theirs', async () => {
    const { device, redeem } = await start()
    const { page } = await confirm(new Browser(), device.user_code, { abort: 'yes' })
    expect(await page?.text()).to.include('您说不是本人操作')
    expect((await refusal(redeem())).error).to.equal('access_denied')
    expect(codes()).to.deep.equal(['device.started', 'device.refused', 'request.refused'])
    expect((await enter(new Browser(), device.user_code)).status).to.equal(409)
  })

  it('ends when the login is refused, and says so on both screens', async () => {
    const { device, redeem } = await start()
    house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'the person cancelled' }))
    const { page } = await confirm(new Browser(), device.user_code)
    expect(await page?.text()).to.include('设备没有登录')
    const error = await refusal(redeem())
    expect(error.error).to.equal('access_denied')
    expect(error.trace).to.equal(house.seen[0]?.trace)
  })

  it('of 20 parallel redemptions of one device code exactly one wins', async () => {
    const { device, redeem } = await start()
    house.logins.push(house.granted(house.membership()))
    await confirm(new Browser(), device.user_code)
    const all = await Promise.allSettled(Array.from({ length: 20 }, redeem))
    expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
    expect(codes()).to.include('token.reuse-detected')
  })

  it('gives no tokens to a person who was suspended in between', async () => {
    const { device, redeem } = await start()
    const person = house.membership()
    house.logins.push(house.granted(person))
    await confirm(new Browser(), device.user_code)
    await house.memory.stores.parties.suspend(person.id, true)
    expect((await refusal(redeem())).error).to.equal('invalid_grant')
  })

  it('is not redeemed by another center', async () => {
    const { device } = await start()
    const other = await house.register('other-hall', '另一中心', { grant_types: [GRANT], response_types: [], redirect_uris: [] })
    const { config } = await openCenter(house, other)
    expect((await refusal(client.genericGrantRequest(config, GRANT, { device_code: device.device_code }))).error).to.equal('invalid_grant')
  })

  it('leaves neither code in the database, and the name a record goes by there opens nothing', async () => {
    const { config, device } = await start()
    house.logins.push(async record => {
      const found = await house.memory.stores.logins.find(record.id)
      expect(JSON.stringify(found)).to.not.include(device.device_code)
      return { kind: 'refused', error: 'access_denied', description: 'enough' }
    })
    await confirm(new Browser(), device.user_code)
    const kept = JSON.stringify([...house.memory.records])
    expect(kept).to.not.include(device.device_code).and.to.not.include(device.user_code.replace('-', ''))
    for (const [key] of house.memory.records) {
      if (!key.startsWith('DeviceCode/')) continue
      const named = client.genericGrantRequest(config, GRANT, { device_code: `#${key.slice('DeviceCode/'.length)}` })
      expect((await refusal(named)).error).to.equal('invalid_grant')
    }
  })
})
