import { expect } from 'chai'
import { type ApiAnswer, expectProblem } from '../../suites/api-site.ts'
import { made as madeOfd, page as ofdPage, text } from '../ofd/stage.ts'
import { makeDocument } from '../pdf/builder.ts'
import { A4, type ApiStage, openApiStage } from './stage.ts'

const problem = (answer: ApiAnswer, status: number, code: string) => expectProblem({ ...answer, text: answer.bytes.toString('utf8') }, status, code)

describe('the interface for seals: seals of companies', function () {
  this.timeout(60_000)
  let stage: ApiStage
  before(async () => {
    stage = await openApiStage()
  })
  after(() => stage.close())

  it('are those that were made, of companies that the center knows; any other is like one that does not exist', async () => {
    const { boss, clerk } = await stage.crew()
    const { row } = await stage.seal(boss)
    const applied = await stage.applied(clerk, [boss], { kind: 'bid' })
    const [edition] = await stage.stores.seals.editions(row.id, 1)
    const esId = encodeURIComponent(edition?.esId ?? '')
    const paths = [
      `seals/${row.id}`,
      `seals/${row.id}/certificates`,
      `seals/${row.id}/history`,
      `seals/${row.id}/editions`,
      `seals:by-es-id?es_id=${esId}`,
    ]
    for (const path of paths) problem(await stage.get(path), 404, 'seal_unknown')
    problem(await stage.get(`companies/${boss.company.uscc}/seals`), 422, 'seal_asked_unknown')
    expect((await stage.get('companies')).body.companies).to.deep.equal([])
    await stage.seen(boss)
    for (const path of paths) expect((await stage.get(path)).status, path).to.equal(200)
    const { seals } = (await stage.get(`companies/${boss.company.uscc}/seals`)).body
    expect(seals.map((each: { id: string; state: string }) => [each.id, each.state])).to.deep.equal([[row.id, 'in-force']])
    problem(await stage.get(`seals/${applied.row.id}`), 404, 'seal_unknown')
    for (const path of paths) problem(await stage.get(path, { token: 'center-b' }), 404, 'seal_unknown')
    problem(await stage.get('seals:by-es-id?es_id=none'), 404, 'seal_unknown')
  })

  it('say what they are now, whose shields may use them, and what became of them, without names of who decided or why', async () => {
    const { boss } = await stage.crew()
    await stage.seen(boss)
    await stage.shown(boss)
    const { row } = await stage.seal(boss)
    expect((await stage.get(`seals/${row.id}`)).body.government).to.equal('no')
    stage.uses.set(boss.thumbprint, ['seal', 'government-seal'])
    expect((await stage.get(`seals/${row.id}`)).body.government).to.equal('yes')
    const { certificates } = (await stage.get(`seals/${row.id}/certificates`)).body
    expect(certificates.map(({ thumbprint }: { thumbprint: string }) => thumbprint)).to.deep.equal([boss.thumbprint])
    await stage.changed(boss, row.id, 'suspend')
    expect((await stage.get(`seals/${row.id}`)).body.state).to.equal('suspended')
    const history = await stage.get(`seals/${row.id}/history`)
    expect(history.body.steps.map(({ step }: { step: string }) => step)).to.deep.equal(['made', 'in-force', 'suspended'])
    expect(history.bytes.toString('utf8')).not.to.include(boss.name)
  })

  it('whose row somebody edited are told as tampered', async () => {
    const { boss } = await stage.crew()
    await stage.seen(boss)
    const { row } = await stage.seal(boss)
    await stage.stores.pglite.query(`UPDATE seal SET valid_until = valid_until + interval '9 years' WHERE id = $1`, [row.id])
    expect((await stage.get(`seals/${row.id}`)).body.state).to.equal('tampered')
  })

  it('are drawn for a preview, and words that cannot be drawn are refused', async () => {
    const round = await stage.post('pictures/round', { name: '示例建设有限公司' })
    expect(round.headers.get('content-type')).to.include('image/svg+xml')
    expect(round.bytes.toString('utf8')).to.match(/^<svg [^>]*>(<path [^>]*>)+<\/svg>\n$/)
    const chop = await stage.post('pictures/chop', { name: '示例甲', format: 'png' })
    expect(chop.bytes.subarray(0, 4).toString('hex')).to.equal('89504e47')
    problem(await stage.post('pictures/round', { name: '\u{10FFFD}\u{10FFFD}' }), 422, 'seal_picture_unusable')
    problem(await stage.post('pictures/round', { name: '示例', number: '12' }), 400, 'bad_request')
  })
})

describe('the interface for seals: documents', function () {
  this.timeout(60_000)
  let stage: ApiStage
  before(async () => {
    stage = await openApiStage()
  })
  after(() => stage.close())

  it('come back byte by byte until they are deleted or their time is over', async () => {
    const [id, other] = [await stage.upload(), await stage.upload(Buffer.from('<?xml version="1.0"?><a/>'), 'a.xml')]
    expect((await stage.get(`documents/${id}/content`)).bytes.equals(A4)).to.equal(true)
    expect((await stage.get(`documents/${other}`)).body.format).to.equal('xml')
    const first = (await stage.get('documents?limit=1')).body
    const second = (await stage.get(`documents?limit=1&before=${first.next}`)).body
    expect(new Set([first, second].map(({ documents }) => documents[0].id))).to.deep.equal(new Set([id, other]))
    const { sm3 } = (await stage.get(`documents/${id}`)).body
    expect((await stage.post(`documents/${id}:compare`, { algorithm: 'sm3', digest: sm3.toUpperCase() })).body.same).to.equal(true)
    expect((await stage.send(`documents/${id}`, undefined, { method: 'DELETE' })).status).to.equal(204)
    for (const path of ['', '/content']) problem(await stage.get(`documents/${id}${path}`), 404, 'seal_upload_unknown')
    stage.clock.advance(2 * 86_400_000)
    problem(await stage.get(`documents/${other}`), 404, 'seal_upload_unknown')
  })

  it('are measured: every page, and seals that stand where it was said', async () => {
    const id = await stage.upload(makeDocument({ pages: 5, page: '/MediaBox [0 0 595 842] /Rotate 90' }))
    const { pages, count } = (await stage.get(`documents/${id}/pages`)).body
    expect([count, pages[0].width, pages[0].height]).to.deep.equal([5, 297.04, 209.9])
    const simulate = (places: unknown[], kind?: string) =>
      stage.post(`documents/${id}/placements:simulate`, { places, ...(kind === undefined ? {} : { kind }) })
    expect((await simulate([{ kind: 'at', page: 2, x: 200, y: 100 }], 'person')).body.boxes).to.deep.equal([
      { page: 2, left: 191, top: 91, width: 18, height: 18 },
    ])
    problem(await simulate([{ kind: 'at', page: 6, x: 200, y: 100 }]), 422, 'seal_place_unusable')
    const strips = (await simulate([{ kind: 'edge' }])).body.boxes
    expect(strips.map(({ left, width }: { left: number; width: number }) => Math.round(left + width))).to.deep.equal([297, 297, 297, 297, 297])
  })

  it('of many pages get several page-edge seals that leave no page out, and one of a single page none', async () => {
    const id = await stage.upload(makeDocument({ pages: 45, page: '/MediaBox [0 0 595 842]' }))
    const { places, strip } = (await stage.post(`documents/${id}/edge:plan`, { pages_each: 20 })).body
    expect(places.map(({ from, to }: { from: number; to: number }) => [from, to])).to.deep.equal([
      [1, 15],
      [16, 30],
      [31, 45],
    ])
    expect(strip).to.equal(2.67)
    for (const count of [2, 3, 5, 44]) {
      const planned = (await stage.post(`documents/${id}/edge:plan`, { to: count, pages_each: 2 })).body.places
      const covered = planned.flatMap(({ from, to }: { from: number; to: number }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
      expect(covered, String(count)).to.deep.equal(Array.from({ length: count }, (_, i) => i + 1))
    }
    problem(await stage.post(`documents/${id}/edge:plan`, { from: 3, to: 3 }), 422, 'seal_place_unusable')
  })

  it('are searched for words; what has no pages is told so, and what is broken is refused', async () => {
    const id = await stage.upload()
    const find = async (words: string) => (await stage.post(`documents/${id}/words:find`, { words })).body.found
    expect((await find('Page')).map(({ nth, page }: { nth: number; page: number }) => [nth, page])).to.deep.equal([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(await find('没有')).to.deep.equal([])
    const data = await stage.upload(Buffer.from('<?xml version="1.0"?><a/>'), 'a.xml')
    problem(await stage.get(`documents/${data}/pages`), 422, 'seal_document_unusable')
    const broken = await stage.upload(Buffer.from('%PDF-1.7\nnothing that could be read'))
    problem(await stage.get(`documents/${broken}/pages`), 422, 'seal_document_unusable')
    problem(await stage.post(`documents/${broken}/words:find`, { words: 'a' }), 422, 'seal_document_unusable')
  })

  it('are measured and searched in OFD too, and a task for a place that is not there is refused before anybody is asked', async () => {
    const page = (words: string) => ofdPage(text(words))
    const bytes = madeOfd({ pages: [page('投标函'), page('投标人（盖章）'), page('附件')] })
    const id = await stage.upload(bytes, '投标文件.ofd')
    expect((await stage.get(`documents/${id}/pages`)).body.pages[2]).to.deep.equal({ page: 3, width: 210, height: 297 })
    const { found } = (await stage.post(`documents/${id}/words:find`, { words: '投标人（盖章）' })).body
    expect(found.map(({ nth, page: on }: { nth: number; page: number }) => [nth, on])).to.deep.equal([[1, 2]])
    const places = [{ kind: 'at', page: 1, x: 60, y: 90 }, { kind: 'keyword', words: '投标人（盖章）' }, { kind: 'edge' }]
    const { boxes } = (await stage.post(`documents/${id}/placements:simulate`, { places })).body
    expect(boxes.map(({ page: on }: { page: number }) => on)).to.deep.equal([1, 2, 1, 2, 3])
    expect(boxes[0]).to.deep.equal({ page: 1, left: 40, top: 70, width: 40, height: 40 })
    expect((await stage.post(`documents/${id}/edge:plan`, {})).body).to.deep.equal({ places: [{ kind: 'edge', from: 1, to: 3 }], strip: 13.33 })
    const [boss] = [(await stage.crew()).boss]
    await stage.seen(boss)
    const wish = { subject: boss.membershipId, title: '盖章', documents: [{ document: id, places: [{ kind: 'keyword', words: '没有的字' }] }] }
    problem(await stage.post('tasks', wish, { key: 'key-of-no-place' }), 422, 'seal_place_unusable')
  })

  it('of a stranger stay on the wire, empty and nameless ones are refused', async () => {
    problem(await stage.post('documents?name=a.pdf', A4, { token: null }), 401, 'service_token_unusable')
    problem(await stage.post('documents?name=a.pdf', A4, { token: 'read-only' }), 403, 'service_scope_missing')
    problem(await stage.post('documents?name=a.pdf', Buffer.alloc(0)), 400, 'bad_request')
    problem(await stage.post('documents', A4), 400, 'bad_request')
    problem(await stage.post('documents?name=..%2Fa.pdf', A4), 400, 'bad_request')
  })
})

describe('the interface for seals: a center’s share of a minute', function () {
  this.timeout(60_000)
  let stage: ApiStage
  before(async () => {
    stage = await openApiStage({ itemsPerMinute: 10 })
  })
  after(() => stage.close())

  it('is used up by what is costly, and no more is done', async () => {
    const id = await stage.upload()
    problem(await stage.post(`documents/${id}:verify`), 429, 'too_many_requests')
  })
})
