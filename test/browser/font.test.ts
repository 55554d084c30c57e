import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { securityHeaders } from '../../server/http/headers.ts'
import { assetsRouter } from '../../server/web/assets.ts'
import { pages } from '../web/fixtures.ts'
import { complaints, newContext, useBrowser } from './support.ts'

/** The font comes with the page, in slices: a person whose computer has no Chinese font reads it all the same. The other tests of pages do without, for speed. */
describe('the font in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser(true)

  it('is fetched from here, a slice for the characters that stand there, and used', async () => {
    const app = express()
    app.use(securityHeaders({ https: false }))
    app.use('/assets', assetsRouter())
    const drawn = pages.find(({ name }) => name === 'error')?.draw()
    app.get('/', (_req, res) => void res.type('html').send(drawn))
    const server = createServer(app).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const page = await (await newContext(browser())).newPage()
      const heard = complaints(page)
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      const faces = await page.evaluate(
        `document.fonts.ready.then(() => [...document.fonts].map(({ family, status }) => family.replaceAll('"', '') + ' ' + status))`,
      )
      if (!Array.isArray(faces)) expect.fail('no faces')
      const loaded = faces.filter(face => face === 'Noto Sans SC loaded')
      expect(loaded.length, `${faces.length} slices`).to.be.within(1, faces.length / 4)
      expect(heard).to.deep.equal([])
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
