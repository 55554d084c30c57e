import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { days, hours } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { expectProblem } from '../../suites/api-site.ts'
import type { Somebody } from '../stage.ts'
import { type CenterStage, openCenterStage } from './stage.ts'

const EVENTS = ['mandate.suspended', 'mandate.resumed', 'mandate.revoked', 'mandate.expired', 'mandate.frozen']

describe('what centers see and hear of mandates', () => {
  let stage: CenterStage
  let boss: Somebody
  let clerk: Somebody
  let company: ReturnType<CenterStage['company']>
  before(async function () {
    this.timeout(60_000)
    stage = await openCenterStage()
  })
  after(() => stage.close())
  beforeEach(async () => {
    company = stage.company()
    boss = await stage.person(company, 'legal-representative')
    clerk = await stage.person(company, 'operator')
    stage.receiver.state.answer = 204
  })

  /** the center asks, and so is shown the mandate */
  async function show(who: Somebody, token = 'center-a', act = 'seal_use') {
    const { body } = await stage.post('decisions', { subject_token: await stage.tokenOf(who, { clientId: token }), act }, { token })
    return String(body.mandate)
  }
  async function addWebhook(token = 'center-a', events = EVENTS, path = '/hook') {
    const { status, body } = await stage.post('webhooks', { url: `${stage.receiver.url}${path}?${newId()}`, events }, { token })
    expect(status, JSON.stringify(body)).to.equal(201)
    return { id: String(body.id), secret: String(body.secret) }
  }
  async function removeAll() {
    for (const token of ['center-a', 'center-b'])
      for (const { id } of (await stage.get('webhooks', { token })).body.webhooks) await stage.remove(`webhooks/${id}`, { token })
  }
  const received = async () => {
    await stage.told()
    return stage.receiver.got.splice(0)
  }
  afterEach(async () => {
    await removeAll()
    await received()
  })

  describe('mandates/{id}', () => {
    it('shows state, acts and period, and no id number, phone, other center, project or amount', async () => {
      const { row } = await stage.give(boss, clerk, {
        centers: ['center-a', 'center-b'],
        projects: ['SECRET-1'],
        limitFen: 123_456_789,
        acts: ['seal_use', 'bid_submit'],
      })
      await stage.post('decisions', { subject_token: await stage.tokenOf(clerk), act: 'seal_use', project: 'SECRET-1' })
      const { status, body, text } = await stage.get(`mandates/${row.id}`)
      expect(status, text).to.equal(200)
      expect(body).to.deep.include({
        id: row.id,
        state: 'active',
        person: clerk.name,
        acts: ['seal_use', 'bid_submit'],
        approvals: 0,
        passed_on: false,
      })
      expect(body.scope).to.deep.equal({ projects: 'listed', sections: 'any', seals: 'any', amount: 'limited' })
      expect(body.company.uscc).to.equal(clerk.uscc)
      const told = text.replaceAll(row.id, '').replaceAll(clerk.uscc, '').replaceAll(body.company.name, '')
      for (const secret of [clerk.idNumber, '199****0001', 'center-b', 'SECRET-1', '123456789', '1234567', boss.name])
        expect(told).not.to.include(secret)
    })

    it('mandate_unknown: one that this center never saw, one of other centers, and none at all, told alike', async () => {
      const { row } = await stage.give(boss, clerk)
      await show(clerk, 'center-b')
      for (const id of [row.id, newId(), 'x', `${row.id}'`, '%00']) expectProblem(await stage.get(`mandates/${id}`), 404, 'mandate_unknown')
      expect((await stage.get(`mandates/${row.id}`, { token: 'center-b' })).status).to.equal(200)
    })

    it('one that was used at the center is seen there, by whichever door', async () => {
      const { row } = await stage.give(boss, clerk)
      await stage.authority.use(clerk.actor, { act: 'seal_use', center: 'center-b' }, { reference: 'seal-1', trace: 'K7QM-3F9T' })
      expect((await stage.get(`mandates/${row.id}`, { token: 'center-b' })).body).to.include({ state: 'active' })
      expectProblem(await stage.get(`mandates/${row.id}`), 404, 'mandate_unknown')
    })

    it('tells suspended, revoked and expired, also of what was passed on', async () => {
      const third = await stage.person(
        { uscc: (await stage.stores.parties.membership(boss.membershipId))?.enterprise.uscc ?? stage.company().uscc, name: 'x' },
        'operator',
      )
      const upper = await stage.give(boss, clerk, { acts: ['seal_use', 'delegate'], depth: 1 })
      const lower = await stage.give(clerk, third, { from: upper.row.id, acts: ['seal_use'] })
      await show(third)
      const state = async () => (await stage.get(`mandates/${lower.row.id}`)).body
      expect(await state()).to.include({ state: 'active', passed_on: true })
      await stage.change(boss, upper.row.id, 'suspend')
      expect(await state()).to.include({ state: 'suspended' })
      await stage.change(boss, upper.row.id, 'revoke')
      expect(await state()).to.include({ state: 'revoked' })
    })

    it('mandate_tampered: a row that somebody edited is not shown', async () => {
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.stores.pglite.query(`UPDATE mandate SET valid_until = valid_until + interval '1 year' WHERE id = $1`, [row.id])
      expectProblem(await stage.get(`mandates/${row.id}`), 403, 'mandate_tampered')
    })

    it('service_scope_missing', async () => {
      expectProblem(await stage.get('mandates/x', { token: 'decide-only' }), 403, 'service_scope_missing')
    })
  })

  describe('evidence/{id}', () => {
    const evidence = (clientId?: string) => ({
      id: newId(),
      kind: 'authorization-details',
      text: '缴纳投标保证金',
      cms: 'MIIB',
      thumbprint: 'ab',
      membershipId: clerk.membershipId,
      at: stage.clock.now().toISOString(),
      trace: 'K7QM-3F9T',
      ...(clientId === undefined ? {} : { clientId }),
    })

    it('gives text and signature to the center that asked for it', async () => {
      const row = evidence('center-a')
      await stage.stores.evidence.insert(row)
      const { body } = await stage.get(`evidence/${row.id}`)
      expect(body).to.deep.equal({
        id: row.id,
        kind: row.kind,
        subject: clerk.membershipId,
        text: row.text,
        cms: row.cms,
        thumbprint: row.thumbprint,
        at: row.at,
      })
    })

    it('evidence_unknown: of another center, of no center, and none at all', async () => {
      const [other, none] = [evidence('center-b'), evidence()]
      await Promise.all([stage.stores.evidence.insert(other), stage.stores.evidence.insert(none)])
      for (const id of [other.id, none.id, newId(), 'x y'])
        expectProblem(await stage.get(`evidence/${encodeURIComponent(id)}`), 404, 'evidence_unknown')
    })
  })

  describe('webhooks', () => {
    it('a revoked mandate is told to the center that saw it, signed as Standard Webhooks says', async () => {
      const { secret } = await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'revoke')
      const [notice, more] = await received()
      expect(more).to.equal(undefined)
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = notice?.headers ?? {}
      const expected = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
        .update(`${id}.${timestamp}.${notice?.body}`)
        .digest('base64')
      expect(signature).to.equal(`v1,${expected}`)
      expect(Number(timestamp)).to.equal(Math.floor(stage.clock.now().getTime() / 1000))
      const body = JSON.parse(notice?.body ?? '{}')
      expect(body).to.deep.include({ type: 'mandate.revoked' })
      expect(body.data).to.deep.equal({ mandate: row.id, state: 'revoked', company: clerk.uscc, place: body.data.place })
    })

    it('no center hears of what it never saw, nor of a mandate for others, nor of events it did not ask for', async () => {
      await addWebhook('center-a', ['mandate.suspended'])
      await addWebhook('center-b')
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'revoke')
      expect(await received()).to.deep.equal([])
    })

    it('what was passed on is told with what it hangs on', async () => {
      await addWebhook()
      const third = await stage.person(
        { uscc: (await stage.stores.parties.membership(boss.membershipId))?.enterprise.uscc ?? stage.company().uscc, name: 'x' },
        'operator',
      )
      const upper = await stage.give(boss, clerk, { acts: ['seal_use', 'delegate'], depth: 1 })
      const lower = await stage.give(clerk, third, { from: upper.row.id, acts: ['seal_use'] })
      await show(third)
      await stage.change(boss, upper.row.id, 'revoke')
      const told = (await received()).map(({ body }) => JSON.parse(body))
      expect(told.map(({ data }) => [data.mandate, data.state])).to.deep.equal([[lower.row.id, 'revoked']])
    })

    it('a change whose process died before it was told is told by the next look', async () => {
      await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'suspend')
      const { rows } = await stage.stores.pglite.query('SELECT kind FROM mandate_news WHERE mandate_id = $1', [row.id])
      expect(rows.length).to.be.greaterThan(0)
      expect(await received()).to.have.length(1)
      expect((await stage.stores.pglite.query('SELECT 1 FROM mandate_news')).rows).to.deep.equal([])
    })

    it('the end of a mandate is told, once', async () => {
      await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      stage.clock.advance(days(31))
      await stage.mandates.expire(500)
      await stage.mandates.expire(500)
      const told = (await received()).map(({ body }) => JSON.parse(body)).filter(({ data }) => data.mandate === row.id)
      expect(told.map(({ type, data }) => [type, data.state])).to.deep.equal([['mandate.expired', 'expired']])
    })

    it('a new legal representative freezes what the old one gave, and centers are told of each', async () => {
      await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      const { membershipId } = await stage.person(company, 'legal-representative')
      const enterpriseId = (await stage.stores.parties.membership(membershipId))?.enterprise.id ?? ''
      await stage.stores.mandates.freeze(enterpriseId, stage.clock.now().toISOString(), 'K7QM-3F9T')
      const told = (await received()).map(({ body }) => JSON.parse(body)).filter(({ data }) => data.mandate === row.id)
      expect(told.map(({ type, data }) => [type, data.state])).to.deep.equal([['mandate.frozen', 'frozen']])
    })

    it('with two secrets while they change, and one after a day', async () => {
      const { id, secret } = await addWebhook()
      const { body } = await stage.post(`webhooks/${id}:rotate`, undefined)
      expect(body.secret)
        .to.match(/^whsec_/)
        .and.not.equal(secret)
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'suspend')
      expect((await received())[0]?.headers['webhook-signature']?.split(' ')).to.have.length(2)
      stage.clock.advance(days(1) + hours(1))
      await stage.change(boss, row.id, 'resume')
      expect((await received())[0]?.headers['webhook-signature']?.split(' ')).to.have.length(1)
    })

    for (const [sentence, status] of [
      ['an error', 500],
      ['a redirect, which is not followed', 302],
    ] as const) {
      it(`tried again and again after ${sentence}, then dead, told to the audit record, and replayed under its id`, async function () {
        this.timeout(60_000)
        const { id } = await addWebhook()
        const { row } = await stage.give(boss, clerk)
        await show(clerk)
        stage.events.splice(0)
        stage.receiver.state.answer = status
        await stage.change(boss, row.id, 'revoke')
        const tries = await received()
        expect(tries).to.have.length(4)
        const ids = new Set(tries.map(({ headers }) => headers['webhook-id']))
        expect(ids.size).to.equal(1)
        expect(stage.events.filter(({ code }) => code === 'webhook.undelivered')).to.have.length(1)
        const { body } = await stage.get(`webhooks/${id}/deliveries?undelivered`)
        expect(body.deliveries).to.have.length(1)
        const [dead] = body.deliveries
        expect(dead).to.include({ state: 'dead', attempts: 4, type: 'mandate.revoked', mandate: row.id })

        stage.receiver.state.answer = 200
        expect((await stage.post(`webhooks/${id}/deliveries/${dead.id}:replay`, undefined)).body).to.include({ id: dead.id, state: 'waiting' })
        expect((await received()).map(({ headers }) => headers['webhook-id'])).to.deep.equal([...ids])
        expect((await stage.get(`webhooks/${id}/deliveries?undelivered=true`)).body.deliveries).to.deep.equal([])
        expect((await stage.get(`webhooks/${id}/deliveries`)).body.deliveries[0]).to.include({ state: 'delivered', last_status: 200 })
      })
    }

    it('one that waits for nobody, since its job was lost, is replayed', async () => {
      const { id } = await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'suspend')
      expect(await received()).to.have.length(1)
      await stage.stores.pglite.query(`UPDATE webhook_delivery SET state = 'waiting', done_at = NULL WHERE webhook_id = $1`, [id])
      const [lost] = (await stage.get(`webhooks/${id}/deliveries?undelivered=true`)).body.deliveries
      expect((await stage.post(`webhooks/${id}/deliveries/${lost.id}:replay`, undefined)).status).to.equal(200)
      expect((await received()).map(({ headers }) => headers['webhook-id'])).to.deep.equal([lost.id])
      expect((await stage.get(`webhooks/${id}/deliveries?undelivered=true`)).body.deliveries).to.deep.equal([])
    })

    it('deliveries come in pages, the newest first', async () => {
      const { id } = await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      for (const what of ['suspend', 'resume', 'revoke'] as const) {
        stage.clock.advance(1000)
        await stage.change(boss, row.id, what)
        await received()
      }
      const first = (await stage.get(`webhooks/${id}/deliveries?limit=2`)).body
      const second = (await stage.get(`webhooks/${id}/deliveries?limit=2&before=${first.next}`)).body
      expect([...first.deliveries, ...second.deliveries].map(({ type }) => type)).to.deep.equal([
        'mandate.revoked',
        'mandate.resumed',
        'mandate.suspended',
      ])
      expect(second).not.to.have.property('next')
      for (const query of ['limit=0', 'limit=101', 'limit=x', 'undelivered=perhaps', 'before=%27', 'other=1'])
        expectProblem(await stage.get(`webhooks/${id}/deliveries?${query}`), 400, 'bad_request')
    })

    it('the secret is shown once and is sealed at rest', async () => {
      const { id, secret } = await addWebhook()
      const { text, body } = await stage.get('webhooks')
      expect(body.webhooks.map((each: { id: string }) => each.id)).to.deep.equal([id])
      expect(text).not.to.include('whsec_')
      const { rows } = await stage.stores.pglite.query<{ secrets: string }>('SELECT secrets FROM webhook WHERE id = $1', [id])
      expect(rows[0]?.secrets).to.match(/^v1\./).and.not.include(secret.slice(6, 20))
    })

    for (const [sentence, url] of [
      ['plain http to a host of the list', 'http://hooks.example.cn/'],
      ['a host that is not on the list', 'https://evil.example/'],
      ['another port than the list has', 'https://hooks.example.cn:8443/'],
      ['a user name', 'https://me:secret@hooks.example.cn/'],
      ['a fragment', 'https://hooks.example.cn/#x'],
      ['another scheme', 'ftp://hooks.example.cn/'],
      ['no address', 'hooks.example.cn'],
      ['a script', 'javascript:alert(1)'],
      ['the cloud’s own address', 'http://169.254.169.254/'],
    ] as const) {
      it(`webhook_invalid: ${sentence}`, async () => expectProblem(await stage.post('webhooks', { url, events: EVENTS }), 422, 'webhook_invalid'))
    }

    it('webhook_invalid: an unknown event, and the eleventh; bad_request: none', async () => {
      const url = 'https://hooks.example.cn/'
      expectProblem(await stage.post('webhooks', { url, events: ['mandate.eaten'] }), 422, 'webhook_invalid')
      expectProblem(await stage.post('webhooks', { url, events: [] }), 400, 'bad_request')
      expectProblem(await stage.post('webhooks', { url }), 400, 'bad_request')
      const made = []
      for (let i = 0; i < 11; i++) made.push(await stage.post('webhooks', { url, events: EVENTS }))
      expect(made.map(({ status }) => status)).to.deep.equal([...Array.from({ length: 10 }, () => 201), 422])
    })

    it('webhook_unknown: another center’s, none, and one that was taken back', async () => {
      const { id } = await addWebhook('center-b')
      for (const each of [id, newId(), 'x%20y']) {
        expectProblem(await stage.remove(`webhooks/${each}`), 404, 'webhook_unknown')
        expectProblem(await stage.post(`webhooks/${each}:rotate`, undefined), 404, 'webhook_unknown')
        expectProblem(await stage.get(`webhooks/${each}/deliveries`), 404, 'webhook_unknown')
        expectProblem(await stage.post(`webhooks/${each}/deliveries/${newId()}:replay`, undefined), 404, 'webhook_unknown')
      }
      expect((await stage.remove(`webhooks/${id}`, { token: 'center-b' })).status).to.equal(204)
      expectProblem(await stage.remove(`webhooks/${id}`, { token: 'center-b' }), 404, 'webhook_unknown')
    })

    it('what waits for a webhook that was taken back is not sent', async () => {
      const { id } = await addWebhook()
      const { row } = await stage.give(boss, clerk)
      await show(clerk)
      await stage.change(boss, row.id, 'revoke')
      await stage.remove(`webhooks/${id}`)
      expect(await received()).to.deep.equal([])
    })

    it('service_scope_missing', async () => {
      expectProblem(await stage.get('webhooks', { token: 'decide-only' }), 403, 'service_scope_missing')
    })
  })
})
