import { expect } from 'chai'
import * as client from 'openid-client'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { type Stage, useStage } from './stage.ts'
import { agree, chooseBank, shieldAt, textOf } from './steps.ts'
import { useBrowser } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { enterWorkbench } from './workbench-steps.ts'

const SECRET = 'secret-of-the-hall-0123456789-abcdef'

/** Two screens: the computer that logs in, and the phone that signs for it. Neither is ever reloaded by hand. */
describe('login by phone, in two browsers', function () {
  this.timeout(90_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  const start = (name: string, viewport: 'desktop' | 'phone'): Promise<Visit> => visit(browser(), stage.houses, { name, viewport })
  /** The computer's page with the code, and the address that the code holds. */
  async function code(page: Page): Promise<{ address: string; number: string }> {
    await page.locator('.qr').waitFor()
    const label = (await page.locator('.qr').getAttribute('aria-label')) ?? ''
    return { address: label.slice(label.indexOf('http')), number: await textOf(page, '.ask-digits') }
  }
  async function showCode(page: Page): Promise<{ address: string; number: string }> {
    await chooseBank(page, stage.urls, 'nongye')
    await page.getByRole('button', { name: '农业银行' }).click()
    await page.getByRole('button', { name: '手机银行扫码' }).click()
    return await code(page)
  }
  const giveNumber = async (page: Page, number: string) => {
    await page.getByLabel('两位数字').fill(number)
    await page.getByRole('button', { name: '数字一致' }).click()
  }
  const live = async (page: Page, state: string) => {
    await page.locator(`#ask[data-state="${state}"]`).waitFor()
    expect(await page.locator('#ask .notice:visible').count(), 'one state at a time').to.equal(1)
  }

  it('goes from the code over number, bank’s app and PIN to the center, logged in, with both screens telling where they stand', async () => {
    const { person, company } = shieldAt(stage, 'abc', '周示例')
    const computer = await start('phone-computer', 'desktop')
    const phone = await start('phone-phone', 'phone')
    await chooseBank(computer.page, stage.urls, 'nongye')
    await computer.page.getByRole('button', { name: '农业银行' }).click()
    await computer.page.locator('#shield-sign:enabled').waitFor()
    await computer.look('shield-page', '用农业银行的盾登录')
    await computer.page.getByRole('button', { name: '手机银行扫码' }).click()
    const { address, number } = await code(computer.page)
    await computer.look('code', '手机银行登录')

    await phone.page.goto(address)
    await phone.look('asked', '在电脑上登录')
    await live(computer.page, 'opened')
    await computer.look('opened', '手机银行登录')
    await giveNumber(phone.page, number)
    await phone.look('confirmed', '在电脑上登录')
    await phone.page.getByRole('link', { name: '手机银行签名' }).click()
    await phone.look('enrol', '手机银行')
    await phone.page.getByLabel('登录名').fill(person.login)
    await phone.page.getByLabel('密码').fill(person.password)
    await phone.page.getByRole('button', { name: '绑定' }).click()
    await phone.look('app', '确认签名')
    const words = await textOf(phone.page, '#app-text')
    expect(words).to.include('共享盾登录确认')
    await phone.page.getByLabel('PIN').fill('000000')
    await phone.page.getByRole('button', { name: '签名' }).click()
    await phone.look('wrong-pin', '确认签名', /status of 403/)
    await phone.page.getByLabel('PIN').fill(person.pin)
    await phone.page.getByRole('button', { name: '签名' }).click()
    await phone.look('done', '已确认')

    // nobody touches the computer
    await computer.look('consent', '同意提供')
    await agree(computer.page)
    await computer.look('logged-in', company.name)
    expect(await textOf(computer.page, '#acr')).to.equal('shield')
    await phone.leave()
    await computer.leave()
  })

  it('says on both screens that a wrong number stopped it, and a new code works', async () => {
    const computer = await start('phone-wrong-computer', 'desktop')
    const phone = await start('phone-wrong-phone', 'phone')
    const { address, number } = await showCode(computer.page)
    await phone.page.goto(address)
    await giveNumber(phone.page, number === '11' ? '12' : '11')
    await phone.look('wrong-number', '没有通过', /status of 403/)
    await live(computer.page, 'refused')
    await computer.page.getByText('数字与电脑上显示的不一致').waitFor()
    await computer.look('wrong-number', '手机银行登录')
    await computer.page.getByRole('button', { name: '新的二维码' }).click()
    expect((await code(computer.page)).address).not.to.equal(address)
    await phone.leave()
    await computer.leave()
  })

  it('says on the computer at once that the phone refused, on a phone’s width too, and on a second phone that another one has it', async () => {
    const computer = await start('phone-refused-computer', 'phone')
    const [phone, second] = [await start('phone-refused-phone', 'phone'), await start('phone-second', 'phone')]
    const { address } = await showCode(computer.page)
    await computer.look('code', '手机银行登录')
    await phone.page.goto(address)
    await live(computer.page, 'opened')
    await second.page.goto(address)
    await second.look('other-phone', '没有通过', /status of 409/)
    await phone.page.getByRole('button', { name: '拒绝' }).click()
    await phone.look('refused', '已拒绝')
    await live(computer.page, 'refused')
    await computer.look('refused', '手机银行登录')
    for (const each of [phone, second, computer]) await each.leave()
  })

  it('says on the phone at once that the computer asked for a new code', async () => {
    const computer = await start('phone-again-computer', 'desktop')
    const phone = await start('phone-again-phone', 'phone')
    const { address } = await showCode(computer.page)
    await phone.page.goto(address)
    await live(phone.page, 'opened')
    await computer.page.getByRole('button', { name: '改用插在电脑上的盾' }).click()
    await live(phone.page, 'expired')
    await phone.look('expired', '在电脑上登录')
    for (const each of [phone, computer]) await each.leave()
  })

  it('confirms a login that a center asked for, from the workbench on the phone through the bank’s app, and takes nobody else’s', async () => {
    const { urls, sandbox } = stage
    const shield = shieldAt(stage, 'abc', '周示例')
    const stranger = sandbox.bank
      .shields('abc')
      .find(
        ({ state, kind, company, person }) => state === 'good' && kind === 'SM2-dual' && company !== shield.company && person.id !== shield.person.id,
      )
    if (stranger === undefined) throw new Error('the bank knows nobody else')
    await sandbox.app.stores.clients.put({
      id: 'hall',
      name: '办事大厅中心(演示)',
      metadata: {
        client_secret: SECRET,
        response_types: [],
        redirect_uris: [],
        grant_types: ['urn:openid:params:grant-type:ciba'],
        backchannel_token_delivery_mode: 'poll',
      },
    })
    const hall = await client.discovery(new URL(`${urls.broker}/oidc`), 'hall', undefined, client.ClientSecretBasic(SECRET), {
      execute: [client.allowInsecureRequests],
    })
    const { sub } = await logIn(
      { plan: sandbox.plan, bank: sandbox.bank, browser: new HttpBrowser(() => Date.now()) },
      { bank: 'abc', shield: own(shield) },
    )
    const ask = (binding_message: string) =>
      client.initiateBackchannelAuthentication(hall, { scope: 'openid enterprise', login_hint: String(sub), binding_message })

    const asked = await ask('三号窗口 报名 8842')
    const phone = await start('ciba-phone', 'phone')
    await enterWorkbench(stage, phone.page, shield)
    await phone.page.getByText('三号窗口 报名 8842').waitFor()
    await phone.look('inbox', '您好')
    await phone.page.getByRole('link', { name: '去处理' }).click()
    await phone.page.locator('#shield-sign:enabled').waitFor()
    await phone.look('asked', '交易中心请您确认登录')
    await phone.page.getByRole('link', { name: '用手机银行签名' }).click()
    await phone.look('by-app', '交易中心请您确认')
    await appSigns(phone.page, shield)
    await phone.look('confirmed', '已确认')
    const tokens = await client.pollBackchannelAuthenticationGrant(hall, { ...asked, interval: 1 })
    expect(tokens.claims()).to.include({ sub, uscc: shield.company.uscc, acr: 'shield' })

    // the address reached somebody else, who signs it with a bank's app of their own
    const relayed = await ask('五号窗口')
    const [waiting] = await sandbox.app.authorization.asks.inbox(String(sub), 1)
    const other = await start('ciba-other', 'phone')
    await other.page.goto(`${urls.broker}/phone/${waiting?.id}`)
    await appSigns(other.page, stranger)
    await other.look('not-you', '没有', /status of 403/)
    const refused = await client.genericGrantRequest(hall, 'urn:openid:params:grant-type:ciba', { auth_req_id: relayed.auth_req_id }).then(
      () => 'tokens',
      (thrown: unknown) =>
        thrown instanceof client.ResponseBodyError ? `${thrown.error} ${thrown.error_description?.split(' ')[0]}` : String(thrown),
    )
    expect(refused).to.equal('access_denied ask_wrong_person')
    for (const each of [phone, other]) await each.leave()
  })

  const own = ({ serial }: IssuedShield) => {
    const found = stage.sandbox.bank.shields('abc').find(each => each.serial === serial)
    if (found === undefined) throw new Error('the bank does not know its own shield')
    return found
  }
  /** from our page to the Agricultural Bank's app, bound to this person, and back */
  async function appSigns(page: Page, { person }: IssuedShield): Promise<void> {
    await page.getByRole('link', { name: '打开农业银行' }).click()
    await page.getByLabel('登录名').fill(person.login)
    await page.getByLabel('密码').fill(person.password)
    await page.getByRole('button', { name: '绑定' }).click()
    await page.getByLabel('PIN').fill(person.pin)
    await page.getByRole('button', { name: '签名' }).click()
    await page.waitForURL(url => url.pathname.startsWith('/phone/') && !url.pathname.endsWith('/signed'))
  }
})
