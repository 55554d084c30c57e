import { expect } from 'chai'
import { minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import { type LoginStage, openLoginStage } from './stage.ts'

/** A computer and phones, over real HTTP; what a signature proves is what the test's bank says. */
describe('login by phone', () => {
  let stage: LoginStage
  before(async function () {
    this.timeout(60_000)
    stage = await openLoginStage()
  })
  after(() => stage.close())
  beforeEach(() => stage.forget())

  /** A computer that shows a code. */
  async function computer(...how: Parameters<LoginStage['request']>) {
    const { id, trace } = await stage.request(...how)
    const on = await stage.visit(id)
    const shown = await on.post(`/login/${id}/phone`, { bank: 'abc' })
    const ask = (await stage.record(id)).ask ?? ''
    const { number } = (await stage.asks.status(ask)).ask
    return { ...on, id, trace, shown, ask, number }
  }
  /** A phone that scans it. */
  function phone(ask: string, browser: HttpBrowser = stage.stranger()) {
    const post = (step: string, form: Record<string, string> = {}) =>
      browser.post(`${stage.url}/phone/${ask}/${step}`, form, { stopAt: stage.stopAt })
    return {
      browser,
      open: () => browser.get(`${stage.url}/phone/${ask}`),
      number: (number: string) => post('number', { number }),
      refuse: () => post('refuse'),
      answer: () => post('answer', { certificate: 'AAAA', signature: 'AAAA', algorithm: 'SM2' }),
      post,
    }
  }
  const stateOf = async (ask: string) => (await stage.asks.status(ask)).state
  const codeOf = (page: { status: number; body: string }) => stage.failure(page).code
  const wrong = (number: string) => (number === '11' ? '12' : '11')
  const answers = (ask: string) =>
    stage.events.filter(({ code, facts }) => code === 'ask.answered' && facts['ask'] === ask).map(({ facts }) => facts['failure'] ?? facts['outcome'])

  it('shows a code, a number and the words on the computer, and the same words on the phone after the number', async () => {
    const { shown, ask, number, browser } = await computer()
    expect(shown.status).to.equal(200)
    expect(shown.body).to.include('class="qr"').and.to.include(`>${number}<`).and.to.include('演示交易中心')
    const at = phone(ask)
    const first = await at.open()
    expect(first.body).to.include('演示交易中心').and.to.include('127.0.0.x')
    // the number is on the computer alone
    expect(first.body).not.to.include(`>${number}<`)
    const second = await at.number(number)
    const { text = '' } = (await stage.asks.status(ask)).ask
    for (const page of [second, await browser.get(shown.url)]) expect(page.body).to.include(text.split('\n')[1]?.slice(0, 20))
    const link = /href="(https:\/\/abc\.example\/app\/sign\?[^"]+)"/.exec(second.body)?.[1] ?? ''
    const address = new URL(link.replaceAll('&amp;', '&'))
    expect(Buffer.from(address.searchParams.get('text') ?? '', 'base64url').toString('utf8')).to.equal(text)
    expect(address.searchParams.get('return')).to.equal(`${stage.url}/phone/${ask}/signed`)
  })

  it('goes on at the computer alone once the phone has signed, and tells both screens', async () => {
    const { get, id, ask, number, trace } = await computer()
    const at = phone(ask)
    await at.open()
    await at.number(number)
    const done = await at.answer()
    expect(done.body).to.include('请看电脑')
    expect(await stateOf(ask)).to.equal('approved')
    expect(codeOf(await at.browser.get(`${stage.url}/login/${id}`))).to.equal('login_other_browser')
    const on = await get(`/login/${id}/phone`)
    expect(on.url).to.equal(`${stage.url}/login/${id}`)
    expect((await stage.record(id)).identity?.bank).to.equal('abc')
    expect(await stateOf(ask)).to.equal('done')
    expect(answers(ask)).to.deep.equal(['approved'])
    expect(stage.events.filter(event => event.trace === trace).map(({ code }) => code)).to.include.members([
      'login.proven',
      'ask.opened',
      'ask.answered',
    ])
    // looked at again, each screen says what became of it
    expect((await at.open()).body).to.include('请看电脑')
    expect((await get(`/login/${id}/phone`)).url).to.equal(`${stage.url}/login/${id}`)
  })

  it('lets the login say how to go on where the phone has said yes and the record holds no proof of it', async () => {
    const { get, id, ask, number } = await computer()
    await stage.asks.answer(ask, 'a-phone', { decision: 'approve', number })
    for (const state of ['approved', 'done']) {
      expect(await stateOf(ask)).to.equal(state)
      expect((await get(`/login/${id}/phone`)).url).to.equal(`${stage.url}/login/${id}`)
      if (state === 'approved') await stage.asks.settle(ask)
    }
  })

  it('ends at a wrong number: nothing is proven, and a new code is needed', async () => {
    const { id, ask, number, get, post } = await computer()
    const at = phone(ask)
    await at.open()
    expect(codeOf(await at.number(wrong(number)))).to.equal('ask_number_wrong')
    expect(codeOf(await at.number(number))).to.equal('ask_settled')
    expect(codeOf(await at.answer())).to.equal('ask_settled')
    expect(stage.bank('abc').answered).to.deep.equal([])
    expect(answers(ask)).to.deep.equal(['ask_number_wrong'])
    expect((await at.open()).body).to.include('已停止')
    expect((await get(`/login/${id}/phone`)).body)
      .to.include('数字与电脑上显示的不一致')
      .and.to.include('换一个新的二维码')
    await post(`/login/${id}/phone`, { bank: 'abc' })
    expect((await stage.record(id)).ask).not.to.equal(ask)
  })

  it('takes no signature before the number was compared: a relayed code alone is worth nothing', async () => {
    const { id, ask } = await computer()
    const at = phone(ask)
    await at.open()
    expect(codeOf(await at.answer())).to.equal('ask_number_wrong')
    expect(stage.bank('abc').answered).to.deep.equal([])
    expect((await stage.record(id)).identity).to.equal(undefined)
  })

  it('is for one phone: another one can neither look, nor give the number, nor answer, nor refuse', async () => {
    const { ask, number } = await computer()
    await phone(ask).open()
    const second = phone(ask)
    for (const tried of [await second.open(), await second.number(number), await second.answer(), await second.refuse()])
      expect(codeOf(tried)).to.equal('ask_other_phone')
    expect(await stateOf(ask)).to.equal('opened')
  })

  it('takes one answer of many at once', async () => {
    const { id, ask, number } = await computer()
    const at = phone(ask)
    await at.open()
    await at.number(number)
    const pages = await Promise.all(Array.from({ length: 8 }, () => at.answer()))
    expect(pages.filter(page => page.status === 200 && page.body.includes('请看电脑')).length).to.be.at.least(1)
    expect(stage.bank('abc').answered).to.have.length(1)
    expect(answers(ask)).to.deep.equal(['approved'])
    expect((await stage.record(id)).identity?.bank).to.equal('abc')
  })

  it('cannot be used again once it was answered', async () => {
    const { ask, number, get, id } = await computer()
    const at = phone(ask)
    await at.open()
    await at.number(number)
    await at.answer()
    expect(codeOf(await at.answer())).to.equal('ask_settled')
    await get(`/login/${id}/phone`)
    expect(codeOf(await at.answer())).to.equal('ask_settled')
    expect(codeOf(await at.refuse())).to.equal('ask_settled')
    expect(codeOf(await phone(ask).open())).to.equal('ask_other_phone')
    expect(stage.bank('abc').answered).to.have.length(1)
  })

  it('says on both screens when the person refused, and nothing is proven', async () => {
    const { id, ask, get } = await computer()
    const at = phone(ask)
    await at.open()
    expect((await at.refuse()).body).to.include('您已拒绝')
    expect((await get(`/login/${id}/phone`)).body).to.include('请求已被拒绝')
    expect(codeOf(await at.answer())).to.equal('ask_settled')
    expect(answers(ask)).to.deep.equal(['ask_refused'])
  })

  it('expires, on both screens', async () => {
    const { id, ask, number, get } = await computer()
    const at = phone(ask)
    await at.open()
    stage.clock.advance(minutes(4))
    expect(codeOf(await at.open())).to.equal('ask_expired')
    expect(codeOf(await at.number(number))).to.equal('ask_expired')
    const page = await get(`/login/${id}/phone`)
    expect(page.body).to.include('data-state="expired"').and.to.include('换一个新的二维码')
  })

  it('ends with the exact reason when the signature is worth nothing, told on both screens and in one audit event', async () => {
    const { id, ask, number, get, trace } = await computer()
    const at = phone(ask)
    await at.open()
    await at.number(number)
    stage.bank('abc').says = new BrokerError('certificate_revoked', 'on the list')
    const failed = await at.answer()
    expect(stage.failure(failed)).to.deep.include({ code: 'certificate_revoked', trace })
    expect((await get(`/login/${id}/phone`)).body).to.include('data-state="refused"')
    expect(answers(ask)).to.deep.equal(['certificate_revoked'])
    expect(stage.steps.find(({ step }) => step === 'phone-refused')).to.include({ code: 'certificate_revoked', trace })
    expect((await stage.record(id)).identity).to.equal(undefined)
  })

  it('takes the same answer again where the database was away while it was judged', async () => {
    const away = new BrokerError('database_unavailable', 'the test says so')
    const { id, ask, number, get } = await computer()
    const at = phone(ask)
    await at.open()
    await at.number(number)
    stage.bank('abc').says = away
    expect(codeOf(await at.answer())).to.equal('database_unavailable')
    stage.bank('abc').says = stage.identity({ bank: 'abc' })
    // the proof is saved, and the audit record is away
    const { append } = stage.trail
    stage.trail.append = async () => {
      throw away
    }
    const failed = await at.answer().finally(() => {
      stage.trail.append = append
    })
    expect(codeOf(failed)).to.equal('database_unavailable')
    expect((await stage.record(id)).identity?.bank).to.equal('abc')
    expect(await stateOf(ask)).to.equal('opened')
    const judged = stage.bank('abc').answered.length
    expect((await at.answer()).body).to.include('请看电脑')
    expect(stage.bank('abc').answered).to.have.length(judged)
    expect(answers(ask)).to.deep.equal(['approved'])
    expect((await get(`/login/${id}/phone`)).url).to.equal(`${stage.url}/login/${id}`)
  })

  it('is refused when the login is a known person’s and another person’s shield signs', async () => {
    // the person has a session by this bank, and proves more of themselves
    const known = stage.identity({ bank: 'abc', assurance: 'bank-session' })
    const [seat] = known.seats
    if (seat === undefined) throw new Error('a person without a company')
    const { membership } = await stage.stores.parties.recognise(known, seat.uscc)
    const proof = {
      id: `proof-${membership.id}`,
      membershipId: membership.id,
      bank: 'abc',
      subject: 'person-1',
      assurance: 'bank-session' as const,
      methods: ['pwd'],
      authenticatedAt: stage.clock.now().toISOString(),
      trace: 'K7QM-3F9T',
    }
    await stage.stores.proofs.insert(proof)
    const session = { membershipId: membership.id, proofId: proof.id }
    for (const [subject, expected] of [
      ['somebody-else', 'ask_wrong_person'],
      ['person-1', undefined],
    ] as const) {
      const { id, ask, number, get } = await computer({ needs: 'shield' }, { session })
      const at = phone(ask)
      await at.open()
      await at.number(number)
      stage.bank('abc').says = stage.identity({ bank: 'abc', subject, person: { name: '张示例' } })
      const page = await at.answer()
      expect(codeOf(page)).to.equal(expected)
      expect((await stage.record(id)).identity?.subject).to.equal(expected === undefined ? subject : undefined)
      if (expected !== undefined) expect((await get(`/login/${id}/phone`)).body).to.include('这个请求不是给您的')
    }
  })

  it('ends the code when the person goes another way at the computer', async () => {
    const ways: [string, Record<string, string>][] = [
      ['phone', { bank: 'abc' }],
      ['bank', { bank: 'abc' }],
      ['restart', {}],
      ['cancel', {}],
      ['shield', { certificate: 'AAAA', signature: 'AAAA', algorithm: 'SM2' }],
    ]
    for (const [step, form] of ways) {
      const { id, ask, post } = await computer()
      const at = phone(ask)
      await at.open()
      await post(`/login/${id}/${step}`, form)
      expect(await stateOf(ask), step).to.equal('expired')
      expect(codeOf(await phone(ask).open()), step).to.equal('ask_other_phone')
    }
  })

  it('opens no code at a bank without an app, nor for another browser', async () => {
    const { id } = await stage.request()
    const on = await stage.visit(id)
    expect(codeOf(await on.post(`/login/${id}/phone`, { bank: 'ccb' }))).to.equal('bad_request')
    expect(codeOf(await on.post(`/login/${id}/phone`, { bank: 'nobody' }))).to.equal('unknown_bank')
    const stranger = stage.stranger()
    expect(codeOf(await stranger.post(`${stage.url}/login/${id}/phone`, { bank: 'abc' }))).to.equal('login_other_browser')
    expect(codeOf(await stranger.get(`${stage.url}/login/${id}/phone`))).to.equal('login_other_browser')
  })

  it('passes what a bank’s app posts on to a page of ours, unread, and lets a cancelled signature go back', async () => {
    const { ask } = await computer()
    const at = phone(ask)
    await at.open()
    const post = (form: Record<string, string>) =>
      fetch(`${stage.url}/phone/${ask}/signed`, {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect: 'manual',
        headers: { 'sec-fetch-site': 'cross-site', accept: 'text/html' },
      })
    const bounced = await (await post({ certificate: 'AAAA', signature: 'BBBB', algorithm: 'SM2"><script>' })).text()
    expect(bounced).to.include(`action="/phone/${ask}/answer"`).and.to.include('value="BBBB"').and.not.to.include('<script>"')
    expect((await post({ cancelled: 'yes' })).headers.get('location')).to.equal(`/phone/${ask}`)
    expect((await post({ certificate: '<' })).status).to.equal(400)
    expect(stage.bank('abc').answered).to.deep.equal([])
  })

  it('asks for no number where a center asks a person by name, and takes that person’s signature alone', async () => {
    const proven: string[] = []
    stage.phone.serve('ciba', {
      compares: false,
      apps: () => [{ name: { zh: '农业银行', en: 'ABC' }, url: 'https://abc.example/app/sign' }],
      prove: async (_ask, { certificate }) => ({ by: [certificate], apply: async () => void proven.push(certificate) }),
    })
    for (const [membershipId, expected] of [
      ['BBBB', 'ask_wrong_person'],
      ['AAAA', undefined],
    ] as const) {
      const { id } = await stage.asks.open({
        kind: 'ciba',
        center: { id: 'center-a', name: '演示交易中心' },
        from: '192.0.2.x',
        membershipId,
        rows: [],
        text: '同意登录',
        subject: `ciba-${membershipId}`,
        expiresAt: new Date(stage.clock.now().getTime() + minutes(3)).toISOString(),
        trace: 'K7QM-3F9T',
      })
      const at = phone(id)
      expect((await at.open()).body)
        .to.include('手机银行签名')
        .and.not.to.include('两位数字')
      expect(codeOf(await at.answer())).to.equal(expected)
    }
    expect(proven).to.deep.equal(['AAAA'])
  })

  it('tells a page where it stands, as JSON and as a stream that ends when all is said, and nothing of what is asked', async () => {
    const { ask, number } = await computer()
    const url = `${stage.url}/asks/${ask}/state`
    expect(await (await fetch(url)).json()).to.deep.equal({ state: 'waiting' })
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } })
    expect(stream.headers.get('content-type')).to.include('text/event-stream')
    const said = stream.text()
    const at = phone(ask)
    await at.open()
    await at.number(wrong(number))
    const lines = (await said).split('\n').filter(line => line.startsWith('data: '))
    const states = lines.map(line => JSON.parse(line.slice(6)).state)
    expect(states[0]).to.equal('waiting')
    expect(states.at(-1)).to.equal('refused')
    expect(lines.join()).to.include('数字与电脑上显示的不一致').and.not.to.include('演示交易中心')
    expect((await fetch(`${stage.url}/asks/nobody-nobody-nobody-1/state`)).status).to.equal(404)
  })
})
