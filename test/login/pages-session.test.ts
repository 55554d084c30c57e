import { expect } from 'chai'
import type { BankIdentity } from '../../server/kernel/identity.ts'
import { COMPANIES, type LoginStage } from './stage.ts'
import { agreed, shield, useLoginStage } from './use-stage.ts'

describe('the login’s pages', () => {
  let stage: LoginStage
  useLoginStage(opened => {
    stage = opened
  })
  const agreedBefore = (more = {}) => agreed(stage, more)

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
})
