import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { encryptBid } from '../../server/bids/envelope/encrypt.ts'
import { measure } from '../../server/bids/envelope/measure.ts'
import { hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { all, contentOf } from '../bids/envelope/stage.ts'
import { openingProgram } from './bid-steps.ts'
import { type MovedClock, type Stage, useStageInTime } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** Two bids from their upload to the opening: one is decrypted with its shield, the other one's shield was renewed meanwhile, and custodians rescue it. */
describe('bids in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  let clock: MovedClock
  useStageInTime((opened, moved) => {
    stage = opened
    clock = moved
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `bids-${name}`, viewport, patience: 60_000 })
  const boxOf = async ({ path }: IssuedShield): Promise<string> => JSON.parse(await readFile(path, 'utf8')).encryptCertificate
  const content = contentOf(3_000_000)

  /** What bidding software makes of the page's facts. */
  async function envelope(page: Page, opening: string, shield: IssuedShield): Promise<Buffer> {
    const facts = await (await page.request.get(`${stage.urls.broker}/workbench/bids/${opening}/facts`)).json()
    const read = (base64: string) => new Certificate(Buffer.from(base64, 'base64'))
    const { center, project, section, opens_at, bidder, rescue } = facts
    return await all(
      encryptBid({
        content,
        facts: { id: newId(), center, project, section, opening: opens_at },
        cover: { bidder, content: { name: '投标文件.pdf', ...(await measure(content)) }, madeAt: clock.now().toISOString() },
        recipients: [read(await boxOf(shield))],
        rescue: { custodians: rescue.custodians.map(read), threshold: rescue.threshold, platform: read(rescue.platform) },
        random: randomBytes,
      }),
    )
  }

  /** Handed in, encrypted by the page or before, and tested with the shield. */
  async function bid({ page, look }: Visit, opening: string, shield: IssuedShield, encrypted: 'here' | 'before'): Promise<void> {
    await enterWorkbench(stage, page, shield)
    await goToWorkbench(stage, page, '/bids')
    await look('list', '投标与开标')
    await follow(page, '示例道路工程开标')
    await look('opening', '示例道路工程开标')
    if (encrypted === 'here') {
      await page.locator('#bid-plain').setInputFiles([{ name: '投标文件.pdf', mimeType: 'application/pdf', buffer: content }])
      await signAtWorkbench(page, shield)
    } else await upload(page, opening, shield)
    await page.getByText('已递交。请现在插盾').waitFor()
    await look('handed-in', '示例道路工程开标')
    await follow(page, '解密自检')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('test', '签名和解密自检')
    await signAtWorkbench(page, shield)
    await page.getByText('自检通过：盾能签名').waitFor()
    await look('tested', '示例道路工程开标')
  }

  async function upload(page: Page, opening: string, shield: IssuedShield): Promise<void> {
    const option = page.locator('#bid-shield option', { hasText: shield.company.name }).filter({ hasText: shield.person.name }).first()
    await option.waitFor({ state: 'attached' })
    await page.locator('#bid-shield').selectOption(await option.getAttribute('value'))
    const file = page.locator('#bid-file')
    await file.setInputFiles([{ name: 'plain.pdf', mimeType: 'application/pdf', buffer: content.subarray(0, 100) }])
    await press(page, '上传并递交')
    await page.getByText('这不是加密后的投标文件').waitFor()
    await file.setInputFiles([{ name: 'bid.envelope', mimeType: 'application/octet-stream', buffer: await envelope(page, opening, shield) }])
    await press(page, '上传并递交')
  }

  it('open with their shield or, where it was renewed, by two custodians; nothing is shown before', async () => {
    const [one] = await crew(stage, 0)
    const [other] = await crew(stage, 1)
    const [chief, anna, bert] = await crew(stage, 2)
    expect(chief.company.uscc).to.equal(demonstrationCenter(stage.urls.center).metadata.bid_room_uscc)
    const custodians = await Promise.all([chief, anna, bert].map(boxOf))
    const opening = await openingProgram(stage, clock).announce({ custodians, threshold: 2 })

    const first = await start('first', 'desktop')
    await bid(first, opening, one, 'here')
    const second = await start('second', 'phone')
    await bid(second, opening, other, 'before')

    // the first one's shield is reported lost by its bank, and found again; the page offers to say the same oneself
    await stage.sandbox.bank.report('abc', one.serial, 'lost')
    await goToWorkbench(stage, first.page, `/bids/${opening}`)
    await first.page.getByText('已报失或损坏').first().waitFor()
    await first.page.getByText('盾或手机丢了').click()
    await first.look('lost', '示例道路工程开标')
    await stage.sandbox.bank.report('abc', one.serial, 'found')
    await press(first.page, '说明情况')
    await first.page.getByText('已记下').waitFor()
    await first.page.setViewportSize({ width: 360, height: 780 })
    await first.look('said', '示例道路工程开标')
    await first.page.setViewportSize({ width: 1280, height: 800 })
    await follow(first.page, '解密自检')
    await signAtWorkbench(first.page, one)
    await first.page.getByText('自检通过：盾能签名').waitFor()
    expect(await first.page.locator('main .notice', { hasText: '报失' }).count()).to.equal(0)

    // the bank renews the second one's shield, whose holder logs in with it
    const { serial } = await stage.sandbox.bank.renew('abc', other.serial)
    const renewed = stage.sandbox.bank.shields('abc').find(each => each.serial === serial)
    if (renewed === undefined) throw new Error('the bank did not renew the shield')
    await second.context.clearCookies()
    await enterWorkbench(stage, second.page, renewed)
    await second.page.getByText('标书要处理').first().waitFor()
    await second.look('warned', renewed.person.name)
    await second.page.getByRole('link', { name: '标书要处理' }).first().click()
    await second.page
      .getByText(/续期|吊销/)
      .first()
      .waitFor()
    await second.look('what-to-do', '示例道路工程开标')

    const staff = await start('staff', 'desktop')
    await enterWorkbench(stage, staff.page, anna)
    await goToWorkbench(stage, staff.page, '/bids/center')
    await staff.look('center', '本中心的开标')
    await follow(staff.page, '示例道路工程开标')
    await staff.page.getByText('也不显示数量').waitFor()
    await staff.look('before', '示例道路工程开标')
    expect(await staff.page.locator('main').innerText()).not.to.include(one.company.name)

    clock.advance(hours(2))
    await press(staff.page, '宣布开标')
    await staff.page.locator('#bid-board').waitFor()
    await staff.look('board', '示例道路工程开标')

    await decrypt(first, opening, one)
    await first.page.getByText('已解密').first().waitFor()
    await first.look('decrypted', '示例道路工程开标')
    await decrypt(second, opening, renewed)
    await second.page.getByText('加密后换发了证书').waitFor()
    await second.look('failed', '示例道路工程开标')

    await staff.page.locator('#bid-board').getByRole('link', { name: other.company.name }).click()
    await staff.look('one-bid', other.company.name)
    await staff.page.locator('#rescue-why').fill('投标人的盾换过')
    await press(staff.page, '申请应急解密')
    await staff.page.locator('#shield-sign:enabled').waitFor()
    await staff.look('rescue', '应急解密')
    await signAtWorkbench(staff.page, anna)
    await staff.page.getByText('等保管人交出份额').waitFor()
    const rescue = new URL(staff.page.url()).pathname.replace('/workbench', '')

    const custodian = await start('custodian', 'phone')
    await enterWorkbench(stage, custodian.page, bert)
    await goToWorkbench(stage, custodian.page, rescue)
    await custodian.page.locator('#shield-sign:enabled').waitFor()
    await custodian.look('share', '应急解密')
    await signAtWorkbench(custodian.page, bert)
    await custodian.page.getByText('回到开标一览').waitFor()
    await follow(custodian.page, '回到开标一览')
    await custodian.page.getByText('已应急解密').first().waitFor()
    await custodian.look('rescued', '示例道路工程开标')

    const download = custodian.page.waitForEvent('download')
    await custodian.page.locator('#bid-board').getByRole('link', { name: other.company.name }).click()
    await follow(custodian.page, '下载投标文件')
    expect((await readFile(await (await download).path())).equals(content)).to.equal(true)
    for (const each of [first, second, staff, custodian]) await each.leave()
  })

  async function decrypt({ page, look }: Visit, opening: string, shield: IssuedShield): Promise<void> {
    await goToWorkbench(stage, page, `/bids/${opening}`)
    await follow(page, '用盾解密')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('decrypt', '解密投标文件')
    await signAtWorkbench(page, shield)
    await page.waitForURL(`**/workbench/bids/${opening}`)
  }
})
