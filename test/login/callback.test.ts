import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import { COMPANIES, type LoginStage, openLoginStage } from './stage.ts'

describe('the way back from a bank', () => {
  let stage: LoginStage
  before(async () => {
    stage = await openLoginStage()
  })
  after(() => stage.close())
  afterEach(() => stage.forget())

  /** a browser that was sent to a bank, and the state that the bank will send back */
  async function away(bank: 'ccb' | 'icbc') {
    const { id, trace } = await stage.request()
    const on = await stage.visit(id)
    await on.post(`/login/${id}/bank`, { bank })
    const state = stage.bank(bank).begun.at(-1)?.id ?? ''
    return { id, trace, on, state }
  }

  describe('in the query', () => {
    it('takes the answer, hands it on as it came, and drops the address with the code', async () => {
      const { id, on, state } = await away('ccb')
      const page = await on.get(`/login/callback/ccb?code=abc&state=${state}&iss=x`)
      expect(page.url).to.equal(`${stage.url}/login/${id}`)
      expect(stage.bank('ccb').answered[0]?.answer).to.deep.equal({ kind: 'query', url: `/login/callback/ccb?code=abc&state=${state}&iss=x` })
      expect(stage.bank('ccb').answered[0]?.memo).to.deep.equal({ of: state })
      expect(stage.bank('ccb').answered[0]?.attempt).to.deep.equal(stage.bank('ccb').begun[0])
    })

    it('refuses an answer in another browser: whoever lures a victim to finish a login does not get the victim’s session', async () => {
      const { id, state } = await away('ccb')
      const victim = await stage.visit((await stage.request()).id)
      const page = await victim.get(`/login/callback/ccb?code=of-the-victim&state=${state}`)
      expect(stage.failure(page).code).to.equal('login_other_browser')
      expect(stage.bank('ccb').answered).to.have.length(0)
      expect((await stage.record(id)).identity).to.equal(undefined)
    })

    it('refuses the answer a second time, and after the back button', async () => {
      const { id, on, state } = await away('ccb')
      await on.get(`/login/callback/ccb?code=abc&state=${state}`)
      const { version } = await stage.record(id)
      expect(stage.failure(await on.get(`/login/callback/ccb?code=abc&state=${state}`))).to.include({ status: 409, code: 'login_moved_on' })
      expect(stage.bank('ccb').answered).to.have.length(1)
      expect((await stage.record(id)).version).to.equal(version)
    })

    it('refuses the answer of an attempt that the person left for another', async () => {
      const { id, on, state } = await away('ccb')
      await on.post(`/login/${id}/bank`, { bank: 'ccb' })
      expect(stage.failure(await on.get(`/login/callback/ccb?code=abc&state=${state}`)).code).to.equal('login_moved_on')
    })

    it('asked for a proof of this moment, tells the bank so and refuses one from before', async () => {
      const { id } = await stage.request({ afresh: true })
      const on = await stage.visit(id)
      await on.post(`/login/${id}/bank`, { bank: 'ccb' })
      const [attempt] = stage.bank('ccb').begun
      expect(attempt?.afresh).to.equal(true)
      stage.bank('ccb').says = stage.identity({ bank: 'ccb', authenticatedAt: '2001-01-01T00:00:00.000Z' })
      const page = await on.get(`/login/callback/ccb?code=abc&state=${attempt?.id ?? ''}`)
      expect(stage.failure(page)).to.include({ status: 403, code: 'bank_proof_old' })
      expect((await stage.record(id)).identity).to.equal(undefined)
    })

    it('refuses an answer at another bank’s address', async () => {
      const { on, state } = await away('ccb')
      expect(stage.failure(await on.get(`/login/callback/icbc?code=abc&state=${state}`)).code).to.equal('bank_mixed_up')
    })

    it('refuses an answer that names no login, or one that is gone', async () => {
      const { on, state } = await away('ccb')
      expect(stage.failure(await on.get('/login/callback/ccb?code=abc')).code).to.equal('bank_answer_malformed')
      expect(stage.failure(await on.get('/login/callback/ccb?code=abc&state=nonsense')).code).to.equal('bank_answer_malformed')
      expect(stage.failure(await on.get(`/login/callback/ccb?code=abc&state=${state}&state=${state}`)).code).to.equal('bad_request')
      expect(stage.failure(await on.get(`/login/callback/ccb?code=abc&state=gone-login.${'a'.repeat(27)}`)).code).to.equal('login_not_found')
    })

    it('lets two tabs of one browser log in side by side', async () => {
      const first = await away('ccb')
      const { id } = await stage.request()
      const second = await stage.visit(id, first.on.browser)
      await second.post(`/login/${id}/bank`, { bank: 'ccb' })
      const state = stage.bank('ccb').begun.at(-1)?.id ?? ''
      expect((await second.get(`/login/callback/ccb?code=2&state=${state}`)).status).to.equal(200)
      expect((await first.on.get(`/login/callback/ccb?code=1&state=${first.state}`)).status).to.equal(200)
    })

    it('shows what the bank was refused for, keeps the login, and gives the bank’s answer no second try', async () => {
      stage.bank('ccb').says = new BrokerError('bank_wrong_nonce', 'another nonce')
      const { id, trace, on, state } = await away('ccb')
      const page = await on.get(`/login/callback/ccb?code=abc&state=${state}`)
      expect(stage.failure(page)).to.deep.equal({ status: 403, code: 'bank_wrong_nonce', trace })
      expect(stage.steps.at(-1)).to.deep.include({ trace, hop: 'bank', outcome: 'failed', code: 'bank_wrong_nonce' })
      expect((await stage.record(id)).attempt).to.equal(undefined)
      expect((await on.get(`/login/${id}`)).body).to.include('选择您的开户银行')
    })

    it('refuses at the database’s word: an identity that conflicts with what is on record', async () => {
      await stage.stores.parties.recognise(
        stage.identity({ subject: 'conflicted', person: { name: '甲', idDigest: 'b'.repeat(64) }, seats: COMPANIES.slice(1, 2) }),
        COMPANIES[1]?.uscc ?? stage.identity().seats[0]?.uscc ?? never(),
      )
      stage.bank('ccb').says = stage.identity({
        subject: 'conflicted',
        person: { name: '乙', idDigest: 'c'.repeat(64) },
        seats: COMPANIES.slice(1, 2),
      })
      const { on, state } = await away('ccb')
      expect(stage.failure(await on.get(`/login/callback/ccb?code=abc&state=${state}`)).code).to.equal('identity_conflict')
    })
  })

  describe('by a form from the bank’s site', () => {
    const SAMLResponse = 'PHNhbWw+'
    const post = (path: string, form: Record<string, string>) =>
      fetch(`${stage.url}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
          origin: 'https://icbc.example',
          'sec-fetch-site': 'cross-site',
        },
        body: new URLSearchParams(form),
      })
    const failed = async (answer: Response) => stage.failure({ status: answer.status, body: await answer.text() })

    it('lays the answer down unread, and takes it where the browser’s cookie comes along', async () => {
      const { id, on, state } = await away('icbc')
      const laid = await post('/login/callback/icbc', { SAMLResponse, RelayState: state })
      expect(laid.status).to.equal(303)
      expect(stage.bank('icbc').answered).to.have.length(0)
      const page = await on.get(laid.headers.get('location') ?? '')
      expect(page.url).to.equal(`${stage.url}/login/${id}`)
      expect(stage.bank('icbc').answered[0]?.answer).to.deep.equal({ kind: 'form', fields: { SAMLResponse, RelayState: state } })
    })

    it('refuses the ticket in another browser: an answer posted from a victim’s browser opens nothing there', async () => {
      const { state } = await away('icbc')
      const laid = await post('/login/callback/icbc', { SAMLResponse, RelayState: state })
      const victim = await stage.visit((await stage.request()).id)
      expect(stage.failure(await victim.get(laid.headers.get('location') ?? '')).code).to.equal('login_other_browser')
      expect(stage.bank('icbc').answered).to.have.length(0)
    })

    it('refuses a ticket a second time, a ticket that was replaced, and one that was guessed', async () => {
      const { id, on, state } = await away('icbc')
      const first = await post('/login/callback/icbc', { SAMLResponse, RelayState: state })
      const second = await post('/login/callback/icbc', { SAMLResponse, RelayState: state })
      expect(stage.failure(await on.get(first.headers.get('location') ?? '')).code).to.equal('login_moved_on')
      expect(stage.failure(await on.get(`/login/callback/icbc?ticket=${id}.${'A'.repeat(43)}`)).code).to.equal('login_moved_on')
      await on.get(second.headers.get('location') ?? '')
      expect(stage.bank('icbc').answered).to.have.length(1)
      expect(stage.failure(await on.get(second.headers.get('location') ?? '')).code).to.equal('login_moved_on')
    })

    it('refuses an answer posted again after the login went on', async () => {
      const { on, state } = await away('icbc')
      const laid = await post('/login/callback/icbc', { SAMLResponse, RelayState: state })
      await on.get(laid.headers.get('location') ?? '')
      expect(await failed(await post('/login/callback/icbc', { SAMLResponse, RelayState: state }))).to.include({
        status: 409,
        code: 'login_moved_on',
      })
    })

    it('refuses an answer at another bank’s address, without RelayState, without a response, or too large', async () => {
      const { state } = await away('icbc')
      expect((await failed(await post('/login/callback/ccb', { SAMLResponse, RelayState: state }))).code).to.equal('bank_mixed_up')
      expect((await failed(await post('/login/callback/icbc', { SAMLResponse }))).code).to.equal('bad_request')
      expect((await failed(await post('/login/callback/icbc', { RelayState: state }))).code).to.equal('bad_request')
      expect((await failed(await post('/login/callback/icbc', { SAMLResponse: 'A'.repeat(400 * 1024), RelayState: state }))).code).to.equal(
        'too_large',
      )
    })
  })
})

const never = (): never => {
  throw new Error('no company')
}
