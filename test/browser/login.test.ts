import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { openStage, type Stage } from './stage.ts'
import { agree, bindBefore, chooseBank, chooseShield, logOutEverywhere, passwordAtBank, shieldAt, signWithShield, textOf } from './steps.ts'
import { tabTo, useBrowser, type Viewport } from './support.ts'
import { pagesLookedAt, type Visit, visit } from './visit.ts'

const longName = { uscc: '91990000DEM000778F', name: '演示粤港澳大湾区基础设施与公共资源联合建设运营管理(示范)集团股份有限责任公司' }

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
    // before anybody asks for the bank's list, which then serves for some minutes
    stage.sandbox.bank.revoke('abc', shieldAt(stage, 'abc', '谢示例').serial)
  })
  after(async () => {
    await stage?.close()
    if (pagesLookedAt() > 0) console.log(`      ${pagesLookedAt()} pages looked at`)
  })

  const start = (name: string, viewport: Viewport = 'desktop'): Promise<Visit> => visit(browser(), stage.houses, { name, viewport })
  const company = (page: Page): Promise<string> => textOf(page, '#company')
  const strength = (page: Page): Promise<string> => textOf(page, '#acr')
  const toCenter = (page: Page, query = ''): Promise<unknown> => page.goto(`${stage.urls.center}${query}`)

  for (const viewport of ['desktop', 'phone'] as const) {
    it(`CCB, by the bank's page and the shield, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('ccb', viewport)
      const shield = shieldAt(stage, 'ccb', viewport === 'desktop' ? '陈示例' : '杨示例')
      await toCenter(page)
      await look('center', '用开户银行的盾')
      await chooseBank(page, stage.urls, 'jianshe')
      await look('chooser', '选择您的开户银行')
      await page.keyboard.press('Enter')
      await page.locator('#shield-sign:enabled').waitFor()
      expect(new URL(page.url()).origin).to.equal(stage.urls.bank)
      await look('bank', '登录银行')
      await signWithShield(page, shield)
      await look('consent', '同意提供')
      await agree(page)
      await look('logged-in', shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await leave()
    })

    it(`ICBC, by a posted form and the shield, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('icbc', viewport)
      const shield = shieldAt(stage, 'icbc', viewport === 'desktop' ? '张示例' : '胡示例')
      await chooseBank(page, stage.urls, '工行')
      await look('chooser', '选择您的开户银行')
      await page.getByRole('button', { name: '工商银行' }).click()
      await page.locator('#shield-sign:enabled').waitFor()
      await look('bank', '登录银行')
      // the page that goes on by itself, as it stands where its script did not arrive
      await page.route('**/assets/submit.js', route => route.abort())
      await signWithShield(page, shield)
      await look('back', '正在返回', /submit\.js|ERR_FAILED/)
      await page.getByRole('button', { name: '继续' }).click()
      await look('consent', '同意提供')
      await agree(page)
      await look('logged-in', shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await leave()
    })

    it(`ABC, with the shield on our own page, after one wrong PIN, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('abc', viewport)
      const usual = shieldAt(stage, 'abc', '周示例')
      const shield = viewport === 'desktop' ? usual : await stage.sandbox.bank.issue('abc', { ...usual, company: longName })
      await chooseBank(page, stage.urls, 'nongye')
      await page.getByRole('button', { name: '农业银行' }).click()
      await signWithShield(page, shield, '000000')
      await page.getByText(/PIN 码不正确.还可以试 5 次/).waitFor()
      expect(await page.locator('#shield-pin').evaluate(field => field === document.activeElement), 'focus on the PIN').to.equal(true)
      await look('wrong-pin', '用农业银行的盾登录')
      await signWithShield(page, shield)
      await look('consent', '同意提供')
      await agree(page)
      await look('logged-in', shield.company.name)
      expect(await strength(page)).to.equal('shield')
      await leave()
    })
  }

  it('password and text message open a bank session, and the center then insists on the shield', async () => {
    const { page, look, leave } = await start('step-up', 'phone')
    const shield = shieldAt(stage, 'ccb', '何示例')
    await bindBefore(stage, shield)
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, shield.person, () => look('text-message', '输入短信验证码'))
    await agree(page)
    expect(await strength(page)).to.equal('bank-session')
    await look('bank-session', shield.company.name)
    await page.getByRole('link', { name: '用盾提升强度' }).click()
    await look('step-up', '用盾再确认')
    await page.getByRole('button', { name: '用建设银行的盾验证' }).click()
    await page.getByText('对方要求用盾登录').waitFor()
    await look('bank-shield-only', '登录银行')
    await signWithShield(page, shield)
    await page.getByText('已登录').waitFor()
    expect(await strength(page)).to.equal('shield')
    await leave()
  })

  for (const viewport of ['desktop', 'phone'] as const) {
    it(`a password alone does not make anybody a company's operator: the first time leads to the shield, on a ${viewport}`, async () => {
      const { page, look, leave } = await start('first-binding', viewport)
      const [seat] = stage.sandbox.bank.customers('ccb').find(({ person }) => person.name === '黄示例')?.seats ?? []
      if (seat === undefined) throw new Error('黄示例 does not bank at CCB')
      const shield = viewport === 'desktop' ? shieldAt(stage, 'ccb', '刘示例') : await stage.sandbox.bank.issue('ccb', seat)
      await toCenter(page, '/login?bank=ccb')
      await passwordAtBank(page, shield.person)
      await look('shield-needed', '第一次代表这家企业')
      expect(await textOf(page, '.facts')).to.include(shield.company.name)
      await page.getByRole('button', { name: '用建设银行的盾验证' }).click()
      await signWithShield(page, shield)
      await agree(page)
      expect(await company(page)).to.equal(shield.company.name)
      await leave()
    })
  }

  it('who acts for several companies chooses one, and finds it on top the next time', async () => {
    const { page, look, leave } = await start('companies')
    const { person, company: held } = shieldAt(stage, 'ccb', '赵示例')
    const seats = stage.sandbox.bank.customers('ccb').find(customer => customer.person.id === person.id)?.seats ?? []
    const other = seats.find(seat => seat.company.uscc !== held.uscc)?.company.name ?? ''
    for (const seat of seats) await bindBefore(stage, await stage.sandbox.bank.issue('ccb', seat))
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, person)
    await look('company', '代表哪家企业')
    expect(await page.locator('.company').count()).to.equal(seats.length)
    await page.getByRole('button', { name: other }).click()
    await agree(page)
    expect(await company(page)).to.equal(other)
    await logOutEverywhere(page)
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, person)
    expect(await textOf(page, '.company >> nth=0'))
      .to.include(other)
      .and.to.include('上次选择')
    await leave()
  })

  it('who refuses to share is back at the center, not logged in, with a code that tells what happened', async () => {
    const { page, look, leave } = await start('refused')
    await toCenter(page, '/login?bank=abc')
    await signWithShield(page, shieldAt(stage, 'abc', '孙示例'))
    await page.getByRole('button', { name: '不同意' }).click()
    await page.getByText('登录已取消').waitFor()
    await look('center', '登录已取消', /status of 400/)
    await page.getByRole('link', { name: '查看收到了什么' }).click()
    await page.getByText('您没有同意').first().waitFor()
    await look('trace', '登录轨迹')
    await toCenter(page)
    await page.getByRole('link', { name: '企业登录' }).waitFor()
    await leave()
  })

  it('who cancels at the bank may try again, and who cancels here is back at the center', async () => {
    const { page, look, leave } = await start('cancelled', 'phone')
    await toCenter(page, '/login?bank=ccb')
    await page.getByRole('button', { name: '取消' }).click()
    await page.getByText('在银行页面上没有完成登录').waitFor()
    await look('bank-cancelled', '没有通过', /status of 403/)
    await page.getByRole('link', { name: '再试一次' }).click()
    await look('chooser-again', '选择您的开户银行')
    await page.getByRole('button', { name: '取消登录' }).click()
    await page.getByText('登录已取消').waitFor()
    await look('center', '登录已取消', /status of 400/)
    await leave()
  })

  it('logging out at one center logs out at the bank and at every other center', async () => {
    const { page, look, leave } = await start('logout')
    const shield = shieldAt(stage, 'icbc', '林示例')
    await toCenter(page, '/login?bank=icbc')
    await signWithShield(page, shield)
    await agree(page)
    expect(await company(page)).to.equal(shield.company.name)
    await page.goto(`${stage.urls.secondCenter}/login`)
    await look('second-consent', '同意提供')
    await agree(page)
    expect(await company(page), 'no bank was asked again').to.equal(shield.company.name)
    await logOutEverywhere(page, () => look('confirm', '要退出登录吗'))
    expect(page.url()).to.equal(`${stage.urls.secondCenter}/`)
    await stage.sandbox.app.stores.outbox.drained('backchannel-logout')
    await toCenter(page)
    await page.getByRole('link', { name: '企业登录' }).click()
    await look('chooser-remembers', '选择您的开户银行')
    await page.getByRole('button', { name: '继续使用 工商银行' }).click()
    await page.getByRole('heading', { name: '登录银行' }).waitFor()
    await leave()
  })

  it('the bank ends a session, and the center knows', async () => {
    const { page, context, look, leave } = await start('bank-logout')
    const shield = shieldAt(stage, 'ccb', '郑示例')
    const { person } = shield
    await bindBefore(stage, shield)
    await toCenter(page, '/login?bank=ccb')
    await passwordAtBank(page, person)
    await agree(page)
    await page.getByText('已登录').waitFor()
    const desk = await context.newPage()
    await desk.goto(`${stage.urls.bank}/ccb/`)
    await desk.getByRole('button', { name: `Log out everywhere ${person.name}` }).click()
    await desk.getByRole('button', { name: `Log out everywhere ${person.name}` }).waitFor({ state: 'detached' })
    await stage.sandbox.app.stores.outbox.drained('backchannel-logout')
    await page.reload()
    await page.getByRole('link', { name: '企业登录' }).waitFor()
    await page.goto(desk.url())
    await look('desk', '柜台')
    await leave()
  })

  it('a revoked shield is refused in words that help, and its trace tells the integrator the rest', async () => {
    const { page, look, leave } = await start('revoked')
    const shield = stage.sandbox.bank.shields('abc').find(({ state }) => state === 'revoked')
    if (shield === undefined) throw new Error('nothing is revoked')
    await toCenter(page, '/login?bank=abc')
    await signWithShield(page, shield)
    await page.getByText('已被银行吊销').waitFor()
    const code = await textOf(page, '.code-large code')
    await look('error', '没有通过', /status of 403/)
    await page.goto(`${stage.urls.broker}/trace`)
    await page.getByLabel('追踪码').fill(code.toLowerCase())
    await look('trace-search', '查一次登录')
    await page.getByRole('button', { name: '查看' }).click()
    await page.getByText('certificate_revoked').first().waitFor()
    await page.getByText('收到的').waitFor()
    await look('trace', '登录轨迹')
    await leave()
  })

  it('without the agent the page says what to do, and goes on when it starts', async () => {
    const { page, look, leave } = await start('agent')
    await stage.agent.stop()
    try {
      await toCenter(page, '/login?bank=abc')
      await page.getByText('没有连上盾助手').waitFor()
      await page.getByText('盾助手没有连上，怎么办？').click()
      await page.getByText('从开始菜单启动').waitFor()
      expect(await page.locator('#shield-sign').isDisabled()).to.equal(true)
      await look('not-running', '用农业银行的盾登录', /ERR_CONNECTION_REFUSED/)
    } finally {
      await stage.agent.start()
    }
    await page.getByText('盾已就绪').waitFor()
    expect(await page.getByText('盾助手没有连上，怎么办？').isVisible()).to.equal(false)
    const shield = shieldAt(stage, 'abc', '徐示例')
    await chooseShield(page, shield)
    await look('running', '用农业银行的盾登录', /ERR_CONNECTION_REFUSED/)
    await signWithShield(page, shield)
    await page.getByText('同意提供').waitFor()
    await leave()
  })

  it('ABC without a mouse', async () => {
    const { page, look, leave } = await start('keyboard')
    const { keyboard } = page
    const shield = shieldAt(stage, 'abc', '宋示例')
    await toCenter(page)
    await tabTo(page, '#login')
    await keyboard.press('Enter')
    await page.locator('#bank-search').waitFor()
    await tabTo(page, '#bank-search')
    await keyboard.type('nonghang')
    await keyboard.press('Enter')
    await page.locator('#shield-sign:enabled').waitFor()
    await tabTo(page, '#shield-select')
    for (let i = 0; i < 40; i++) {
      if ((await textOf(page, '#shield-select option:checked')).includes(shield.person.name)) break
      await keyboard.press('ArrowDown')
    }
    await tabTo(page, '#shield-pin')
    await keyboard.type(shield.pin)
    await look('shield', '用农业银行的盾登录')
    await keyboard.press('Enter')
    await page.getByText('同意提供').waitFor()
    await tabTo(page, 'button[value="agree"]')
    await keyboard.press('Enter')
    expect(await company(page)).to.equal(shield.company.name)
    await leave()
  })

  it('the broker says what runs where', async () => {
    const { page, look, leave } = await start('home', 'phone')
    await page.goto(stage.urls.broker)
    await look('broker', '一个盾')
    await page.goto(stage.urls.bank)
    await look('banks', '演示银行')
    await leave()
  })
})
