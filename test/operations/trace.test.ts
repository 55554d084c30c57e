import { expect } from 'chai'
import fc from 'fast-check'
import request from 'supertest'
import { fixedClock } from '../../server/kernel/clock.ts'
import { failures } from '../../server/kernel/failures.ts'
import { failureRoutes } from '../../server/operations/failure-routes.ts'
import { formatTrace } from '../../server/operations/format-trace.ts'
import { redactFacts, redactText } from '../../server/operations/redact.ts'
import { remedyFor } from '../../server/operations/remedies.ts'
import { createTracer, readTrace } from '../../server/operations/trace.ts'
import { traceRoutes } from '../../server/operations/trace-routes.ts'
import { testApp } from '../http/app.ts'
import { auditRow, memoryTraces } from './memory.ts'

const TRACE = 'K7QM-3F9T'

function refusedLogin() {
  const stores = memoryTraces()
  const clock = fixedClock('2026-03-01T08:00:00Z')
  const tracer = createTracer({ store: stores.traces, clock })
  stores.rows.push(auditRow(1, '2026-03-01T08:00:00.000Z', 'login.started', TRACE, { client: 'gz' }))
  clock.advance(1000)
  tracer.step({ trace: TRACE, hop: 'broker', step: 'begin', outcome: 'ok', milliseconds: 12, facts: { bank: 'ccb' } })
  clock.advance(2000)
  tracer.step({
    trace: TRACE,
    hop: 'bank',
    step: 'complete',
    outcome: 'failed',
    code: 'bank_wrong_issuer',
    milliseconds: 240,
    received: 'iss https://evil.test',
    expected: 'iss https://ccb.test',
  })
  stores.rows.push(auditRow(2, '2026-03-01T08:00:03.001Z', 'login.refused', TRACE, { bank: 'ccb', failure: 'bank_wrong_issuer' }))
  return { stores, tracer, clock }
}

describe('a trace', () => {
  it('says what was received, what was expected, who can fix it and how', async () => {
    const view = await readTrace(refusedLogin().stores, TRACE)
    expect(view).to.include({ code: TRACE, state: 'refused', center: '广州交易中心', bank: 'ccb', startedAt: '2026-03-01T08:00:00.000Z' })
    expect(view?.failure).to.deep.equal({
      code: 'bank_wrong_issuer',
      zh: failures.bank_wrong_issuer.zh,
      en: failures.bank_wrong_issuer.en,
      who: 'bank',
      received: 'iss https://evil.test',
      expected: 'iss https://ccb.test',
      remedy: remedyFor('bank_wrong_issuer'),
    })
  })

  it('puts steps and audit events in the order they happened, across every hop', async () => {
    const view = await readTrace(refusedLogin().stores, TRACE)
    expect(view?.steps.map(step => `${step.hop} ${step.step} ${step.outcome}`)).to.deep.equal([
      'broker login.started ok',
      'broker begin ok',
      'bank complete failed',
      'broker login.refused failed',
    ])
  })

  it('is granted once a second try succeeded, and then explains no failure', async () => {
    const { stores } = refusedLogin()
    stores.rows.push(auditRow(3, '2026-03-01T08:00:09.000Z', 'login.granted', TRACE, { bank: 'ccb' }))
    const view = await readTrace(stores, TRACE)
    expect(view?.state).to.equal('granted')
    expect(view?.failure).to.equal(undefined)
  })

  it('is open while nothing has ended it', async () => {
    const stores = memoryTraces()
    stores.rows.push(auditRow(1, '2026-03-01T08:00:00.000Z', 'login.started', TRACE, { client: 'unheard-of' }))
    expect(await readTrace(stores, TRACE)).to.include({ state: 'open', center: 'unheard-of' })
  })

  it('still tells of the failure when the steps were lost in a crash', async () => {
    const { stores } = refusedLogin()
    stores.steps.length = 0
    expect((await readTrace(stores, TRACE))?.failure).to.include({ code: 'bank_wrong_issuer', received: undefined })
  })

  it('is nothing under another code', async () => expect(await readTrace(refusedLogin().stores, 'AAAA-AAAA')).to.equal(undefined))

  it('has advice for every failure code', () => {
    for (const code of Object.keys(failures) as (keyof typeof failures)[]) {
      expect(remedyFor(code).zh, code).to.match(/[\u4e00-\u9fff]/)
      expect(remedyFor(code).en, code).to.match(/\.$/)
    }
  })

  it('reads well in a terminal and lets no control character through', async () => {
    const { stores, tracer } = refusedLogin()
    tracer.step({ trace: TRACE, hop: 'bank', step: 'x', outcome: 'ok', facts: { said: 'a\u001b[2Jb\u0007' } })
    const view = await readTrace(stores, TRACE)
    const text = view === undefined ? '' : formatTrace(view)
    expect(text)
      .to.match(/K7QM-3F9T {2}refused/)
      .and.match(/received: iss https:\/\/evil\.test/)
      .and.match(/who can fix it: the bank/)
      .and.match(/\+3\.000s {2}bank/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.to.match(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('redaction', () => {
  const jwt = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.${'s'.repeat(86)}`

  for (const [what, text, secret] of [
    ['a JWT', `id_token was ${jwt}`, 'eyJhbGci'],
    ['an unsigned JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', 'eyJzdWI'],
    ['a PEM block', '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----', 'MIGHAgEA'],
    ['a PEM block that was cut', '-----BEGIN CERTIFICATE-----\nMIGHAgEAMBMG', 'MIGHAgEA'],
    ['an authorization code in an address', 'https://shield.test/cb?code=SplxlOBeZQQYbYS6WxSbIA&iss=x', 'SplxlOBe'],
    ['a state in an address', '/cb?iss=x&state=af0ifjsldkj', 'af0ifj'],
    ['a SAML response in a form', 'SAMLResponse=PHNhbWxwOlJlc3Bv', 'PHNhbWx'],
    ['a bearer token', 'Authorization: Bearer mF_9.B5f-4.1JqM', 'mF_9'],
    ['a resident’s identity number', 'holder 440106199003071234', '440106199003071234'],
    ['a mobile number', 'sent to 13812345678', '13812345678'],
    ['a certificate in base64', `cert ${'MIIB'.repeat(60)}`, 'MIIBMIIB'],
  ] as const) {
    it(`cuts ${what}`, () => expect(redactText(text)).not.to.include(secret))
  }

  it('cuts values by their name, in any case', () => {
    const facts = redactFacts({ PIN: '123456', client_secret: 'abc', Cookie: 'a=b', memo: 'x', signature: 'y' })
    expect(new Set(Object.values(facts))).to.deep.equal(new Set(['[redacted]']))
  })

  it('leaves what an integrator needs', () => {
    const digest = 'a1'.repeat(32)
    for (const text of [
      'https://center.test/callback',
      '91440101MA59XXXX12',
      digest,
      'iss https://ccb.test',
      'code_challenge E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    ]) {
      expect(redactText(text)).to.equal(text)
    }
  })

  it('is bounded and never throws, whatever comes', () => {
    fc.assert(fc.property(fc.string({ maxLength: 9000, unit: 'binary' }), text => redactText(text).length <= 501))
    expect(Object.keys(redactFacts(Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`f${i}`, i]))))).to.have.length(20)
  })

  it('takes no long time over hostile text', () => {
    const began = performance.now()
    for (const hostile of ['-----BEGIN '.repeat(5000), 'eyJ'.repeat(20_000), 'code='.repeat(10_000), '1'.repeat(60_000), 'eyJaaaaa.'.repeat(9000)])
      redactText(hostile)
    expect(performance.now() - began).to.be.below(10_000)
  })
})

describe('trace routes', () => {
  const app = () => testApp(app => app.use(traceRoutes(refusedLogin().stores)))

  it('shows the page of a code, typed in any way', async () => {
    const answer = await request(app()).get('/trace/k7qm3f9t').expect(200)
    expect(answer.text).to.include('iss https://evil.test').and.include(failures.bank_wrong_issuer.zh)
  })

  it('leads from the search form to the page', async () => {
    await request(app()).get('/trace?code=k7qm%203f9t').expect(303).expect('Location', `/trace/${TRACE}`)
    expect((await request(app()).get('/trace').expect(200)).text).to.include('<form')
  })

  it('gives programs JSON', async () => {
    const answer = await request(app()).get(`/trace/${TRACE}.json`).expect(200)
    expect(answer.body).to.include({ code: TRACE, state: 'refused' })
  })

  it('finds nothing under a code that is not there or is none', async () => {
    for (const path of ['/trace/AAAA-AAAA', '/trace/%3Cscript%3E', '/trace?code=%3Cscript%3E', '/trace/AAAA-AAAA.json', '/trace/x.json']) {
      const answer = await request(app()).get(path).expect(404)
      expect(answer.text).not.to.include('<script>')
    }
  })
})

describe('the catalogue of failures', () => {
  const app = testApp(app => app.use(failureRoutes()))

  it('says under each code what it means and how to mend it', async () => {
    for (const code of ['bank_wrong_issuer', 'pkce_mismatch', 'internal'] as const) {
      const answer = await request(app).get(`/errors/${code}`).expect(200)
      expect(answer.text).to.include(failures[code].zh).and.include(remedyFor(code).zh)
    }
    expect((await request(app).get('/errors').expect(200)).text).to.include('/errors/bank_wrong_issuer')
  })

  it('gives programs JSON', async () => {
    expect((await request(app).get('/errors/bank_wrong_issuer').set('Accept', 'application/json')).body).to.include({ who: 'bank', status: 403 })
    expect((await request(app).get('/errors').set('Accept', 'application/json')).body).to.have.length(Object.keys(failures).length)
  })

  it('knows no other code, not even a name every object has', async () => {
    for (const name of ['nonsense', 'constructor', '__proto__']) await request(app).get(`/errors/${name}`).expect(404)
  })
})
