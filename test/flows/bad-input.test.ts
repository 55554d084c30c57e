import { request } from 'node:http'
import { expect } from 'chai'
import type { FailureCode } from '../../server/kernel/errors.ts'
import { failures } from '../../server/kernel/failures.ts'
import { forms } from '../../server/sandbox/http-browser.ts'
import type { Plan } from '../../server/sandbox/start.ts'
import { type Bad, deep, FORM, JSON_BODY, strangers } from './bad-requests.ts'
import { expectSays } from './expectations.ts'
import { authorizeUrl } from './paper-center.ts'
import { onEachDatabase, type TestSandbox, type TestWalker } from './sandbox.ts'

onEachDatabase('bad input', open => {
  for (const bad of strangers) {
    it(`${bad.what}: refused in words, with a trace code and nothing from inside`, async () => {
      for (const accept of ['text/html', 'application/json']) {
        const answer = await send(open().plan, { ...bad, headers: { accept, ...bad.headers } })
        expectClear(answer, bad)
      }
    })
  }

  it('a center that leaves out PKCE is told so at its return address, with the trace code, and the record has one refusal', async () => {
    const sandbox = open()
    const { url } = authorizeUrl(sandbox.plan, { code_challenge: undefined, code_challenge_method: undefined })
    const answer = await send(sandbox.plan, { path: url.slice(sandbox.plan.urls.broker.length) })
    expect(answer.status).to.equal(303)
    const { origin, searchParams } = new URL(answer.headers['location'] ?? '')
    expect(origin).to.equal('https://paper.example')
    expect(searchParams.get('error')).to.equal('invalid_request')
    expect(searchParams.get('state')).to.equal('state-of-the-paper-center')
    expect(searchParams.get('error_description')).to.contain(answer.trace)
    expect(await refusals(sandbox, answer.trace)).to.deep.equal(['request.refused pkce_mismatch'])
  })

  describe('in a login of one’s own', () => {
    let walker: TestWalker
    let login: string
    beforeEach(async () => {
      walker = open().walker()
      login = new URL((await walker.browser.get(`${walker.plan.urls.center}/login`)).url).pathname
    })
    const post = (path: string, form: Record<string, string>) => walker.browser.post(`${walker.plan.urls.broker}${path}`, form)

    const wrong: [what: string, path: string, form: Record<string, string>, code: FailureCode][] = [
      ['an unknown bank', 'bank', { bank: 'nobank' }, 'unknown_bank'],
      ['a bank of a null byte', 'bank', { bank: '\0' }, 'unknown_bank'],
      ['a bank with a name as long as a book', 'bank', { bank: 'b'.repeat(5000) }, 'bad_request'],
      ['no bank at all', 'bank', {}, 'bad_request'],
      ['a form of a megabyte', 'bank', { bank: 'x'.repeat(1_000_000) }, 'too_large'],
      ['a company before anybody is proven', 'company', { uscc: '91990000DEM0000145' }, 'login_moved_on'],
      ['a consent that nobody asked for', 'consent', { decision: 'agree' }, 'login_moved_on'],
      ['a signature that nobody asked for', 'shield', { certificate: 'AAAA', signature: 'AAAA', algorithm: 'SM2' }, 'login_moved_on'],
      ['a step that does not exist', 'nonsense', {}, 'not_found'],
    ]
    for (const [what, step, form, code] of wrong) {
      it(`${what} is refused as ${code}, and the login goes on`, async () => {
        const page = await post(`${login}/${step}`, form)
        expect(page.status).to.equal(failures[code].status)
        expect(page.body).to.contain(`<code>${code}</code>`).and.to.contain(String(page.headers['x-trace-code']))
        expectNothingFromInside(page.body)
        expect((await walker.browser.get(`${walker.plan.urls.broker}${login}`)).status).to.equal(200)
      })
    }

    it('one field twice is refused, not read by halves', async () => {
      const { broker } = walker.plan.urls
      const cookie = `shield_interaction=${walker.browser.cookie(`${broker}${login}`, 'shield_interaction')}`
      const answer = await send(walker.plan, {
        method: 'POST',
        path: `${login}/bank`,
        headers: { ...FORM, cookie, 'sec-fetch-site': 'same-origin' },
        body: 'bank=ccb&bank=icbc',
      })
      expect(answer.status).to.be.within(400, 499)
    })

    it('a signature that is none is refused in words, once on record, and the way back leads on', async () => {
      const sandbox = open()
      const page = await post(`${login}/bank`, { bank: 'abc' })
      const action = forms(page).find(({ id }) => id === 'shield-form')?.action ?? ''
      for (const [certificate, signature] of [
        ['AAAA', 'AAAA'],
        ['\0', '\u{1f6e1}'],
      ] as const) {
        const refused = await walker.browser.post(action, { certificate, signature, algorithm: 'SM2-with-SM3' })
        expect(refused.status).to.be.within(400, 499)
        expectNothingFromInside(refused.body)
      }
      const trace = String(page.headers['x-trace-code'])
      expect((await refusals(sandbox, trace))[0]).to.match(/^login\.refused /)
      expect((await walker.browser.get(`${sandbox.plan.urls.broker}${login}`)).body).to.contain('建设银行')
    })

    it('opened in another browser it is refused, and the refusal is on record once', async () => {
      const sandbox = open()
      const other = sandbox.walker()
      for (const page of [
        await other.browser.get(`${sandbox.plan.urls.broker}${login}`),
        await other.browser.post(`${sandbox.plan.urls.broker}${login}/bank`, { bank: 'ccb' }),
      ]) {
        expect(page.status).to.equal(403)
        expect(page.body).to.contain('<code>login_other_browser</code>')
      }
      const { headers } = await walker.browser.get(`${sandbox.plan.urls.broker}${login}`)
      const expected = 'request.refused login_other_browser'
      expect(await refusals(sandbox, String(headers['x-trace-code']))).to.deep.equal([expected, expected])
    })
  })

  it('on the management port, deep JSON is refused and moves no clock', async () => {
    const { plan } = open()
    for (const body of [deep, '{"advanceSeconds":1e999}', '{"advanceSeconds":"1"}', 'null', '\0']) {
      const answer = await send(plan, { method: 'POST', path: '/sandbox/clock', headers: JSON_BODY, body }, plan.urls.management)
      expect(answer.status).to.be.within(400, 499)
      expectNothingFromInside(answer.body)
    }
  })
})

interface Answer {
  status: number
  headers: Record<string, string>
  trace: string
  body: string
}

/** Bytes as they are given: no library between that would tidy a path or a header. */
function send(plan: Plan, { method = 'GET', path, headers = {}, body }: Omit<Bad, 'what' | 'code'>, base = plan.urls.broker): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) } },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const said = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
          resolve({ status: answer.statusCode ?? 0, headers: said, trace: said['x-trace-code'] ?? '', body: Buffer.concat(chunks).toString() })
        })
      },
    )
    // a server that has refused a body need not read it to its end
    sent.on('error', reject)
    sent.end(body)
  })
}

function expectClear(answer: Answer, { code, status }: Bad): void {
  const { body, trace } = answer
  expectNothingFromInside(body)
  if (code === undefined || !Object.hasOwn(failures, code)) {
    expect(answer.status).to.equal(status)
    if (code === undefined) return
    expect(trace).to.match(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/)
    // a browser that comes to a center's endpoint by mistake gets the page
    if (answer.headers['content-type']?.startsWith('text/html')) return void expect(body).to.contain(trace)
    const told: unknown = JSON.parse(body)
    expect(told).to.include({ error: code })
    expect(told).to.have.property('error_description').that.includes(trace)
    return
  }
  const row = Object.entries(failures).find(([name]) => name === code)?.[1]
  if (row === undefined) throw new Error(`no failure ${code}`)
  expect(answer.status).to.equal(row.status).and.to.be.within(400, 499)
  expect(trace).to.match(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/)
  if (answer.headers['content-type']?.startsWith('application/problem+json')) {
    expect(JSON.parse(body)).to.include({ code, trace, status: row.status, who_can_fix: row.who })
  } else {
    expect(body).to.contain(`<code>${code}</code>`).and.to.contain(trace)
    expectSays(body, row)
  }
}

/** Words of our machinery, of its libraries or of a database, and anything of a stack. */
function expectNothingFromInside(body: string): void {
  // the way back names the login, and random letters may spell anything
  const words = body.replaceAll(/\/login\/[\w-]+/g, '/login/')
  expect(words).to.not.match(
    /\.ts\b|\.js:\d|node_modules|\n\s+at |Error:|prisma|pglite|postgres|SELECT |\bundefined\b|\[object|\bzod\b|<script>alert/i,
  )
}

async function refusals({ app }: TestSandbox, trace: string): Promise<string[]> {
  const rows = await app.stores.audit.byTrace(trace, 100)
  return rows.filter(({ code }) => code.endsWith('.refused')).map(({ code, body }) => `${code} ${JSON.parse(body).failure}`)
}
