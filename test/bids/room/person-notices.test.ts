import { expect } from 'chai'
import { days, hours, minutes } from '../../../server/kernel/clock.ts'
import { readUscc } from '../../../server/kernel/uscc.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { reach } from './reach.ts'
import { boxOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** What really reaches a bidder's people by text message and e-mail, from the watch to the gateway. */
describe('messages to a bidder’s people', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let opening: string
  const box = boxOf('演示投标人')
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    opening = await stage.announce()
  })
  afterEach(() => stage.close())

  const revoke = async () => {
    stage.revoked.add(box.certificate.thumbprint)
    await stage.listCame()
  }
  const told = async () => (await stage.messages()).filter(({ text }) => !text.includes('验证码'))
  const until = (milliseconds: number) => new Date(Date.parse(OPENS) - milliseconds).toISOString()
  async function tested(who: Somebody): Promise<void> {
    await stage.bid(who, opening, box)
    await stage.call(who, 'POST', `/${opening}/test`, { ok: true })
  }
  const another = (how?: { by: 'mandate' }) => stage.person({ uscc: readUscc(boss.uscc), name: '演示建设有限公司' }, 'operator', how)
  const eventsOf = (code: string) => stage.events.filter(each => each.code === code)

  it('go to each of them by every channel they confirmed, at once when a list of revoked certificates comes, and once', async () => {
    const [colleague, silent] = [await another(), await another()]
    await reach(stage, boss, 'sms', '13912345678')
    await reach(stage, boss, 'email', 'boss@example.cn')
    await reach(stage, colleague, 'sms', '13987654321')
    await stage.page(silent, '/contact/sms/code', { address: '13700000000' })
    await tested(boss)
    expect(await told()).to.deep.equal([])
    await revoke()
    await revoke()
    const messages = await told()
    expect(messages.map(({ to }) => to)).to.have.members(['13912345678', 'boss@example.cn', '13987654321'])
    for (const { text } of messages) expect(text).to.include('示例项目开标').and.include('2027-06-01 09:30').and.include('已被吊销')
    expect(messages.map(({ text }) => text).join()).to.not.include(boss.uscc)
    expect(new Set(messages.map(({ id }) => id)).size).to.equal(3)
    expect(eventsOf('contact.told').filter(({ facts }) => facts['kind'] === 'notice')).to.have.length(3)
    expect((await stage.page(boss, '/contact')).body)
      .to.include('已被吊销')
      .and.include('已交网关')
    expect((await stage.page(silent, '/contact')).body).to.not.include('已被吊销')
  })

  it('never go to another company, whose bid is encrypted to another shield', async () => {
    const rival = await stage.company()
    await reach(stage, rival, 'sms', '13987654321')
    await tested(boss)
    await stage.bid(rival, opening, boxOf('另一投标人'))
    await revoke()
    expect(await told()).to.deep.equal([])
  })

  it('remind a week, a day and two hours before the opening, and begin anew when it is postponed', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    for (const at of [days(8), days(6), days(5), hours(23), hours(20), hours(1.5), minutes(1)]) {
      stage.clock.set(until(at))
      await stage.bids.round()
      await told()
    }
    const texts = (await told()).map(({ text }) => text)
    expect(texts).to.have.length(3)
    for (const text of texts) expect(text).to.include('不要续期').and.include('开标后请及时解密')
    await stage.post(`openings/${opening}/postpone`, { opens_at: '2027-06-02T01:30:00Z', decrypt_by: '2027-06-02T02:30:00Z' })
    stage.clock.advance(hours(1))
    await stage.bids.round()
    expect((await told()).at(-1)?.text).to.include('2027-06-02 09:30')
  })

  it('do not come twice when what was found falls into the calendar', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    stage.clock.set(until(days(5)))
    await revoke()
    expect(await told()).to.have.length(1)
    stage.clock.set(until(hours(20)))
    await stage.bids.round()
    expect(await told()).to.have.length(2)
  })

  it('reach somebody who says only later where: what is found by then, at once', async () => {
    await tested(boss)
    await revoke()
    await reach(stage, boss, 'sms', '13912345678')
    expect((await told()).map(({ to, text }) => [to, text.includes('已被吊销')])).to.deep.equal([['13912345678', true]])
    await reach(stage, boss, 'sms', '13912345678')
    await stage.bids.round()
    expect(await told()).to.have.length(1)
  })

  it('stop when the address is removed, even those on their way', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await reach(stage, boss, 'email', 'boss@example.cn')
    await tested(boss)
    stage.gateway.state.answer = 503
    await revoke()
    const tries = (await told()).length
    await stage.page(boss, '/contact/sms/remove', {})
    stage.gateway.state.answer = 204
    stage.clock.advance(hours(2))
    await stage.contacts.work()
    expect((await told()).slice(tries).map(({ to }) => to)).to.deep.equal(['boss@example.cn'])
    expect((await stage.page(boss, '/contact')).body).to.include('已不需要')
  })

  it('go to nobody who is suspended, or whose mandate ended, by then', async () => {
    const [helper, gone] = [await another({ by: 'mandate' }), await another()]
    const mandate = await stage.empower(boss, helper)
    await reach(stage, helper, 'sms', '13987654321')
    await reach(stage, gone, 'sms', '13700000000')
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    await stage.change(boss, mandate, 'revoke')
    await stage.stores.parties.suspend(gone.membershipId, true)
    await revoke()
    expect((await told()).map(({ to }) => to)).to.deep.equal(['13912345678'])
  })

  it('are given up visibly while the gateway is away, and go out when it is back, while it helps', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    stage.gateway.state.answer = 503
    await revoke()
    await told()
    expect((await stage.page(boss, '/contact')).body).to.include('没有发出，开标前还会再试')
    expect(eventsOf('contact.undelivered').map(({ facts }) => facts['channel'])).to.deep.equal(['sms'])
    await stage.contacts.work()
    stage.gateway.state.answer = 204
    const tries = stage.gateway.got.length
    expect(await told()).to.have.length(tries - 1)
    stage.clock.advance(hours(1) + 1)
    await Promise.all([stage.contacts.work(), stage.contacts.work()])
    const back = (await told()).slice(tries - 1)
    expect(back).to.have.length(1)
    expect(new Set((await told()).map(({ id }) => id)).size).to.equal(1)
    expect((await stage.page(boss, '/contact')).body).to.include('已交网关')
  })

  it('that were given up are not sent when it is no longer so: the bid was encrypted again, or the opening cancelled', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    const other = await stage.announce()
    await stage.bid(boss, other, box)
    stage.gateway.state.answer = 503
    await revoke()
    const tries = (await told()).length
    expect(eventsOf('contact.undelivered')).to.have.length(2)
    stage.gateway.state.answer = 204
    await stage.bid(boss, opening, boxOf('换过的盾'))
    await stage.post(`openings/${other}/cancel`, { why: '招标人终止招标' })
    stage.clock.advance(hours(2))
    await stage.contacts.work()
    expect(await told()).to.have.length(tries)
  })

  it('that were given up are not sent after the opening', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    stage.gateway.state.answer = 503
    await revoke()
    await told()
    stage.gateway.state.answer = 204
    stage.clock.set(OPENS)
    const tries = stage.gateway.got.length
    await stage.contacts.work()
    await told()
    expect(stage.gateway.got).to.have.length(tries)
  })

  it('tell a center nothing', async () => {
    await stage.post('webhooks', { url: `${stage.receiver.url}/hook`, events: ['bid.warned', 'opening.announced'] })
    await reach(stage, boss, 'sms', '13912345678')
    await tested(boss)
    await revoke()
    await stage.delivered()
    expect(await told()).to.have.length(1)
    expect(stage.receiver.got.map(({ body }) => body).join()).to.not.include('warned')
  })
})
