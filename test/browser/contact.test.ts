import { expect } from 'chai'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, goToWorkbench } from './workbench-steps.ts'

/** Somebody says how they are reached, and reads the code off the sandbox's page of messages. */
describe('contact details in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(ready => {
    stage = ready
  })

  async function newestCode(): Promise<string> {
    await stage.sandbox.app.stores.outbox.drained('contact-message')
    const { body } = await new HttpBrowser(() => 0).get(`${stage.urls.bank}/messages`)
    return /验证码 (\d{6})/.exec(body)?.[1] ?? ''
  }

  it('a number is typed, a wrong code refused, the right one taken, and the number removed', async () => {
    const [boss] = await crew(stage, 0)
    const mine = await visit(browser(), stage.houses, { name: 'contact', viewport: 'phone', also: 'desktop', patience: 60_000 })
    const { page, look } = mine
    await enterWorkbench(stage, page, boss)
    await goToWorkbench(stage, page, '/contact')
    await look('empty', '联系方式')
    await page.getByLabel('手机号码').fill('13912345678')
    await page.getByRole('button', { name: '获取验证码' }).first().click()
    await page.getByText('验证码已发出').waitFor()
    const code = await newestCode()
    await page.getByLabel('发到 139****5678 的验证码').fill(String((Number(code) + 1) % 1_000_000).padStart(6, '0'))
    await page.getByRole('button', { name: '确认' }).click()
    await page.getByText('验证码不对').waitFor()
    await look('wrong-code', '联系方式', /422/)
    await page.getByLabel('发到 139****5678 的验证码').fill(code)
    await page.getByRole('button', { name: '确认' }).click()
    await page.getByText('有通知时会发到这里').waitFor()
    await look('confirmed', '联系方式')
    await page.getByRole('button', { name: '删除，不再通知' }).click()
    await page.getByText('不再向那里发送通知').waitFor()
    expect(await page.getByText('139****5678').count()).to.equal(0)
    await mine.leave()
  })
})
