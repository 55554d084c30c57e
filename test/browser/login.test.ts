import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { openStage, type Stage } from './stage.ts'
import { agree, chooseBank, chooseShield, passwordAtBank, shieldAt, signWithShield } from './steps.ts'
import { tabTo, useBrowser, type Viewport } from './support.ts'
import { pagesLookedAt, type Visit, visit } from './visit.ts'

/**
 * The whole way as people go it, in a real browser over all the houses: center, broker, bank, agent, and back. Every page where a person stops is looked at
 * (visit.ts says for what).
 */
describe('journey in a browser', function () {
  this.timeout(60_000)
  const browser = useBrowser()
  let stage: Stage
  before(async function () {
    this.timeout(120_000)
    stage = await openStage()
  })
  after(async () => {
    await stage?.close()
    console.log(`      ${pagesLookedAt()} pages looked at`)
  })

  const start = (name: string, viewport: Viewport = 'desktop'): Promise<Visit> => {
    const { broker, bank, center, secondCenter, agent } = stage.urls
    return visit(browser(), [broker, bank, center, secondCenter, agent, stage.sandbox.plan.urls.agent], { name, viewport })
  }
  const company = (page: Page): Promise<string> => page.locator('#company').innerText()
  const strength = (page: Page): Promise<string> => page.locator('#acr').innerText()
  const toCenter = (page: Page, query = ''): Promise<unknown> => page.goto(`${stage.urls.center}${query}`)

  for (const viewport of ['desktop', 'phone'] as const) {
    it(`CCB, by the bank's page and the shield, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('ccb', viewport)
      const shield = shieldAt(stage, 'ccb', viewport === 'desktop' ? '陈示例' : '黄示例')
      await toCenter(page)
      await look('center')
      await chooseBank(page, stage.urls, 'jianshe')
      await look('chooser')
      await page.keyboard.press('Enter')
      await page.locator('#shield-sign:enabled').waitFor()
      expect(new URL(page.url()).origin).to.equal(stage.urls.bank)
      await look('bank')
      await signWithShield(page, shield)
      await look('consent')
      await agree(page)
      await look('logged-in')
      expect(await company(page)).to.equal(shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await leave()
    })

    it(`ICBC, by a posted form and the shield, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('icbc', viewport)
      const shield = shieldAt(stage, 'icbc', viewport === 'desktop' ? '郭示例' : '高示例')
      await chooseBank(page, stage.urls, '工行')
      await look('chooser')
      await page.getByRole('button', { name: '工商银行' }).click()
      await page.locator('#shield-sign:enabled').waitFor()
      await look('bank')
      await signWithShield(page, shield)
      await look('consent')
      await agree(page)
      expect(await company(page)).to.equal(shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await look('logged-in')
      await leave()
    })

    it(`ABC, with the shield on our own page, after one wrong PIN, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('abc', viewport)
      const { code, name } = { code: '91990000DEM0000145', name: '演示粤港澳大湾区基础设施与公共资源联合建设运营管理(示范)集团股份有限责任公司' }
      const { person, role } = shieldAt(stage, 'abc', '周示例')
      const shield =
        viewport === 'desktop'
          ? shieldAt(stage, 'abc', '周示例')
          : await stage.sandbox.bank.issue('abc', { person, role, company: { uscc: code, name } })
      await chooseBank(page, stage.urls, 'nongye')
      await page.getByRole('button', { name: '农业银行' }).click()
      await signWithShield(page, shield, '000000')
      await page.getByText('PIN 码不正确，还可以试 5 次').waitFor()
      expect(await page.locator('#shield-pin').evaluate(field => field === document.activeElement), 'focus on the PIN').to.equal(true)
      await look('wrong-pin')
      await signWithShield(page, shield)
      await look('consent')
      await agree(page)
      expect(await company(page)).to.equal(shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await look('logged-in')
      await leave()
    })
  }

  it('password and text message open a bank session, and the center then insists on the shield', async () => {
    const { page, look, leave } = await start('step-up', 'phone')
    const shield = shieldAt(stage, 'ccb', '陈示例')
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, shield.person, () => look('text-message'))
    await agreeIfAsked(page)
    expect(await strength(page)).to.equal('bank-session')
    await look('bank-session')
    await page.getByRole('link', { name: '用盾提升强度' }).click()
    await look('step-up')
    await page.getByRole('button', { name: '用建设银行的盾验证' }).click()
    await page.getByText('对方要求用盾登录').waitFor()
    await look('bank-shield-only')
    await signWithShield(page, shield)
    await page.getByText('已登录').waitFor()
    expect(await strength(page)).to.equal('shield')
    await leave()
  })

  it('who acts for several companies chooses one, and finds it on top the next time', async () => {
    const { page, look, leave } = await start('companies')
    const { person, company: held } = shieldAt(stage, 'ccb', '赵示例')
    const seats = stage.sandbox.bank.customers('ccb').find(customer => customer.person.id === person.id)?.seats ?? []
    const other = seats.find(seat => seat.company.uscc !== held.uscc)?.company.name ?? ''
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, person)
    await look('company')
    await page.getByRole('button', { name: other }).click()
    await agree(page)
    expect(await company(page)).to.equal(other)
    await leave()
  })

  it('who refuses to share is back at the center, not logged in, with a code that tells what happened', async () => {
    const { page, look, leave } = await start('refused')
    await toCenter(page, '/login?bank=abc')
    await signWithShield(page, shieldAt(stage, 'abc', '吴示例'))
    await page.getByRole('button', { name: '不同意' }).click()
    await page.getByText('登录已取消').waitFor()
    await look('center', { expected: /status of 400/ })
    await page.getByRole('link', { name: '查看收到了什么' }).click()
    await page.getByText('您没有同意').first().waitFor()
    await look('trace')
    await toCenter(page)
    await page.getByRole('link', { name: '企业登录' }).waitFor()
    await leave()
  })
})

async function agreeIfAsked(page: Page): Promise<void> {
  await page
    .locator('h1')
    .getByText(/同意提供|公司/)
    .waitFor()
  if (await page.getByRole('button', { name: '同意并登录' }).isVisible()) await agree(page)
}
