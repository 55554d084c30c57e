import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { days } from '../../../server/kernel/clock.ts'
import { EVENTS } from '../../../server/seals/api/webhook-operations.ts'
import { type ApiAnswer, expectProblem } from '../../suites/api-site.ts'
import { type ApiStage, openApiStage } from './stage.ts'

describe('the interface for seals: notices', function () {
  this.timeout(60_000)
  let stage: ApiStage
  let secret: string
  let webhook: string
  beforeEach(async () => {
    stage = await openApiStage()
    const made = await stage.post('webhooks', { url: `${stage.receiver.url}/hook`, events: [...EVENTS] })
    secret = made.body.secret
    webhook = made.body.id
  })
  afterEach(() => stage.close())

  const problem = (answer: ApiAnswer, status: number, code: string) => expectProblem({ ...answer, text: answer.bytes.toString('utf8') }, status, code)
  /** what has come so far, in any order of delivery */
  async function heard(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    await stage.told()
    return stage.receiver.got.map(({ body }) => JSON.parse(body))
  }
  const types = async () => (await heard()).map(({ type }) => type).sort()

  it('tell of a task from its opening to its end, each document with its digest, to its own center alone', async () => {
    await stage.post('webhooks', { url: `${stage.receiver.url}/other`, events: [...EVENTS] }, { token: 'center-b' })
    const { boss } = await stage.crew()
    const { row } = await stage.seal(boss)
    // no center knows the company yet
    await stage.told()
    await stage.seen(boss)
    const id = await stage.task(boss, { reference: 'R-7' })
    await stage.sealAll(boss, id, row.id)
    const all = (await heard()).filter(({ type }) => type.startsWith('task.'))
    expect(all.map(({ type }) => type).sort()).to.deep.equal(['task.document_sealed', 'task.done', 'task.opened'])
    const sealed = all.find(({ type }) => type === 'task.document_sealed')?.data
    const { sm3 } = (await stage.get(`tasks/${id}/documents/1`)).body.sealed
    expect(sealed).to.deep.include({ task: id, reference: 'R-7', document: 1, sm3 })
  })

  it('tell that a task was cancelled, and that one’s time is over, once', async () => {
    const { boss } = await stage.crew()
    await stage.seen(boss)
    await stage.post(`tasks/${await stage.task(boss)}:cancel`)
    const over = await stage.task(boss, { reference: 'R-8' })
    expect(await types()).to.deep.equal(['task.cancelled', 'task.opened', 'task.opened'])
    stage.clock.advance(days(4))
    await stage.told()
    const expired = (await heard()).filter(({ type }) => type === 'task.expired')
    expect(expired.map(({ data }) => data)).to.deep.equal([{ task: over, state: 'expired', reference: 'R-8' }])
  })

  it('tell of a seal that was made, suspended and resumed, to centers that know the company', async () => {
    const { boss } = await stage.crew()
    const stranger = (await stage.crew()).boss
    await stage.seen(boss)
    const { row } = await stage.seal(boss)
    await stage.seal(stranger)
    await stage.told()
    await stage.changed(boss, row.id, 'suspend')
    await stage.changed(boss, row.id, 'resume')
    const told = await heard()
    expect(new Set(told.map(({ type, data }) => `${type} ${data['seal']}`))).to.deep.equal(new Set([`seal.changed ${row.id}`]))
    expect(told.map(({ data }) => data['state'])).to.include.members(['suspended', 'in-force'])
  })

  it('tell that a seal was remade, and that it was revoked', async () => {
    const { boss } = await stage.crew()
    await stage.seen(boss)
    const { row } = await stage.seal(boss)
    const renewed = await stage.renewed(boss, 'legal-representative')
    await stage.remade(renewed, row.id, [renewed])
    await stage.changed(renewed, row.id, 'revoke')
    const told = await heard()
    expect(told.find(({ type }) => type === 'seal.remade')?.data).to.deep.include({ seal: row.id, edition: 2, state: 'in-force' })
    expect(told.find(({ type }) => type === 'seal.revoked')?.data).to.deep.include({ seal: row.id, state: 'revoked' })
  })

  it('tell that a certificate of a seal ends soon, and that one was revoked', async () => {
    const at = stage.company()
    const boss = await stage.person(at, 'legal-representative', { endsIn: 29 })
    await stage.seen(boss)
    const { row } = await stage.seal(boss, { validUntil: stage.inDays(20) })
    await stage.life.watch.warn(10)
    await stage.life.watch.revoked(boss.thumbprint, 'K7QM-3F9T')
    const told = await heard()
    expect(told.find(({ type }) => type === 'seal.certificate_expiring')?.data).to.deep.include({
      seal: row.id,
      thumbprint: boss.thumbprint,
      days: 30,
    })
    expect(told.find(({ type }) => type === 'seal.certificate_revoked')?.data).to.deep.include({ seal: row.id, thumbprint: boss.thumbprint })
  })

  it('tell nothing of what a company only applied for', async () => {
    const { boss, clerk } = await stage.crew()
    await stage.seen(boss)
    await stage.applied(clerk, [boss])
    expect(await heard()).to.deep.equal([])
  })

  it('tell that a verification is done, and a document that cannot be verified does not touch the others', async () => {
    const { boss } = await stage.crew()
    const { row } = await stage.seal(boss)
    // no center knows the company yet
    await stage.told()
    await stage.seen(boss)
    const id = await stage.task(boss)
    await stage.sealAll(boss, id, row.id)
    const bytes = (await stage.get(`tasks/${id}/documents/1/sealed`)).bytes
    const changed = Buffer.from(bytes)
    const at = changed.indexOf('MediaBox')
    changed[at] = 0x6d
    const documents = [await stage.upload(bytes), await stage.upload(changed), await stage.upload(Buffer.from('<broken'), 'a.xml')]
    const verification = (await stage.post('verifications', { documents })).body.id
    const done = (await heard()).find(({ type }) => type === 'verify.done')
    expect(done?.data).to.deep.equal({ verification, documents: 3, good: 1 })
    const { results, state } = (await stage.get(`verifications/${verification}`)).body
    expect(state).to.equal('done')
    expect(results.map((each: { verdict?: string; problem?: { code: string } }) => each.verdict ?? each.problem?.code)).to.deep.equal([
      'good',
      'bad',
      'seal_document_unusable',
    ])
    const explained = (await stage.post(`documents/${documents[1]}:explain`)).body
    expect(explained.verdict).to.equal('bad')
    expect(explained.seals[0].checks.find(({ ok }: { ok: string }) => ok === 'no').remedy.zh).to.match(/[\u4e00-\u9fff]{8}/)
  })

  it('are signed as Standard Webhooks says, with both secrets for a day after a change, and can be sent again', async () => {
    const first = await stage.post(`webhooks/${webhook}:test`)
    await stage.told()
    const [got] = stage.receiver.got
    const check = (key: string, { headers, body }: { headers: Record<string, string>; body: string }) => {
      const mac = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
      return (headers['webhook-signature'] ?? '').split(' ').includes(`v1,${mac.digest('base64')}`)
    }
    if (got === undefined) throw new Error('nothing came')
    expect(check(secret, got)).to.equal(true)
    const rotated = (await stage.post(`webhooks/${webhook}:rotate`)).body.secret
    await stage.post(`webhooks/${webhook}/deliveries/${first.body.id}:replay`)
    await stage.told()
    const again = stage.receiver.got[1]
    if (again === undefined) throw new Error('nothing came again')
    expect([again.headers['webhook-id'], check(secret, again), check(rotated, again)]).to.deep.equal([first.body.id, true, true])
    stage.clock.advance(days(1))
    await stage.post(`webhooks/${webhook}/deliveries/${first.body.id}:replay`)
    await stage.told()
    const late = stage.receiver.got[2]
    if (late === undefined) throw new Error('nothing came late')
    expect([check(secret, late), check(rotated, late)]).to.deep.equal([false, true])
  })

  it('are given up after the last try, where a person sees it', async () => {
    stage.receiver.state.answer = 500
    const { id } = (await stage.post(`webhooks/${webhook}:test`)).body
    await stage.told()
    const delivery = (await stage.get(`webhooks/${webhook}/deliveries/${id}`)).body
    expect(delivery).to.deep.include({ state: 'dead', last_status: 500 })
    expect(stage.events.some(({ code, facts }) => code === 'webhook.undelivered' && facts['delivery'] === id)).to.equal(true)
  })

  it('go nowhere but where the operator allows, and a webhook is its own center’s', async () => {
    for (const url of ['http://hooks.example.cn/', 'https://evil.example.cn/', 'https://user@hooks.example.cn/', 'nonsense'])
      problem(await stage.post('webhooks', { url, events: ['task.done'] }), 422, 'webhook_invalid')
    problem(await stage.post('webhooks', { url: 'https://hooks.example.cn/', events: ['task.odd'] }), 422, 'webhook_invalid')
    problem(await stage.send(`webhooks/${webhook}`, { url: 'https://evil.example.cn/' }, { method: 'PATCH' }), 422, 'webhook_invalid')
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', ':rotate'],
      ['POST', ':test'],
      ['GET', '/deliveries'],
    ] as const)
      problem(await stage.send(`webhooks/${webhook}${path}`, undefined, { method, token: 'center-b' }), 404, 'webhook_unknown')
    problem(await stage.send(`webhooks/${webhook}`, { events: ['task.done'] }, { method: 'PATCH', token: 'center-b' }), 404, 'webhook_unknown')
    for (let i = 0; i < 9; i++)
      expect((await stage.post('webhooks', { url: 'https://hooks.example.cn/', events: ['task.done'] })).status).to.equal(201)
    problem(await stage.post('webhooks', { url: 'https://hooks.example.cn/', events: ['task.done'] }), 422, 'webhook_invalid')
  })
})
