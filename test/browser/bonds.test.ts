import { expect } from 'chai'
import { days, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { installTestClock } from '../../server/kernel/test-clock.ts'
import { type CenterProgram, centerProgram } from '../../server/sandbox/bond-center.ts'
import { openStage, type Stage } from './stage.ts'
import { useBrowser, type Viewport } from './support.ts'
import { type Visit, visit } from './visit.ts'
import { crew, enterWorkbench, follow, goToWorkbench, press } from './workbench-steps.ts'

/** One company bonds with money, another with a guarantee; the center sees nothing before the opening and what is due after it; an operator sends a dead letter again. */
describe('bid bonds in a browser', function () {
  this.timeout(400_000)
  const browser = useBrowser()
  let stage: Stage
  let clock: ReturnType<typeof installTestClock>
  let center: CenterProgram
  before(async function () {
    this.timeout(180_000)
    clock = installTestClock()
    stage = await openStage()
    center = centerProgram(stage.sandbox.plan)
  })
  after(async () => {
    await stage?.close()
    clock?.uninstall()
  })

  const start = (name: string, viewport: Viewport): Promise<Visit> =>
    visit(browser(), [...stage.houses, stage.sandbox.plan.urls.management], { name: `bonds-${name}`, viewport, patience: 60_000 })
  /** What is written down to be said and done is, on both sides, until the page says so. */
  async function until({ page }: Visit, text: string): Promise<void> {
    const { app, bank } = stage.sandbox
    for (let tries = 0; tries < 60 && (await page.getByText(text).count()) === 0; tries++) {
      await app.bonds.work()
      await bank.guarantees('abc').settled()
      await bank.channel('abc').sender.flush()
      await page.reload()
    }
    await page.getByText(text).first().waitFor()
  }

  it('are paid or guaranteed, secret until the opening, and go back', async () => {
    const [payer] = await crew(stage, 0)
    const [guaranteed] = await crew(stage, 1)
    const [, staffShield] = await crew(stage, 2)
    const opensAt = new Date(clock.now().getTime() + days(2)).toISOString()
    const project = await center.ask<{ id: string }>('POST', '/projects', { code: `YS-${newId()}`, title: '示例桥梁工程', law: 'bidding' })
    const facts = { name: '一标段', demanded_fen: 20_000_000, deadline: opensAt, opens_at: opensAt, validity_days: 90, custodians: 3, threshold: 2 }
    const { section, shares } = await center.ask<{ section: { id: string }; shares: string[] }>('POST', `/projects/${project.id}/sections`, facts)

    async function bond(who: Visit, shield: typeof payer, basic: string): Promise<void> {
      await enterWorkbench(stage, who.page, shield)
      await goToWorkbench(stage, who.page, `/bonds/new/${section.id}`)
      await who.look('choose', '缴纳投标保证金')
      await who.page.getByRole('radio', { name: '农业银行' }).check()
      await who.page.locator('#basic').fill(basic)
      await press(who.page, '取得子账户')
      await who.page.getByText('向这个账户缴纳').waitFor()
    }
    const money = await start('money', 'desktop')
    await bond(money, payer, '99000000000000001')
    await money.look('pay', '示例桥梁工程')
    const account = (await money.page.locator('[data-copy]').first().getAttribute('data-copy')) ?? ''
    await until(money, '等待来款')
    const { bonds, book } = stage.sandbox.bank.channel('abc')
    for (let tries = 0; tries < 60 && !book.hasAccount(account); tries++) await stage.sandbox.app.bonds.work()
    bonds.pay({ account, payer: { account: '99000000000000001', name: payer.company.name }, fen: 20_000_000 })
    await until(money, '已冻结')
    await money.look('held', '示例桥梁工程')

    const paper = await start('guarantee', 'phone')
    await bond(paper, guaranteed, '99000000000000002')
    await paper.page.getByRole('group', { name: '出具人' }).getByRole('radio', { name: '农业银行' }).check()
    await press(paper.page, '申请保函')
    await until(paper, '接受这份报价')
    await paper.look('offered', '示例桥梁工程')
    await press(paper.page, '接受这份报价')
    await until(paper, '生效中')
    await paper.look('in-force', '示例桥梁工程')

    const staff = await start('staff', 'desktop')
    await enterWorkbench(stage, staff.page, staffShield)
    await goToWorkbench(stage, staff.page, '/bonds/center')
    await staff.look('projects', '本中心的保证金')
    await follow(staff.page, '示例桥梁工程')
    await staff.look('project', '示例桥梁工程')
    await follow(staff.page, '一标段')
    await staff.page.getByText('也不显示有没有').waitFor()
    await staff.look('before', '一标段')

    clock.advance(days(2) + minutes(1))
    await enterWorkbench(stage, staff.page, staffShield).catch(() => undefined)
    await goToWorkbench(stage, staff.page, `/bonds/center/${section.id}`)
    await staff.page.locator('#shares').fill(shares.slice(0, 2).join('\n'))
    await press(staff.page, '解封投标人信息')
    await staff.page.getByText(payer.company.name).first().waitFor()
    await staff.page.getByText('索赔').first().click()
    await staff.look('released', '一标段')
    await center.ask('POST', `/sections/${section.id}/abandon`, {})
    await stage.sandbox.app.bonds.work()
    await staff.page.reload()
    await staff.look('due', '一标段')
    for (const each of [money, paper, staff]) await each.leave()
  })

  for (const viewport of ['desktop', 'phone'] as const)
    it(`a dead letter is sent again, another one settled with a note, on a ${viewport}`, async () => {
      const { app, plan } = stage.sandbox
      const dead = async () => {
        const id = newId()
        const now = clock.now()
        const message = { id, receiver: 'ccb', idempotencyKey: id, type: 'channel.test', schema: '1', body: '{"text":"x"}', encryptionKey: '-' }
        await app.stores.channelOutgoing.queue({ ...message, createdAt: now.toISOString(), trace: 'K7QM-3F9T' })
        const lease = newId()
        await app.stores.channelOutgoing.claim(lease, { now, until: new Date(now.getTime() + minutes(1)) }, [], 50)
        await app.stores.channelOutgoing.failed(id, lease, 'no answer within 20 s', undefined)
        return id
      }
      const [first, second] = [await dead(), await dead()]
      const operator = await start('operator', viewport)
      await operator.page.goto(`${plan.urls.management}/channel`)
      await operator.look('queue', '数据通道')
      const form = (id: string, step: string) => operator.page.locator(`form[action="/channel/queue/${id}/${step}"]`)
      await form(first, 'replay').getByRole('button').click()
      await form(first, 'replay').waitFor({ state: 'detached' })
      await operator.page.locator(`#note-${second}`).fill('银行已电话确认')
      await form(second, 'settle').getByRole('button').click()
      await operator.page.getByText('银行已电话确认').first().waitFor()
      await operator.look('settled', '数据通道')
      expect((await app.stores.channelOutgoing.find(first))?.state).to.equal('delivered')
      expect((await app.stores.channelOutgoing.find(second))?.state).to.equal('settled')
      await operator.leave()
    })
})
