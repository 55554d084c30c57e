import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, CENTER, formOf, type House, openCenter, openHouse } from './house.ts'

/** Who sits at a page of our own, by the provider's session and nothing else. */
describe('a visitor of our own pages', () => {
  let house: House
  before(async () => {
    house = await openHouse({ firstParty: new Set(['ours']) })
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  const visitor = async (browser: Browser, of = CENTER.id): Promise<unknown> => (await browser.get(`${house.url}/visitor/${of}`)).json()
  async function signedIn() {
    const browser = new Browser()
    const member = house.membership()
    house.logins.push(house.granted(member))
    const center = await openCenter(house)
    const tokens = await center.login(browser)
    return { browser, member, center, tokens }
  }

  it('is the person who logged in through that client, and nobody through any other', async () => {
    const { browser, member } = await signedIn()
    expect(await visitor(browser)).to.equal(member.id)
    expect(await visitor(browser, 'elsewhere')).to.equal(null)
    expect(await visitor(new Browser())).to.equal(null)
  })

  it('is nobody after a logout', async () => {
    const { browser, center, tokens } = await signedIn()
    const url = client.buildEndSessionUrl(center.config, { id_token_hint: tokens.id_token ?? '' })
    const { page } = await browser.follow(url.href)
    const { action, fields } = formOf((await page?.text()) ?? '')
    await browser.follow(action, { method: 'POST', body: new URLSearchParams({ ...fields, logout: 'yes' }) })
    expect(await visitor(browser)).to.equal(null)
  })

  it('is nobody after a logout that the bank began', async () => {
    const { browser, member } = await signedIn()
    expect(await visitor(browser)).to.equal(member.id)
    await house.provider.endSessions({ bank: 'ccb', bankSession: 'bank-session-1', trace: 'K7QM-3F9T' })
    expect(await visitor(browser)).to.equal(null)
  })

  it('is nobody once the membership is suspended, or no mandate stands behind it any more', async () => {
    const { browser, member } = await signedIn()
    member.suspended = true
    expect(await visitor(browser)).to.equal(null)
    member.suspended = false
    expect(await visitor(browser)).to.equal(member.id)
    for (const found of house.memory.proofs.values()) if (found.membership.id === member.id) Object.assign(found, { lapsed: true })
    expect(await visitor(browser)).to.equal(null)
  })
})
