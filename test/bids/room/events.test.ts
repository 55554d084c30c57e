import { expect } from 'chai'
import { EVENTS } from '../../../server/bids/api/news.ts'
import { hours } from '../../../server/kernel/clock.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { expectProblem } from '../../suites/api-site.ts'
import { boxOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** What a center's endpoint really hears of an opening, and above all what it does not hear before the time. */
describe('webhooks of openings', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    const made = await stage.post('webhooks', { url: `${stage.receiver.url}/hook`, events: [...EVENTS] })
    expect(made.status, made.text).to.equal(201)
  })
  afterEach(() => stage.close())

  const heard = async () => {
    await stage.delivered()
    return stage.receiver.got.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
  }
  const typesHeard = async () => (await heard()).map(({ type }) => type)

  it('tell of the opening itself: announced, moved, opened, extended, closed, with its times and whether it is a rehearsal', async () => {
    const opening = await stage.announce({ drill: true })
    await stage.post(`openings/${opening}/postpone`, { opens_at: '2027-06-02T01:30:00Z', decrypt_by: '2027-06-02T02:30:00Z' })
    stage.clock.set('2027-06-02T01:30:00.000Z')
    await stage.post(`openings/${opening}/open`)
    await stage.post(`openings/${opening}/extend`, { decrypt_by: '2027-06-02T03:30:00Z', why: '断网' })
    await stage.post(`openings/${opening}/close`)
    const told = await heard()
    expect(told.map(({ type }) => type)).to.have.members([
      'opening.announced',
      'opening.postponed',
      'opening.opened',
      'opening.extended',
      'opening.closed',
    ])
    for (const { data } of told) expect(data).to.include({ opening, drill: true, section: '001' })
    expect(told.find(({ type }) => type === 'opening.extended')?.data).to.include({ decrypt_by: '2027-06-02T03:30:00.000Z', why: '断网' })
  })

  it('tell nothing of any bid before the opening: not of its upload, its test, its warning, its withdrawal; the warning when it opens', async () => {
    const opening = await stage.announce()
    const box = boxOf('演示投标人')
    await stage.bid(boss, opening, box)
    await stage.call(boss, 'POST', `/${opening}/test`, { ok: true })
    stage.revoked.add(box.certificate.thumbprint)
    await stage.listCame()
    const quitter = await stage.company()
    await stage.bid(quitter, opening, boxOf('另一投标人'))
    await stage.page(quitter, `/bids/${opening}/withdraw`, {})
    stage.clock.advance(hours(1))
    await stage.bids.round()
    await stage.bids.tick()
    expect(await typesHeard()).to.deep.equal(['opening.announced'])
    expect(stage.receiver.got.map(({ body }) => body).join()).to.not.include(boss.uscc)
    // the time alone changes nothing: somebody opens
    stage.clock.set(OPENS)
    await stage.bids.tick()
    expect(await typesHeard()).to.deep.equal(['opening.announced'])

    await stage.post(`openings/${opening}/open`)
    const told = await heard()
    const warned = told.filter(({ type }) => type === 'bid.warned')
    expect(warned.map(({ data }) => [data['uscc'], data['found'], data['action']])).to.deep.include([boss.uscc, 'revoked', 'encrypt-again'])
    expect(told.map(({ data }) => data['uscc'])).to.not.include(quitter.uscc)
  })

  it('tell nothing of bids of an opening that was cancelled', async () => {
    const opening = await stage.announce()
    const box = boxOf('演示投标人')
    await stage.bid(boss, opening, box)
    stage.revoked.add(box.certificate.thumbprint)
    await stage.listCame()
    await stage.post(`openings/${opening}/cancel`, { why: '招标人终止招标' })
    expect(await typesHeard()).to.deep.equal(['opening.announced', 'opening.cancelled'])
  })

  it('tell of each bid at the opening: why it was not decrypted, attributed, rescued, decrypted', async () => {
    const opening = await stage.announce()
    const [lucky, box] = [await stage.company(), boxOf('演示投标人')]
    await stage.bid(boss, opening, box)
    await stage.bid(lucky, opening, boxOf('另一投标人'))
    stage.clock.set(OPENS)
    await stage.post(`openings/${opening}/open`)
    await stage.decrypt(lucky, opening, boxOf('另一投标人'))
    await stage.decrypt(boss, opening, boxOf('拿错的盾'))
    await stage.post(`openings/${opening}/bids/${boss.uscc}/attribute`, { reason: 'network', why: '运营商已出证明' })
    const { body } = await stage.post(`openings/${opening}/bids/${boss.uscc}/rescue`, { why: '盾已报失' })
    for (const [i, name] of ['保管人甲', '保管人乙'].entries()) {
      const shield = stage.custodians[i] ?? expect.fail('no such custodian')
      await stage.give(await stage.staff(name), body.id, shield)
    }
    const told = (await heard()).filter(({ type }) => type.startsWith('bid.'))
    const of = (type: string) => told.filter(each => each.type === type).map(({ data }) => data)
    expect(of('bid.decrypt_failed').map(({ uscc, reason, cause }) => [uscc, reason, cause])).to.deep.include([boss.uscc, 'wrong-shield', 'bidder'])
    expect(of('bid.attributed')[0]).to.include({ uscc: boss.uscc, reason: 'network', cause: 'others' })
    expect(of('bid.rescue_asked')[0]).to.include({ uscc: boss.uscc, ticket: body.id })
    expect(of('bid.rescued')[0]).to.include({ uscc: boss.uscc, ticket: body.id })
  })

  it('tell of bids that nobody decrypted in time when the opening closes by itself', async () => {
    const opening = await stage.announce()
    await stage.bid(boss, opening, boxOf('演示投标人'))
    stage.clock.set(OPENS)
    await stage.post(`openings/${opening}/open`)
    stage.clock.advance(hours(2))
    await stage.bids.tick()
    const late = (await heard()).find(({ type }) => type === 'bid.decrypt_failed')
    expect(late?.data).to.include({ uscc: boss.uscc, reason: 'late', cause: 'bidder' })
  })

  it('go to the center whose opening it is, for the events it asked for, and to no other', async () => {
    await stage.post('webhooks', { url: `${stage.receiver.url}/other`, events: [...EVENTS] }, { token: 'center-b' })
    await stage.announce()
    await stage.delivered()
    expect(stage.receiver.got).to.have.length(1)
    expectProblem(await stage.post('webhooks', { url: `${stage.receiver.url}/x`, events: ['bid.registered'] }), 422, 'webhook_invalid')
    expectProblem(await stage.post('webhooks', { url: 'https://elsewhere.example.cn/', events: ['bid.warned'] }), 422, 'webhook_invalid')
  })
})
