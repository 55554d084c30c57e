import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { generateKeyPair, SignJWT } from 'jose'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import { newTraceCode } from '../../server/kernel/ids.ts'
import { Browser, formOf, type House, openHouse, USCC } from './house.ts'
import { freePort } from './ports.ts'

/** The example that centers copy, against the real provider. */
describe('the example trading center', () => {
  let house: House
  let center: { url: string; close(): Promise<void> }
  before(async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    // notices go to this center for real
    house = await openHouse({ fetch })
    const { id, secret } = await house.register('example', '示范公共资源交易中心', {
      redirect_uris: [`${url}/callback`],
      post_logout_redirect_uris: [`${url}/`],
      backchannel_logout_uri: `${url}/backchannel-logout`,
    })
    center = await startTradingCenter({ issuer: house.issuer, clientId: id, clientSecret: secret, port, url })
  })
  after(async () => {
    await center.close()
    await house.close()
  })
  beforeEach(() => house.forget())

  /** like a browser's address bar: goes back and forth between center and shield */
  async function visit(browser: Browser, url: string, init?: RequestInit): Promise<string> {
    let { left, page } = await browser.follow(url, init)
    for (let hops = 0; left !== undefined && hops < 6; hops++) ({ left, page } = await browser.follow(left.href))
    return (await page?.text()) ?? ''
  }
  async function signedIn(browser = new Browser()) {
    house.logins.push(house.granted(house.membership()))
    return { browser, text: await visit(browser, `${center.url}/login`) }
  }

  it('is short enough to read', async () => {
    const text = await readFile(new URL('../../docs/examples/trading-center/server.ts', import.meta.url), 'utf8')
    expect(text.trimEnd().split('\n').length).to.be.lessThan(150)
  })

  it('shows who is logged in and every claim with its reason', async () => {
    const { text } = await signedIn()
    for (const shown of ['厦门示范建设有限公司', USCC, '王小明', 'person_role', 'certificate', '用它做账号主键']) expect(text).to.include(shown)
    expect(/<pre id="id-token"[^>]*>([^<]+)</.exec(text)?.[1]?.split('.')).to.have.length(3)
  })

  it('hands on the bank that was chosen, and insists on the shield', async () => {
    house.logins.push(house.granted(house.membership()))
    await visit(new Browser(), `${center.url}/login?bank=abc&acr=shield`)
    expect(house.seen[0]?.request).to.include({ bankHint: 'abc', needs: 'shield' })
  })

  it('shows the trace code when a login fails, and stays logged in as before', async () => {
    const browser = new Browser()
    house.logins.push(house.granted(house.membership(), { assurance: 'bank-session' }))
    expect(await visit(browser, `${center.url}/login`)).to.include('href="/login?acr=shield"')
    house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'the person cancelled' }))
    const text = await visit(browser, `${center.url}/login?acr=shield`)
    expect(text).to.include(`id="trace">${house.seen[1]?.trace}<`).and.include('access_denied')
    expect(await visit(browser, center.url)).to.include('厦门示范建设有限公司')
  })

  it('believes no callback that it did not begin', async () => {
    const text = await visit(new Browser(), `${center.url}/callback?code=stolen&state=x&iss=${encodeURIComponent(house.issuer)}`)
    expect(text).to.include('id="login"')
    const browser = new Browser()
    await browser.get(`${center.url}/login`)
    const answer = await browser.get(`${center.url}/callback?code=stolen&state=wrong&iss=${encodeURIComponent(house.issuer)}`)
    expect(answer.status).to.be.oneOf([400, 500])
  })

  it('logs out here and at the shield', async () => {
    const { browser } = await signedIn()
    const confirm = await visit(browser, `${center.url}/logout`, { method: 'POST' })
    const { action, fields } = formOf(confirm)
    const text = await visit(browser, action, { method: 'POST', body: new URLSearchParams({ ...fields, logout: 'yes' }) })
    expect(text).to.include('id="login"')
  })

  it('ends its session when the shield tells of a logout, and on nothing less', async () => {
    const { browser } = await signedIn()
    const shows = async () => (await visit(browser, center.url)).includes('厦门示范建设有限公司')
    const tell = (token: string) => fetch(`${center.url}/backchannel-logout`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })

    const { privateKey } = await generateKeyPair('ES256')
    const forged = await new SignJWT({ sid: 'x', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
      .setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt' })
      .setIssuer(house.issuer)
      .setAudience('example')
      .setIssuedAt()
      .setExpirationTime('2m')
      .setJti('1')
      .sign(privateKey)
    expect((await tell(forged)).status).to.equal(400)
    expect((await tell('nonsense')).status).to.equal(400)
    expect((await fetch(`${center.url}/backchannel-logout`, { method: 'POST' })).status).to.equal(400)
    expect(await shows()).to.equal(true)

    await house.provider.endSessions({ bank: 'ccb', subject: 'person-1', trace: newTraceCode() })
    await house.memory.workOutbox()
    expect(house.events.map(({ code }) => code)).to.include('logout.notified')
    expect(await shows()).to.equal(false)
  })

  it('keeps markup in a name from becoming markup, and runs no script at all', async () => {
    house.logins.push(house.granted(house.membership({ person: { id: 'p', name: '<img src=x onerror=alert(1)>' } })))
    const browser = new Browser()
    const text = await visit(browser, `${center.url}/login`)
    expect(text).to.not.include('<img').and.not.include('<script')
    expect((await browser.get(center.url)).headers.get('content-security-policy')).to.match(/^default-src 'none';/)
  })
})
