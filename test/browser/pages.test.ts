import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import type { BrowserContext } from 'playwright-core'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { agentUrl, pages } from '../web/fixtures.ts'
import { accessibilityFaults, complaints, newContext, screenshot, sidewaysScroll, tabTo, useBrowser, type Viewport } from './support.ts'

/** Every page in a real browser under its real content policy, on a desktop in light and on a phone in dark: widths decide the layout, schemes the contrast, and neither the other. */
describe('pages in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let server: Server
  let base: string

  before(async () => {
    const app = express()
    app.use(securityHeaders({ https: false }))
    app.use('/assets', assetsRouter())
    app.get('/pages/:name', (req, res, next) => {
      const page = pages.find(fixture => fixture.name === req.params.name)
      if (page === undefined) return next()
      allowOnPage(res, { connect: [agentUrl] })
      res.type('html').send(page.draw())
    })
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server?.close()
    server?.closeAllConnections()
  })

  const looks: { viewport: Viewport; scheme: 'light' | 'dark' }[] = [
    { viewport: 'desktop', scheme: 'light' },
    { viewport: 'phone', scheme: 'dark' },
  ]
  for (const { viewport, scheme } of looks) {
    // one profile for all pages of a look, and another where scripts do not run: to begin a profile takes longer than to look at a page
    const profiles = new Map<boolean, BrowserContext>()
    async function profile(javaScript: boolean): Promise<BrowserContext> {
      const made = await newContext(browser(), { viewport, scheme, javaScript })
      profiles.set(javaScript, made)
      return made
    }
    for (const fixture of pages) {
      it(`${fixture.name} on a ${viewport}, ${scheme}: nothing to complain about`, async () => {
        // a page that sends itself on is looked at where it cannot
        const javaScript = fixture.leaves !== true
        const page = await (profiles.get(javaScript) ?? (await profile(javaScript))).newPage()
        const heard = complaints(page)
        await page.goto(`${base}/pages/${fixture.name}`)
        if (['shield', 'back-channel', 'bid-form'].includes(fixture.name)) await page.locator('#shield-status[data-state="missing"]').waitFor()
        await screenshot(page, `${fixture.name}-${viewport}-${scheme}`)
        expect(await sidewaysScroll(page), 'sideways scroll').to.equal(0)
        if (fixture.leaves !== true) {
          expect(await accessibilityFaults(page)).to.deep.equal([])
          await tabTo(page, fixture.primary)
        }
        // nobody listens where the agent would be: that is what the shield page shows
        expect(heard.filter(line => !line.includes(agentUrl))).to.deep.equal([])
        await page.close()
      })
    }
  }
})
