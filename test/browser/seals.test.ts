import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { made } from '../seals/ofd/stage.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { makeSeal } from './seal-steps.ts'
import { type Stage, useStage } from './stage.ts'
import { agree, chooseBank, textOf } from './steps.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** A seal made, a PDF and an XML sealed with one PIN, and anybody's look at what came of it. */
describe('seals in a browser', function () {
  this.timeout(300_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(opened => {
    stage = opened
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `seals-${name}`, viewport, patience: 20_000 })
  const XML = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<bid xmlns="urn:demo"><price fen="80000000"/></bid>\n')

  it('are made by the legal representative, seal a PDF and an XML with one PIN, and are verified by anybody', async () => {
    const [boss] = await crew(stage, 0)
    const journey = await start('boss', 'desktop')
    const { page, look } = journey
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, journey, boss)

    await goToWorkbench(stage, page, '/seals/tasks/new')
    await look('new-task', '盖章')
    await page.getByLabel('要盖章的文件').setInputFiles([
      { name: '投标函.pdf', mimeType: 'application/pdf', buffer: makeDocument({ pages: 2, page: '/MediaBox [0 0 595 842]' }) },
      { name: '投标文件.ofd', mimeType: 'application/ofd', buffer: made() },
      { name: '报价.xml', mimeType: 'text/xml', buffer: XML },
    ])
    await press(page, '下一步')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('task', '请核对并盖章')
    for (const n of ['0', '4', '1e300', '-1', 'a'])
      for (const path of [`documents/${n}/original`, `items/${n}`]) {
        const answer = await page.request.get(`${page.url()}/${path}`)
        expect([path, answer.status()], 'a document that is not there').to.deep.equal([path, 404])
      }
    await signAtWorkbench(page, boss)
    await page.getByText('全部盖好了').waitFor()
    await look('sealed', '已盖章')

    const anybody = await start('anybody', 'phone')
    for (const [i, name] of ['投标函', '投标文件', '报价'].entries()) {
      const download = page.waitForEvent('download')
      await page.getByRole('link', { name: '下载盖章文件' }).nth(i).click()
      const bytes = await readFile(await (await download).path())
      await anybody.page.goto(`${stage.urls.broker}/verify`)
      await anybody.page.getByLabel('要验的文件').setInputFiles([{ name: `${name}.bin`, mimeType: 'application/octet-stream', buffer: bytes }])
      await press(anybody.page, '验章')
      // the changed one before it may have been refused as a whole
      await anybody.look(`verified-${i}`, '验章结果', /status of 422/)
      expect(await anybody.page.locator('main').innerText())
        .to.include('文件没有改过，印章真实有效')
        .and.to.include('未被修改')
        .and.to.include(boss.company.name)
      const changed = Buffer.from(bytes)
      const at = changed.indexOf(['MediaBox', 'Doc_0/Document.xml', '80000000'][i] ?? '')
      changed[at] = changed[at] === 0x38 ? 0x39 : 0x6d
      await anybody.page.goto(`${stage.urls.broker}/verify`)
      await anybody.page.getByLabel('要验的文件').setInputFiles([{ name: 'changed.bin', mimeType: 'application/octet-stream', buffer: changed }])
      await press(anybody.page, '验章')
      await anybody.page.getByText('请勿采信').or(anybody.page.getByText('不能盖章或验章')).first().waitFor()
    }
    await anybody.leave()
    await journey.leave()
  })

  it('are remade for a renewed shield, to which the pages lead; the old list refuses the new shield', async () => {
    const [boss] = await crew(stage, 1)
    const journey = await start('renewed', 'phone')
    const { page } = journey
    await enterWorkbench(stage, page, boss)
    await makeSeal(stage, journey, boss)

    const { serial } = await stage.sandbox.bank.renew('abc', boss.serial)
    const renewed = stage.sandbox.bank.shields('abc').find(each => each.serial === serial)
    if (renewed === undefined) throw new Error('the bank did not renew the shield')
    const next = await start('renewed-login', 'phone')
    await enterWorkbench(stage, next.page, renewed)
    await seal(next.page, renewed)
    await next.page.getByText('请先重新制章').waitFor()
    await goToWorkbench(stage, next.page, '/seals')
    await follow(next.page, '登记我的盾')
    await signAtWorkbench(next.page, renewed)
    await next.page.getByText('需要重新制作').first().waitFor()
    await next.look('due', '电子印章', /403/)
    await next.page.locator('.seal-card a').first().click()
    await next.page.getByRole('link', { name: '重新制作' }).first().click()
    await next.look('remake', '重新制作')
    await press(next.page, /下一步|核对/)
    await signAtWorkbench(next.page, renewed)
    await next.page.getByText('可以使用').waitFor()
    await seal(next.page, renewed)
    await next.page.getByText('全部盖好了').waitFor()
    await next.leave()
    await journey.context.close()
  })

  it('are made for a phone, which is shown from its own screen, and seal with the bank’s app there', async () => {
    const [boss] = await crew(stage, 2)
    const journey = await start('phone', 'phone')
    const { page, look } = journey
    await logInByPhone(page, boss)
    await enterWorkbench(stage, page, boss, '/seals/shield')
    await press(page, '登记手机银行')
    await look('show-phone', '登记手机')
    await signHere(page, boss)
    await page.getByText('已登记').waitFor()
    await makeSeal(stage, journey, boss)

    await goToWorkbench(stage, page, '/seals/tasks/new')
    await page.getByLabel('要盖章的文件').setInputFiles([
      { name: '投标函.pdf', mimeType: 'application/pdf', buffer: makeDocument({ pages: 2, page: '/MediaBox [0 0 595 842]' }) },
      { name: '报价.xml', mimeType: 'text/xml', buffer: XML },
    ])
    await press(page, '下一步')
    await look('task-by-phone', '请核对并盖章')
    await press(page, '用手机盖章')
    await look('code', '用手机银行盖章')
    await signHere(page, boss, () => look('app', '核对清单并签名'))
    await page.getByText('全部盖好了').waitFor()
    await look('sealed-by-phone', '已盖章')
    await journey.leave()
  })

  /** The certificate of the app is known once somebody has logged in with it. */
  async function logInByPhone(phone: Page, { person, company, pin }: IssuedShield): Promise<void> {
    const computer = await start('phone-login', 'desktop')
    await chooseBank(computer.page, stage.urls, 'nongye')
    await press(computer.page, '农业银行')
    await press(computer.page, '手机银行扫码')
    const label = (await computer.page.locator('.qr').getAttribute('aria-label')) ?? ''
    await phone.goto(label.slice(label.indexOf('http')))
    await phone.getByLabel('两位数字').fill(await textOf(computer.page, '.ask-digits'))
    await press(phone, '数字一致')
    await follow(phone, '手机银行签名')
    await phone.getByLabel('登录名').fill(person.login)
    await phone.getByLabel('密码').fill(person.password)
    await phone.getByLabel('企业代码').fill(company.uscc)
    await press(phone, '绑定')
    await phone.getByLabel('PIN').fill(pin)
    await press(phone, '签名')
    await phone.getByText('请看电脑').waitFor()
    await agree(computer.page)
    await computer.page.locator('#acr').waitFor()
    await computer.context.close()
  }

  /** Everything on this one screen: to the app, and back to where it began. */
  async function signHere(page: Page, { pin }: IssuedShield, inApp: () => Promise<void> = async () => undefined): Promise<void> {
    await press(page, '就在这部手机上')
    await follow(page, '手机银行签名')
    await page.getByLabel('PIN').waitFor()
    await inApp()
    await page.getByLabel('PIN').fill(pin)
    await press(page, '签名')
    await follow(page, '在这部手机上发起的')
  }

  async function seal(page: Page, shield: IssuedShield): Promise<void> {
    await goToWorkbench(stage, page, '/seals/tasks/new')
    await page.getByLabel('要盖章的文件').setInputFiles([{ name: '报价.xml', mimeType: 'text/xml', buffer: XML }])
    await press(page, '下一步')
    await signAtWorkbench(page, shield)
  }
})
