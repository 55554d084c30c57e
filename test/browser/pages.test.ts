import { expect } from 'chai'
import type { BrowserContext } from 'playwright-core'
import { agentUrl, pages } from '../web/fixtures.ts'
import { servePages } from './page-server.ts'
import { accessibilityFaults, complaints, newContext, screenshot, sidewaysScroll, tabTo, useBrowser, type Viewport } from './support.ts'

/** Every page in a real browser under its real content policy, on a desktop in light and on a phone in dark: widths decide the layout, schemes the contrast, and neither the other. */
describe('pages in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let site: Awaited<ReturnType<typeof servePages>>

  before(async () => {
    site = await servePages()
  })
  after(() => site?.close())

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
        await page.goto(`${site.base}/pages/${fixture.name}`)
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
