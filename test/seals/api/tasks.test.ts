import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { days, hours } from '../../../server/kernel/clock.ts'
import { type ApiAnswer, expectProblem } from '../../suites/api-site.ts'
import type { Somebody } from '../life/stage.ts'
import { made as madeOfd } from '../ofd/stage.ts'
import { A4, type ApiStage, openApiStage } from './stage.ts'
import { unzipped } from './unzip.ts'

describe('the interface for seals: tasks', function () {
  this.timeout(60_000)
  let stage: ApiStage
  let boss: Somebody
  let sealId: string
  before(async () => {
    stage = await openApiStage()
    boss = (await stage.crew()).boss
    sealId = (await stage.seal(boss)).row.id
    await stage.seen(boss)
  })
  after(() => stage.close())

  const problem = (answer: ApiAnswer, status: number, code: string) => expectProblem({ ...answer, text: answer.bytes.toString('utf8') }, status, code)
  const content = A4.toString('base64')
  const question = (more: Record<string, unknown> = {}) => ({
    subject: boss.membershipId,
    title: '盖章',
    documents: [{ content, name: 'a.pdf' }],
    ...more,
  })

  it('is one task for one key, asked again or at the same moment, and refuses other content under it', async () => {
    const [first, second] = await Promise.all([0, 1].map(() => stage.post('tasks', question(), { key: 'key-once-0001' })))
    expect([first?.status, second?.status]).to.deep.equal([201, 201])
    expect(second?.body.id).to.equal(first?.body.id)
    const again = await stage.post('tasks', question(), { key: 'key-once-0001' })
    expect([again.body.id, again.headers.get('idempotent-replayed')]).to.deep.equal([first?.body.id, 'true'])
    problem(await stage.post('tasks', question({ title: '别的' }), { key: 'key-once-0001' }), 422, 'idempotency_key_reused')
    problem(await stage.post('tasks', question()), 400, 'bad_request')
    const other = await stage.crew()
    await stage.seen(other.boss, 'center-b')
    const theirs = await stage.post('tasks', question({ subject: other.boss.membershipId }), { key: 'key-once-0001', token: 'center-b' })
    expect([theirs.status, theirs.body.id === first?.body.id]).to.deep.equal([201, false])
  })

  it('asks only people and companies that logged in at this center, and tells no difference to those who do not exist', async () => {
    const { boss: stranger } = await stage.crew()
    const asked = async (more: Record<string, unknown>) =>
      await stage.post('tasks', { ...question(), subject: undefined, ...more }, { key: `key-${JSON.stringify(more).length}-xxxxx` })
    for (const who of [
      { subject: stranger.membershipId },
      { subject: 'nobody' },
      { company: stranger.company.uscc },
      { company: '91350200556207664B' },
    ])
      problem(await asked(who), 422, 'seal_asked_unknown')
    problem(await asked({}), 400, 'bad_request')
    problem(await asked({ subject: boss.membershipId, company: boss.company.uscc }), 400, 'bad_request')
  })

  it('sends people back to the center’s own site alone', async () => {
    const to = (url: string, key: string) => stage.post('tasks', question({ return_to: url }), { key })
    expect((await to('https://center.example.cn/any?x=1', 'return-0001')).status).to.equal(201)
    for (const url of [
      'https://evil.example.cn/',
      'https://center.example.cn@evil.cn/',
      'javascript:alert(1)',
      'https://user@center.example.cn/',
      'no address',
    ])
      problem(await to(url, 'return-0002'), 400, 'bad_request')
  })

  it('refuses documents that cannot be sealed and places where no seal fits before anybody is asked', async () => {
    const place = (places: unknown[]) => stage.post('tasks', question({ documents: [{ content, name: 'a.pdf', places }] }), { key: 'places-0001' })
    for (const each of [
      { kind: 'at', page: 9, x: 100, y: 100 },
      { kind: 'at', page: 1, x: 5, y: 5 },
      { kind: 'keyword', words: '没有的字' },
    ])
      problem(await place([each]), 422, 'seal_place_unusable')
    problem(await place([{ kind: 'anywhere' }]), 400, 'bad_request')
    const text = Buffer.from('just text').toString('base64')
    problem(
      await stage.post('tasks', question({ documents: [{ content: text, name: 'a.txt' }] }), { key: 'text-0001' }),
      422,
      'seal_document_unusable',
    )
    problem(await stage.post('tasks', question({ documents: [{ content, name: '../a.pdf' }] }), { key: 'name-0001' }), 400, 'bad_request')
    problem(await stage.post('documents?name=a.txt', Buffer.from('just text')), 422, 'seal_document_unusable')
  })

  it('lets the center leave the place to the person, and write the day beside the seal; where no date can stand it is refused', async () => {
    const document = (more: object) => ({ documents: [{ content, name: 'a.pdf', places: [{ kind: 'at', page: 1, x: 100, y: 100 }], ...more }] })
    const { body } = await stage.post('tasks', question(document({ movable: true, date: 'under' })), { key: 'key-movable-01' })
    const [told] = (await stage.get(`tasks/${body.id}/documents`)).body.documents
    expect([told.movable, told.date]).to.deep.equal([true, 'under'])
    const low = { date: 'under', places: [{ kind: 'at', page: 1, x: 100, y: 275 }] }
    problem(await stage.post('tasks', question(document(low)), { key: 'key-too-low-01' }), 422, 'seal_place_unusable')
    for (const more of [{ places: [{ kind: 'edge' }] }, { content: madeOfd().toString('base64'), name: 'a.ofd' }])
      problem(await stage.post('tasks', question(document({ ...more, date: 'over' })), { key: 'key-no-date-01' }), 422, 'seal_date_unusable')
  })

  it('says where a name by hand will do, and else does not', async () => {
    const asked = async (more: Record<string, unknown>, key: string) => (await stage.post('tasks', question(more), { key })).body.handwriting
    expect(await asked({ handwriting: true }, 'key-by-hand-01')).to.equal(true)
    expect(await asked({ handwriting: false }, 'key-by-hand-02')).to.equal(undefined)
    expect(await asked({}, 'key-by-hand-03')).to.equal(undefined)
  })

  it('shows a task, its documents, uploads and verifications to its own center alone', async () => {
    const id = await stage.task(boss)
    await stage.sealAll(boss, id, sealId)
    const upload = await stage.upload()
    const verification = (await stage.post('verifications', { documents: [upload] })).body.id
    const list = (await stage.get(`tasks/${id}/lists`)).body.lists[0].id
    const paths = [
      '',
      '/sign-url',
      '/documents',
      '/documents/1',
      '/documents/1/original',
      '/documents/1/sealed',
      '/documents/1/report',
      '/documents/1/evidence',
    ]
    for (const path of [...paths, '/lists', `/lists/${list}`, '/evidence'])
      problem(await stage.get(`tasks/${id}${path}`, { token: 'center-b' }), 404, 'seal_task_unknown')
    for (const verb of [':cancel', ':urge'])
      problem(await stage.post(`tasks/${id}${verb}`, undefined, { token: 'center-b' }), 404, 'seal_task_unknown')
    for (const path of ['', '/content', '/pages'])
      problem(await stage.get(`documents/${upload}${path}`, { token: 'center-b' }), 404, 'seal_upload_unknown')
    problem(await stage.post(`documents/${upload}:verify`, undefined, { token: 'center-b' }), 404, 'seal_upload_unknown')
    problem(await stage.get(`verifications/${verification}`, { token: 'center-b' }), 404, 'seal_verification_unknown')
    problem(await stage.post('verifications', { documents: [upload] }, { token: 'center-b' }), 404, 'seal_upload_unknown')
    problem(
      await stage.post('tasks', question({ documents: [{ document: upload }] }), { token: 'center-b', key: 'theirs-0001' }),
      422,
      'seal_asked_unknown',
    )
    const states = await stage.post('tasks:states', { tasks: [id] }, { token: 'center-b' })
    expect(states.body.tasks).to.deep.equal([{ id, state: 'unknown', documents: 0, sealed: 0 }])
    const none = await stage.get('tasks', { token: 'center-b' })
    expect(none.body.tasks.some((each: { id: string }) => each.id === id)).to.equal(false)
  })

  it('hands out the sealed document, which verifies, is what its digest says, and differs from the original', async () => {
    const id = await stage.task(boss)
    problem(await stage.get(`tasks/${id}/documents/1/sealed`), 409, 'seal_wrong_state')
    await stage.sealAll(boss, id, sealId)
    expect((await stage.get(`tasks/${id}`)).body).to.deep.include({ state: 'done', sealed: 1 })
    const [original, sealed] = [await stage.get(`tasks/${id}/documents/1/original`), await stage.get(`tasks/${id}/documents/1/sealed`)]
    expect(original.bytes.equals(A4)).to.equal(true)
    expect(sealed.headers.get('content-disposition')).to.include('attachment')
    expect(sealed.headers.get('content-security-policy')).to.include('sandbox')
    const document = (await stage.get(`tasks/${id}/documents/1`)).body
    expect(document.sealed.sm3).to.equal(createHash('sm3').update(sealed.bytes).digest('hex'))
    const report = (await stage.get(`tasks/${id}/documents/1/report`)).body
    expect(report.seals.map((each: { intact: string; trusted: string; valid: string }) => [each.intact, each.trusted, each.valid])).to.deep.equal([
      ['yes', 'yes', 'yes'],
    ])
    const digest = createHash('sha256').update(sealed.bytes).digest('hex')
    const compare = async (of: string) => (await stage.post(`tasks/${id}/documents/1:compare`, { algorithm: 'sha256', digest: of })).body.which
    expect([
      await compare(digest.toUpperCase()),
      await compare(createHash('sha256').update(A4).digest('hex')),
      await compare('0'.repeat(64)),
    ]).to.deep.equal(['sealed', 'original', 'neither'])
  })

  it('exports a ZIP whose every entry is whole, with the documents, the signed list and the seal', async () => {
    const id = await stage.task(boss)
    await stage.sealAll(boss, id, sealId)
    const entries = unzipped((await stage.get(`tasks/${id}/documents/1/evidence`)).bytes)
    expect([...entries.keys()]).to.deep.equal(['original.pdf', 'sealed.pdf', 'document.json', 'report.json', 'list.txt', 'list.p7m', 'seal.der'])
    expect(entries.get('original.pdf')?.equals(A4)).to.equal(true)
    const list = entries.get('list.txt')?.toString('utf8') ?? ''
    expect(list).to.include(createHash('sm3').update(A4).digest('hex'))
    expect(JSON.parse(entries.get('report.json')?.toString('utf8') ?? '').sm3).to.equal(
      createHash('sm3')
        .update(entries.get('sealed.pdf') ?? '')
        .digest('hex'),
    )
    const whole = (await stage.get(`tasks/${id}/evidence`)).body
    expect(whole.lists[0].text).to.equal(list)
    expect(whole.seals[0].der).to.equal(entries.get('seal.der')?.toString('base64'))
  })

  it('is sealed with the kind of seal that was asked for and no other', async () => {
    const id = await stage.task(boss, { kind: 'bid' })
    const refused = await stage.sealAll(boss, id, sealId).catch((thrown: { code: string }) => thrown.code)
    expect(refused).to.equal('seal_wrong_kind')
    expect((await stage.get(`tasks/${id}`)).body.sealed).to.equal(0)
  })

  it('is urged at most once an hour, extended while it is not ended, and cancelled once', async () => {
    const id = await stage.task(boss)
    expect((await stage.post(`tasks/${id}:urge`)).body.urged).to.equal(1)
    problem(await stage.post(`tasks/${id}:urge`), 429, 'too_many_requests')
    stage.clock.advance(hours(1))
    expect((await stage.post(`tasks/${id}:urge`)).body.urged).to.equal(2)
    const until = (more: number) => ({ expires_at: new Date(stage.clock.now().getTime() + more).toISOString() })
    for (const wrong of [until(-1), until(days(91))]) problem(await stage.post(`tasks/${id}:extend`, wrong), 400, 'bad_request')
    stage.clock.advance(days(4))
    expect((await stage.get(`tasks/${id}`)).body.state).to.equal('expired')
    problem(await stage.get(`tasks/${id}/sign-url`), 409, 'seal_task_over')
    expect((await stage.post(`tasks/${id}:extend`, until(days(1)))).body.state).to.equal('open')
    expect((await stage.post(`tasks/${id}:cancel`)).body.state).to.equal('cancelled')
    for (const verb of [':cancel', ':urge']) problem(await stage.post(`tasks/${id}${verb}`), 409, 'seal_task_over')
    problem(await stage.post(`tasks/${id}:extend`, until(days(1))), 409, 'seal_task_over')
    const [open, done] = [await stage.task(boss), id]
    const many = await stage.post('tasks:cancel', { tasks: [open, done, 'none'] })
    expect(many.body.tasks).to.deep.equal([
      { id: open, cancelled: true },
      { id: done, cancelled: false, code: 'seal_task_over' },
      { id: 'none', cancelled: false, code: 'seal_task_unknown' },
    ])
  })

  it('lists in pages, by state, number and company, and counts', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      stage.clock.advance(1000)
      ids.unshift(await stage.task(boss, { reference: 'PAGES' }))
    }
    const first = (await stage.get('tasks?reference=PAGES&limit=2')).body
    const second = (await stage.get(`tasks?reference=PAGES&limit=2&before=${first.next}`)).body
    expect([...first.tasks, ...second.tasks].map(({ id }: { id: string }) => id)).to.deep.equal(ids)
    expect((await stage.get('tasks?state=done&reference=PAGES')).body.tasks).to.deep.equal([])
    expect((await stage.get(`tasks?reference=PAGES&company=${boss.company.uscc}`)).body.tasks).to.have.length(3)
    expect((await stage.get('tasks?company=91350200556207664B')).body.tasks).to.deep.equal([])
    for (const query of ['limit=0', 'limit=101', 'state=odd', 'surprise=1']) problem(await stage.get(`tasks?${query}`), 400, 'bad_request')
    const { total } = (await stage.get('tasks:statistics?from=2027-05-01&to=2027-07-31')).body
    expect(total.open).to.be.greaterThan(2)
    for (const span of ['from=2027-06-02&to=2027-06-01', 'from=2020-01-01&to=2027-01-01', 'from=2027-06-01'])
      problem(await stage.get(`tasks:statistics?${span}`), 400, 'bad_request')
  })

  it('writes one audit event a request, refused or not, with no words of the document', async () => {
    const before = stage.events.length
    await stage.get('providers')
    expect(stage.events.slice(before).map(({ code, facts }) => [code, facts['operation']])).to.deep.equal([['seal.interface-used', 'listProviders']])
    const middle = stage.events.length
    problem(await stage.get('tasks', { token: 'read-only' }), 403, 'service_scope_missing')
    expect(stage.events.slice(middle).map(({ code, facts }) => [code, facts['failure']])).to.deep.equal([
      ['seal.interface-refused', 'service_scope_missing'],
    ])
    expect((await stage.get('nothing/here')).status).to.equal(404)
  })
})
