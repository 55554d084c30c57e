import { expect } from 'chai'
import { servePages } from './page-server.ts'
import { complaints, newContext, useBrowser } from './support.ts'

/** The font comes with the page, in slices: a person whose computer has no Chinese font reads it all the same. The other tests of pages do without, for speed. */
describe('the font in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser(true)

  it('is fetched from here, a slice for the characters that stand there, and used', async () => {
    const site = await servePages()
    try {
      const page = await (await newContext(browser())).newPage()
      const heard = complaints(page)
      await page.goto(`${site.base}/pages/error`)
      const faces = await page.evaluate(
        `document.fonts.ready.then(() => [...document.fonts].map(({ family, status }) => family.replaceAll('"', '') + ' ' + status))`,
      )
      if (!Array.isArray(faces)) expect.fail('no faces')
      const loaded = faces.filter(face => face === 'Noto Sans SC loaded')
      expect(loaded.length, `${faces.length} slices`).to.be.within(1, faces.length / 4)
      expect(heard).to.deep.equal([])
    } finally {
      site.close()
    }
  })
})
