import { expect } from 'chai'
import { createMeasures } from '../../server/enforcement/measures.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { BankIdentity } from '../../server/kernel/identity.ts'
import type { MandateRow } from '../../server/storage/stores-authorization.ts'
import { measure } from '../enforcement/stage.ts'
import { COMPANIES, type LoginStage, openLoginStage } from './stage.ts'

describe('the login’s own pages', () => {
  let stage: LoginStage
  before(async () => {
    stage = await openLoginStage()
  })
  after(() => stage.close())
  afterEach(() => stage.forget())

  const shield = { certificate: 'AAAA', signature: 'BBBB', algorithm: 'SM2' }
  const agreedBefore = async (more = {}) => {
    const { membership } = await stage.stores.parties.recognise(
      stage.identity(more),
      COMPANIES[0]?.uscc ?? stage.identity().seats[0]?.uscc ?? never(),
    )
    await stage.stores.consents.grant(membership.id, 'center-a', ['openid', 'enterprise'])
    return membership
  }

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

  describe('with a session that the person already has', () => {
    async function session(assurance: 'shield' | 'bank-session' = 'shield') {
      const membership = await agreedBefore()
      const proof = {
        id: `proof-${Math.random()}`,
        membershipId: membership.id,
        bank: 'ccb',
        subject: 'person-1',
        assurance,
        methods: ['hwk'],
        trace: 't',
        authenticatedAt: stage.clock.now().toISOString(),
      }
      await stage.stores.proofs.insert(proof)
      return { membershipId: membership.id, proofId: proof.id }
    }

    it('asks for consent alone, and grants on the proof there is', async () => {
      const had = await session()
      const { id } = await stage.request({ prompts: ['consent'] }, { session: had })
      const on = await stage.visit(id)
      expect(on.page.body).to.include('同意提供以下信息吗')
      await on.post(`/login/${id}/consent`, { decision: 'agree' })
      expect((await stage.record(id)).outcome).to.deep.include({ kind: 'granted', ...had })
    })

    it('asks for a stronger proof alone, for the same company', async () => {
      const had = await session('bank-session')
      stage.bank('abc').says = stage.identity({ bank: 'abc', seats: COMPANIES })
      const { id } = await stage.request({ needs: 'shield' }, { session: had })
      const on = await stage.visit(id)
      expect(on.page.body).to.include('需要用盾再确认')
      await on.post(`/login/${id}/bank`, { bank: 'abc' })
      const done = await on.post(`/login/${id}/shield`, shield)
      expect(done.url).to.equal(stage.returnTo(id))
      const { outcome } = await stage.record(id)
      expect(outcome).to.deep.include({ kind: 'granted', membershipId: had.membershipId, assurance: 'shield' })
    })

    it('starts from the beginning when the membership was suspended or the proof is gone', async () => {
      const had = await session()
      const gone = await stage.request({ prompts: ['consent'] }, { session: { ...had, proofId: 'no-such-proof' } })
      expect((await stage.visit(gone.id)).page.body).to.include('选择您的开户银行')
      await stage.stores.parties.suspend(had.membershipId, true)
      const { id } = await stage.request({ prompts: ['consent'] }, { session: had })
      expect((await stage.visit(id)).page.body).to.include('选择您的开户银行')
      await stage.stores.parties.suspend(had.membershipId, false)
    })
  })

  describe('of a person for the first time', () => {
    const clerk = (more = {}) =>
      stage.identity({
        subject: 'clerk',
        person: { name: '李示例' },
        seats: COMPANIES.slice(1, 2),
        methods: ['pwd'],
        assurance: 'bank-session',
        ...more,
      })
    const byPassword = async (said: BankIdentity, more: Parameters<LoginStage['request']>[0] = {}) => {
      stage.bank('ccb').says = said
      const { id } = await stage.request(more)
      const on = await stage.visit(id)
      const back = async () => {
        const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
        return on.get(`/login/callback/ccb?code=x&state=${new URL(url).searchParams.get('state')}`)
      }
      return { id, on, back, page: await back() }
    }

    it('by password leads to the shield at the same bank, says why and for which company, and asks the bank for it', async () => {
      const { id, on, page } = await byPassword(clerk({ subject: 'clerk-1' }))
      expect(page.body).to.include('第一次代表这家企业，请用盾确认').and.to.include(COMPANIES[1]?.name)
      expect(page.body).to.include('用ccb银行的盾验证').and.to.include(`/login/${id}/restart`).and.to.include(`/login/${id}/cancel`)
      expect((await stage.record(id)).raised).to.deep.equal({ needs: 'shield', why: 'binding_needs_shield', uscc: COMPANIES[1]?.uscc })
      expect(stage.events.find(({ code }) => code === 'login.raised')?.facts).to.deep.include({ why: 'binding_needs_shield', needs: 'shield' })
      stage.bank('ccb').says = stage.identity({ subject: 'clerk-1', person: { name: '李示例' }, seats: COMPANIES.slice(1, 2) })
      const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
      expect(stage.bank('ccb').begun.at(-1)?.needs).to.equal('shield')
      const consent = await on.get(`/login/callback/ccb?code=x&state=${new URL(url).searchParams.get('state')}`)
      expect(consent.body).to.include('同意提供以下信息吗').and.to.include(COMPANIES[1]?.uscc)
      expect(stage.codes()).to.include('login.bound')
      // and from now on the password is enough
      expect((await byPassword(clerk({ subject: 'clerk-1' }))).page.body).to.include('同意提供以下信息吗')
    })

    it('by password takes the legal representative straight on', async () => {
      const seats = COMPANIES.slice(1, 2).map(seat => ({ ...seat, role: 'legal-representative' as const }))
      const { page } = await byPassword(clerk({ subject: 'boss-1', seats }))
      expect(page.body).to.include('同意提供以下信息吗')
      expect(stage.codes()).to.include('login.bound').and.not.to.include('login.raised')
    })

    it('asks again when the bank answers with a password again, and lets them choose another bank or give up', async () => {
      const { id, on, back } = await byPassword(clerk({ subject: 'clerk-2' }))
      expect((await back()).body).to.include('第一次代表这家企业，请用盾确认')
      expect((await on.post(`/login/${id}/restart`)).body).to.include('选择您的开户银行')
      expect(await stage.record(id)).not.to.have.property('raised')
      await back()
      expect((await on.post(`/login/${id}/cancel`)).url).to.equal(stage.returnTo(id))
      // the center had not asked for more
      expect((await stage.record(id)).outcome).to.deep.equal({ kind: 'refused', error: 'access_denied', description: 'login_cancelled' })
    })

    it('asks the person when the shield is one of another company than the one they chose', async () => {
      const { id, on } = await byPassword(clerk({ subject: 'clerk-3' }))
      stage.bank('ccb').says = stage.identity({ subject: 'clerk-3', person: { name: '李示例' }, seats: COMPANIES.slice(2) })
      const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
      const page = await on.get(`/login/callback/ccb?code=x&state=${new URL(url).searchParams.get('state')}`)
      expect(page.body).to.include('这次代表哪家企业').and.to.include(COMPANIES[2]?.name)
    })

    it('refuses where a bank speaks of a shield and shows none, and leaves the banks to choose from', async () => {
      const { certificate: _, ...said } = stage.identity({ subject: 'clerk-4', person: { name: '李示例' }, seats: COMPANIES.slice(1, 2) })
      const { id, on, page } = await byPassword(said)
      expect(stage.failure(page)).to.include({ status: 403, code: 'binding_needs_shield' })
      expect((await on.get(`/login/${id}`)).body).to.include('选择您的开户银行')
    })
  })

  describe('by a mandate', () => {
    const mandate = { kind: 'mandate', mandate: 'mandate-1' } as const
    const clientId = 'center-mandates'
    /** somebody of the third company, who holds a mandate of the first */
    async function mandated(subject: string) {
      const [giver, , own] = COMPANIES
      if (giver === undefined || own === undefined) throw new Error('no companies')
      const said = stage.identity({ bank: 'abc', subject, person: { name: '赵示例' }, seats: [own] })
      const { membership } = await stage.stores.parties.recognise(said, own.uscc)
      const at = await stage.stores.parties.recognise(
        stage.identity({ subject: 'boss-of-the-first', person: { name: '王示范' }, seats: [{ ...giver, role: 'legal-representative' }] }),
        giver.uscc,
      )
      const now = stage.clock.now().toISOString()
      const row: MandateRow = {
        id: `mandate-of-${subject}`,
        enterpriseId: at.membership.enterprise.id,
        state: 'active',
        version: 1,
        place: 1,
        usedFen: 0,
        text: '',
        giverId: at.membership.id,
        rootGiverId: at.membership.id,
        granteePersonId: membership.person.id,
        chain: [],
        validFrom: now,
        validUntil: '2027-01-01T00:00:00.000Z',
        integrity: '',
        createdAt: now,
        updatedAt: now,
      }
      const { enterpriseId } = row
      await stage.stores.mandates.insert(row, { enterpriseId, at: now, kind: 'drafted', personName: '王示范', mandateId: row.id, trace: 't' })
      stage.bank('abc').says = said
      stage.authority.says = mandate
      return { giver, own, membership }
    }
    async function atCompanies() {
      const { id } = await stage.request({ bankHint: 'abc', clientId })
      const on = await stage.visit(id)
      return { id, on, page: await on.post(`/login/${id}/shield`, shield) }
    }

    it('offers the company beside the person’s own, and the decision is asked before anything is granted', async () => {
      const { giver, own } = await mandated('m-1')
      const { id, on, page } = await atCompanies()
      expect(page.body).to.include('凭授权').and.to.include(giver.name).and.to.include(own.name)
      await on.post(`/login/${id}/company`, { uscc: giver.uscc })
      expect(stage.authority.asked).to.deep.equal([])
      await on.post(`/login/${id}/consent`, { decision: 'agree' })
      const { outcome } = await stage.record(id)
      if (outcome?.kind !== 'granted') throw new Error('not granted')
      expect(stage.authority.asked).to.deep.equal([
        {
          actor: { membershipId: outcome.membershipId, assurance: 'shield', byMandate: true },
          request: { act: 'login', center: clientId },
          reference: id,
        },
      ])
      expect((await stage.stores.proofs.find(outcome.proofId))?.proof.mandate).to.equal('mandate-1')
    })

    it('asks no decision for the person’s own company, and notes the login in its record', async () => {
      const { own, membership } = await mandated('m-2')
      const { id, on } = await atCompanies()
      await on.post(`/login/${id}/company`, { uscc: own.uscc })
      await on.post(`/login/${id}/consent`, { decision: 'agree' })
      expect((await stage.record(id)).outcome?.kind).to.equal('granted')
      expect(stage.authority.asked).to.deep.equal([])
      // it is noted in the background: ask until it is there
      const noted = async () => (await stage.stores.mandates.history(membership.enterprise.id, 100)).filter(({ reference }) => reference === id)
      let found = await noted()
      for (let tries = 0; tries < 500 && found.length === 0; tries++) found = await noted()
      expect(found).to.have.length(1)
      expect(found[0]).to.deep.include({ kind: 'used', act: 'login', center: clientId, power: 'bank-named', membershipId: membership.id })
    })

    it('refuses with the code of the denial, and offers the companies again', async () => {
      const { giver, own } = await mandated('m-3')
      const { id, on } = await atCompanies()
      await on.post(`/login/${id}/company`, { uscc: giver.uscc })
      stage.authority.says = new BrokerError('mandate_revoked', 'revoked')
      const page = await on.post(`/login/${id}/consent`, { decision: 'agree' })
      expect(stage.failure(page)).to.include({ status: 403, code: 'mandate_revoked' })
      expect(page.body).to.include(`href="/login/${id}"`)
      expect((await stage.record(id)).outcome).to.equal(undefined)
      const again = await on.get(`/login/${id}`)
      expect(again.body).to.include('这次代表哪家企业').and.to.include(own.name)
      await on.post(`/login/${id}/company`, { uscc: own.uscc })
      await on.post(`/login/${id}/consent`, { decision: 'agree' })
      expect((await stage.record(id)).outcome?.kind).to.equal('granted')
      expect(stage.codes()).to.include.members(['login.refused', 'login.granted'])
    })

    it('leads to the shield where the decision needs a stronger proof', async () => {
      const { giver } = await mandated('m-4')
      const { certificate: _, ...said } = stage.identity({
        bank: 'ccb',
        subject: 'm-4-at-ccb',
        person: { name: '赵示例' },
        assurance: 'bank-session',
        seats: [{ ...giver, by: 'mandate' }],
      })
      stage.bank('ccb').says = said
      stage.authority.says = new BrokerError('step_up_needed', 'too weak', { expected: 'shield' })
      const { id } = await stage.request({ clientId })
      const on = await stage.visit(id)
      const { url } = await on.post(`/login/${id}/bank`, { bank: 'ccb' })
      await on.get(`/login/callback/ccb?code=x&state=${new URL(url).searchParams.get('state')}`)
      const page = await on.post(`/login/${id}/consent`, { decision: 'agree' })
      expect(page.body).to.include('需要用盾再确认').and.to.include('这项业务需要用盾验证身份').and.to.include(giver.name)
      expect((await stage.record(id)).raised).to.deep.include({ needs: 'shield', why: 'step_up_needed' })
    })

    it('decides a session anew for another center, and refuses it there', async () => {
      const { giver } = await mandated('m-5')
      const { membership } = await stage.stores.parties.recognise(
        stage.identity({ bank: 'abc', subject: 'm-5', person: { name: '赵示例' }, seats: [{ ...giver, by: 'mandate' }] }),
        giver.uscc,
      )
      const { id: _, certificate: __, ...like } = { id: '', ...stage.identity() }
      const proof = { id: 'proof-m-5', membershipId: membership.id, mandate: 'mandate-of-m-5', trace: 't', bank: like.bank, subject: like.subject }
      await stage.stores.proofs.insert({ ...proof, assurance: like.assurance, methods: like.methods, authenticatedAt: like.authenticatedAt })
      const session = { membershipId: membership.id, proofId: proof.id }
      stage.authority.says = new BrokerError('mandate_out_of_scope', 'another center')
      const refused = await stage.request({ prompts: ['consent'], clientId }, { session })
      const on = await stage.visit(refused.id)
      expect(stage.failure(await on.post(`/login/${refused.id}/consent`, { decision: 'agree' })).code).to.equal('mandate_out_of_scope')
      expect((await on.get(`/login/${refused.id}`)).body).to.include('选择您的开户银行')

      // by another mandate than the session's: a proof of its own, which tokens are checked against
      stage.authority.says = { kind: 'mandate', mandate: 'mandate-other' }
      const other = await stage.request({ prompts: ['login'], clientId }, { session })
      await stage.visit(other.id)
      const { outcome } = await stage.record(other.id)
      if (outcome?.kind !== 'granted') throw new Error('not granted')
      expect(outcome.proofId).not.to.equal(proof.id)
      expect((await stage.stores.proofs.find(outcome.proofId))?.proof).to.deep.include({ mandate: 'mandate-other', subject: like.subject })
    })
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

  describe('against another browser', () => {
    it('refuses every page and form of a login that another browser began', async () => {
      const { id } = await stage.request()
      await stage.visit(id)
      const stranger = stage.stranger()
      expect(stage.failure(await stranger.get(`${stage.url}/login/${id}`)).code).to.equal('login_other_browser')
      for (const step of ['bank', 'shield', 'company', 'consent', 'restart', 'cancel']) {
        expect(stage.failure(await stranger.post(`${stage.url}/login/${id}/${step}`, {})).code, step).to.equal('login_other_browser')
      }
      expect((await stage.record(id)).version).to.equal(1)
    })

    it('offers a stranger no way back into the login, and counts it as no refusal of the login', async () => {
      const { id } = await stage.request()
      const page = await stage.stranger().get(`${stage.url}/login/${id}`)
      expect(page.body).not.to.include('restart')
      expect(stage.codes()).to.deep.equal(['request.refused'])
    })

    it('refuses a cookie that was forged', async () => {
      const { id } = await stage.request()
      const answer = await fetch(`${stage.url}/login/${id}`, {
        headers: { accept: 'text/html', cookie: `shield_interaction=${id}; shield_interaction.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAA` },
      })
      expect(stage.failure({ status: answer.status, body: await answer.text() }).code).to.equal('login_other_browser')
    })

    it('refuses a form that another site sent', async () => {
      const { id } = await stage.request()
      const on = await stage.visit(id)
      const page = await on.browser.post(`${stage.url}/login/${id}/cancel`, {}, { headers: { origin: 'https://evil.example' } })
      expect(stage.failure(page).code).to.equal('cross_site')
    })
  })

  describe('when things go wrong', () => {
    it('says so for a login that is none, has ended or has expired', async () => {
      const { id } = await stage.request()
      const on = await stage.visit(id)
      stage.later()
      expect(stage.failure(await on.get(`/login/${id}`))).to.include({ status: 410, code: 'login_not_found' })
      expect(stage.failure(await on.get('/login/no-such-login')).code).to.equal('login_not_found')
      expect(stage.failure(await on.get('/login/%00')).code).to.equal('login_not_found')
    })

    it('refuses a bank that is not connected, and loses nothing by it', async () => {
      const { id } = await stage.request()
      const on = await stage.visit(id)
      expect(stage.failure(await on.post(`/login/${id}/bank`, { bank: 'boc' }))).to.include({ status: 404, code: 'unknown_bank' })
      expect((await on.get(`/login/${id}`)).body).to.include('选择您的开户银行')
    })

    it('refuses a form without its fields, naming them and not their values', async () => {
      const { id } = await stage.request({ bankHint: 'abc' })
      const on = await stage.visit(id)
      expect(stage.failure(await on.post(`/login/${id}/shield`, { signature: 'secret-value' })).code).to.equal('bad_request')
      expect(JSON.stringify(stage.steps)).to.include('certificate').and.not.to.include('secret-value')
    })

    it('keeps the login alive after a wrong signature, offers the way back, and takes no second answer to the same challenge', async () => {
      stage.bank('abc').says = new BrokerError('signature_invalid', 'wrong', { received: 'this', expected: 'that' })
      const { id, trace } = await stage.request({ bankHint: 'abc' })
      const on = await stage.visit(id)
      const page = await on.post(`/login/${id}/shield`, shield)
      expect(stage.failure(page)).to.deep.equal({ status: 403, code: 'signature_invalid', trace })
      expect(page.body).to.include(`href="/login/${id}"`)
      expect(stage.events.at(-1)).to.deep.include({
        code: 'login.refused',
        trace,
        facts: { failure: 'signature_invalid', bank: 'abc', client: 'center-a' },
      })
      expect(stage.steps.at(-1)).to.deep.include({
        trace,
        hop: 'agent',
        outcome: 'failed',
        code: 'signature_invalid',
        received: 'this',
        expected: 'that',
      })
      expect(stage.failure(await on.post(`/login/${id}/shield`, shield)).code).to.equal('login_moved_on')
      // the hint led nowhere: now the person decides
      expect((await on.get(`/login/${id}`)).body).to.include('选择您的开户银行')
    })

    it('lets the person choose another bank when the hinted one cannot be reached', async () => {
      stage.bank('ccb').fails = new BrokerError('bank_unreachable', 'no answer')
      const { id } = await stage.request({ bankHint: 'ccb' })
      const on = await stage.visit(id)
      expect(stage.failure(on.page)).to.include({ status: 503, code: 'bank_unreachable' })
      expect((await on.get(`/login/${id}`)).body).to.include('选择您的开户银行')
    })

    it('answers a fault of ours without telling what it was', async () => {
      stage.bank('abc').says = Object.assign(new BrokerError('internal', 'table proof is on fire'), {})
      const { id } = await stage.request({ bankHint: 'abc' })
      const on = await stage.visit(id)
      const page = await on.post(`/login/${id}/shield`, shield)
      expect(stage.failure(page).code).to.equal('internal')
      expect(page.body).not.to.include('fire')
    })

    it('takes a signature only where one was asked for', async () => {
      const { id } = await stage.request()
      const on = await stage.visit(id)
      expect(stage.failure(await on.post(`/login/${id}/shield`, shield)).code).to.equal('login_moved_on')
    })
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

const never = (): never => {
  throw new Error('no company')
}
