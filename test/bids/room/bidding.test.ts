import { expect } from 'chai'
import { days, hours } from '../../../server/kernel/clock.ts'
import { certificateFacts } from '../../../server/pki/certificate.ts'
import type { Somebody } from '../../authorization/stage.ts'
import { makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'
import { expectProblem } from '../../suites/api-site.ts'
import { boxOf, content, derOf, OPENS, openRoom, type RoomStage } from './stage.ts'

/** A bid from its upload to the opening, as the browser sends it and as an attacker would. */
describe('the bid room: bidding', function () {
  this.timeout(60_000)
  let stage: RoomStage
  let boss: Somebody
  let box: Party
  let opening: string
  beforeEach(async () => {
    stage = await openRoom()
    boss = await stage.company()
    box = boxOf('演示投标人')
    opening = await stage.announce()
  })
  afterEach(() => stage.close())

  const begun = async () => {
    const made = await stage.envelope(boss, opening, box)
    const at = `/${opening}/envelopes`
    const first = await stage.call(boss, 'POST', at, { id: made.id, size: made.file.length })
    return { ...made, at, first }
  }

  it('takes an envelope in pieces, goes on after a break, and hands it in', async () => {
    const { id, file, at, first } = await begun()
    expect([first.status, first.body]).to.deep.equal([201, { id, size: file.length, received: 0 }])
    expect((await stage.call(boss, 'PUT', `${at}/${id}/0`, file.subarray(0, 40_000))).body.received).to.equal(40_000)
    // another browser, the same company
    expect((await stage.call(boss, 'POST', at, { id, size: file.length })).body.received).to.equal(40_000)
    expect((await stage.call(boss, 'GET', `${at}/${id}`)).body.received).to.equal(40_000)
    expectProblem(await stage.call(boss, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] }), 409, 'bid_upload_out_of_step')
    expect((await stage.call(boss, 'PUT', `${at}/${id}/40000`, file.subarray(40_000))).body.received).to.equal(file.length)
    const done = await stage.call(boss, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] })
    expect([done.status, done.body.state, done.body.size]).to.deep.equal([201, 'waiting', file.length])
    const page = await stage.page(boss, `/bids/${opening}`)
    expect(page.body).to.include('已递交').and.to.include(done.body.sm3).and.to.include('还没有做过解密自检')
    expect((await stage.page(boss, '/bids')).body).to.include('示例项目开标')
  })

  it('answers the bid again where its first answer was lost, to its company alone, and after the deadline too', async () => {
    const { id, file, at } = await begun()
    await stage.call(boss, 'PUT', `${at}/${id}/0`, file)
    const register = (who = boss) => stage.call(who, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] })
    const [first, meanwhile] = await Promise.all([register(), register()])
    expect([first.status, meanwhile.status]).to.deep.equal([201, 201])
    expect(await register().then(({ status, body }) => [status, body])).to.deep.equal([201, first.body])
    expect((await stage.call(boss, 'GET', `${at}/${id}`)).body).to.deep.equal({ id, size: file.length, received: file.length })
    expect((await stage.call(boss, 'POST', at, { id, size: file.length })).body.received, 'pressed again').to.equal(file.length)
    expectProblem(await register(await stage.company('演示对手有限公司')), 404, 'bid_unknown')
    stage.clock.set(OPENS)
    expect(await register().then(({ status, body }) => [status, body])).to.deep.equal([201, first.body])
  })

  it('keeps what was received where the opening is put off, until it is over by the new time', async () => {
    const { id, file, at } = await begun()
    await stage.call(boss, 'PUT', `${at}/${id}/0`, file)
    const later = new Date(Date.parse(OPENS) + days(4)).toISOString()
    const put = { opens_at: later, decrypt_by: new Date(Date.parse(later) + hours(1)).toISOString() }
    const answer = await stage.api(`openings/${opening}/postpone`, put)
    expect(answer.status, answer.text).to.equal(200)
    stage.clock.set(new Date(Date.parse(OPENS) + days(1) + 1000))
    await stage.bids.tick()
    expect((await stage.call(boss, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] })).status).to.equal(201)
    const other = await begun()
    stage.clock.set(new Date(Date.parse(later) + days(1) + 1000))
    await stage.bids.tick()
    expectProblem(await stage.call(boss, 'GET', `${at}/${other.id}`), 404, 'bid_unknown')
    const { file: kept } = await stage.bids.openings.ownBid(opening, boss.uscc as never)
    expect(kept.size).to.equal(file.length)
  })

  it('refuses wrong offsets, pieces too large, other types, and more than was announced, and keeps what came', async () => {
    const { id, file, at } = await begun()
    await stage.call(boss, 'PUT', `${at}/${id}/0`, file.subarray(0, 1000))
    for (const offset of ['0', '999', '1001', '70000'])
      expectProblem(await stage.call(boss, 'PUT', `${at}/${id}/${offset}`, file.subarray(1000, 1010)), 409, 'bid_upload_out_of_step')
    for (const offset of ['-1', '1e3', '01', 'x', '9999999999999999'])
      expectProblem(await stage.call(boss, 'PUT', `${at}/${id}/${offset}`, file.subarray(0, 10)), 400, 'bad_request')
    expectProblem(await stage.call(boss, 'PUT', `${at}/${id}/1000`, Buffer.alloc(8 * 1024 * 1024 + 1)), 413, 'too_large')
    expectProblem(await stage.call(boss, 'PUT', `${at}/${id}/1000`, { a: 1 }), 400, 'bad_request')
    expect((await stage.call(boss, 'GET', `${at}/${id}`)).body.received).to.equal(1000)
    const more = Buffer.concat([file.subarray(1000), Buffer.alloc(1)])
    expectProblem(await stage.call(boss, 'PUT', `${at}/${id}/1000`, more), 413, 'too_large')
    for (const body of [{ id: 'short', size: 1 }, { id: '../../../../etc/passwd', size: 1 }, { id, size: 0 }, { id, size: 1.5 }, { id }, {}])
      expectProblem(await stage.call(boss, 'POST', at, body), 400, 'bad_request')
    const another = { id: 'another-envelope-of-mine', size: 17 * 1024 ** 3 }
    expectProblem(await stage.call(boss, 'POST', at, another), 413, 'too_large')
    for (const id of ['envelope-number-1', 'envelope-number-2', 'envelope-number-3'])
      await stage.call(boss, 'POST', at, { id, size: 15.9 * 1024 ** 3 - ((15.9 * 1024 ** 3) % 1) })
    expectProblem(await stage.call(boss, 'POST', at, { id: 'envelope-number-4', size: 1024 ** 3 }), 409, 'bid_uploads_full')
  })

  it('tells nobody else of an upload, and gives no other company its id', async () => {
    const { id, file, at } = await begun()
    await stage.call(boss, 'PUT', `${at}/${id}/0`, file)
    const rival = await stage.company('演示对手有限公司')
    expectProblem(await stage.call(rival, 'GET', `${at}/${id}`), 404, 'bid_unknown')
    expectProblem(await stage.call(rival, 'PUT', `${at}/${id}/0`, file), 404, 'bid_unknown')
    expectProblem(await stage.call(rival, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] }), 404, 'bid_unknown')
    expectProblem(await stage.call(rival, 'POST', at, { id, size: file.length }), 409, 'bid_wrong_state')
    expectProblem(await stage.call(rival, 'POST', `/${opening}/parts`, { certificate: derOf(box) }), 404, 'bid_unknown')
    expect((await stage.page(rival, `/bids/${opening}`)).body).not.to.include('已递交')
    expectProblem(await stage.call(undefined, 'GET', `${at}/${id}`), 401, 'workbench_login_needed')
  })

  it('refuses what was made for another opening, is damaged, or is encrypted to what no shield at a page opens', async () => {
    const other = await stage.announce()
    const foreign = await stage.envelope(boss, other, box)
    await stage.upload(boss, opening, foreign)
    const register = (id: string, ...parties: Party[]) =>
      stage.call(boss, 'POST', `/${opening}/envelopes/${id}/register`, { certificates: parties.map(derOf) })
    expectProblem(await register(foreign.id, box), 422, 'bid_not_for_this_opening')
    const damaged = await stage.envelope(boss, opening, box)
    await stage.upload(boss, opening, { id: damaged.id, file: damaged.file.subarray(0, -1) })
    expectProblem(await register(damaged.id, box), 422, 'bid_envelope_malformed')
    const made = await stage.envelope(boss, opening, box)
    await stage.upload(boss, opening, made)
    expectProblem(await register(made.id, box, boxOf('another')), 400, 'bad_request')
    const root = makeRoot('演示 CA')
    expectProblem(await register(made.id, makeUnder(root, 'ECDSA', { profile: 'encrypt' }, 'ECDSA')), 422, 'algorithm_refused')
    expectProblem(await register(made.id, makeUnder(root, 'sign')), 403, 'certificate_wrong_use')
    expectProblem(
      await stage.call(boss, 'POST', `/${opening}/envelopes/${made.id}/register`, { certificates: ['AAAA'] }),
      422,
      'certificate_malformed',
    )
    expect((await register(made.id, box)).status).to.equal(201)
  })

  it('takes nothing in at the deadline, and clears away what was never handed in', async () => {
    const { id, file, at } = await begun()
    await stage.call(boss, 'PUT', `${at}/${id}/0`, file)
    stage.clock.set(OPENS)
    expectProblem(await stage.call(boss, 'POST', `${at}/${id}/register`, { certificates: [derOf(box)] }), 409, 'bid_late')
    expectProblem(await stage.call(boss, 'POST', at, { id: 'another-envelope-of-mine', size: 9 }), 409, 'bid_late')
    await stage.bids.tick()
    expect((await stage.call(boss, 'GET', `${at}/${id}`)).body.received).to.equal(file.length)
    stage.clock.advance(days(1) + 1000)
    await stage.bids.tick()
    expectProblem(await stage.call(boss, 'GET', `${at}/${id}`), 404, 'bid_unknown')
  })

  it('lets an operator bid, withdraw and decrypt only by a mandate', async () => {
    const clerk = await stage.person({ uscc: boss.uscc as never, name: '演示建设有限公司' }, 'operator')
    const made = await stage.envelope(clerk, opening, box)
    await stage.upload(clerk, opening, made)
    const refused = await stage.call(clerk, 'POST', `/${opening}/envelopes/${made.id}/register`, { certificates: [derOf(box)] })
    expect([refused.status, refused.body.code]).to.deep.equal([403, 'act_not_allowed'])
    expect((await stage.call(boss, 'POST', `/${opening}/envelopes/${made.id}/register`, { certificates: [derOf(box)] })).status).to.equal(201)
    expect((await stage.page(clerk, `/bids/${opening}/withdraw`, {})).status).to.equal(403)
    expect((await stage.page(boss, `/bids/${opening}/withdraw`, {})).location).to.include('done=withdrawn')
  })

  it('shows the opening, and not the bid, to the shield’s test; the outcome stands on the page', async () => {
    await stage.bid(boss, opening, box)
    const { parts, expected } = (await stage.call(boss, 'POST', `/${opening}/parts`, { certificate: derOf(box) })).body
    const [answer] = await stage.shieldAnswers(boss, `/${opening}/parts`, box)
    const plain = Buffer.from(answer?.plain ?? '', 'base64')
    expect([parts.length, plain.length, plain[0], plain[1]]).to.deep.equal([1, 66, expected.kind, expected.place])
    expect(plain.subarray(34).toString('base64')).to.equal(expected.binding)
    expect((await stage.call(boss, 'POST', `/${opening}/test`, { ok: true })).body.next).to.include('done=tested')
    expect((await stage.page(boss, `/bids/${opening}?done=tested`)).body, 'the shield has not signed').to.not.include('自检通过')
    expectProblem(await stage.call(boss, 'POST', `/${opening}/test`, { ok: 'yes' }), 400, 'bad_request')
    expectProblem(await stage.decrypt(boss, opening, box), 403, 'bid_before_opening')
    // nor does a page ask for the key before its time
    expect((await stage.page(boss, `/bids/${opening}/decrypt`)).body)
      .to.include('bid_before_opening')
      .and.not.to.include('shield-form')
    expect((await stage.page(boss, `/bids/${opening}/test`)).body).to.include('shield-form')
  })

  it('gives a bidder its own envelope back as it was received, and nobody else’s', async () => {
    const made = await stage.envelope(boss, opening, box)
    await stage.upload(boss, opening, made)
    await stage.call(boss, 'POST', `/${opening}/envelopes/${made.id}/register`, { certificates: [derOf(box)] })
    const back = await stage.call(boss, 'GET', `/${opening}/envelope`)
    expect([back.status, back.bytes.equals(made.file)]).to.deep.equal([200, true])
    expect((await stage.page(boss, `/bids/${opening}/test`)).body).to.include(`data-envelope="/workbench/bids/${opening}/envelope"`)
    expect((await stage.page(boss, '/bids')).body).to.include(`/workbench/bids/${opening}/test`)
    const rival = await stage.company('演示对手有限公司')
    expectProblem(await stage.call(rival, 'GET', `/${opening}/envelope`), 404, 'bid_unknown')
    expectProblem(await stage.call(undefined, 'GET', `/${opening}/envelope`), 401, 'workbench_login_needed')
  })

  describe('warns the bidder', () => {
    const renewed = async (notBefore: Date) => {
      const sign = makeUnder(root, '演示换盾人', { notBefore })
      await stage.stores.parties.recognise(
        {
          bank: 'abc',
          subject: boss.idNumber,
          person: { name: boss.name, idDigest: stage.signatures.digest(boss.idNumber) },
          seats: [{ uscc: boss.uscc as never, name: '演示建设有限公司', role: 'legal-representative' }],
          assurance: 'shield',
          methods: ['hwk', 'pin'],
          authenticatedAt: stage.clock.now().toISOString(),
          certificate: certificateFacts(sign.certificate),
        },
        boss.uscc as never,
      )
      await stage.bids.newShield(boss)
    }
    const root = makeRoot('演示换盾 CA')
    const pages = async () =>
      [await stage.page(boss, ''), await stage.page(boss, '/bids'), await stage.page(boss, `/bids/${opening}`)].map(({ body }) => body)
    const notices = async () =>
      (await stage.stores.bids.steps(opening, 100)).filter(({ kind }) => kind === 'warned').map(({ facts }) => facts['cause'])

    it('at once when the shield was renewed, on the first page too, until a test passes', async () => {
      await stage.bid(boss, opening, makeUnder(root, '演示换盾人', { profile: 'encrypt' }))
      stage.clock.advance(hours(1))
      await renewed(stage.clock.now())
      for (const page of await pages()) expect(page).to.include('续期')
      expect(await notices()).to.deep.equal(['renewed'])
      const rival = await stage.company()
      expect((await stage.page(rival, `/bids/${opening}`)).body).not.to.include('加密标书后证书已续期')
      await stage.call(boss, 'POST', `/${opening}/test`, { ok: true })
      // the opening's own page keeps what was told
      for (const page of (await pages()).slice(0, 2)) expect(page).not.to.include('加密标书后证书已续期')
    })

    it('not because of somebody else’s shield, nor of the one that was there before', async () => {
      await renewed(new Date('2026-01-01T00:00:00Z'))
      await stage.bid(boss, opening, makeUnder(root, '演示换盾人', { profile: 'encrypt' }))
      await stage.bid(await stage.company(), opening, makeUnder(root, '演示换盾人', { profile: 'encrypt' }))
      await stage.bids.round()
      expect(await notices()).to.deep.equal([])
    })

    it('on the way into any center, each person once a finding, with the project, its time and what to do and nothing more', async () => {
      await stage.bid(boss, opening, box)
      const uscc = boss.uscc as never
      const { reminders } = stage.bids
      // a bid that is only left to test holds nobody up
      expect(await reminders.of({ membershipId: boss.membershipId, uscc })).to.deep.equal([])
      stage.revoked.add(box.certificate.thumbprint)
      const clerk = await stage.person({ uscc, name: '演示建设有限公司' }, 'operator')
      const [reminder, ...others] = await reminders.of({ membershipId: boss.membershipId, uscc })
      expect(others).to.deep.equal([])
      expect(reminder).to.have.keys('title', 'what', 'until', 'path')
      expect(reminder).to.include({ title: '示例项目开标', path: `/workbench/bids/${opening}` })
      expect(reminder?.what.zh).to.include('吊销').and.to.include('重新加密')
      await reminders.seen({ membershipId: boss.membershipId, uscc })
      expect(await reminders.of({ membershipId: boss.membershipId, uscc })).to.deep.equal([])
      expect(await reminders.of({ membershipId: clerk.membershipId, uscc })).to.have.length(1)
      const rival = await stage.company()
      expect(await reminders.of({ membershipId: rival.membershipId, uscc: rival.uscc as never })).to.deep.equal([])
    })

    it('when a revocation becomes known', async () => {
      await stage.bid(boss, opening, box)
      stage.revoked.add(box.certificate.thumbprint)
      await stage.listCame()
      expect(await notices()).to.deep.equal(['revoked'])
      for (const page of await pages()) expect(page).to.include('已被吊销')
    })
  })

  it('practises with a rehearsal’s bid made for the shield in hand, and makes none where it counts', async () => {
    const drill = await stage.announce({ drill: true })
    const made = await stage.call(boss, 'POST', `/${drill}/drill`, { certificate: derOf(box) })
    expect([made.status, made.body.next]).to.deep.equal([201, `/workbench/bids/${drill}?done=registered`])
    expectProblem(await stage.call(boss, 'POST', `/${opening}/drill`, { certificate: derOf(box) }), 422, 'bid_not_for_this_opening')
    stage.clock.set(OPENS)
    await stage.post(`openings/${drill}/open`)
    expect((await stage.decrypt(boss, drill, box)).status).to.equal(200)
    const { body } = await stage.get(`openings/${drill}/board`)
    expect([body.drill, body.bids[0].state]).to.deep.equal([true, 'opened'])
    expect((await stage.get(`openings/${drill}/bids/${boss.uscc}/content`)).text).to.include('演练用文件')
  })

  it('opens with the shield at the opening; another shield is named as the reason, and may be tried again', async () => {
    await stage.bid(boss, opening, box)
    stage.clock.set(OPENS)
    expectProblem(await stage.decrypt(boss, opening, box), 403, 'bid_before_opening')
    await stage.post(`openings/${opening}/open`)
    expect((await stage.page(boss, '')).body).to.include('请解密标书')
    await stage.decrypt(boss, opening, boxOf('拿错的盾'))
    expect((await stage.page(boss, `/bids/${opening}`)).body)
      .to.include('解密用的不是加密时的盾')
      .and.to.include('属投标人原因')
    expect((await stage.decrypt(boss, opening, box)).body.next).to.equal(`/workbench/bids/${opening}`)
    expect((await stage.page(boss, `/bids/${opening}`)).body)
      .to.include('已解密')
      .and.to.include('投标文件.pdf')
    const fetched = await stage.get(`openings/${opening}/bids/${boss.uscc}/content`)
    expect(fetched.bytes.equals(content)).to.equal(true)
  })
})
