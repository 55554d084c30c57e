import { expect } from 'chai'
import { OPERATIONS } from '../../server/credit/api/interface.ts'
import { verifyDocument } from '../../server/credit/report/document.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { methodOf } from '../../server/web/interface/operation.ts'
import type { Somebody } from '../authorization/stage.ts'
import { describesItself } from '../suites/interface.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { type CreditStage, openCreditStage, START, TRACE } from './stage.ts'

/** The company's pages over HTTP: who sees what, and what is refused. */
describe('pages of credit and consents', function () {
  this.timeout(60_000)
  let stage: CreditStage
  let boss: Somebody
  beforeEach(async () => {
    const clock = fixedClock(START)
    stage = await openCreditStage(await openTestStores({ clock }), clock)
    boss = await stage.boss()
  })
  afterEach(() => stage.close())

  const record = async (more: Record<string, unknown> = {}) =>
    (await stage.credit.facts.record('center-a', [{ content: stage.fact(boss.uscc, more) }], TRACE))[0]?.id ?? ''
  const report = (recipient = 'bank-a') =>
    stage.credit.reports.give({ kind: 'bidder', subject: boss.uscc, report: 'bid', recipient, project: 'P-1', purpose: 'financing' }, TRACE)

  it('link each reason to its signed source, and say what would raise it and when it ages out', async () => {
    const id = await record()
    const index = await record({ type: 'center.index', level: 'index', value: 8000, document: undefined, title: '中心指数' })
    const { body } = await stage.page(boss, '/credit')
    for (const each of [id, index]) expect(body).to.include(`/workbench/credit/facts/${each}?kind=bidder`)
    expect(body).to.include('2027-08-01 起可修复；2028-05-01 到期；消除后加 120 分')
    expect(body).to.include('演示交易中心')
    const fact = await stage.page(boss, `/credit/facts/${id}`)
    for (const told of ['罚字〔2027〕1号', 'center-a', 'ab'.repeat(32)]) expect(fact.body).to.include(told)
    const found = await stage.page(boss, `/credit?on=2027-08-01&without=${id}`)
    expect(found.body).to.include('到 2027-08-01，会是')
  })

  it('show another company nothing of it: no record, report or consent', async () => {
    const id = await record()
    const consent = await stage.consent(boss)
    const given = await report()
    const stranger = await stage.boss()
    for (const [path, code] of [
      [`/credit/facts/${id}`, 'credit_fact_unknown'],
      [`/credit/reports/${given.id}`, 'credit_report_unknown'],
      [`/consents/${consent}`, 'consent_unknown'],
    ] as const) {
      const answer = await stage.page(stranger, path)
      expect([answer.status, answer.body], path).to.deep.equal([404, `<code>${code}</code>`])
    }
    expect((await stage.page(stranger, `/consents/${consent}/withdraw`, {})).status).to.equal(404)
    expect((await stage.page(stranger, `/credit/facts/${id}/appeal`, { why: 'x' })).status).to.equal(404)
    expect((await stage.page(boss, `/consents/${consent}`)).body).to.include('立即撤回')
  })

  it('give the company its own report, signed, and the very one that a party was given', async () => {
    await record()
    await stage.consent(boss)
    const given = await report()
    expect((await stage.page(boss, `/credit/reports/${given.id}`)).body).to.equal(given.document)
    const own = await stage.page(boss, '/credit/report', { kind: 'bidder', report: 'financing' })
    const verdict = verifyDocument(own.body)
    expect(verdict.ok && JSON.parse(verdict.content).report).to.equal('financing')
    expect((await stage.page(boss, '/credit/given')).body)
      .to.include('示范银行')
      .and.to.include('本企业')
  })

  it('refuse whoever lacks the power to consent, and let them look', async () => {
    const id = await record()
    const consent = await stage.consent(boss)
    const clerk = await stage.person({ uscc: boss.uscc as never, name: '演示企业' }, 'operator')
    expect((await stage.page(clerk, '/credit')).status).to.equal(200)
    expect((await stage.page(clerk, `/credit/facts/${id}/appeal`, { why: '有误' })).status).to.equal(403)
    expect((await stage.page(clerk, `/consents/${consent}/withdraw`, {})).status).to.equal(403)
    expect((await stage.page(clerk, '/credit/report', {})).status).to.equal(403)
    expect((await stage.stores.dataConsents.find(consent))?.state).to.equal('in-force')
  })

  it('ask for another signature under another id, where the first was refused: the words have another time', async () => {
    const form = stage.formOf() as Record<string, string>
    const { body } = await stage.page(boss, `/consents/sign?${new URLSearchParams(form)}`)
    const idIn = (page: string) => /name="id" value="([^"]+)"/.exec(page)?.[1]
    expect(idIn(body)).to.equal(form['id'])
    const refused = await stage.page(boss, '/consents/give', { ...form, text: '别的', signature: 'MIIB' })
    expect(refused.status).to.be.at.least(400)
    expect(idIn(refused.body))
      .to.match(/^[\w-]{8,}$/)
      .and.not.to.equal(form['id'])
  })

  it('offer only parties that are registered to query, and keep a form that is wrong from being signed', async () => {
    const { body } = await stage.page(boss, '/consents/give')
    expect(body).to.include('value="bank-a"').and.not.to.include('center-x')
    const query = (more: Record<string, string>) =>
      `/consents/sign?${new URLSearchParams({ ...(stage.formOf() as Record<string, string>), ...more })}`
    expect((await stage.page(boss, query({}))).body).to.include('最后有效日:2027-06-19(含当日)')
    for (const more of [{ until: '2020-01-01' }, { recipient: 'center-x' }, { uses: '0' }, { purpose: 'fun' }, { project: 'a\nb' }])
      expect((await stage.page(boss, query(more))).status, JSON.stringify(more)).to.equal(422)
  })
})

describe('the OpenAPI document of credit', () => {
  let stage: CreditStage
  before(async function () {
    this.timeout(60_000)
    const clock = fixedClock(START)
    stage = await openCreditStage(await openTestStores({ clock }), clock)
  })
  after(() => stage.close())
  describesItself({ base: '/api/credit', operations: OPERATIONS, told: ['consent_withdrawn', 'credit_repair_early'] }, () => stage.apiUrl)

  it('every operation wants a token with its scope', async () => {
    for (const operation of OPERATIONS) {
      const path = operation.path.replace('/api/credit/', '').replaceAll(/\{\w+\}/g, 'none')
      const method = methodOf(operation).toUpperCase()
      const ask = async (token: string | null) => (await stage.api(path, method === 'GET' ? undefined : {}, { method, token })).body.code
      expect(await ask(null), operation.name).to.equal('service_token_unusable')
      if (operation.scope !== 'credit.read') expect(await ask('read-only'), operation.name).to.equal('service_scope_missing')
    }
  })
})
