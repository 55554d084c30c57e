import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { walkOidcLogin } from '../../bank-adapters/mock-bank/headless.ts'
import { accessibilityFaults, complaints, type Look, newContext, screenshot, sidewaysScroll, useBrowser } from '../browser/support.ts'
import { openStage, type Stage } from './support.ts'

describe('mock bank: pages', () => {
  let stage: Stage
  before(async () => {
    stage = await openStage({ withAgent: true })
  })
  after(() => stage.close())

  it('loads nothing from elsewhere, has nothing inline, and says on every page that it is a demonstration', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const signIn = await stage.browser().get(attempt.url)
    const desk = await stage.browser().get(`${stage.bank.url}/icbc/`)
    const missing = await stage.browser().get(`${stage.bank.url}/icbc/none`)
    expect(missing.status).to.equal(404)
    for (const page of [signIn, desk, missing, await stage.browser().get(stage.bank.url)]) {
      expect(page.headers['content-security-policy']).to.include("default-src 'none'").and.not.include('unsafe')
      expect(page.body).to.include('演示银行，不是真实银行').and.include('lang="en"')
      expect(page.body).not.to.match(/<script>|<style|\sstyle=|\son[a-z]+=/)
      expect(
        [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].every(([, address = '']) => address.startsWith('/') || address.startsWith('data:')),
      ).to.equal(true)
    }
  })

  it('escapes what a stranger writes into a sign-in', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const browser = stage.browser()
    const page = await browser.get(attempt.url)
    const answer = await browser.post(`${page.url}/password`, { login: '"><script>alert(1)</script>', password: 'x' })
    expect(answer.body).not.to.include('<script>alert')
  })

  it('shows at the desk who is logged in, and logs them out everywhere', async () => {
    const attempt = await (await stage.oidc('ccb')).begin()
    const { person } = stage.customer('ccb', 'p28')
    await attempt.finish(await walkOidcLogin(stage.browser(), attempt.url, { method: 'password', person }))
    const desk = `${stage.bank.url}/ccb/`
    expect((await stage.browser().get(desk)).body).to.include('/ccb/people/p28/logout')
    const before = stage.logoutTokens.length
    const after = await stage.browser().post(`${stage.bank.url}/ccb/people/p28/logout`, {})
    expect(after.body).not.to.include('/ccb/people/p28/logout')
    expect(stage.logoutTokens).to.have.length(before + 1)
  })

  describe('in a browser', () => {
    const browser = useBrowser()
    async function look(page: Page, name: string): Promise<void> {
      await page.evaluate('document.fonts.ready')
      expect(await accessibilityFaults(page), name).to.deep.equal([])
      expect(await sidewaysScroll(page), name).to.equal(0)
      await screenshot(page, name)
    }

    const looks = [
      { viewport: 'desktop', scheme: 'light' },
      { viewport: 'phone', scheme: 'dark' },
    ] satisfies Look[]
    for (const { viewport, scheme } of looks) {
      it(`has a desk, a sign-in and a message page that everybody can use, on a ${viewport}, ${scheme}`, async () => {
        const context = await newContext(browser(), { viewport, scheme })
        const page = await context.newPage()
        const heard = complaints(page)
        for (const [path, name] of [
          ['/', 'index'],
          ['/icbc/', 'desk'],
        ]) {
          await page.goto(`${stage.bank.url}${path}`)
          await look(page, `mock-bank-${name}-${viewport}`)
        }
        await page.goto((await (await stage.oidc('ccb')).begin()).url)
        await page.waitForSelector('#shield-sign:not([disabled])')
        await look(page, `mock-bank-sign-in-${viewport}`)
        expect(heard).to.deep.equal([])
        await page.fill('#login', 'li.shili')
        await page.fill('#password', stage.customer('ccb', 'p26').person.password)
        await page.click('#password-form button')
        await page.waitForSelector('#sms-code')
        await look(page, `mock-bank-message-${viewport}`)
        await page.fill('#code', (await page.textContent('#sms-code')) ?? '')
        await page.click('#sms-form button')
        await page.waitForURL(url => url.href.startsWith(stage.brokerUrl))
        await context.close()
      })
    }

    it('signs with a shield through the agent, and goes on to the broker', async () => {
      const context = await newContext(browser())
      const page = await context.newPage()
      const heard = complaints(page)
      await page.goto(await (await stage.saml('icbc')).getAuthorizeUrlAsync('', undefined, {}))
      await page.waitForSelector('#shield-sign:not([disabled])')
      const labels = await page.$$eval('#shield-select option', options => options.map(({ textContent }) => textContent ?? ''))
      expect(labels.length).to.be.greaterThan(10)
      expect(labels.every(label => label.startsWith('工行(演示)'))).to.equal(true)
      await page.fill('#shield-pin', '000000')
      await page.click('#shield-sign')
      await page.locator('#shield-status', { hasText: 'PIN 码不正确' }).waitFor()
      await page.fill('#shield-pin', stage.bank.shields('icbc')[0]?.pin ?? '')
      await page.click('#shield-sign')
      await page.waitForURL(url => url.href === `${stage.brokerUrl}/login/callback/icbc`)
      await page.goto(`${stage.bank.url}/icbc/`)
      await page.click('form[action$="/logout"] button')
      await page.waitForURL(url => url.href.startsWith(`${stage.brokerUrl}/login/banks/icbc/slo?SAMLRequest=`))
      expect(heard).to.deep.equal([])
      await context.close()
    })
  })
})
