import { expect } from 'chai'
import type { Express } from 'express'
import Keygrip from 'keygrip'
import request from 'supertest'
import { createCookies } from '../../server/http/cookies.ts'
import { allowOnPage, securityHeaders } from '../../server/http/headers.ts'
import { clientKey, createRateLimits } from '../../server/http/rate-limit.ts'
import { sameSiteGuard } from '../../server/http/same-site.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { testApp } from './app.ts'

const cspOf = (answer: { headers: Record<string, string> }): string => answer.headers['content-security-policy'] ?? ''

describe('same-site guard', () => {
  const app = testApp(app => {
    app.use(sameSiteGuard({ publicUrl: 'https://shield.test', exempt: [/^\/login\/callback\/[a-z0-9-]+$/, '/oidc/token'] }))
    app.all('/{*any}', (_req, res) => res.send('done'))
  })
  const post = (headers: Record<string, string>, path = '/login/x/bank') => request(app).post(path).set(headers)

  for (const [sentence, headers] of [
    ['a POST that another site made the browser send', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://shield.test' }],
    ['a POST from a sibling subdomain', { 'Sec-Fetch-Site': 'same-site' }],
    ['a POST with a foreign Origin', { Origin: 'https://evil.test' }],
    ['a POST from an opaque origin', { Origin: 'null' }],
    ['a POST from our host on another scheme', { Origin: 'http://shield.test' }],
    ['a POST that does not say where it comes from', {}],
  ] as const) {
    it(`refuses ${sentence}`, async () => {
      expect((await post(headers).expect(403)).body.code).to.equal('cross_site')
    })
  }

  it('lets our own pages post', async () => {
    await post({ 'Sec-Fetch-Site': 'same-origin' }).expect(200)
    await post({ Origin: 'https://shield.test' }).expect(200)
  })

  it('lets reading and the listed paths through, and no path that only begins like one', async () => {
    await request(app).get('/login/x').expect(200)
    await post({ 'Sec-Fetch-Site': 'cross-site' }, '/login/callback/icbc').expect(200)
    await post({}, '/oidc/token').expect(200)
    await post({}, '/oidc/token/more').expect(403)
    await post({}, '/login/callback/icbc/x').expect(403)
  })
})

describe('security headers', () => {
  const page = (widen: (res: Parameters<typeof allowOnPage>[0]) => void) =>
    request(
      testApp(app => {
        app.use(securityHeaders({ https: true }))
        app.get('/', (_req, res) => {
          widen(res)
          res.send('page')
        })
      }),
    ).get('/')

  it('admits nothing inline and nothing from elsewhere', async () => {
    const answer = await page(() => undefined)
    const csp = cspOf(answer)
    expect(csp)
      .to.include("default-src 'none'")
      .and.include("form-action 'self'")
      .and.include("frame-ancestors 'none'")
      .and.include("base-uri 'none'")
    expect(csp).not.to.match(/unsafe|\*|https?:/)
    expect(answer.headers).to.include({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    expect(answer.headers['strict-transport-security']).to.match(/^max-age=\d+/)
  })

  it('widens one page by exact origins, added up', async () => {
    const csp = cspOf(
      await page(res => {
        allowOnPage(res, { formTargets: ['https://bank.test/authorize?client=1', 'https://center.test/cb'] })
        allowOnPage(res, { connect: ['ws://127.0.0.1:7130/'] })
      }),
    )
    expect(csp).to.include("form-action 'self' https://bank.test https://center.test;")
    expect(csp).to.include("connect-src 'self' ws://127.0.0.1:7130;")
  })

  for (const hostile of ["https://a.test; script-src 'unsafe-inline'", 'https://*.test', 'javascript:alert(1)', 'data:text/html,x', '*', '']) {
    it(`refuses to name ${JSON.stringify(hostile)} in a policy`, () => {
      const res = { setHeader: () => expect.fail('the policy was widened') }
      expect(() => allowOnPage(res as never, { formTargets: [hostile] })).to.throw(TypeError)
    })
  }
})

describe('signed cookies', () => {
  const keys = ['first-key-of-thirty-two-characters!', 'older-key-of-thirty-two-characters!']
  const withKeys = (cookieKeys: string[], name = 'shield_attempt') => {
    const cookies = createCookies(cookieKeys, { secure: true })
    return testApp((app: Express) => {
      app.get('/set', (req, res) => {
        cookies.set(req, res, name, 'attempt1', { path: '/login', maxAge: 60_000 })
        res.end()
      })
      app.get('/clear', (req, res) => {
        cookies.clear(req, res, name, '/login')
        res.end()
      })
      app.get('/get', (req, res) => res.json({ value: cookies.get(req, res, name) ?? null }))
    })
  }
  const app = withKeys(keys)
  const setCookies = async () => ((await request(app).get('/set')).headers['set-cookie'] ?? []) as unknown as string[]
  const read = async (cookie: string, from = app) => (await request(from).get('/get').set('Cookie', cookie)).body.value
  const jar = async () => (await setCookies()).map(line => line.split(';')[0]).join('; ')

  it('reads back what it set, HttpOnly, Secure, Lax and under its path', async () => {
    const lines = await setCookies()
    expect(lines).to.have.length(2)
    for (const line of lines)
      expect(line)
        .to.match(/path=\/login/)
        .and.match(/httponly/i)
        .and.match(/secure/i)
        .and.match(/samesite=lax/i)
    expect(await read(await jar())).to.equal('attempt1')
  })

  it('takes a changed value for absent, and a missing signature too', async () => {
    const cookie = await jar()
    expect(await read(cookie.replace('attempt1', 'attempt2'))).to.equal(null)
    expect(await read('shield_attempt=attempt1')).to.equal(null)
    expect(await read('shield_attempt=attempt1; shield_attempt.sig=x')).to.equal(null)
  })

  it('does not accept the signature of another cookie', async () => {
    const signature = new Keygrip(keys, 'sha256').sign('shield_other=attempt1')
    expect(await read(`shield_attempt=attempt1; shield_attempt.sig=${signature}`)).to.equal(null)
  })

  it('still reads cookies of the older key, and none of a stranger’s', async () => {
    const signed = (key: string) => `shield_attempt=a; shield_attempt.sig=${new Keygrip([key], 'sha256').sign('shield_attempt=a')}`
    expect(await read(signed(keys[1] ?? ''))).to.equal('a')
    expect(await read(signed('somebody else’s key of some length'))).to.equal(null)
  })

  it('clears both halves', async () => {
    const lines = (await request(app).get('/clear')).headers['set-cookie'] as unknown as string[]
    expect(lines.every(line => /expires=Thu, 01 Jan 1970/i.test(line))).to.equal(true)
  })
})

describe('rate limits', () => {
  function limited(perMinute: number, maxClients?: number, trustProxy: boolean | number = 1) {
    const clock = fixedClock('2026-01-01')
    const scopes: string[] = []
    const meter = { ...silentMeter, rateLimited: (scope: string) => scopes.push(scope) }
    const limit = createRateLimits({
      perMinute: { login: perMinute, token: perMinute },
      meter,
      clock,
      ...(maxClients === undefined ? {} : { maxClients }),
    })
    const app = testApp(app => {
      app.set('trust proxy', trustProxy)
      app.get('/login', limit('login'), (_req, res) => res.end())
      app.get('/token', limit('token'), (_req, res) => res.end())
    })
    const from = (address: string, path = '/login') => request(app).get(path).set('X-Forwarded-For', address)
    return { from, scopes }
  }

  it('refuses a client that asks too often, says when to come back, and counts it', async () => {
    const { from, scopes } = limited(3)
    for (let i = 0; i < 3; i++) await from('198.51.100.1').expect(200)
    const refusal = await from('198.51.100.1').expect(429)
    expect(refusal.body.code).to.equal('too_many_requests')
    expect(Number(refusal.headers['retry-after'])).to.be.within(1, 60)
    expect(scopes).to.deep.equal(['login'])
  })

  it('keeps clients and scopes apart', async () => {
    const { from } = limited(1)
    await from('198.51.100.1').expect(200)
    await from('198.51.100.2').expect(200)
    await from('198.51.100.1', '/token').expect(200)
    await from('198.51.100.1').expect(429)
  })

  it('takes one IPv6 network for one client', async () => {
    const { from } = limited(1)
    await from('2001:db8:1:2::1').expect(200)
    await from('2001:db8:1:2:ffff::9').expect(429)
    await from('2001:db8:1:3::1').expect(200)
  })

  it('does not believe a forwarded address where no proxy is configured', async () => {
    const { from } = limited(1, undefined, false)
    await from('198.51.100.1').expect(200)
    await from('198.51.100.2').expect(429)
  })

  it('keeps its memory bounded under a flood of addresses and still serves those it knows', async () => {
    const { from } = limited(1, 2)
    await from('198.51.100.1').expect(200)
    await from('198.51.100.2').expect(200)
    for (let i = 0; i < 100; i++) await from(`203.0.113.${i}`).expect(200)
    await from('203.0.113.200').expect(429)
  })

  it('names networks in one way', () => {
    expect(clientKey({ ip: '::ffff:198.51.100.7' })).to.equal('198.51.100.7')
    expect(clientKey({ ip: '2001:0db8::1' })).to.equal(clientKey({ ip: '2001:db8:0:0:5::' }))
    expect(clientKey({ ip: '::1' })).to.equal('0:0:0:0::/64')
  })
})
