import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { MandateRow } from '../../server/storage/stores-authorization.ts'
import { COMPANIES, type LoginStage } from './stage.ts'
import { shield, useLoginStage } from './use-stage.ts'

describe('the login’s pages', () => {
  let stage: LoginStage
  useLoginStage(opened => {
    stage = opened
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
})
