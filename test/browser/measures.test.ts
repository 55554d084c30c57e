import { expect } from 'chai'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { demonstrationCenter } from '../../server/sandbox/scene.ts'
import { DEMONSTRATION_MEASURE } from '../enforcement/stage.ts'
import { type Stage, useStage } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'
import { crew, enterWorkbench, goToWorkbench } from './workbench-steps.ts'

/** A company against which a center has a measure: its workbench stays open, and tells what it is and how it is repaired. */
describe('measures in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  useStage(ready => {
    stage = ready
  })

  async function ask(path: string, body: object): Promise<Record<string, unknown>> {
    const center = centerProgram(stage.sandbox.plan, '/api/enforcement', ['enforcement.manage', 'enforcement.check'])
    return (await center.send('POST', `/${path}`, body)).body as Record<string, unknown>
  }

  it('the page names the measure, its end and who repairs it, until it is lifted', async () => {
    const [boss] = await crew(stage, 0)
    const { id: center } = demonstrationCenter(stage.urls.center)
    const day = (more: number) => new Date(Date.now() + more * 86_400_000).toISOString().slice(0, 10)
    const terms = { ...DEMONSTRATION_MEASURE, number: `${boss.company.uscc}-1`, uscc: boss.company.uscc, company: boss.company.name }
    const made = await ask('measures', { measures: [{ ...terms, centers: [center], acts: ['login', 'bond_pay'], from: day(-2), until: day(200) }] })
    const [measure] = made['measures'] as { id: string; outcome: string }[]
    expect(measure?.outcome, JSON.stringify(made)).to.equal('recorded')

    const mine = await visit(browser(), stage.houses, { name: 'measures', viewport: 'desktop', also: 'phone', patience: 60_000 })
    const { page, look } = mine
    await enterWorkbench(stage, page, boss)
    await page.getByText('有生效中的惩戒措施').first().waitFor()
    await goToWorkbench(stage, page, '/measures')
    for (const words of ['失信被执行人', '执行局 020-00000000', day(200), '怎样修复']) await page.getByText(words).first().waitFor()
    await look('in-force', '惩戒措施')
    await ask(`measures/${measure?.id}/lift`, { why: '复议撤销' })
    await page.reload()
    await page.getByText('已解除').waitFor()
    expect(await page.getByText('怎样修复').count()).to.equal(0)
    await look('lifted', '惩戒措施')
    await mine.leave()
  })
})
