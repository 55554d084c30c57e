import { expect } from 'chai'
import { days } from '../../server/kernel/clock.ts'
import { installTestClock } from '../../server/kernel/test-clock.ts'
import type { Sandbox } from '../../server/sandbox/start.ts'
import { type MovedClock, useSandbox } from './stage.ts'
import { useBrowser } from './support.ts'
import { visit } from './visit.ts'

/** The operator's page of the data channel while a bank is down, and what a person does about what was given up. */
describe('the data channel in a browser', function () {
  this.timeout(120_000)
  const browser = useBrowser()
  let clock: MovedClock
  let sandbox: Sandbox
  before(() => {
    clock = installTestClock()
  })
  useSandbox(opened => {
    sandbox = opened
  })
  after(() => clock?.uninstall())

  const stateOf = async (id: string) => (await sandbox.app.stores.channelOutgoing.find(id))?.state
  /** who did what about a message, as the audit record has it */
  const told = async (id: string) => (await sandbox.app.stores.audit.read(1, 10_000)).filter(({ body }) => body.includes(id)).map(({ code }) => code)

  it('shows that a bank is down and is left alone; a dead letter is read, mended and sent again, another settled with its reason', async () => {
    const { management } = sandbox.plan.urls
    const operator = await visit(browser(), [management], { name: 'channel', also: 'phone' })
    const { page, leave } = operator
    const main = () => page.locator('main').innerText()
    /** an operator tries the line. @returns the message's id */
    const tries = async (): Promise<string> => {
      const trial = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ receiver: 'ccb' }) }
      return JSON.parse(await (await fetch(`${management}/channel/try`, trial)).text()).id
    }
    const letter = (id: string) => page.locator('li', { hasText: id }).first()
    const sendAgain = async (id: string) => {
      const answered = page.waitForResponse(answer => answer.url().endsWith('/channel') && answer.request().method() === 'GET')
      await letter(id).getByRole('button', { name: '重新发送' }).click()
      await answered
    }
    await page.goto(`${management}/channel`)
    expect(await main())
      .to.include('没有放弃的消息')
      .and.not.include('暂停发送')

    sandbox.bank.setEvil('ccb', 'unreachable')
    const id = await tries()
    await page.reload()
    expect(await main())
      .to.include('bank_unreachable')
      .and.include('银行没有答复')
    // nobody answers for days, and it is given up
    for (let again = 0; again < 20 && (await stateOf(id)) !== 'dead'; again++) {
      clock.advance(days(2))
      await sandbox.app.bonds.work()
    }
    expect(await stateOf(id)).to.equal('dead')
    await page.reload()
    expect(await main()).to.match(/ccb 连续 \d+ 次没有答复，暂停发送到/)
    await letter(id).getByRole('button', { name: '重新发送' }).waitFor()
    await operator.look('down', '数据通道')

    sandbox.bank.setEvil('ccb', undefined)
    await sendAgain(id)
    await page.getByText('没有放弃的消息').waitFor()
    expect(await stateOf(id), 'sent at once, although the bank was left alone').to.equal('delivered')
    expect(await main())
      .to.include('已送达')
      .and.not.include('暂停发送')
    expect(await told(id)).to.deep.equal(['channel.dead', 'channel.replayed', 'channel.delivered'])

    // a bank that has to mend something first: sent again in vain it waits for a person again
    sandbox.bank.channel('ccb').setTrouble({ unready: true })
    const refused = await tries()
    await page.reload()
    await letter(refused)
      .getByText(/银行答复 422 channel_content_invalid FIX/)
      .waitFor()
    await sendAgain(refused)
    await letter(refused).getByRole('button', { name: '重新发送' }).waitFor()
    expect(await told(refused)).to.deep.equal(['channel.dead', 'channel.replayed', 'channel.dead'])
    await operator.look('refused', '数据通道')
    await letter(refused).getByLabel('不再发送的理由').fill('试线消息，银行改好登记后另试')
    await letter(refused).getByRole('button', { name: '了结' }).click()
    await page.getByText('没有放弃的消息').waitFor()
    expect(await main()).to.include('试线消息，银行改好登记后另试')
    expect(await stateOf(refused)).to.equal('settled')
    await operator.look('settled', '数据通道')
    sandbox.bank.channel('ccb').setTrouble({})
    await leave()
  })
})
