import { expect } from 'chai'
import { days } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { expectProblem } from '../../suites/api-site.ts'
import type { Somebody } from '../stage.ts'
import { type CenterStage, openCenterStage } from './stage.ts'

describe('decisions for centers', () => {
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
    stage.events.splice(0)
  })
  const ask = (body: Record<string, unknown>, more: Parameters<CenterStage['post']>[2] = {}) => stage.post('decisions', body, more)
  const token = (who: Somebody, more: Parameters<CenterStage['tokenOf']>[1] = {}) => stage.tokenOf(who, more)
  const entries = async (who: Somebody) => {
    const membership = await stage.stores.parties.membership(who.membershipId)
    return (await stage.stores.mandates.history(membership?.enterprise.id ?? '', 50)).filter(({ kind }) => kind === 'used')
  }

  describe('look', () => {
    it('allow: what a mandate covers, with the mandate it is done by, and nothing is written down', async () => {
      const { row } = await stage.give(boss, clerk)
      const answer = await ask({ subject_token: await token(clerk), act: 'bond_pay', amount_fen: 100 })
      expect([answer.status, answer.body]).to.deep.equal([200, { decision: 'allow', reasons: [], power: 'mandate', mandate: row.id }])
      expect(await entries(clerk)).to.deep.equal([])
    })

    it('allow: the legal representative needs no mandate', async () => {
      expect((await ask({ subject_token: await token(boss), act: 'sign' })).body).to.include({ decision: 'allow', power: 'legal-representative' })
    })

    it('act_not_allowed: nobody gave the power', async () => {
      const { body } = await ask({ subject_token: await token(clerk), act: 'sign' })
      expect(body).to.include({ decision: 'deny', code: 'act_not_allowed' })
      expect(body.reasons[0].user_message.zh).to.match(/[\u4e00-\u9fff]{4}/)
      expect(body.reasons[0].doc_url).to.equal('https://shield.test/errors/act_not_allowed')
    })

    it('mandate_over_limit, mandate_out_of_scope, mandate_suspended, mandate_revoked: each by its own code, naming the mandate', async () => {
      const { row } = await stage.give(boss, clerk, { acts: ['bond_pay'], limitFen: 1000, projects: ['P-1'] })
      const subject_token = await token(clerk)
      const code = async (more: Record<string, unknown>) =>
        (await ask({ subject_token, act: 'bond_pay', project: 'P-1', amount_fen: 1000, ...more })).body
      expect(await code({})).to.include({ decision: 'allow' })
      expect(await code({ amount_fen: 1001 })).to.include({ decision: 'deny', code: 'mandate_over_limit', mandate: row.id })
      expect(await code({ project: 'P-2' })).to.include({ code: 'mandate_out_of_scope' })
      await stage.change(boss, row.id, 'suspend')
      expect(await code({})).to.include({ code: 'mandate_suspended' })
      await stage.change(boss, row.id, 'revoke')
      expect(await code({})).to.include({ code: 'mandate_revoked' })
    })

    it('step_up_needed: a token of a weak login, with the challenge of RFC 9470', async () => {
      await stage.give(boss, clerk)
      const answer = await ask({ subject_token: await token(clerk, { assurance: 'bank-session' }), act: 'seal_use' })
      expect(answer.body).to.deep.include({ decision: 'needs', code: 'step_up_needed', needs: { step_up: 'shield' } })
      expect(answer.headers.get('www-authenticate')).to.match(/^Bearer error="insufficient_user_authentication".*acr_values="shield"/)
    })

    it('approvals_needed: tokens of others of the company count, each once; not the person’s own, nor a stranger’s, nor a weak one', async () => {
      const [second, stranger] = [await stage.person(company, 'operator'), await stage.person(stage.company(), 'operator')]
      await stage.give(boss, clerk, { approvals: 2 })
      const subject_token = await token(clerk)
      const asked = async (approvals: string[]) => (await ask({ subject_token, act: 'bond_pay', amount_fen: 1, approvals })).body
      expect(await asked([])).to.deep.include({ decision: 'needs', code: 'approvals_needed', needs: { approvals: 2 } })
      expect(await asked([await token(clerk), await token(stranger), await token(second, { assurance: 'bank-session' })])).to.deep.include({
        needs: { approvals: 2 },
      })
      expect(await asked([await token(second), await token(second)])).to.deep.include({ needs: { approvals: 1 } })
      expect(await asked([await token(second), await token(boss)])).to.include({ decision: 'allow' })
    })
  })

  describe('of somebody by `sub`', () => {
    it('a login is allowed, and an act that needs a shield leads to a step-up', async () => {
      await stage.seen(clerk)
      await stage.give(boss, clerk)
      expect((await ask({ subject: clerk.membershipId, act: 'login' })).body).to.include({ decision: 'allow', power: 'bank-named' })
      const weak = await ask({ subject: clerk.membershipId, act: 'seal_use' })
      expect(weak.body).to.deep.include({ decision: 'needs', needs: { step_up: 'shield' } })
      expect(weak.headers.get('www-authenticate')).to.equal(null)
    })

    it('who never logged in at this center is answered to the letter like somebody who does not exist', async () => {
      await stage.give(boss, clerk)
      await stage.seen(clerk, 'center-b')
      const unseen = await ask({ subject: clerk.membershipId, act: 'login' })
      const unknown = await ask({ subject: newId(), act: 'login' })
      expect(unseen.body).to.include({ decision: 'deny', code: 'act_not_allowed' })
      expect(unseen.body).to.deep.equal(unknown.body)
      expect([...unseen.headers.keys()]).to.deep.equal([...unknown.headers.keys()])
    })

    it('and the database is asked as often for the one as for the other', async () => {
      await stage.give(boss, clerk)
      const counted = async (subject: string) => {
        const before = stage.stores.statements()
        await ask({ subject, act: 'login' })
        const after = stage.stores.statements()
        return { reads: after.reads - before.reads, writes: after.writes - before.writes }
      }
      // what is written behind answers, such as traces, may fall between: it only adds, so the least of several is the question's own
      const least = async (subject: () => string) => {
        const all = [await counted(subject()), await counted(subject()), await counted(subject()), await counted(subject())]
        return { reads: Math.min(...all.map(each => each.reads)), writes: Math.min(...all.map(each => each.writes)) }
      }
      expect(await least(() => clerk.membershipId)).to.deep.equal(await least(newId))
    })
  })

  describe('keeps from a center what is not its own', () => {
    it('a mandate for other centers does not exist, revoked or not, and a wider one is found behind it', async () => {
      const { row } = await stage.give(boss, clerk, { acts: ['sign'], centers: ['center-b'] })
      const subject_token = await token(clerk)
      const answer = await ask({ subject_token, act: 'sign' })
      expect(answer.body).to.include({ decision: 'deny', code: 'act_not_allowed' })
      expect(answer.body).not.to.have.property('mandate')
      await stage.change(boss, row.id, 'revoke')
      expect((await ask({ subject_token, act: 'sign' })).body).to.include({ code: 'act_not_allowed' })
    })

    it('a center asks about its own place alone: another’s cannot be named', async () => {
      expectProblem(await ask({ subject_token: await token(clerk), act: 'sign', center: 'center-b' }), 400, 'bad_request')
    })

    it('subject_token_unusable: unknown, and of another center, told alike', async () => {
      const foreign = await ask({ subject_token: await token(clerk, { clientId: 'center-b' }), act: 'login' })
      const unknown = await ask({ subject_token: 'x'.repeat(43), act: 'login' })
      for (const answer of [foreign, unknown]) expectProblem(answer, 422, 'subject_token_unusable')
      expectProblem(await ask({ subject_token: await token(clerk), act: 'login', approvals: ['x'.repeat(43)] }), 422, 'subject_token_unusable')
    })
  })

  describe('perform', () => {
    const pay = async (who: Somebody) => ({
      subject_token: await token(who),
      act: 'bond_pay',
      project: 'P-1',
      amount_fen: 500,
      perform: true,
      reference: 'case-7',
    })
    const key = () => `key-${newId()}`

    it('writes the act down with place and reference, and the money counts', async () => {
      const { row } = await stage.give(boss, clerk, { totalFen: 900 })
      const { body } = await ask(await pay(clerk), { key: key() })
      expect(body).to.include({ decision: 'allow', power: 'mandate', mandate: row.id })
      const [entry] = await entries(clerk)
      expect(entry).to.include({ entry: body.entry, place: body.place, act: 'bond_pay', center: 'center-a', reference: 'case-7', amountFen: 500 })
      expect((await ask(await pay(clerk), { key: key() })).body).to.include({ decision: 'deny', code: 'mandate_over_limit' })
      expect(await entries(clerk)).to.have.length(1)
    })

    it('retried under one key it is one use with one answer, also after the mandate is gone', async () => {
      const { row } = await stage.give(boss, clerk)
      const [body, one] = [await pay(clerk), key()]
      const first = await ask(body, { key: one })
      await stage.change(boss, row.id, 'revoke')
      const again = await ask(body, { key: `"${one}"` })
      expect(again.body).to.deep.equal(first.body)
      expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).to.deep.equal([null, 'true'])
      expect(await entries(clerk)).to.have.length(1)
    })

    it('twenty at once under one key are one use', async () => {
      await stage.give(boss, clerk)
      const [body, one] = [await pay(clerk), key()]
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(body, { key: one })))
      expect(new Set(answers.map(answer => answer.text)).size, answers[0]?.text).to.equal(1)
      expect(await entries(clerk)).to.have.length(1)
    })

    it('twenty at once under one key are one use and no denial, where the mandate has room for one', async () => {
      await stage.give(boss, clerk, { totalFen: 900 })
      const [body, one] = [await pay(clerk), key()]
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(body, { key: one })))
      expect(new Set(answers.map(answer => answer.text)).size, answers.map(({ text }) => text).join('\n')).to.equal(1)
      expect(answers[0]?.body).to.include({ decision: 'allow' })
      expect(await entries(clerk)).to.have.length(1)
      expect(stage.events.filter(({ code }) => code === 'authority.denied')).to.deep.equal([])
    })

    it('a retry is answered with the use that its first request has made since it was looked for', async () => {
      await stage.give(boss, clerk, { totalFen: 900 })
      const [body, one] = [await pay(clerk), key()]
      const first = await ask(body, { key: one })
      await stage.stores.pglite.query('UPDATE performed_act SET answer = NULL')
      const { usedOnce } = stage.stores.mandates
      let looks = 0
      stage.stores.mandates.usedOnce = async once => (++looks === 1 ? undefined : await usedOnce(once))
      const again = await ask(body, { key: one }).finally(() => {
        stage.stores.mandates.usedOnce = usedOnce
      })
      expect(looks).to.equal(2)
      expect(again.body).to.deep.equal(first.body)
      expect(again.headers.get('idempotent-replayed')).to.equal('true')
      expect(stage.events.filter(({ code }) => code === 'authority.denied')).to.deep.equal([])
    })

    it('one whose answer was lost in a crash is answered from the company’s record, and not done again', async () => {
      await stage.give(boss, clerk)
      const [body, one] = [await pay(clerk), key()]
      const first = await ask(body, { key: one })
      await stage.stores.pglite.query('UPDATE performed_act SET answer = NULL')
      expect((await ask(body, { key: one })).body).to.deep.equal(first.body)
      expect(await entries(clerk)).to.have.length(1)
    })

    it('idempotency_key_reused: the same key with other content, whether the first was done or denied', async () => {
      const one = key()
      const body = await pay(clerk)
      expect((await ask(body, { key: one })).body).to.include({ decision: 'deny' })
      expectProblem(await ask({ ...body, amount_fen: 501 }, { key: one }), 422, 'idempotency_key_reused')
      expectProblem(await ask({ ...body, subject_token: await token(boss) }, { key: one }), 422, 'idempotency_key_reused')
    })

    it('what was denied is decided anew under its key', async () => {
      const [body, one] = [await pay(clerk), key()]
      expect((await ask(body, { key: one })).body).to.include({ decision: 'deny' })
      await stage.give(boss, clerk)
      expect((await ask(body, { key: one })).body).to.include({ decision: 'allow' })
    })

    it('one center’s keys are not another’s, and a key is forgotten after a day', async () => {
      await stage.give(boss, clerk)
      const one = key()
      await ask(await pay(clerk), { key: one })
      const other = { ...(await pay(clerk)), subject_token: await token(clerk, { clientId: 'center-b' }), amount_fen: 1 }
      expect((await ask(other, { key: one, token: 'center-b' })).body).to.include({ decision: 'allow' })
    })

    it('bad_request: no key, or one that is none', async () => {
      const body = await pay(clerk)
      for (const more of [{}, { key: 'short' }, { key: 'with a blank in it' }, { key: 'k'.repeat(129) }]) {
        const answer = await ask(body, more)
        expectProblem(answer, 400, 'bad_request')
        expect(answer.body.expected).to.include('Idempotency-Key')
      }
    })

    it('service_scope_missing: asking ahead is one scope, doing another', async () => {
      const answer = await ask(await pay(clerk), { key: key(), token: 'decide-only' })
      expectProblem(answer, 403, 'service_scope_missing')
      expect(answer.headers.get('www-authenticate')).to.include('scope="authorization.use"')
    })
  })

  describe('a batch', () => {
    it('answers in order, each by itself, and writes nothing down', async () => {
      await stage.give(boss, clerk)
      await stage.seen(clerk)
      const { status, body } = await stage.post('decisions:batch', {
        items: [
          { id: 'a', subject: clerk.membershipId, act: 'login' },
          { id: 'b', subject: 'nobody', act: 'login' },
          { id: 'c', subject: clerk.membershipId, act: 'fly' },
          7,
          { subject: clerk.membershipId, act: 'seal_use' },
          { subject_token: await token(clerk), act: 'bond_pay', amount_fen: 1, perform: true },
        ],
      })
      expect(status).to.equal(200)
      expect(
        body.results.map(({ id, answer, problem }: Record<string, { decision: string; code: string }>) => [id, answer?.decision ?? problem?.code]),
      ).to.deep.equal([
        ['a', 'allow'],
        ['b', 'deny'],
        ['c', 'bad_request'],
        [undefined, 'bad_request'],
        [undefined, 'needs'],
        [undefined, 'bad_request'],
      ])
      expect(body.counts).to.deep.equal({ allow: 1, deny: 1, needs: 1, failed: 3 })
      expect(await entries(clerk)).to.deep.equal([])
      expect(stage.events.filter(({ code }) => code === 'authorization.answered')).to.have.length(1)
    })

    it('too_large: more than a hundred; bad_request: none', async () => {
      const item = { subject: clerk.membershipId, act: 'login' }
      expectProblem(await stage.post('decisions:batch', { items: Array.from({ length: 101 }, () => item) }), 413, 'too_large')
      expectProblem(await stage.post('decisions:batch', { items: [] }), 400, 'bad_request')
    })
  })

  describe('bad input', () => {
    for (const [sentence, body, status, code] of [
      ['malformed JSON', '{', 400, 'bad_request'],
      ['an array', [], 400, 'bad_request'],
      ['a text', '"x"', 400, 'bad_request'],
      ['too large', `{"act":"${'x'.repeat(200_000)}"}`, 413, 'too_large'],
      ['nobody', { act: 'login' }, 400, 'bad_request'],
      ['two who', { subject: 'a', subject_token: 'x'.repeat(43), act: 'login' }, 400, 'bad_request'],
      ['an unknown act', { subject: 'a', act: 'fly' }, 400, 'bad_request'],
      ['an act of Object.prototype', { subject: 'a', act: 'constructor' }, 400, 'bad_request'],
      ['a negative amount', { subject: 'a', act: 'bond_pay', amount_fen: -1 }, 400, 'bad_request'],
      ['a fraction of a fen', { subject: 'a', act: 'bond_pay', amount_fen: 0.5 }, 400, 'bad_request'],
      ['an amount as a text', { subject: 'a', act: 'bond_pay', amount_fen: '1' }, 400, 'bad_request'],
      ['an amount beyond all money', { subject: 'a', act: 'bond_pay', amount_fen: 1e15 }, 400, 'bad_request'],
      ['a huge project', { subject: 'a', act: 'sign', project: 'p'.repeat(81) }, 413, 'too_large'],
      ['a project with a null byte', { subject: 'a', act: 'sign', project: 'p\0' }, 400, 'bad_request'],
      ['a project that reads backwards', { subject: 'a', act: 'sign', project: 'p\u202e' }, 400, 'bad_request'],
      ['half a character', '{"subject":"a","act":"sign","project":"\\ud800"}', 400, 'bad_request'],
      ['an empty section', { subject: 'a', act: 'sign', section: '' }, 400, 'bad_request'],
      ['a subject that is no id', { subject: "a' OR 1=1", act: 'login' }, 400, 'bad_request'],
      ['a member nobody knows', { subject: 'a', act: 'login', admin: true }, 400, 'bad_request'],
      ['approvals without the person’s token', { subject: 'a', act: 'sign', approvals: [] }, 400, 'bad_request'],
      [
        'more approvals than any mandate asks for',
        { subject_token: 'x'.repeat(43), act: 'sign', approvals: Array.from({ length: 6 }, () => 'x'.repeat(43)) },
        413,
        'too_large',
      ],
    ] as const) {
      it(`${code}: ${sentence}`, async () => {
        const answer = await stage.post('decisions', body)
        expectProblem(answer, status, code)
        expect(stage.events.map(event => [event.code, event.facts['failure']])).to.deep.equal([['authorization.refused', code]])
      })
    }

    it('bad_request: another content type, and a compressed body', async () => {
      expectProblem(
        await stage.post('decisions', 'subject=a', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
        400,
        'bad_request',
      )
    })

    it('service_token_unusable, service_scope_missing: no token, a stranger’s, a person’s, one of another scope', async () => {
      const body = { subject: 'a', act: 'login' }
      expectProblem(await ask(body, { token: null }), 401, 'service_token_unusable')
      expectProblem(await ask(body, { token: 'stolen' }), 401, 'service_token_unusable')
      expectProblem(await ask(body, { token: await token(clerk) }), 401, 'service_token_unusable')
      const answer = await ask(body, { token: 'other-scope' })
      expectProblem(answer, 403, 'service_scope_missing')
      expect(answer.headers.get('www-authenticate')).to.match(/^Bearer realm="authorization".*scope="authorization.decide"/)
    })

    it('not_found: an address that is none, and a method that asks nothing', async () => {
      expectProblem(await stage.post('decissions', {}), 404, 'not_found')
      expectProblem(await stage.get('decisions'), 404, 'not_found')
    })
  })

  it('one audit event a request, with who asked and what came of it, and no token in it or in the log', async () => {
    const { row } = await stage.give(boss, clerk)
    stage.events.splice(0)
    const subject_token = await token(clerk)
    await ask({ subject_token, act: 'bond_pay', amount_fen: 1 })
    expect(stage.events.map(({ code, facts }) => [code, facts])).to.deep.equal([
      ['authorization.answered', { client: 'center-a', kind: 'decision', items: 1, act: 'bond_pay', outcomes: 'allow', mandate: row.id }],
    ])
    expect(JSON.stringify([stage.events, stage.lines])).not.to.include(subject_token)
  })

  it('a mandate whose time is over is told as such', async () => {
    await stage.give(boss, clerk)
    const subject_token = await token(clerk)
    stage.clock.advance(days(31))
    expect((await ask({ subject_token, act: 'bond_pay', amount_fen: 1 })).body).to.include({ code: 'mandate_not_in_time' })
  })
})

describe('how much one center may ask for decisions', () => {
  it('too_many_requests: items count, and one center’s share is not another’s', async function () {
    this.timeout(60_000)
    const stage = await openCenterStage({ itemsPerMinute: 30 })
    try {
      const batch = { items: Array.from({ length: 20 }, () => ({ subject: 'a', act: 'login' })) }
      expect((await stage.post('decisions:batch', batch)).status).to.equal(200)
      const refused = await stage.post('decisions:batch', batch)
      expectProblem(refused, 429, 'too_many_requests')
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60)
      expect((await stage.post('decisions:batch', batch, { token: 'center-b' })).status).to.equal(200)
    } finally {
      await stage.close()
    }
  })
})
