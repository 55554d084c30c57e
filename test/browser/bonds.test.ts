import { expect } from 'chai'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { createRegister } from '../../server/bonds/register.ts'
import { createTags } from '../../server/bonds/secrecy/tags.ts'
import { minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import { newUscc } from '../suites/storage.ts'
import { type MovedClock, type Stage, useStageInTime } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press } from './workbench-steps.ts'

/** Bid bonds as people see them: a bidder who pays by transfer, one who asks for a guarantee, and the center's staff, to whom nothing is shown before the opening. */
describe('bid bonds in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  let clock: MovedClock
  useStageInTime((opened, moved) => {
    stage = opened
    clock = moved
  })

  const TITLE = '示例桥梁工程'
  const FEN = 20_000_000
  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), stage.houses, { name: `bonds-${name}`, viewport, also: viewport === 'phone' ? 'desktop' : 'phone', patience: 60_000 })

  async function announce() {
    const center = centerProgram(stage.sandbox.plan)
    const project = await center.ask<{ id: string }>('POST', '/projects', { code: 'JG2026-0011', title: TITLE, law: 'bidding' })
    const opens = new Date(clock.now().getTime() + minutes(30)).toISOString()
    const facts = { name: '一标段', demanded_fen: FEN, deadline: opens, opens_at: opens, validity_days: 90, custodians: 3, threshold: 2 }
    const { section, shares } = await center.ask<{ section: { id: string }; shares: string[] }>('POST', `/projects/${project.id}/sections`, facts)
    const many = await center.ask<{ section: { id: string } }>('POST', `/projects/${project.id}/sections`, { ...facts, name: '二标段' })
    return { project: project.id, section: section.id, shares, many: many.section.id }
  }

  /** bidders that nobody sees here, each with a sub-account */
  async function crowd(sectionId: string, count: number): Promise<void> {
    const { app, plan } = stage.sandbox
    const sealing = createSealing(Buffer.from(plan.config.secrets.sealingKey, 'base64'))
    const { stores, trail: audit } = app
    const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
    const register = createRegister({ store: stores.bonds, effects: stores.effects, parameters, sealing, tags: createTags(sealing), clock, audit })
    const given = Array.from({ length: count }, (_, n) =>
      register.giveAccount({
        ...{ sectionId, model: 'section', prefix: '62170099', whence: { personId: newId() } },
        company: { uscc: newUscc(), name: `演示企业${n}`, basicAccount: newId() },
      }),
    )
    await Promise.all(given)
  }

  /** both ends say what they have to say, until the page tells it */
  async function until(page: Visit['page'], words: string): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      await stage.sandbox.app.bonds.work()
      await stage.sandbox.bank.channel('ccb').sender.flush()
      await stage.sandbox.bank.guarantees('ccb').settled()
      await page.reload()
      if ((await page.getByText(words).count()) > 0) return
    }
    expect.fail(`the page never said ${words}`)
  }

  /** @returns the sub-account */
  async function account({ page, look }: Visit, boss: IssuedShield, section: string): Promise<string> {
    await enterWorkbench(stage, page, boss)
    await goToWorkbench(stage, page, `/bonds/new/${section}`)
    await look('new', '缴纳投标保证金')
    await page.locator('input[name="bank"][value="ccb"]').check()
    await page.locator('#basic').fill('一二三')
    await press(page, '取得子账户')
    await page.locator('#basic-error').waitFor()
    await look('wrong-account', '缴纳投标保证金', /422/)
    await page.locator('#basic').fill('1100 2200 3300')
    await press(page, '取得子账户')
    await page.getByText('向这个账户缴纳').waitFor()
    await look('account', TITLE)
    return (await page.locator('.card .code-large code').innerText()).trim()
  }

  it('are paid or stood for, shown to their bidder alone, and to the center from the opening on', async () => {
    const { project, section, shares, many } = await announce()
    await crowd(many, 53)
    const [payer] = await crew(stage, 0)
    const [asker] = await crew(stage, 1)
    const [chief] = await crew(stage, 2)

    const first = await start('payer', 'phone')
    const number = await account(first, payer, section)
    stage.sandbox.bank.channel('ccb').bonds.pay({ account: number, payer: { account: '110022003300', name: payer.company.name }, fen: FEN })
    await until(first.page, '已冻结')
    await first.look('held', TITLE)
    await first.page.locator(`a[href$="/projects/${project}"]`).click()
    await first.page.getByText('接下来').waitFor()
    expect(await first.page.locator('main').innerText())
      .to.include('200,000 元')
      .and.to.include('开标')
    await first.look('project', TITLE)

    const second = await start('asker', 'desktop')
    await account(second, asker, section)
    await second.page.locator('input[name="issuer"][value="ccb"]').check()
    await press(second.page, '申请保函')
    await until(second.page, '接受这份报价')
    await second.look('offer', TITLE)
    await press(second.page, '接受这份报价')
    await until(second.page, '验真码')
    await second.look('issued', TITLE)
    // another's project is as none at all
    await second.page.goto(`${stage.urls.broker}/workbench/bonds/projects/${section}`)
    await second.look('no-such-project', '没有', /404/)

    const staff = await start('staff', 'desktop')
    await enterWorkbench(stage, staff.page, chief)
    await goToWorkbench(stage, staff.page, '/bonds/center')
    await follow(staff.page, TITLE)
    await staff.look('center-project', TITLE)
    await follow(staff.page, '一标段')
    await staff.look('center-before', '一标段')
    const before = await staff.page.locator('main').innerText()
    expect(before).to.not.include(payer.company.name)
    expect(before)
      .to.include('不显示任何保证金信息')
      .and.not.match(/已冻结|生效中|钱在哪里/)

    clock.advance(minutes(31))
    await stage.sandbox.app.bonds.work()
    await staff.page.reload()
    await staff.look('center-open', '一标段')
    await staff.page.goto(`${stage.urls.broker}/workbench/bonds/center/${many}`)
    await staff.page.getByText('第 1 至 50 笔，共 53 笔').waitFor()
    await staff.look('center-many', '二标段')
    await follow(staff.page, '更多')
    await staff.page.getByText('第 51 至 53 笔，共 53 笔').waitFor()
    await staff.look('center-more', '二标段')
    expect(await staff.page.locator('.mandate-line').count()).to.equal(3)
    await follow(staff.page, '回到第一页')
    await staff.page.goto(`${stage.urls.broker}/workbench/bonds/center/${section}`)
    expect(await staff.page.locator('main').innerText()).to.not.include(payer.company.name)
    await staff.page.locator('textarea[name="shares"], input[name="shares"]').fill(shares.slice(0, 2).join('\n'))
    await staff.page.locator('form[action$="/release"] button').click()
    await staff.page.getByText(payer.company.name).first().waitFor()
    await staff.page.getByText(asker.company.name).first().waitFor()
    await staff.look('center-names', '一标段')

    // the issuer refuses what is claimed: it stands at the bond, with what can be done, and is claimed again
    stage.sandbox.bank.guarantees('ccb').behave('refusing')
    const claim = async (decision: string) => {
      await staff.page.locator('form[action$="/claim"]').locator('xpath=..').locator('summary').click()
      await staff.page.locator('form[action$="/claim"] input[value="contract-refused"]').check()
      await staff.page.locator('form[action$="/claim"] input[name="decision"]').fill(decision)
      await press(staff.page, '向出具人索赔')
    }
    await claim('JD-1')
    await until(staff.page, '出具人拒付 200,000 元')
    const refused = await staff.page.locator('main').innerText()
    expect(refused).to.include('索赔单据与保函不符').and.to.include('可以在下面“保函”里再次索赔')
    await staff.look('center-refused', '一标段')
    await second.page.goto(`${stage.urls.broker}/workbench/bonds`)
    await follow(second.page, TITLE)
    await second.page.getByText('出具人拒付').first().waitFor()
    await second.look('refused', TITLE)
    stage.sandbox.bank.guarantees('ccb').behave('prompt')
    await claim('JD-2')
    await until(staff.page, '已赔付')
    await staff.page.getByText('出具人拒付').waitFor({ state: 'detached' })

    await first.leave()
    await second.leave()
    await staff.leave()
  })
})
