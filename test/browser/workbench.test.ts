import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { days } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { installTestClock } from '../../server/kernel/test-clock.ts'
import { openStage, type Stage } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press, signAtWorkbench } from './workbench-steps.ts'

/** The company workbench as people use it: a mandate is given, accepted, used, limited, passed on, taken back, and ends by itself. Every page is looked at as visit.ts says. */
describe('workbench in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  let clock: ReturnType<typeof installTestClock>
  before(async function () {
    this.timeout(120_000)
    clock = installTestClock()
    stage = await openStage()
  })
  after(async () => {
    await stage?.close()
    clock?.uninstall()
  })

  // every bank's shields lie in one agent here, and each page asks for all of them: on a busy machine that takes its time
  const start = (name: string, viewport: Viewport): Promise<Visit> => {
    const houses = stage.houses.filter(each => each !== stage.urls.secondCenter)
    return visit(browser(), houses, { name: `workbench-${name}`, viewport, also: viewport === 'phone' ? 'desktop' : 'phone', patience: 60_000 })
  }
  const go = (page: Page, path?: string) => goToWorkbench(stage, page, path)
  const enter = (page: Page, shield: IssuedShield, path?: string) => enterWorkbench(stage, page, shield, path)
  const idOf = (page: Page): string => /mandates\/([\w-]+)/.exec(page.url())?.[1] ?? ''
  /** by the mandate's company and the person's name */
  async function membershipOf(mandate: string, { person }: IssuedShield): Promise<string> {
    const { mandates } = stage.sandbox.app.stores
    const people = await mandates.peopleOf((await mandates.find(mandate))?.enterpriseId ?? '', 50)
    const found = people.find(({ name }) => name === person.name)
    if (found === undefined) throw new Error(`${person.name} has not logged in yet`)
    return found.membershipId
  }

  async function pay(mandate: string, shield: IssuedShield, yuan: number, project = 'P-2026-001'): Promise<string> {
    const request = { act: 'bond_pay' as const, center: 'demo-center', project, amountFen: yuan * 100 }
    try {
      const actor = { membershipId: await membershipOf(mandate, shield), assurance: 'shield' as const }
      await stage.sandbox.app.authorization.authority.use(actor, request, { reference: 'bond-1', trace: 'TEST-TEST' })
      return 'used'
    } catch (thrown) {
      if (thrown instanceof BrokerError) return thrown.code
      throw thrown
    }
  }

  it('gives, accepts, uses within its limit, passes on, suspends and revokes a mandate', async () => {
    const [giverShield, clerkShield, otherShield] = await crew(stage, 1)
    const [clerk, other] = [clerkShield.person.name, otherShield.person.name]

    // the operators come in first, so that they stand among the people
    const theirs = await start('clerk', 'phone')
    await enter(theirs.page, clerkShield)
    await theirs.look('overview-empty', '您好')
    const others = await start('other', 'phone')
    await enter(others.page, otherShield)

    const { page, look, leave } = await start('giver', 'desktop')
    await enter(page, giverShield, '/people')
    await look('people', '人员')
    await page.locator('.person', { hasText: clerk }).getByRole('link', { name: '授权' }).click()
    await look('give', '授权给他人')

    // something is forgotten: it is said beside the field, and the rest is still there
    await page.getByText('递交投标文件').click()
    await page.getByText('缴纳投标保证金').click()
    await page.getByLabel('单次金额上限').fill('五十万')
    await page.getByLabel('项目编号').fill('P-2026-001')
    await press(page, '下一步')
    await page.getByText('请填写金额').waitFor()
    await look('give-wrong', '授权给他人', /422/)
    expect(await page.getByLabel('项目编号').inputValue()).to.equal('P-2026-001')
    await page.getByLabel('单次金额上限').fill('500,000')
    await page.getByLabel('能否转授权').selectOption('1')
    await press(page, '下一步')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('sign', '核对并签发')
    await signAtWorkbench(page, giverShield, '000000')
    await page.getByText(/PIN 码不正确/).waitFor()
    await signAtWorkbench(page, giverShield)
    await page.getByText('已签发').waitFor()
    await look('offered', '授权书')
    const id = idOf(page)
    expect(await pay(id, clerkShield, 100)).to.equal('mandate_not_accepted')

    await go(theirs.page)
    await theirs.look('overview-waiting', '您好')
    await follow(theirs.page, '查看并接受')
    await follow(theirs.page, '接受授权')
    await theirs.page.locator('#shield-sign:enabled').waitFor()
    await theirs.look('accept', '接受授权')
    await signAtWorkbench(theirs.page, clerkShield)
    await theirs.page.getByText('授权生效了').waitFor()

    expect(await pay(id, clerkShield, 500_000)).to.equal('used')
    expect(await pay(id, clerkShield, 500_001)).to.equal('mandate_over_limit')
    expect(await pay(id, clerkShield, 100, 'P-2026-002')).to.equal('mandate_out_of_scope')
    await go(theirs.page, `/mandates/${id}`)
    await theirs.look('accepted', '授权书')

    await follow(theirs.page, '转授权')
    await theirs.look('pass-on', '转授权')
    await theirs.page.getByLabel('被授权人').selectOption({ label: `${other}（经办人）` })
    await press(theirs.page, '下一步')
    await signAtWorkbench(theirs.page, clerkShield)
    await theirs.page.getByText('已签发').waitFor()
    await go(others.page)
    await follow(others.page, '查看并接受')
    await follow(others.page, '接受授权')
    await signAtWorkbench(others.page, otherShield)
    await others.page.getByText('授权生效了').waitFor()
    expect(await pay(id, otherShield, 1000)).to.equal('used')

    await go(page, '/mandates')
    await look('mandates', '授权书')
    await go(page, `/mandates/${id}`)
    const pdf = page.waitForEvent('download')
    await follow(page, '下载 PDF')
    expect((await pdf).suggestedFilename()).to.equal(`mandate-${id}.pdf`)
    await follow(page, '暂停授权')
    await signAtWorkbench(page, giverShield)
    await page.getByText('已暂停，').waitFor()
    expect([await pay(id, clerkShield, 1), await pay(id, otherShield, 1)]).to.deep.equal(['mandate_suspended', 'mandate_suspended'])
    await follow(page, '撤回授权')
    await page.locator('#shield-sign:enabled').waitFor()
    await look('revoke', '撤回授权')
    await signAtWorkbench(page, giverShield)
    await page.getByText('已撤回，').waitFor()
    await look('revoked', '授权书')
    expect([await pay(id, clerkShield, 1), await pay(id, otherShield, 1)]).to.deep.equal(['mandate_revoked', 'mandate_revoked'])

    await follow(page, '办理记录')
    await look('history', '办理记录')
    expect(await page.locator('.entries').innerText()).to.include('500,000 元')
    await go(page, '/shields')
    await look('shields', '盾')
    await go(page)
    await look('overview', '您好')

    // what is the legal representative's is not an operator's
    await go(theirs.page, '/shields')
    await theirs.look('refused', '这一步没有通过', /403/)
    await go(theirs.page)
    await follow(theirs.page, '退出')
    await press(theirs.page, '全部退出')
    await theirs.page.getByText('已安全退出').waitFor()
    await go(theirs.page)
    await theirs.look('log-in-again', '选择您的开户银行')
    for (const each of [theirs, others]) await each.leave()
    await leave()
  })

  it('shows a mandate as expired once its time is over, and refuses its use', async () => {
    const [giver, clerk] = await crew(stage, 0)
    const theirs = await start('expired-clerk', 'desktop')
    await enter(theirs.page, clerk)
    const { page, look } = await start('expired', 'desktop')
    await enter(page, giver, '/give')
    await page.getByLabel('被授权人').selectOption({ label: `${clerk.person.name}（经办人）` })
    await page.getByText('缴纳投标保证金').click()
    await page.getByText('30 天').click()
    await press(page, '下一步')
    await signAtWorkbench(page, giver)
    await page.getByText('已签发').waitFor()
    const id = idOf(page)
    await go(theirs.page, `/mandates/${id}/accept`)
    await signAtWorkbench(theirs.page, clerk)
    await theirs.page.getByText('授权生效了').waitFor()
    expect(await pay(id, clerk, 1)).to.equal('used')

    clock.advance(days(31))
    expect(await pay(id, clerk, 1)).to.equal('mandate_not_in_time')
    // the session is over too; the way back leads to the page that was asked for
    await enter(page, giver, `/mandates/${id}`)
    await look('expired', '授权书')
    expect(await page.locator('.mandate-state').innerText()).to.include('已到期')
    expect(await page.getByRole('link', { name: '撤回授权' }).count()).to.equal(0)
  })
})
