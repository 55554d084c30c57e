import { expect } from 'chai'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** A company's credit as its people see it: what is recorded about it, a consent that a center uses, the appeal, the repair, the withdrawal. Every page is looked at as visit.ts says. */
describe('credit in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(ready => {
    stage = ready
  })

  /** As the center's program asks. */
  async function ask(path: string, body?: object): Promise<{ status: number; body: Record<string, never> }> {
    const center = centerProgram(stage.sandbox.plan, '/api/credit', ['credit.facts', 'credit.read'])
    const { status, body: answer } = await center.send(body === undefined ? 'GET' : 'POST', `/${path}`, body)
    return { status, body: answer as Record<string, never> }
  }

  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  function factsOf(uscc: string) {
    const fact = (more: Record<string, unknown>) => ({ kind: 'bidder', subject: uscc, evidence: 'ab'.repeat(32), project: 'JG2026-0007', ...more })
    return [
      fact({ number: `${uscc}-1`, type: 'penalty', level: 'general', title: '围标行政处罚', document: '罚字〔2026〕18号', happened_on: day(200) }),
      fact({ number: `${uscc}-2`, type: 'performance', level: 'good', title: '示例道路工程履约评价', happened_on: day(90) }),
      fact({ number: `${uscc}-3`, type: 'performance', level: 'poor', title: '示例排水工程履约评价', happened_on: day(40) }),
      fact({ number: `${uscc}-4`, type: 'deal.won', level: 'signed', value: 350_000_000, title: '示例道路工程中标', happened_on: day(300) }),
      fact({ number: `${uscc}-5`, type: 'center.index', level: 'index', value: 8650, title: '中心信用指数', happened_on: day(10) }),
    ]
  }

  it('every point has its source, and nothing flows without the company’s consent', async () => {
    const [boss, clerk] = await crew(stage, 0)
    const { uscc } = boss.company
    const query = { kind: 'bidder', subject: uscc, report: 'bid', purpose: 'evaluation', project: 'JG2026-0007' }
    const mine = await visit(browser(), stage.houses, { name: 'credit', viewport: 'phone', also: 'desktop', patience: 60_000 })
    const { page, look } = mine
    await enterWorkbench(stage, page, boss)
    await goToWorkbench(stage, page, '/credit')
    await page.getByText('投标信用').first().waitFor()
    await look('nothing-yet', '我的信用')

    const recorded = await ask('facts', { facts: factsOf(uscc) })
    expect(recorded.status, JSON.stringify(recorded.body)).to.equal(200)
    const [penalty] = recorded.body['facts'] as unknown as { id: string }[]
    expect((await ask('queries', query)).body).to.include({ code: 'consent_missing' })

    await goToWorkbench(stage, page, '/consents')
    await look('no-consents', '数据授权')
    await follow(page, '新的授权')
    await page.locator('#purpose').selectOption('evaluation')
    await page.locator('#project').fill('JG2026-0007')
    await page.locator('#uses').fill('3')
    await look('give', '新的数据授权')
    await press(page, '下一步')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('sign', '核对并签署数据授权')
    expect(await page.locator('.shield-text pre').innerText()).to.include('用途:评标[evaluation]')
    await signAtWorkbench(page, boss, '000000')
    await page.locator('#shield-status[data-state="failed"], .notice-bad, [data-state="wrong-pin"]').first().waitFor()
    await signAtWorkbench(page, boss)
    await page.getByText('已授权，现在起有效').waitFor()
    const consentAddress = page.url()
    await look('given', '数据授权')

    const given = await ask('queries', query)
    expect(given.status, JSON.stringify(given.body)).to.equal(200)
    expect((await ask('queries', { ...query, project: 'other' })).body).to.include({ code: 'consent_missing' })
    await page.goto(consentAddress)
    await page.getByRole('cell', { name: 'JG2026-0007' }).waitFor()
    await look('used', '数据授权')

    await goToWorkbench(stage, page, '/credit')
    await look('score', '我的信用')
    const score = Number(await page.locator('.score-number strong').innerText())
    await page.getByRole('checkbox', { name: /行政处罚/ }).check()
    await press(page, '算一算')
    await page.getByText(`会是 ${score + 120} 分`).waitFor()
    await look('what-if', '我的信用')

    await page.getByRole('link', { name: '行政处罚·一般' }).first().click()
    await look('record', '围标行政处罚')
    await page.locator('#why').fill('处罚决定已被行政复议撤销，附复议决定书编号')
    await press(page, '提出异议')
    await page.getByText('异议已提出').waitFor()
    await look('appealed', '围标行政处罚')
    await goToWorkbench(stage, page, '/credit')
    await page.getByText(`不计有异议的记录时是 ${score + 120} 分`).waitFor()
    await look('disputed', '我的信用')

    const shown = { corrected: true, duties_done: true, promised: true, why: '信用修复决定书 2026-12' }
    expect((await ask(`facts/${penalty?.id}/repair`, shown)).body).to.deep.include({ state: 'repaired', told: 1 })
    await page.reload()
    expect(Number(await page.locator('.score-number strong').innerText())).to.equal(score + 120)
    expect(await page.locator('main').innerText()).not.to.include('行政处罚·一般')
    await look('repaired', '我的信用')
    expect((await ask('recalls')).body['recalls']).to.satisfy((list: { fact: string }[]) => list.some(({ fact }) => fact === penalty?.id))
    await follow(page, '谁查询过')
    await page.getByText('已停用').waitFor()
    await look('who-queried', '谁查询过')
    await goToWorkbench(stage, page, '/credit/facts')
    await look('records', '信用记录')

    await page.goto(consentAddress)
    await press(page, '立即撤回')
    await page.getByText('已撤回，立即停止提供').waitFor()
    await look('withdrawn', '数据授权')
    expect((await ask('queries', query)).body).to.include({ code: 'consent_withdrawn' })
    await goToWorkbench(stage, page, '/consents')
    await look('consents', '数据授权')
    await mine.leave()

    // whoever has no power to consent may look, and is told so when they try more
    const other = await visit(browser(), stage.houses, { name: 'credit-clerk', viewport: 'desktop', patience: 60_000 })
    await enterWorkbench(stage, other.page, clerk)
    await goToWorkbench(stage, other.page, '/credit/facts')
    await follow(other.page, '示例排水工程履约评价')
    await other.page.locator('#why').fill('有误')
    await press(other.page, '提出异议')
    await other.page.locator('.notice-bad').waitFor()
    await other.look('no-power', '示例排水工程履约评价', /403/)
    await other.leave()
  })
})
