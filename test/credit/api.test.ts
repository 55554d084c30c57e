import { expect } from 'chai'
import { verifyDocument } from '../../server/credit/report/document.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import type { Somebody } from '../authorization/stage.ts'
import { type ApiAnswer, expectProblem } from '../suites/api-site.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { type CreditStage, openCreditStage, START } from './stage.ts'

/** As programs of centers and banks ask, over real HTTP. */
describe('the interface for credit', function () {
  this.timeout(60_000)
  let stage: CreditStage
  let boss: Somebody
  beforeEach(async () => {
    const clock = fixedClock(START)
    stage = await openCreditStage(await openTestStores({ clock }), clock)
    boss = await stage.boss()
  })
  afterEach(() => stage.close())

  const facts = (...more: Record<string, unknown>[]) => stage.api('facts', { facts: more.map(each => stage.fact(boss.uscc, each)) })
  const query = (token = 'bank-a', more: Record<string, unknown> = {}) =>
    stage.api('queries', { kind: 'bidder', subject: boss.uscc, report: 'bid', purpose: 'financing', project: 'P-1', ...more }, { token })
  const idOf = (answer: ApiAnswer): string => answer.body.facts[0].id

  it('records facts, tells of a number that is taken, and takes none of a batch in which one does not fit', async () => {
    const number = 'CF-1'
    const made = await facts({ number }, { number: 'CF-2', level: 'light' })
    expect(made.body.facts.map((each: { outcome: string }) => each.outcome)).to.deep.equal(['recorded', 'recorded'])
    const again = await facts({ number }, { number: 'CF-2', level: 'severe' })
    expect(again.body.facts.map((each: { outcome: string; id?: string }) => [each.outcome, each.id])).to.deep.equal([
      ['known', idOf(made)],
      ['credit_fact_conflict', undefined],
    ])
    expectProblem(await facts({ number: 'CF-3' }, { number: 'CF-4', level: 'heavy' }), 422, 'credit_fact_invalid')
    expectProblem(await facts({ number: 'CF-5' }, { number: 'CF-5' }), 422, 'credit_fact_invalid')
    expect((await facts({ number: 'CF-3' })).body.facts[0].outcome).to.equal('recorded')
  })

  it('takes a source’s signature only over the very record', async () => {
    const fact = stage.fact(boss.uscc, { number: 'S-1' })
    const text = `{${Object.entries({ source: 'center-a', ...fact })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',')}}`
    const send = (signature: string) => stage.api('facts', { facts: [{ ...fact, signature }] })
    expectProblem(await send(boss.sign(text.replace('general', 'light'))), 403, 'challenge_mismatch')
    const made = await send(boss.sign(text))
    const found = await stage.get(`facts/${idOf(made)}`)
    expect(found.body.signed_by).to.equal(boss.party.certificate.thumbprint)
  })

  it('shows and changes a source’s own facts alone, and needs the scope', async () => {
    const id = idOf(await facts({}))
    expectProblem(await stage.get(`facts/${id}`, 'center-b'), 404, 'credit_fact_unknown')
    expectProblem(await stage.api(`facts/${id}/recall`, { why: '不是我的' }, { token: 'center-b' }), 404, 'credit_fact_unknown')
    expectProblem(await stage.api('facts', { facts: [stage.fact(boss.uscc)] }, { token: 'read-only' }), 403, 'service_scope_missing')
    expectProblem(await stage.api('facts', { facts: [stage.fact(boss.uscc)] }, { token: null }), 401, 'service_token_unusable')
    expect((await stage.get(`facts/${id}`)).body).to.include({ id, state: 'in-force', repairable_from: '2027-08-01', ages_out: '2028-05-01' })
  })

  it('gives a report by consent, signed so that anybody can verify it, with a receipt; and audits one event for each', async () => {
    const penalty = idOf(await facts({}))
    stage.events.length = 0
    expectProblem(await query(), 403, 'consent_missing')
    expect(stage.events.map(({ code }) => code)).to.deep.equal(['consent.refused'])
    const consent = await stage.consent(boss)
    const answer = await query()
    expect(answer.status).to.equal(200)
    expect(answer.body.receipt).to.deep.include({ consent, use: 1 })
    const { root_thumbprint } = (await stage.get('key', 'bank-a')).body
    const document = JSON.stringify(answer.body.document)
    const verdict = verifyDocument(document, root_thumbprint)
    expect(verdict.ok).to.equal(true)
    const report = JSON.parse(answer.body.document.content)
    expect(report.reasons[0]).to.include({ code: 'penalties', lost: 120 })
    expect(report.reasons[0].facts[0]).to.include({ id: penalty, source: 'center-a', ages_out: '2028-05-01', gain: 120 })
    expect(verifyDocument(document.replace('120', '121'), root_thumbprint)).to.deep.equal({
      ok: false,
      why: 'the signature is not over this content',
    })
    expect(verifyDocument(document, 'ab'.repeat(32))).to.deep.equal({ ok: false, why: 'another root' })
    expect(verifyDocument('{}')).to.deep.equal({ ok: false, why: 'not a signed document' })
    expectProblem(await query('center-a'), 403, 'consent_missing')
    expect((await stage.get(`reports/${answer.body.id}`, 'bank-a')).body).to.deep.equal(answer.body)
    expect((await stage.stores.dataConsents.find(consent))?.used).to.equal(1)
    await stage.credit.consents.withdraw(stage.personOf(boss), consent)
    expectProblem(await query(), 403, 'consent_withdrawn')
    stage.events.length = 0
    expectProblem(await stage.get(`reports/${answer.body.id}`, 'bank-a'), 403, 'consent_withdrawn')
    expect(stage.events.map(({ code }) => code)).to.deep.equal(['consent.refused'])
  })

  it('refuses a query that names no project, no purpose that there is, or a subject that cannot consent', async () => {
    for (const more of [{ project: '' }, { project: undefined }, { purpose: 'curiosity' }, { report: 'life' }, { kind: 'friend' }])
      expectProblem(await query('bank-a', more), 400, 'bad_request')
    expectProblem(await query('bank-a', { kind: 'expert', subject: 'a'.repeat(64) }), 422, 'credit_subject_unsupported')
    expectProblem(await query('bank-a', { kind: 'expert', report: 'financing' }), 422, 'credit_subject_unsupported')
  })

  it('repairs, and tells whoever was given it until they confirm', async () => {
    const id = idOf(await facts({ happened_on: '2027-02-01' }))
    await stage.consent(boss)
    const given = (await query()).body.id
    const done = { corrected: true, duties_done: true, promised: true, why: '修复决定书' }
    expectProblem(await stage.api(`facts/${id}/repair`, { ...done, promised: false }), 422, 'credit_repair_unproven')
    expect((await stage.api(`facts/${id}/repair`, done)).body).to.deep.equal({ id, state: 'repaired', told: 1 })
    expect((await stage.api(`facts/${id}/repair`, done)).body, 'the same once more').to.deep.equal({ id, state: 'repaired', told: 1 })
    expectProblem(await stage.api(`facts/${id}/repair`, { ...done, why: '另一份决定书' }), 409, 'credit_wrong_state')
    expectProblem(await stage.api(`facts/${id}/recall`, { why: done.why }), 409, 'credit_wrong_state')
    expectProblem(await stage.get(`reports/${given}`, 'bank-a'), 410, 'credit_report_recalled')
    const [notice] = (await stage.get('recalls', 'bank-a')).body.recalls
    expect(notice).to.include({ fact: id, reason: 'repaired' })
    expect(notice.reports).to.deep.equal([given])
    expect((await stage.get('recalls', 'center-a')).body.recalls).to.deep.equal([])
    expectProblem(await stage.api(`recalls/${notice.id}/confirm`, undefined, { token: 'center-b' }), 404, 'credit_report_unknown')
    for (const time of ['first', 'once more'])
      expect((await stage.api(`recalls/${notice.id}/confirm`, undefined, { token: 'bank-a' })).body, time).to.deep.equal({
        id: notice.id,
        confirmed: true,
      })
    expectProblem(await stage.api(`recalls/${notice.id}/confirm`, undefined, { token: 'center-b' }), 404, 'credit_report_unknown')
    expect((await stage.get('recalls', 'bank-a')).body).to.deep.equal({ recalls: [], more: false })
    expect((await query()).body.document.content).not.to.include(id)
  })

  it('lists appeals for their source to answer', async () => {
    const id = idOf(await facts({}))
    await stage.credit.facts.appeal({ kind: 'bidder', subject: boss.uscc }, id, '有误', '张三', 'K7QM-3F9T')
    expect((await stage.get('appeals')).body.facts.map((each: { id: string }) => each.id)).to.deep.equal([id])
    expect((await stage.get('appeals', 'center-b')).body.facts).to.deep.equal([])
    expect((await stage.api(`facts/${id}/answer`, { outcome: 'rejected', why: '一致' })).body.state).to.equal('in-force')
    expect((await stage.get(`facts/${id}`)).body.steps.map((each: { kind: string }) => each.kind)).to.deep.equal(['appealed', 'rejected'])
  })
})
