import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { LoginStage } from './stage.ts'
import { shield, useLoginStage } from './use-stage.ts'

describe('the login’s pages', () => {
  let stage: LoginStage
  useLoginStage(opened => {
    stage = opened
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
})
