import { expect } from 'chai'
import express from 'express'
import type { Page } from 'playwright-core'
import { postFormPage } from '../../server/login/pages/post-form.ts'
import { servePages } from './page-server.ts'
import { type Look, newContext, useBrowser } from './support.ts'

/** What the small scripts do for a person, and that nothing is lost without them. */
describe('page scripts in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let site: Awaited<ReturnType<typeof servePages>>
  let base: string
  /** what forms sent: path and fields */
  let sent: { path: string; fields: Record<string, string> }[]

  before(async () => {
    site = await servePages(app => {
      app.get('/to-bank', (_req, res) => {
        res
          .type('html')
          .send(postFormPage({ url: `${base}/bank`, fields: { SAMLRequest: 'abc+/=', RelayState: 'a.b' }, bank: { name: { zh: '甲', en: 'A' } } }))
      })
      app.post('/*path', express.urlencoded({ extended: false }), (req, res) => {
        sent.push({ path: req.path, fields: req.body })
        // slow enough for an impatient person to press again
        setTimeout(() => res.type('html').send('<!doctype html><title>next</title><p id="next">next</p>'), 300)
      })
    })
    base = site.base
  })
  beforeEach(() => {
    sent = []
  })
  after(() => site?.close())

  async function on(path: string, work: (page: Page) => Promise<void>, look?: Look): Promise<void> {
    const context = await newContext(browser(), look)
    try {
      const page = await context.newPage()
      await page.goto(base + path)
      await work(page)
    } finally {
      await context.close()
    }
  }
  const chosen = (bank: string) => [{ path: '/login/fQ3xY0pLr7cVbn2Ksd8Wm1Za/bank', fields: { bank } }]

  for (const [typed, bank] of [
    ['农行', 'abc'],
    ['nyyh', 'abc'],
    ['NONG ye', 'abc'],
    ['Industrial', 'icbc'],
    ['建', 'ccb'],
  ] as const) {
    it(`a person who types ${typed} and Enter comes to ${bank}`, () =>
      on('/pages/chooser', async page => {
        await page.fill('#bank-search', typed)
        expect(await page.locator('.bank:visible').count()).to.equal(1)
        await page.press('#bank-search', 'Enter')
        await page.locator('#next').waitFor()
        expect(sent).to.deep.equal(chosen(bank))
      }))
  }
  it('a person who types faster than the script comes is understood when it is there', async () => {
    const context = await newContext(browser())
    try {
      const page = await context.newPage()
      let release: () => void = () => undefined
      const held = new Promise<void>(resolve => {
        release = resolve
      })
      await page.route(/chooser\.js/, async route => {
        await held
        await route.continue()
      })
      await page.goto(`${base}/pages/chooser`, { waitUntil: 'commit' })
      await page.fill('#bank-search', '农行')
      expect(await page.locator('.bank:visible').count()).to.be.greaterThan(1)
      release()
      await page.locator('#bank-found', { hasText: '找到' }).waitFor()
      await page.press('#bank-search', 'Enter')
      await page.locator('#next').waitFor()
      expect(sent).to.deep.equal(chosen('abc'))
    } finally {
      await context.close()
    }
  })
  it('a search without a result says so, and Enter sends nothing', () =>
    on('/pages/chooser', async page => {
      await page.fill('#bank-search', '不存在')
      expect(await page.locator('#bank-found').textContent()).to.contain('没有找到')
      await page.press('#bank-search', 'Enter')
      expect(sent).to.deep.equal([])
    }))
  it('with several banks left, Enter goes to the first and not through it', () =>
    on('/pages/chooser', async page => {
      await page.press('#bank-search', 'Enter')
      expect(await page.evaluate("document.activeElement.getAttribute('value')")).to.equal('ccb')
      expect(sent).to.deep.equal([])
    }))
  it('the chooser works without scripts', () =>
    on(
      '/pages/chooser-remembered',
      async page => {
        expect(await page.locator('#bank-search').isVisible()).to.equal(false)
        await page.locator('.bank[value="icbc"]').click()
        await page.locator('#next').waitFor()
        expect(sent).to.deep.equal(chosen('icbc'))
      },
      { javaScript: false },
    ))
  it('a form that is pressed twice is sent once', () =>
    on('/pages/consent', async page => {
      await page.evaluate(`{
        const button = document.querySelector('button[value="agree"]')
        button.click()
        button.click()
      }`)
      await page.locator('#next').waitFor()
      expect(sent.map(form => form.fields)).to.deep.equal([{ decision: 'agree' }])
    }))
  it('a form to a bank sends itself on, its fields unchanged', () =>
    on('/to-bank', async page => {
      await page.locator('#next').waitFor()
      expect(sent).to.deep.equal([{ path: '/bank', fields: { SAMLRequest: 'abc+/=', RelayState: 'a.b' } }])
    }))
  it('a form to a bank waits for a press where scripts do not run', () =>
    on(
      '/to-bank',
      async page => {
        expect(sent).to.deep.equal([])
        await page.locator('#auto-submit button').click()
        await page.locator('#next').waitFor()
        expect(sent).to.have.length(1)
      },
      { javaScript: false },
    ))
  it('large text is remembered from page to page', () =>
    on('/pages/chooser', async page => {
      const size = () => page.evaluate('Number.parseFloat(getComputedStyle(document.body).fontSize)')
      const before = Number(await size())
      await page.click('#large-text')
      expect(Number(await size())).to.be.greaterThan(before * 1.2)
      await page.goto(`${base}/pages/error`)
      expect(Number(await size())).to.be.greaterThan(before * 1.2)
      expect(await page.getAttribute('#large-text', 'aria-pressed')).to.equal('true')
      await page.click('#large-text')
      expect(Number(await size())).to.equal(before)
    }))
  it('the trace code is copied, and the button says so', () =>
    on('/pages/error', async page => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.click('.code-large .copy')
      await page.getByText('已复制').waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).to.equal('K7QM-3F9T')
    }))
  it('a missing agent is explained, and the explanation opens by keyboard', () =>
    on('/pages/shield', async page => {
      await page.locator('#shield-status[data-state="missing"]').waitFor()
      expect(await page.locator('#shield-sign').isDisabled()).to.equal(true)
      await page.focus('[data-shield-help="missing"] summary')
      await page.keyboard.press('Enter')
      expect(await page.locator('[data-shield-help="missing"] li').first().isVisible()).to.equal(true)
      expect(await page.locator('[data-shield-help="empty"]').isVisible()).to.equal(false)
    }))
})
