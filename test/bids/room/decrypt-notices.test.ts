import { expect } from 'chai'
import { createDecryptNotices } from '../../../server/bids/decrypt-notices.ts'
import { minutes } from '../../../server/kernel/clock.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { reach } from './reach.ts'
import { boxOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** What a bidder's people are told at the opening itself, from the center's word to the gateway. */
describe('messages at the opening', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let opening: string
  const box = boxOf('演示投标人')
  const END = '2027-06-01T02:30:00.000Z'
  beforeEach(async () => {
    stage = await openRoom()
    opening = await stage.announce()
  })
  afterEach(() => stage.close())

  /** a bidder with a tested bid, reached by text message */
  async function bidder(address: string): Promise<Somebody> {
    const who = await stage.company()
    await stage.bid(who, opening, box)
    await stage.call(who, 'POST', `/${opening}/test`, { ok: true })
    await reach(stage, who, 'sms', address)
    return who
  }
  const told = async () => (await stage.messages()).filter(({ text }) => /已开标，请解密|解密时间快到/.test(text))
  const toldTo = async (words: string) => (await told()).filter(({ text }) => text.includes(words)).map(({ to }) => to)
  async function open(at = OPENS): Promise<void> {
    stage.clock.set(at)
    expect((await stage.post(`openings/${opening}/open`, { by: '李四' })).status).to.equal(200)
    await stage.bids.told()
  }
  const tick = (at?: string) => {
    if (at !== undefined) stage.clock.set(at)
    return stage.bids.remind()
  }

  it('go at once to whoever has a bid to decrypt, by every channel, with the end and where to go, and once', async () => {
    const [one] = [await bidder('13912345678'), await bidder('13987654321')]
    await reach(stage, one, 'email', 'boss@example.cn')
    stage.clock.set(OPENS)
    await tick()
    expect(await told(), 'the time has come, and nobody has opened').to.deep.equal([])
    await open()
    const messages = await told()
    expect(messages.map(({ to }) => to)).to.have.members(['13912345678', '13987654321', 'boss@example.cn'])
    for (const { text } of messages) expect(text).to.include('示例项目开标').and.include('2027-06-01 10:30').and.include('/workbench/bids')
    expect(messages.map(({ text }) => text).join()).to.not.include(one.uscc)
    await Promise.all([tick(), tick()])
    expect(await told()).to.have.length(3)
  })

  it('come again ten minutes before the end, to those alone whose bid still waits', async () => {
    const [quick] = [await bidder('13912345678'), await bidder('13987654321')]
    await open()
    expect((await stage.decrypt(quick, opening, box)).status).to.equal(200)
    await tick(new Date(Date.parse(END) - minutes(10) - 1).toISOString())
    expect(await toldTo('解密时间快到')).to.deep.equal([])
    await tick(new Date(Date.parse(END) - minutes(10)).toISOString())
    await tick(new Date(Date.parse(END) - minutes(5)).toISOString())
    expect(await toldTo('解密时间快到')).to.deep.equal(['13987654321'])
    await tick(END)
    expect(await told()).to.have.length(3)
  })

  it('come once more before the end of an extension, and never twice where the time was short from the first', async () => {
    await bidder('13912345678')
    await open(new Date(Date.parse(END) - minutes(8)).toISOString())
    await tick()
    expect(await toldTo('解密时间快到')).to.deep.equal([])
    const later = new Date(Date.parse(END) + minutes(30)).toISOString()
    expect((await stage.post(`openings/${opening}/extend`, { decrypt_by: later, why: '网络故障', by: '李四' })).status).to.equal(200)
    await tick()
    expect(await toldTo('解密时间快到')).to.deep.equal([])
    await tick(new Date(Date.parse(later) - minutes(9)).toISOString())
    expect(await toldTo('解密时间快到')).to.deep.equal(['13912345678'])
  })

  it('reach who confirms an address while there is time', async () => {
    const who = await stage.company()
    await stage.bid(who, opening, box)
    await open()
    await reach(stage, who, 'sms', '13912345678')
    expect(await toldTo('已开标，请解密')).to.deep.equal(['13912345678'])
  })

  it('go out once from any number of processes, and from another one where the first could not send', async () => {
    await bidder('13912345678')
    const sent: string[] = []
    let broken = true
    const process = () =>
      createDecryptNotices({
        ...{ store: stage.stores.bids, notices: stage.stores.bidNotices, clock: stage.clock, log: silentLog },
        async notify({ stage: which }) {
          if (broken) throw new Error('the database is away')
          sent.push(which)
        },
      })
    const [first, ...others] = [process(), process(), process()]
    // as the center's other process would open it, which then dies
    stage.clock.set(OPENS)
    const before = await stage.stores.bids.opening(opening)
    if (before === undefined) throw new Error('no opening')
    const step = { openingId: opening, kind: 'opening-opened' as const, at: OPENS, by: '李四', facts: {}, trace: '' }
    await stage.stores.bids.changeOpening({ ...before, state: 'open', openedAt: OPENS }, step)
    expect(await first.opened(opening)).to.equal(0)
    broken = false
    expect(await first.round(), 'claimed a moment ago').to.equal(0)
    stage.clock.advance(minutes(3))
    const told = await Promise.all([first, ...others].map(each => each.round()))
    expect([told.reduce((sum, each) => sum + each, 0), sent]).to.deep.equal([1, ['begun']])
  })

  it('are no news to the center: neither its board nor the evidence, of which its webhooks are made, says who was told', async () => {
    await bidder('13912345678')
    await open()
    await tick(new Date(Date.parse(END) - minutes(5)).toISOString())
    expect(await told()).to.have.length(2)
    const steps = await stage.stores.bids.steps(opening, 100)
    expect(steps.filter(({ at }) => at >= OPENS).map(({ kind }) => kind)).to.deep.equal(['opening-opened'])
    expect((await stage.get(`openings/${opening}/board`)).text).to.not.include('13912345678')
  })
})
