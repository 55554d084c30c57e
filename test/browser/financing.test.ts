import { expect } from 'chai'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** A winner's way from the deal to the loan: chooses banks, signs once, compares, accepts, follows. Every page is looked at as visit.ts says. */
describe('financing in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(ready => {
    stage = ready
  })
  it('applies by one signature, compares by total cost, accepts, and follows the loan', async () => {
    const [boss] = await crew(stage, 0)
    const { bank, plan } = stage.sandbox
    const banks = ['ccb', 'icbc', 'abc']
    const settled = async () => {
      for (const id of banks) await bank.financing(id).settled()
    }
    const { page, look, leave } = await visit(browser(), stage.houses, { name: 'financing', viewport: 'desktop', also: 'phone', patience: 60_000 })
    await enterWorkbench(stage, page, boss)
    await goToWorkbench(stage, page, '/financing')
    await look('nothing-yet', '成交与融资')
    const deal = await centerProgram(plan, '/api/deals').ask<{ id: string }>('POST', '', {
      ...{ project: 'JG2026-0007', title: '示例道路工程', winner: { uscc: boss.company.uscc, name: boss.company.name } },
      ...{ fen: 350_000_000, contract: `HT-${boss.company.uscc}`, signed_on: '2026-05-28' },
    })
    await page.reload()
    await look('deal-reported', '成交与融资')
    await follow(page, '示例道路工程')
    await look('deal', '示例道路工程')
    await follow(page, '申请融资')
    expect(await page.locator('input[name="banks"]:checked').count(), 'none is chosen before others').to.equal(0)
    await look('apply', '申请融资')
    for (const id of banks) await page.locator(`input[name="banks"][value="${id}"]`).check()
    await page.getByRole('checkbox', { name: /信用报告/ }).check()
    await page.locator('#amount').fill('1,000,000')
    await press(page, '下一步')
    await page.locator('#shield-sign:enabled').waitFor()
    expect((await page.locator('.shield-text pre').innerText()).match(/数据授权书/g)).to.have.length(6)
    await look('sign', '核对授权并提交申请')
    bank.financing('icbc').behave('waiting')
    await signAtWorkbench(page, boss)
    await page.getByText('提出申请').waitFor()
    for (let tries = 0; tries < 100 && (await page.getByRole('button', { name: '接受这份报价' }).count()) < 3; tries++) {
      await stage.sandbox.app.bonds.work()
      await settled()
      await page.reload()
    }
    const costs = await page.locator('.bars .number').allInnerTexts()
    expect(costs, 'lowest first').to.deep.equal(['18,100 元', '18,700 元', '19,000 元'])
    await look('offers', '中标融资')
    await page.getByRole('button', { name: '接受这份报价' }).first().click()
    await page.getByText('已接受，等待审批').first().waitFor()
    expect(await page.getByRole('button', { name: '接受这份报价' }).count()).to.equal(0)
    await look('accepted', '中标融资')
    for (let tries = 0; tries < 100 && (await page.getByText('已放款').count()) === 0; tries++) {
      await stage.sandbox.app.bonds.work()
      bank.financing('icbc').behave('prompt')
      await settled()
      await page.reload()
    }
    await page.getByText('已放款').first().waitFor()
    await look('paid-out', '中标融资')
    await page.goto(`${stage.urls.broker}/workbench/financing/deals/${deal.id}`)
    expect(await page.getByText('凭企业授权').count()).to.equal(3)
    await look('who-was-told', '示例道路工程')
    await leave()
  })
})
