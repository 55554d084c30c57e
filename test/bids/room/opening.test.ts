import { expect } from 'chai'
import { minutes } from '../../../server/kernel/clock.ts'
import type { Somebody } from '../../authorization/stage.ts'
import type { Party } from '../../pki/hierarchy.ts'
import { expectProblem } from '../../suites/api-site.ts'
import { boxOf, content, derOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** The opening through the center's program and its people's pages: nothing before its time, then the board, rescues with two custodians, and the evidence. */
describe('the bid room: the opening', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let box: Party
  let opening: string
  let [anna, bert]: [Somebody, Somebody] = [] as never
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    box = boxOf('演示投标人')
    opening = await stage.announce()
    anna = await stage.staff('保管人甲')
    bert = await stage.staff('保管人乙')
  })
  afterEach(() => stage.close())

  const at = () => `openings/${opening}`
  const [annas, berts] = [0, 1]
  const keyOf = (n: number): Party => stage.custodians[n] ?? expect.fail('no such custodian')
  const started = async () => {
    stage.clock.set(OPENS)
    const opened = await stage.post(`${at()}/open`, { by: '李四' })
    expect([opened.status, opened.body.state], opened.text).to.deep.equal([200, 'open'])
  }
  const board = async () => (await stage.get(`${at()}/board`)).body

  it('tells nothing of bids before it is open, to the program and to the staff alike, whether there are some or none', async () => {
    const empty = await stage.announce()
    await stage.bid(boss, opening, box)
    const [one, other] = [await board(), (await stage.get(`openings/${empty}/board`)).body]
    expect(one).to.deep.equal(other)
    expect(Object.keys(one)).not.to.include('counts')
    for (const path of ['evidence', `evidence?uscc=${boss.uscc}`, `bids/${boss.uscc}/content`])
      expectProblem(await stage.get(`${at()}/${path}`), 403, 'bid_before_opening')
    expectProblem(await stage.post(`${at()}/open`), 403, 'bid_before_opening')
    expectProblem(await stage.post(`${at()}/close`), 403, 'bid_before_opening')
    // whoever has a bid and who has none is answered alike
    for (const { uscc } of [boss, await stage.company()]) {
      const asked = await stage.post(`${at()}/bids/${uscc}/rescue`, { why: '试探' })
      expect([asked.status, asked.body.code]).to.deep.equal([403, 'bid_before_opening'])
      const blamed = await stage.post(`${at()}/bids/${uscc}/attribute`, { reason: 'network', why: '试探' })
      expect([blamed.status, blamed.body.code]).to.deep.equal([403, 'bid_before_opening'])
    }
    const page = await stage.page(anna, `/bids/center/${opening}`)
    expect(page.body).to.include('也不显示数量').and.not.to.include(boss.uscc)
    const two = await Promise.all([opening, empty].map(async id => (await stage.page(anna, `/bids/center/${id}`)).body.length))
    expect(two[0]).to.equal(two[1])
    expect((await stage.page(anna, `/bids/center/${opening}/bids/${boss.uscc}`)).body).to.include('bid_before_opening')
    expect((await stage.page(anna, `/bids/center/${opening}/open`, {})).status).to.equal(403)
    stage.clock.set(OPENS)
    expect(await board()).not.to.have.property('counts')
    expect((await stage.page(anna, `/bids/center/${opening}`)).body)
      .to.include('宣布开标')
      .and.not.to.include(boss.uscc)
  })

  it('is the announcing center’s alone, and its staff’s', async () => {
    for (const path of ['', '/board', '/evidence', `/bids/${boss.uscc}/content`])
      expectProblem(await stage.get(`${at()}${path}`, { token: 'center-b' }), 404, 'bid_unknown')
    for (const path of ['/open', '/close']) expectProblem(await stage.post(`${at()}${path}`, {}, { token: 'center-b' }), 404, 'bid_unknown')
    expect((await stage.get('openings', { token: 'center-b' })).body.openings).to.deep.equal([])
    await started()
    for (const path of ['', '/evidence', `/bids/${boss.uscc}`])
      expect((await stage.page(boss, `/bids/center/${opening}${path}`)).body).to.include('bid_unknown')
    expect((await stage.page(boss, `/bids/center/${opening}/close`, {})).body).to.include('bid_unknown')
    expect((await stage.page(boss, '/bids')).body).not.to.include('本中心的开标')
    expect((await stage.page(anna, '/bids')).body).to.include('本中心的开标')
    expect((await stage.page(anna, '/bids/center')).body).to.include('示例项目开标')
  })

  it('is announced once under a key, put off to a later time only, extended, called off', async () => {
    const wish = stage.announcement()
    const [first, second] = [await stage.post('openings', wish, { key: 'my-key-0001' }), await stage.post('openings', wish, { key: 'my-key-0001' })]
    expect([second.body.id, second.headers.get('idempotent-replayed')]).to.deep.equal([first.body.id, 'true'])
    expectProblem(await stage.post('openings', { ...wish, title: '另一场' }, { key: 'my-key-0001' }), 409, 'bid_wrong_state')
    const other = `openings/${first.body.id}`
    const later = { opens_at: '2027-06-02T01:30:00.000Z', decrypt_by: '2027-06-02T02:30:00.000Z' }
    expect((await stage.post(`${other}/postpone`, later)).body.opens_at).to.equal(later.opens_at)
    expectProblem(await stage.post(`${other}/postpone`, { opens_at: OPENS, decrypt_by: later.decrypt_by }), 409, 'bid_wrong_state')
    expect((await stage.post(`${other}/cancel`, { why: '终止招标' })).body.state).to.equal('cancelled')
    expectProblem(await stage.post(`${other}/cancel`, { why: '终止招标' }), 409, 'bid_wrong_state')
    await started()
    expectProblem(await stage.post(`${at()}/extend`, { decrypt_by: OPENS, why: '无' }), 409, 'bid_wrong_state')
    expect((await stage.post(`${at()}/extend`, { decrypt_by: '2027-06-01T03:00:00.000Z', why: '断网' })).body.decrypt_by).to.equal(
      '2027-06-01T03:00:00.000Z',
    )
  })

  it('announces one opening under one key, however many ask at once, and refuses them another under it', async () => {
    const [wish, key, { bids }] = [stage.announcement(), 'announced-at-once', stage.stores]
    // all have looked before one announces
    const { opening: find } = bids
    let looked = 0
    bids.opening = async id => {
      const found = await find(id)
      for (looked++; looked < 6; ) await new Promise(resolve => setImmediate(resolve))
      return found
    }
    const answers = await Promise.all(Array.from({ length: 6 }, () => stage.post('openings', wish, { key })))
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(201))
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1)
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')
    expect(replayed).to.have.length(5)
    expectProblem(await stage.post('openings', { ...wish, title: '另一场开标' }, { key }), 409, 'bid_wrong_state')
  })

  it('refuses announcements that no custodian or shield could serve', async () => {
    const post = (wishes: Record<string, unknown>) => stage.post('openings', stage.announcement(wishes))
    const [a, b] = [derOf(keyOf(annas)), derOf(keyOf(berts))]
    for (const rescue of [
      { custodians: [a, a], threshold: 2 },
      { custodians: [a, b], threshold: 3 },
      { custodians: [a, b], threshold: 1 },
      { custodians: [a], threshold: 2 },
    ])
      expectProblem(await post({ rescue }), 400, 'bad_request')
    expectProblem(await post({ rescue: { custodians: [a, 'AAAA'], threshold: 2 } }), 422, 'certificate_malformed')
    for (const wishes of [
      { opens_at: '2027-05-01T00:00:00Z' },
      { decrypt_by: OPENS },
      { opens_at: '2029-06-01T00:00:00Z' },
      { decrypt_by: '2027-07-01T00:00:00Z' },
      { title: '' },
      { project: 'a\nb' },
      { more: 1 },
    ])
      expectProblem(await post(wishes), 400, 'bad_request')
  })

  it('rescues a bid with two custodians, each with their own shield, and shows it on the board', async () => {
    await stage.bid(boss, opening, box)
    await started()
    await stage.decrypt(boss, opening, boxOf('拿错的盾'))
    expect((await stage.page(anna, `/bids/center/${opening}`)).body).to.include('another shield than the one')
    const asked = await stage.page(anna, `/bids/center/${opening}/bids/${boss.uscc}/rescue`, { why: '盾已报失' })
    const ticket = asked.location.split('/').at(-1) ?? ''
    expect((await stage.page(anna, `/bids/rescues/${ticket}`)).body)
      .to.include('交出我的份额')
      .and.to.include('盾已报失')

    // a bidder is no custodian, another's part is not given, and a stranger's shield is none of theirs
    expectProblem(
      await stage
        .give(boss, ticket, keyOf(annas))
        .catch(() => stage.call(boss, 'POST', `/rescues/${ticket}/part`, { certificate: derOf(keyOf(annas)) })),
      404,
      'bid_unknown',
    )
    expectProblem(await stage.call(anna, 'POST', `/rescues/${ticket}/part`, { certificate: derOf(box) }), 403, 'bid_not_for_this_key')
    const foreign = await stage.shieldAnswers(anna, `/rescues/${ticket}/part`, keyOf(annas))
    expectProblem(
      await stage.call(anna, 'POST', `/rescues/${ticket}/give`, { certificate: derOf(keyOf(berts)), answers: foreign }),
      403,
      'bid_not_for_this_key',
    )
    const forged = foreign.map(({ part, plain }) => ({ part, plain: Buffer.from(plain, 'base64').fill(7, 2, 34).toString('base64') }))
    expectProblem(
      await stage.call(anna, 'POST', `/rescues/${ticket}/give`, { certificate: derOf(keyOf(annas)), answers: forged }),
      403,
      'bid_rescue_part_wrong',
    )
    stage.proven.set(anna.membershipId, 'bank-session')
    expectProblem(await stage.give(anna, ticket, keyOf(annas)), 403, 'step_up_needed')
    stage.proven.delete(anna.membershipId)

    expect((await stage.give(anna, ticket, keyOf(annas))).body.state).to.equal('gathering')
    // one person counts once, with however many shields
    expectProblem(await stage.give(anna, ticket, keyOf(berts)), 409, 'bid_wrong_state')
    expect((await stage.give(bert, ticket, keyOf(berts))).body.state).to.equal('done')
    expect((await stage.get(`${at()}/rescues/${ticket}`)).body.state).to.equal('done')
    const { counts, bids } = await board()
    expect([counts, bids[0].rescued.custodians]).to.deep.equal([{ rescued: 1 }, 2])
    expect((await stage.get(`${at()}/bids/${boss.uscc}/content`)).bytes.equals(content)).to.equal(true)
    expect((await stage.page(boss, `/bids/${opening}`)).body).to.include('应急解密')
  })

  it('attributes a cause, closes, and hands out the evidence line by line', async () => {
    await stage.bid(boss, opening, box)
    const late = await stage.company('演示迟到有限公司')
    await stage.bid(late, opening, boxOf('迟到'))
    await started()
    await stage.decrypt(boss, opening, box)
    expectProblem(await stage.post(`${at()}/close`), 409, 'bid_wrong_state')
    stage.clock.advance(minutes(61))
    await stage.bids.tick()
    expect((await board()).phase).to.equal('closed')
    const attributed = await stage.post(`${at()}/bids/${late.uscc}/attribute`, { reason: 'network', why: '现场断网', by: '李四' })
    expect(attributed.body.failure).to.include({ reason: 'network', cause: 'others', attributed_by: '李四 (center-a)' })
    expect((await stage.page(anna, `/bids/center/${opening}/bids/${late.uscc}`)).body)
      .to.include('李四 (center-a)')
      .and.to.include('现场断网')
    const { steps } = (await stage.get(`${at()}/evidence`)).body
    const kinds = steps.map(({ kind }: { kind: string }) => kind)
    expect(kinds).to.deep.equal(['announced', 'registered', 'registered', 'opening-opened', 'begun', 'opened', 'closed', 'late', 'attributed'])
    const exported = await stage.call(anna, 'GET', `/center/${opening}/evidence`)
    const lines = exported.text
      .trim()
      .split('\n')
      .map(each => JSON.parse(each))
    expect(lines.map(({ seq }) => seq)).to.deep.equal(steps.map(({ seq }: { seq: number }) => seq))
    const audited = stage.events.filter(({ code }) => code === 'bid.step')
    expect(audited.length).to.equal(steps.length)
    expect(JSON.stringify(audited)).not.to.include(boss.uscc)
  })

  it('lets staff extend and close by their shield alone, and says on the page what is refused', async () => {
    await stage.bid(boss, opening, box)
    await started()
    stage.proven.set(anna.membershipId, 'bank-session')
    expect((await stage.page(anna, `/bids/center/${opening}/extend`, { minutes: '10', why: '断网' })).status).to.equal(403)
    stage.proven.delete(anna.membershipId)
    expect((await stage.page(anna, `/bids/center/${opening}/extend`, { minutes: '10', why: '断网' })).status).to.equal(303)
    expect((await stage.get(at())).body.decrypt_by).to.equal('2027-06-01T02:40:00.000Z')
    const early = await stage.page(anna, `/bids/center/${opening}/close`, {})
    expect(early.status).to.equal(409)
    expect(early.body).to.include('状态不能这样办理').and.to.include('开标一览')
    await stage.decrypt(boss, opening, box)
    expect((await stage.page(anna, `/bids/center/${opening}/close`, {})).status).to.equal(303)
  })
})
