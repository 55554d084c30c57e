import { expect } from 'chai'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { hours } from '../../server/kernel/clock.ts'
import { contentOf } from '../bids/envelope/stage.ts'
import { type OpeningProgram, openingProgram } from './bid-steps.ts'
import { type Stage, useStageInTime } from './stage.ts'
import { textOf } from './steps.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, follow, goToWorkbench, press } from './workbench-steps.ts'

/** A bidder without a shield in the computer: the bank's app on the phone logs in, is encrypted to, is tried, and decrypts at the opening. Two screens, and a second phone that is the wrong one. */
describe('a bid by phone, in browsers', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  let center: OpeningProgram
  let advance: (milliseconds: number) => void
  useStageInTime((opened, clock) => {
    stage = opened
    center = openingProgram(opened, clock)
    advance = milliseconds => clock.advance(milliseconds)
  })
  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, {
      name: `bid-phone-${name}`,
      viewport,
      ...(viewport === 'desktop' ? { also: 'phone' as const } : {}),
      patience: 60_000,
    })

  /** From the code on the computer to the app on this phone, which is enrolled where it is new. */
  async function toApp(computer: Visit, { page, look }: Visit, { person, company }: IssuedShield, name: string): Promise<void> {
    await computer.page.locator('.qr').waitFor()
    const label = (await computer.page.locator('.qr').getAttribute('aria-label')) ?? ''
    await page.goto(label.slice(label.indexOf('http')))
    await page.getByLabel('两位数字').fill(await textOf(computer.page, '.ask-digits'))
    await press(page, '数字一致')
    await look(`${name}-words`, '？')
    await follow(page, '手机银行签名')
    if (await page.getByLabel('登录名').isVisible()) {
      await page.getByLabel('登录名').fill(person.login)
      await page.getByLabel('密码').fill(person.password)
      await page.getByLabel('企业代码').fill(company.uscc)
      await press(page, '绑定')
    }
    await page.getByLabel('PIN').waitFor()
  }
  async function confirm({ page, look }: Visit, { pin }: IssuedShield, button: string, name: string, expected?: RegExp): Promise<void> {
    await page.getByLabel('PIN').fill(pin)
    await press(page, button)
    await look(name, expected === undefined ? '已确认' : '确认解密标书', expected)
  }

  it('is encrypted to the app, tried, and decrypted with that phone alone, and not a moment early', async () => {
    const [boss] = await crew(stage, 0)
    const opening = await center.announce()
    const [computer, phone] = [await start('computer', 'desktop'), await start('phone', 'phone')]
    await goToWorkbench(stage, computer.page)
    await press(computer.page, '农业银行')
    await press(computer.page, '手机银行扫码')
    await toApp(computer, phone, boss, 'login')
    await confirm(phone, boss, '签名', 'logged-in')
    await computer.page.locator('.desk').waitFor()

    await goToWorkbench(stage, computer.page, `/bids/${opening}`)
    await press(computer.page, '取手机银行的加密证书')
    await computer.look('certificate-code', '取手机银行的加密证书')
    await toApp(computer, phone, boss, 'certificate')
    await phone.look('certificate-app', '交出加密证书')
    await confirm(phone, boss, '签名并交出', 'certificate-given')
    await computer.page.getByText('已取得手机银行的加密证书').waitFor()
    await computer.page.locator('#bid-plain').setInputFiles([{ name: '投标文件.pdf', mimeType: 'application/pdf', buffer: contentOf(300_000) }])
    await computer.page.getByText('手边没有盾').click()
    await computer.look('form', '示例道路工程开标')
    await press(computer.page, '只加密给手机银行并提交')
    await computer.page.getByText('已递交').first().waitFor()
    expect(await textOf(computer.page, '.bid-card')).to.include('手机银行 app')

    await follow(computer.page, '解密自检')
    await computer.look('test', '签名和解密自检')
    await press(computer.page, '试手机银行的解密钥匙')
    await computer.look('test-code', '试手机银行的解密钥匙')
    await toApp(computer, phone, boss, 'test')
    await phone.look('test-app', '试解密钥匙')
    await confirm(phone, boss, '试一下', 'tested')
    await computer.page.getByText('这部手机有这份标书的解密钥匙').waitFor()
    await computer.look('tested', '示例道路工程开标')

    await goToWorkbench(stage, computer.page, `/bids/${opening}/decrypt`)
    await computer.page.getByText('还没有到开标时间').first().waitFor()
    advance(hours(2))
    await goToWorkbench(stage, computer.page, `/bids/${opening}/decrypt`)
    await computer.page.getByText('还没有到开标时间').first().waitFor()
    await computer.look('early', '没有通过', /status of 403/)
    await center.open(opening)

    await goToWorkbench(stage, computer.page, `/bids/${opening}/decrypt`)
    await press(computer.page, '用手机银行解密')
    await computer.look('code', '用手机银行解密')
    const wrong = await start('wrong-phone', 'phone')
    await toApp(computer, wrong, boss, 'wrong')
    await confirm(wrong, boss, '解密', 'wrong', /status of 403/)
    expect(await textOf(wrong.page, '.notice')).to.include('不是加密给这个盾的')
    await press(wrong.page, '取消，返回')
    await press(wrong.page, '不是我，拒绝')
    await computer.page.locator('#ask[data-state="refused"]').waitFor()
    await computer.look('refused', '用手机银行解密')

    await follow(computer.page, '返回')
    await press(computer.page, '用手机银行解密')
    await toApp(computer, phone, boss, 'decrypt')
    await phone.look('decrypt-app', '确认解密标书')
    await confirm(phone, boss, '解密', 'decrypted')
    await computer.page.getByText('已解密').first().waitFor()
    await computer.look('decrypted', '示例道路工程开标')
    for (const each of [computer, phone, wrong]) await each.leave()
  })
})
