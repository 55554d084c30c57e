import { expect } from 'chai'
import { Router } from 'express'
import request from 'supertest'
import { z } from 'zod'
import { adoptTrace, contextOf, type FinishedRequest, requestContext } from '../../server/http/context.ts'
import { formBody, jsonBody, readForm } from '../../server/http/forms.ts'
import { offerOnFailure } from '../../server/http/respond.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { failures } from '../../server/kernel/failures.ts'
import { readTraceCode } from '../../server/kernel/ids.ts'
import { readableLog, testApp } from './app.ts'

describe('answers to failures', () => {
  const refuse = () => {
    throw new BrokerError('bank_wrong_issuer', 'iss differs', { received: 'https://evil', expected: 'https://bank', cause: new Error('inner words') })
  }

  it('gives a program problem details with code, sentence, owner and trace, and no inner fact', async () => {
    const answer = await request(testApp(app => app.get('/', refuse)))
      .get('/')
      .expect(403)
    expect(answer.headers['content-type']).to.match(/^application\/problem\+json/)
    const body = JSON.parse(answer.text)
    expect(body).to.include({ code: 'bank_wrong_issuer', status: 403, who_can_fix: 'bank', type: 'https://shield.test/errors/bank_wrong_issuer' })
    expect(body.user_message.zh).to.equal(failures.bank_wrong_issuer.zh)
    expect(body.trace).to.equal(answer.headers['x-trace-code'])
    expect(answer.text).not.to.match(/evil|inner words|iss differs/)
  })

  it('gives a browser the page, with the same trace code as header and log', async () => {
    const { log, lines } = readableLog()
    const answer = await request(testApp(app => app.get('/', refuse), log))
      .get('/')
      .set('Accept', 'text/html,*/*;q=0.8')
      .expect(403)
    const trace = String(answer.headers['x-trace-code'])
    expect(readTraceCode(trace)).to.equal(trace)
    expect(answer.text).to.include(`bank_wrong_issuer ${trace}`)
    expect(answer.headers['cache-control']).to.equal('no-store')
    const line = lines.find(entry => entry.failure === 'bank_wrong_issuer')
    expect(line).to.include({ reference: trace, received: 'https://evil', expected: 'https://bank', cause: 'Error: inner words' })
  })

  it('tells nothing of an unexpected error but keeps its stack in the log', async () => {
    const { log, lines } = readableLog()
    const app = testApp(
      app =>
        app.get('/', () => {
          throw new Error('password of the database is hunter2')
        }),
      log,
    )
    const answer = await request(app).get('/').expect(500)
    expect(answer.text).not.to.include('hunter2')
    expect(lines.find(entry => entry.failure === 'internal')?.['stack']).to.be.a('string')
  })

  it('catches what an async handler rejects with, even when it is no Error', async () => {
    const app = testApp(app => app.get('/', async () => Promise.reject('plain text')))
    expect((await request(app).get('/').expect(500)).body.code).to.equal('internal')
  })

  it('shows the trace code of the login once it is known', async () => {
    const app = testApp(app =>
      app.get('/', (_req, res) => {
        adoptTrace(res, 'K7QM-3F9T')
        expect(contextOf(res).trace).to.equal('K7QM-3F9T')
        refuse()
      }),
    )
    const answer = await request(app).get('/')
    expect(answer.headers['x-trace-code']).to.equal('K7QM-3F9T')
    expect(answer.body.trace).to.equal('K7QM-3F9T')
  })

  it('offers a way back where the route named one', async () => {
    const app = testApp(app =>
      app.get('/', (_req, res) => {
        offerOnFailure(res, { restart: { href: '/login/x', label: { zh: '重试', en: 'Try again' } } })
        refuse()
      }),
    )
    expect((await request(app).get('/').set('Accept', 'text/html')).text).to.include('/login/x')
  })

  it('answers an unknown path with not_found', async () => {
    expect(
      (
        await request(testApp(() => undefined))
          .get('/nowhere')
          .expect(404)
      ).body.code,
    ).to.equal('not_found')
  })

  it('answers a path that cannot be decoded with bad_request', async () => {
    const app = testApp(app => app.get('/:id', (_req, res) => res.end()))
    expect((await request(app).get('/%E0%A4%A').expect(400)).body.code).to.equal('bad_request')
  })

  it('has a status, a sentence in each language and an owner for every code', () => {
    for (const [code, row] of Object.entries(failures)) {
      expect(row.status, code).to.be.within(400, 599)
      expect(row.zh, code).to.match(/[\u4e00-\u9fff].*。$/)
      expect(row.en, code).to.match(/^[A-Z].*\.$/)
    }
  })
})

describe('forms', () => {
  const schema = z.object({ bank: z.string().max(16), uscc: z.string().optional() })
  const app = testApp(app => {
    app.post('/form', formBody(1024), (req, res) => res.json(readForm(req, schema)))
    app.post('/json', jsonBody(), (req, res) => res.json(readForm(req, schema)))
  })
  const post = (body: string) => request(app).post('/form').type('form').send(body)

  it('reads the fields of the schema and drops others', async () => {
    expect((await post('bank=ccb&other=1').expect(200)).body).to.deep.equal({ bank: 'ccb' })
  })

  it('refuses a form with a field missing, naming the field', async () => {
    expect((await post('other=1').expect(400)).body.code).to.equal('bad_request')
  })

  it('refuses a field that comes twice', async () => {
    expect((await post('bank=ccb&bank=icbc').expect(400)).body.code).to.equal('bad_request')
  })

  it('refuses a form that is too large', async () => {
    expect((await post(`bank=${'x'.repeat(2000)}`).expect(413)).body.code).to.equal('too_large')
  })

  it('refuses a form with too many fields', async () => {
    const body = Array.from({ length: 100 }, (_, i) => `f${i}=1`).join('&')
    expect((await post(body).expect(413)).body.code).to.equal('too_large')
  })

  it('refuses a body of another kind and broken JSON', async () => {
    expect((await request(app).post('/form').type('text').send('bank=ccb').expect(400)).body.code).to.equal('bad_request')
    expect((await request(app).post('/json').type('json').send('{"bank":').expect(400)).body.code).to.equal('bad_request')
  })

  it('keeps a name such as __proto__ a plain field', async () => {
    expect((await post('__proto__[x]=1&bank=ccb').expect(200)).body).to.deep.equal({ bank: 'ccb' })
  })
})

describe('access log and route names', () => {
  async function finished(path: string): Promise<{ done: FinishedRequest[]; text: string }> {
    const done: FinishedRequest[] = []
    const { log, lines } = readableLog()
    const app = testApp(app => {
      app.use(requestContext({ clock: fixedClock('2026-01-01'), log, onFinished: entry => done.push(entry) }))
      const login = Router()
      login.get('/:id/bank', (_req, res) => res.send('ok'))
      login.get('/:id/broken', () => {
        throw new BrokerError('login_not_found', 'x')
      })
      app.use('/login', login)
      app.use('/oidc', (_req, res) => res.end())
    })
    await request(app).get(path)
    await new Promise(resolve => setImmediate(resolve))
    return { done, text: JSON.stringify(lines) }
  }

  it('names the pattern of a route, never the address', async () => {
    const { done, text } = await finished('/login/secret-login-id/bank?code=secret-code')
    expect(done).to.have.length(1)
    expect(done[0]).to.include({ route: '/login/:id/bank', method: 'GET', status: 200 })
    expect(text).not.to.match(/secret-login-id|secret-code/)
  })

  it('names the pattern also when the handler throws', async () => {
    expect((await finished('/login/abc/broken')).done[0]).to.include({ route: '/login/:id/broken', status: 410 })
  })

  it('gives addresses that nothing answers one name together', async () => {
    expect((await finished('/wp-admin/setup.php')).done[0]).to.include({ route: 'unmatched', status: 404 })
    expect((await finished('/oidc/anything/at/all')).done[0]).to.include({ route: '/oidc/*' })
  })
})
