import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { OPERATIONS } from '../../server/remote-signing/api/interface.ts'
import { readableLog } from '../http/app.ts'
import { openApiSite } from '../suites/api-site.ts'
import { describesItself } from '../suites/interface.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, type Expert, PIN, REPORT, type Stage } from './stage.ts'

const BASE = '/api/remote-signing'

describe('the interface for remote signing', function () {
  this.timeout(60_000)
  let stage: Stage
  let site: Awaited<ReturnType<typeof openApiSite>>
  let expert: Expert
  before(async () => {
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    stage = await createStage(await openTestStores({ clock }), clock)
    site = await openApiSite(BASE, stage.room.centers, { clock, log: readableLog().log })
    expert = await stage.expert()
    await stage.stores.consents.grant(expert.by.membershipId, 'center-a', ['openid'])
  })
  after(async () => {
    await site.close()
    await stage.close()
  })

  const question = (more: object = {}) => ({
    subject: expert.by.membershipId,
    title: '评标报告签字',
    reference: 'R-7',
    documents: [{ name: '评标报告.bin', content: REPORT.toString('base64') }],
    ...more,
  })
  const open = (more: object = {}, key = newId()) => site.send('requests', question(more), { key })
  const look = (path: string, token = 'center-a') => site.send(path, undefined, { method: 'GET', token })

  it('asks a person, and hands out what they signed with its evidence', async () => {
    const { status, body } = await open()
    expect(status, JSON.stringify(body)).to.equal(201)
    expect(body).to.deep.include({ state: 'open', subject: expert.by.membershipId, reference: 'R-7' })
    expect(body.sign_url).to.match(/\/experts\/requests\//)
    expect((await look(`requests/${body.id}/documents/1`)).body.code).to.equal('remote_request_unknown')
    expect((await look(`requests/${body.id}/evidence`)).body.code).to.equal('remote_request_unknown')
    const signing = await stage.room.signings.begin(expert.by, await stage.room.requests.of(expert.by.personId, body.id))
    await stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: stage.code(expert.totp) })
    stage.clock.advance(60_000)
    const after = await look(`requests/${body.id}`)
    expect(after.body.state).to.equal('signed')
    expect((await look(`requests/${body.id}/documents/1`)).bytes.length).to.equal(after.body.documents[0].signed.size)
    const { body: evidence } = await look(`requests/${body.id}/evidence`)
    expect(evidence).to.deep.include({ signing: signing.id, text: signing.text })
    expect(evidence.documents[0]).to.deep.include({ digest: body.documents[0].sm3, signed: after.body.documents[0].signed.sm3 })
    expect((await site.send(`requests/${body.id}:cancel`)).body.code).to.equal('remote_request_over')
  })

  it('is one request for one key and content, and refuses the key for another', async () => {
    const key = newId()
    const [first, again, other] = [await open({}, key), await open({}, key), await open({ title: '别的' }, key)]
    expect(again.body.id).to.equal(first.body.id)
    expect(again.headers.get('idempotent-replayed')).to.equal('true')
    expect(other.body.code).to.equal('idempotency_key_reused')
    expect((await site.send('requests', question())).body.code).to.equal('bad_request')
  })

  it('takes a request back, lists in pages, and shows another center nothing', async () => {
    const { body } = await open()
    expect((await look(`requests/${body.id}`, 'center-b')).body.code).to.equal('remote_request_unknown')
    expect((await site.send(`requests/${body.id}:cancel`, undefined, { token: 'center-b' })).body.code).to.equal('remote_request_unknown')
    expect((await site.send(`requests/${body.id}:cancel`)).body.state).to.equal('cancelled')
    stage.clock.advance(1000)
    await open()
    const page = await look('requests?limit=1')
    expect(page.body.requests).to.have.length(1)
    expect((await look(`requests?limit=1&before=${page.body.next}`)).body.requests[0].id).not.to.equal(page.body.requests[0].id)
    expect((await look('requests', 'center-b')).body.requests).to.deep.equal([])
  })

  it('refuses who never came to the center, too far an end, what is no document, and a token of another scope', async () => {
    const stranger = await stage.somebody()
    expect((await open({ subject: stranger.membershipId })).body.code).to.equal('remote_person_unknown')
    expect((await open({ subject: newId() })).body.code).to.equal('remote_person_unknown')
    for (const more of [{ expires_at: '2029-01-01T00:00:00Z' }, { expires_at: '2027-01-01T00:00:00Z' }, { documents: [] }, { unknown: 1 }])
      expect((await open(more)).body.code).to.equal('bad_request')
    expect((await open({ documents: [{ name: 'a', content: '!!' }] })).body.code).to.equal('bad_request')
    expect((await site.send('requests', question(), { key: newId(), token: 'other-scope' })).body.code).to.equal('service_scope_missing')
    expect((await site.send('requests', question(), { key: newId(), token: null })).body.code).to.equal('service_token_unusable')
    expect(stage.events.filter(({ code }) => code === 'remote.interface-refused').length).to.be.greaterThan(5)
  })

  describe('its description', () =>
    describesItself({ base: BASE, operations: OPERATIONS, told: ['remote_request_unknown', 'remote_person_unknown'] }, () => site.url))
})
