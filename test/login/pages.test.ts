import { expect } from 'chai'
import { createMeasures } from '../../server/enforcement/measures.ts'
import { measure } from '../enforcement/stage.ts'
import { COMPANIES, type LoginStage } from './stage.ts'
import { agreed, shield, useLoginStage } from './use-stage.ts'

describe('the login’s own pages', () => {
  let stage: LoginStage
  useLoginStage(opened => {
    stage = opened
  })
  const agreedBefore = (more = {}) => agreed(stage, more)

  it('goes from the hinted shield bank to the center in two requests and two saves of the login', async () => {
    await agreedBefore({ bank: 'abc' })
    const { id } = await stage.request({ bankHint: 'abc' })
    const on = await stage.visit(id)
    expect(on.page.body).to.include('id="shield-form"')
    expect((await stage.record(id)).version).to.equal(2)
    const done = await on.post(`/login/${id}/shield`, shield)
    expect(done.url).to.equal(stage.returnTo(id))
    const { version, outcome, identity, attempt } = await stage.record(id)
    expect([version, outcome?.kind, identity, attempt]).to.deep.equal([3, 'granted', undefined, undefined])
    expect(stage.codes()).to.deep.equal(['login.started', 'login.bank-chosen', 'login.proven', 'login.granted'])
    const proof = await stage.stores.proofs.find(outcome?.kind === 'granted' ? outcome.proofId : '')
    expect(proof?.membership.enterprise.uscc).to.equal(COMPANIES[0]?.uscc)
    expect(proof?.proof).to.include({ bank: 'abc', assurance: 'shield', subject: 'person-1' })
  })

  it('shows once on the way what the company has to do in time, tells the center nothing, and goes on with one press', async () => {
    await agreedBefore({ bank: 'abc' })
    const what = { zh: '加密标书用的证书已被吊销。请重新加密。', en: 'The certificate was revoked.' }
    stage.reminders.due = [{ title: '示例项目开标', what, until: '2026年12月1日 09:30', path: '/workbench/bids/o1' }]
    const { id } = await stage.request({ bankHint: 'abc' })
    const on = await stage.visit(id)
    const shown = await on.post(`/login/${id}/shield`, shield)
    for (const words of ['继续之前', '示例项目开标', '已被吊销', '2026年12月1日 09:30', '/workbench/bids/o1']) expect(shown.body).to.include(words)
    // looked at again it is still there, and nothing is granted before the press
    expect((await on.get(`/login/${id}`)).body).to.include('继续之前')
    expect((await stage.record(id)).outcome).to.equal(undefined)
    const done = await on.post(`/login/${id}/reminded`)
    expect(done.url).to.equal(stage.returnTo(id))
    expect((await stage.record(id)).outcome?.kind).to.equal('granted')
    expect(JSON.stringify([stage.steps, stage.events]))
      .to.not.include('示例项目')
      .and.to.not.include('remind')
  })

  it('refuses a login that a measure refuses at this center, says which, and lets the person in again once it is lifted', async () => {
    const { enterprise } = await agreedBefore({ bank: 'abc' })
    const measures = createMeasures({ store: stage.stores.measures, clock: stage.clock, trail: { append: async () => undefined } })
    const content = { ...measure(enterprise.uscc), from: '2026-11-01', until: '2026-12-31', centers: ['center-a'] }
    const [made] = await measures.record({ id: 'authority', everywhere: true }, [content], 'K7QM-3F9T')
    const { id } = await stage.request({ bankHint: 'abc' })
    const refused = await (await stage.visit(id)).post(`/login/${id}/shield`, shield)
    expect(stage.failure(refused)).to.include({ status: 403, code: 'login_refused_by_measure' })
    for (const words of ['失信被执行人', '2026-12-31', '执行局 020-00000000']) expect(refused.body).to.include(words)
    expect((await stage.record(id)).outcome).to.equal(undefined)
    expect(stage.codes()).to.include('login.refused').and.to.not.include('login.granted')
    const elsewhere = await stage.request({ bankHint: 'abc', clientId: 'center-b' })
    const on = await stage.visit(elsewhere.id)
    expect(stage.failure(await on.post(`/login/${elsewhere.id}/shield`, shield)).code).to.not.equal('login_refused_by_measure')
    await measures.end('authority', made?.id ?? '', 'lifted', '撤销', 'K7QM-3F9T')
    const again = await stage.request({ bankHint: 'abc' })
    expect((await (await stage.visit(again.id)).post(`/login/${again.id}/shield`, shield)).url).to.equal(stage.returnTo(again.id))
  })

  it('goes on where what the company has to do cannot be looked up', async () => {
    await agreedBefore({ bank: 'abc' })
    const { of } = stage.reminders
    stage.reminders.of = () => Promise.reject(new Error('away'))
    try {
      const { id } = await stage.request({ bankHint: 'abc' })
      expect((await (await stage.visit(id)).post(`/login/${id}/shield`, shield)).url).to.equal(stage.returnTo(id))
    } finally {
      stage.reminders.of = of
    }
  })

  it('shows exactly the text that will be signed, escaped', async () => {
    const { id } = await stage.request({ bankHint: 'abc' })
    const { page } = await stage.visit(id)
    const [attempt] = stage.bank('abc').begun
    expect(page.body).to.include(`共享盾登录确认\n编号:${attempt?.id} &lt;&amp;&gt;`)
    expect(attempt?.binding).to.deep.include({ origin: stage.url, relyingParty: 'center-a', relyingPartyName: '演示交易中心', purpose: 'login' })
    expect(page.headers['content-security-policy']).to.include('ws://127.0.0.1:7130')
  })

  it('shows the chooser with every bank, its state and the center’s name; remembers the bank chosen', async () => {
    stage.down.add('ccb')
    const { id, trace } = await stage.request()
    const on = await stage.visit(id)
    for (const words of ['ccb银行', 'icbc银行', 'abc银行', '演示交易中心', '暂时连不上', trace]) expect(on.page.body).to.include(words)
    expect(on.page.body).not.to.include('继续使用')
    await on.post(`/login/${id}/bank`, { bank: 'icbc' })
    const again = await stage.request()
    expect((await stage.visit(again.id, on.browser)).page.body).to.include('继续使用 icbc银行')
  })

  it('lets the chooser’s forms end at banks and at the center, and nowhere else', async () => {
    const { page } = await stage.visit((await stage.request()).id)
    const policy = String(page.headers['content-security-policy'])
    expect(/form-action ([^;]*)/.exec(policy)?.[1]).to.equal("'self' https://center.example https://ccb.example https://icbc.example")
  })

  it('sends the browser to a bank of redirects, and posts a form to a bank that wants one', async () => {
    const { id } = await stage.request()
    const on = await stage.visit(id)
    const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
    expect(url).to.match(new RegExp(`^https://ccb\\.example/auth\\?state=${id}\\.`))
    const form = await on.post(`/login/${id}/bank`, { bank: 'icbc' })
    expect(form.body).to.include('action="https://icbc.example/sso"').and.to.include(`value="${id}.`)
  })

  it('asks a person with several companies which one, and offers the last choice first next time', async () => {
    stage.bank('abc').says = stage.identity({ bank: 'abc', seats: COMPANIES })
    const { id } = await stage.request({ bankHint: 'abc' })
    const on = await stage.visit(id)
    const page = await on.post(`/login/${id}/shield`, shield)
    expect(page.url).to.equal(`${stage.url}/login/${id}`)
    for (const { name } of COMPANIES) expect(page.body).to.include(name)
    const consent = await on.post(`/login/${id}/company`, { uscc: COMPANIES[2]?.uscc ?? '' })
    expect(consent.body).to.include('同意提供以下信息吗').and.to.include(COMPANIES[2]?.uscc)
    await on.post(`/login/${id}/consent`, { decision: 'agree' })
    expect((await stage.record(id)).outcome?.kind).to.equal('granted')
    expect(stage.codes()).to.include.members(['login.company-chosen', 'login.bound', 'login.consented', 'login.granted'])

    const again = await stage.request({ bankHint: 'abc' })
    const second = await stage.visit(again.id, on.browser)
    const offered = await second.post(`/login/${again.id}/shield`, shield)
    expect(offered.body.indexOf(COMPANIES[2]?.uscc ?? '-')).to.be.lessThan(offered.body.indexOf(COMPANIES[0]?.uscc ?? '-'))
    expect(offered.body).to.include('上次选择')
    const done = await second.post(`/login/${again.id}/company`, { uscc: COMPANIES[2]?.uscc ?? '' })
    expect(done.url).to.equal(stage.returnTo(again.id))
  })

  it('refuses a company that the bank did not name, and keeps the choice open', async () => {
    stage.bank('abc').says = stage.identity({ bank: 'abc', seats: COMPANIES.slice(0, 2) })
    const { id, trace } = await stage.request({ bankHint: 'abc' })
    const on = await stage.visit(id)
    await on.post(`/login/${id}/shield`, shield)
    const page = await on.post(`/login/${id}/company`, { uscc: COMPANIES[2]?.uscc ?? '' })
    expect(stage.failure(page)).to.deep.equal({ status: 403, code: 'company_not_offered', trace })
    expect(stage.failure(await on.post(`/login/${id}/company`, { uscc: '91990000MADEM0000X' })).code).to.equal('uscc_invalid')
    expect((await on.get(`/login/${id}`)).body).to.include('这次代表哪家企业')
  })

  it('refuses a company before anybody was proven', async () => {
    const { id } = await stage.request()
    const on = await stage.visit(id)
    expect(stage.failure(await on.post(`/login/${id}/company`, { uscc: COMPANIES[0]?.uscc ?? '' })).code).to.equal('login_moved_on')
  })

  it('tells the center when the person refuses to share', async () => {
    const { id } = await stage.request({ bankHint: 'abc', clientId: 'center-never' })
    const on = await stage.visit(id)
    await on.post(`/login/${id}/shield`, shield)
    const page = await on.post(`/login/${id}/consent`, { decision: 'refuse' })
    expect(page.url).to.equal(stage.returnTo(id))
    expect((await stage.record(id)).outcome).to.deep.equal({ kind: 'refused', error: 'access_denied', description: 'consent_refused' })
    expect(await stage.stores.consents.has((await agreedBefore()).id, 'center-never', ['openid', 'enterprise'])).to.equal(false)
  })

  it('refuses consent where none is asked', async () => {
    const { id } = await stage.request()
    const on = await stage.visit(id)
    expect(stage.failure(await on.post(`/login/${id}/consent`, { decision: 'agree' })).code).to.equal('login_moved_on')
  })

  it('asks again for consent where the center demands it', async () => {
    await agreedBefore({ bank: 'abc' })
    const { id } = await stage.request({ bankHint: 'abc', prompts: ['login', 'consent'] })
    const on = await stage.visit(id)
    expect((await on.post(`/login/${id}/shield`, shield)).body).to.include('同意提供以下信息吗')
    expect((await on.post(`/login/${id}/consent`, { decision: 'agree' })).url).to.equal(stage.returnTo(id))
  })

  it('asks for the shield when the proof is too weak, at the same bank or another, and can be left', async () => {
    stage.bank('ccb').says = stage.identity({ assurance: 'bank-session' })
    const { id } = await stage.request({ needs: 'shield' })
    const on = await stage.visit(id)
    const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
    const page = await on.get(`/login/callback/ccb?code=x&state=${new URL(url).searchParams.get('state')}`)
    expect(page.body).to.include('用ccb银行的盾验证').and.to.include(`/login/${id}/restart`)
    await on.post(`/login/${id}/bank`, { bank: 'ccb' })
    expect(stage.bank('ccb').begun.at(-1)?.needs).to.equal('shield')
    const chooser = await on.post(`/login/${id}/restart`)
    expect(chooser.body).to.include('选择您的开户银行')
    const cancelled = await on.post(`/login/${id}/cancel`)
    expect(cancelled.url).to.equal(stage.returnTo(id))
  })

  it('tells the center that the level was not reached when the person gives up there', async () => {
    stage.bank('abc').says = stage.identity({ bank: 'abc' })
    const { id } = await stage.request({ needs: 'shield-person', bankHint: 'abc' })
    const on = await stage.visit(id)
    expect((await on.post(`/login/${id}/shield`, shield)).body).to.include('需要用盾再确认')
    await on.post(`/login/${id}/cancel`)
    expect((await stage.record(id)).outcome).to.deep.include({ kind: 'refused', error: 'unmet_authentication_requirements' })
  })

  it('tells when the bank names another legal representative, in the audit record and in the company’s', async () => {
    const [, , third] = COMPANIES
    if (third === undefined) throw new Error('no company')
    const as = async (subject: string) => {
      stage.bank('abc').says = stage.identity({
        bank: 'abc',
        subject,
        person: { name: subject },
        seats: [{ ...third, role: 'legal-representative' }],
      })
      const { id } = await stage.request({ bankHint: 'abc' })
      await (await stage.visit(id)).post(`/login/${id}/shield`, shield)
      return (await stage.record(id)).trace
    }
    await as('甲代表')
    stage.events.length = 0
    const trace = await as('乙代表')
    expect(stage.events.find(({ code }) => code === 'company.representative-changed')).to.deep.include({ trace })
    const membership = await stage.stores.parties.membership(
      String(stage.events.find(({ code }) => code === 'company.representative-changed')?.facts['membership']),
    )
    const entries = await stage.stores.mandates.history(membership?.enterprise.id ?? '', 100)
    expect(entries.find(entry => entry.trace === trace && entry.kind === 'representative-changed')).to.deep.include({ personName: '乙代表' })
  })

  it('refuses a suspended membership, and says so in the audit record', async () => {
    const membership = await agreedBefore({ bank: 'abc' })
    await stage.stores.parties.suspend(membership.id, true)
    const { id, trace } = await stage.request({ bankHint: 'abc' })
    const on = await stage.visit(id)
    expect(stage.failure(await on.post(`/login/${id}/shield`, shield))).to.deep.equal({ status: 403, code: 'membership_suspended', trace })
    expect(stage.events.at(-1)).to.deep.include({ code: 'login.refused', trace })
    await stage.stores.parties.suspend(membership.id, false)
  })

  it('goes on to the center when the person clicks twice, and finishes once', async () => {
    stage.bank('abc').says = stage.identity({ bank: 'abc', seats: COMPANIES })
    const { id } = await stage.request({ bankHint: 'abc', clientId: 'center-twice' })
    const on = await stage.visit(id)
    await on.post(`/login/${id}/shield`, shield)
    await on.post(`/login/${id}/company`, { uscc: COMPANIES[0]?.uscc ?? '' })
    const clicks = await Promise.all([1, 2, 3].map(() => on.post(`/login/${id}/consent`, { decision: 'agree' })))
    for (const click of clicks) expect(click.url).to.equal(stage.returnTo(id))
    expect(stage.codes().filter(code => code === 'login.granted')).to.have.length(1)
    expect((await on.get(`/login/${id}`)).url).to.equal(stage.returnTo(id))
  })

  it('refuses to change a login that is over', async () => {
    const { id } = await stage.request()
    const on = await stage.visit(id)
    await on.post(`/login/${id}/cancel`)
    expect(stage.failure(await on.post(`/login/${id}/bank`, { bank: 'ccb' })).code).to.equal('login_moved_on')
    expect(stage.failure(await on.post(`/login/${id}/restart`)).code).to.equal('login_moved_on')
    expect((await on.post(`/login/${id}/cancel`)).url).to.equal(stage.returnTo(id))
    expect(stage.codes().filter(code => code === 'login.refused').length).to.be.greaterThan(0)
  })
})
