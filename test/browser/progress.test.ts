import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { servePages } from './page-server.ts'
import { newContext, useBrowser } from './support.ts'

/** A page that waits for others goes on by itself, through a site that is busy for a while, and is loaded anew once. Time is the browser's own, and the test moves it. */
describe('a page that waits for others', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let site: Awaited<ReturnType<typeof servePages>>
  let answers: ((asked: number) => { status: number; stamp?: string; after?: Promise<unknown> }) | undefined
  let asked: number
  let drawn: number

  before(async () => {
    site = await servePages(app => {
      app.get('/waiting', (_req, res) => {
        drawn += 1
        res
          .type('html')
          .send(
            `<!doctype html><title>waiting</title><p id="drawn">${drawn}</p><div data-progress="/stamp" data-stamp="${drawn === 1 ? 'one' : 'two'}"></div><script type="module" src="/assets/progress.js"></script>`,
          )
      })
      app.get('/stamp', async (_req, res) => {
        asked += 1
        const { status, stamp, after } = answers?.(asked) ?? { status: 200, stamp: 'one' }
        await after
        res.status(status).json({ stamp })
      })
    })
  })
  beforeEach(() => {
    asked = 0
    drawn = 0
  })
  after(() => site?.close())

  async function on(work: (page: Page) => Promise<void>): Promise<void> {
    const context = await newContext(browser())
    try {
      const page = await context.newPage()
      await page.clock.install()
      await page.goto(`${site.base}/waiting`)
      await work(page)
    } finally {
      await context.close()
    }
  }
  /** Moves the browser's time on, to one look after the other. */
  async function looks(page: Page, until: () => boolean, most = 5000): Promise<void> {
    for (let times = 0; times < most && !until(); times++) await page.clock.runFor(3000)
  }

  for (const status of [503, 429, 500]) {
    it(`looks again after a ${status}, and goes on when something has changed`, () =>
      on(async page => {
        answers = nth => (nth === 1 ? { status } : { status: 200, stamp: 'two' })
        await looks(page, () => drawn === 2)
        await page.locator('#drawn', { hasText: '2' }).waitFor()
      }))
  }

  it('stops where it will never be told anything', () =>
    on(async page => {
      answers = () => ({ status: 404 })
      await looks(page, () => false, 50)
      expect([asked, drawn]).to.deep.equal([1, 1])
    }))

  it('asks nothing while an answer is on its way, and is loaded anew once', () =>
    on(async page => {
      const { promise: slow, resolve: release } = Promise.withResolvers<void>()
      answers = nth => ({ status: 200, stamp: nth > 1 ? 'two' : 'changed', after: slow })
      const first = page.waitForRequest(/\/stamp$/)
      await page.clock.runFor(3000)
      await first
      await page.clock.runFor(9000)
      release()
      await page.locator('#drawn', { hasText: '2' }).waitFor()
      expect([asked, drawn]).to.deep.equal([1, 2])
    }))
})
