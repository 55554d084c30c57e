import { expect } from 'chai'
import { readUscc } from '../../../server/kernel/uscc.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { reach } from './reach.ts'
import { boxOf, derOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** A shield that is lost or replaced before the opening, by its bank's word or the company's own. */
describe('the bid room: a shield that is gone', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let opening: string
  const box = boxOf('演示投标人')
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    opening = await stage.announce()
    await stage.bid(boss, opening, box)
    await reach(stage, boss, 'sms', '13912345678')
  })
  afterEach(() => stage.close())

  /** what the page says is to be done now; further down it lists what was told before */
  const page = async () => (await stage.page(boss, `/bids/${opening}`)).body.split('bid-clock"')[0] ?? ''
  const told = async () => (await stage.messages()).map(({ text }) => text).filter(text => !text.includes('验证码'))
  /** the self-test as the page reports it, with the part that the shield opened */
  async function test(ok = true): Promise<void> {
    const { parts } = (await stage.call(boss, 'POST', `/${opening}/parts`, { certificate: derOf(box) })).body
    await stage.call(boss, 'POST', `/${opening}/test`, { ok, part: parts[0].part })
  }
  const { thumbprint } = box.certificate
  const say = (how: 'lost' | 'replaced', which = thumbprint) => stage.page(boss, `/bids/${opening}/gone`, { thumbprint: which, how })

  it('by its bank’s word is told at once, whatever was tested, until the bank takes it back', async () => {
    await test()
    await stage.reported('abc', box, 'lost')
    expect(await page())
      .to.include('已报失或损坏')
      .and.include('重新加密')
    expect((await told()).join()).to.include('已报失或损坏')
    await test()
    expect(await page(), 'a test does not unsay what the bank said').to.include('已报失或损坏')
    stage.clock.advance(1000)
    await stage.reported('abc', box, 'found')
    expect(await page()).to.not.include('已报失或损坏')
  })

  it('is no matter for another bank to speak of, and an older word that comes late changes nothing', async () => {
    await stage.reported('ccb', box, 'lost')
    expect(await page()).to.not.include('已报失或损坏')
    await stage.reported('abc', box, 'found')
    await stage.reported('abc', box, 'lost', '2027-05-19T08:00:00.000Z')
    expect(await page()).to.not.include('已报失或损坏')
    expect(await told()).to.deep.equal([])
  })

  it('replaced, as its bank says, is told until the old one has opened the bid since', async () => {
    await stage.reported('abc', box, 'replaced')
    expect(await page()).to.include('换了新盾')
    stage.clock.advance(1000)
    await test()
    expect(await page()).to.not.include('换了新盾')
  })

  it('by the company’s own word is told, stands in the evidence under the name of who said it, and is taken back by a test that passes', async () => {
    expect((await say('lost')).location).to.equal(`/workbench/bids/${opening}?done=gone`)
    expect(await page()).to.include('已报失或损坏')
    expect((await told()).join()).to.include('已报失或损坏')
    await test(false)
    expect(await page(), 'a failed test').to.include('已报失或损坏')
    await stage.call(boss, 'POST', `/${opening}/test`, { ok: true })
    expect(await page(), 'a test with nobody knows which').to.include('已报失或损坏')
    await test()
    expect(await page()).to.not.include('已报失或损坏')
    await say('replaced')
    expect(await page()).to.include('换了新盾')
    const steps = await stage.stores.bids.steps(opening, 50, undefined, readUscc(boss.uscc))
    const said = steps.filter(({ kind }) => kind === 'shield-gone')
    expect(said.map(({ facts }) => facts['how'])).to.deep.equal(['lost', 'replaced'])
    for (const { by } of said) expect(by).to.include((await stage.stores.parties.membership(boss.membershipId))?.person.id)
  })

  it('cannot be said of another certificate, of nobody’s bid, or once the time has come', async () => {
    expect((await say('lost', 'a'.repeat(64))).body).to.include('bid_wrong_state')
    const stranger = await stage.company()
    expect((await stage.page(stranger, `/bids/${opening}/gone`, { thumbprint, how: 'lost' })).body).to.include('bid_unknown')
    stage.clock.set(OPENS)
    await stage.post(`openings/${opening}/open`, { by: '李四' })
    expect((await say('lost')).body).to.include('bid_wrong_state')
  })
})
