import { expect } from 'chai'
import { startTradingCenter } from '../../docs/examples/trading-center/server.ts'
import { accessibilityFaults, complaints, newContext, screenshot, sidewaysScroll, useBrowser } from '../browser/support.ts'
import { type House, openHouse } from './house.ts'
import { freePort } from './ports.ts'

/** The example's pages in a browser: usable by everybody, on a desk and on a phone, and quiet under their own policy. */
describe('the example trading center’s pages', () => {
  const browser = useBrowser()
  let house: House
  let center: Awaited<ReturnType<typeof startTradingCenter>>
  before(async () => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    house = await openHouse()
    const { id, secret } = await house.register('example', '示范公共资源交易中心', { redirect_uris: [`${url}/callback`] })
    center = await startTradingCenter({ issuer: house.issuer, clientId: id, clientSecret: secret, port, url })
  })
  after(async () => {
    await center.close()
    await house.close()
  })
  beforeEach(() => house.forget())

  for (const viewport of ['desktop', 'phone'] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`are fit for everybody: ${viewport}, ${scheme}`, async () => {
        const context = await newContext(browser(), { viewport, scheme })
        const page = await context.newPage()
        const said = complaints(page)
        const check = async (name: string) => {
          expect(await accessibilityFaults(page), name).to.deep.equal([])
          expect(await sidewaysScroll(page), name).to.equal(0)
          if (scheme === 'light' || viewport === 'desktop') await screenshot(page, `center-${name}-${viewport}-${scheme}`)
        }
        await page.goto(center.url)
        await check('welcome')
        house.logins.push(house.granted(house.membership(), { assurance: 'bank-session' }))
        await page.click('#login')
        await page.waitForSelector('#uscc')
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true
        })
        await check('logged-in')
        house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'the person cancelled' }))
        await page.click('a[href="/login?acr=shield"]')
        await page.waitForSelector('#trace')
        await check('refused')
        // the browser reports the refused page's own status; nothing else may be said
        expect(said.filter(line => !line.includes('400'))).to.deep.equal([])
        await context.close()
      })
    }
  }
})
