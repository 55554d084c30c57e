import { expect } from 'chai'
import { minutes } from '../../../server/kernel/clock.ts'
import { readUscc } from '../../../server/kernel/uscc.ts'
import { verifyCms } from '../../../server/pki/cms.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { expectProblem } from '../../suites/api-site.ts'
import { reach } from './reach.ts'
import { boxOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** The self-test's first half: the shield in hand signs, as it has to at a login. */
describe('the bid room: whether the shield signs', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let opening: string
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    opening = await stage.announce()
    await stage.bid(boss, opening, boxOf('演示投标人'))
  })
  afterEach(() => stage.close())

  const page = async (done = '') => (await stage.page(boss, `/bids/${opening}${done}`)).body
  const words = async (who = boss) => /data-text="([^"]*)"/.exec((await stage.page(who, `/bids/${opening}/test`)).body)?.[1] ?? ''
  const send = (signed: unknown, who = boss) => stage.call(who, 'POST', `/${opening}/test/signature`, signed)
  const sign = async (shield: Somebody, who = boss) => {
    const text = await words(who)
    return await send({ text, cms: shield.sign(text) }, who)
  }
  const opens = (ok = true) => stage.call(boss, 'POST', `/${opening}/test`, { ok })
  const steps = async () =>
    (await stage.stores.bids.steps(opening, 50, undefined, readUscc(boss.uscc)))
      .filter(({ kind }) => kind === 'sign-tested')
      .map(({ facts }) => facts)

  it('passes with the company’s own shield; the words, with project, company and envelope, stand in the evidence and verify without us', async () => {
    const text = await words()
    const { file } = (await stage.stores.bids.bid(opening, readUscc(boss.uscc))) ?? { file: { sm3: 'none' } }
    expect(text).to.include('示例项目开标').and.include(boss.uscc).and.include(file.sm3)
    expect((await send({ text, cms: boss.sign(text) })).body).to.deep.equal({ ok: true })
    await opens()
    expect(await page('?done=tested')).to.include('自检通过：盾能签名')
    const [step] = await steps()
    const kept = verifyCms({ cms: String(step?.['cms']) })
    expect([kept.content.toString('utf8'), kept.signer.thumbprint]).to.deep.equal([text, step?.['thumbprint']])
  })

  it('failed is said at the bid with the reason and to the company’s people, and is taken back by a shield that signs', async () => {
    await reach(stage, boss, 'sms', '13912345678')
    const untrusted = await stage.person({ uscc: readUscc(boss.uscc), name: '演示建设有限公司' }, 'legal-representative', { trusted: false })
    expect((await sign(untrusted)).body).to.deep.equal({ ok: false })
    await opens()
    const shown = await page('?done=tested')
    expect(shown).to.include('盾的签名没有通过').and.include('不是本平台认可的银行').and.not.include('自检通过')
    await stage.bids.round()
    expect((await stage.messages()).map(({ text }) => text).join()).to.include('盾的签名没有通过')
    await sign(boss)
    expect((await page('?done=tested')).split('bid-clock"')[0])
      .to.include('自检通过')
      .and.not.include('签名没有通过')
    expect((await steps()).map(({ ok, code }) => [ok, code])).to.deep.equal([
      [false, 'certificate_untrusted'],
      [true, undefined],
    ])
  })

  it('fails with another company’s shield, unless the person acts for the company by mandate', async () => {
    const [stranger, at] = [await stage.company('别的公司'), { uscc: readUscc(boss.uscc), name: '演示建设有限公司' }]
    expect((await sign(stranger)).body).to.deep.equal({ ok: false })
    expect((await steps())[0]?.['code']).to.equal('mandate_wrong_shield')
    const helper = await stage.person(at, 'operator', { by: 'mandate' })
    stage.acting.set(helper.membershipId, await stage.empower(boss, helper))
    expect((await sign(stranger, helper)).body).to.deep.equal({ ok: true })
  })

  it('fails with what is no signature', async () => {
    expect((await send({ text: await words(), cms: 'bm90IGEgc2lnbmF0dXJl' })).body).to.deep.equal({ ok: false })
    expect((await steps())[0]?.['code']).to.equal('signature_invalid')
  })

  it('is not answered by other words, words of another day, or half an answer, and of these nothing is kept', async () => {
    const text = await words()
    const other = text.replace('示例项目开标', '别的项目')
    expectProblem(await send({ text: other, cms: boss.sign(other) }), 403, 'challenge_mismatch')
    expectProblem(await send({ text, cms: boss.sign(other) }), 403, 'challenge_mismatch')
    for (const body of [{ text }, { text: 1, cms: '' }, { text, cms: 'a'.repeat(40_001) }, { text: 'x'.repeat(4001), cms: '' }])
      expectProblem(await send(body), 400, 'bad_request')
    stage.clock.advance(minutes(16))
    expectProblem(await send({ text, cms: boss.sign(text) }), 410, 'challenge_expired')
    expect(await steps()).to.deep.equal([])
  })

  it('is nobody’s without a bid, and over once the time has come', async () => {
    const stranger = await stage.company('别的公司')
    const text = await words()
    expectProblem(await send({ text, cms: stranger.sign(text) }, stranger), 404, 'bid_unknown')
    stage.clock.set(OPENS)
    await stage.post(`openings/${opening}/open`, { by: '李四' })
    expectProblem(await sign(boss), 409, 'bid_wrong_state')
  })
})
