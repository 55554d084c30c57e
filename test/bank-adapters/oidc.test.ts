import { expect } from 'chai'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { minutes } from '../../server/kernel/clock.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import { adapterSuite } from '../suites/adapter.ts'
import { type AdapterStage, type How, openAdapterStage } from '../suites/adapter-stage.ts'

adapterSuite('oidc', () => openAdapterStage('ccb'))

describe('the OpenID adapter', function () {
  this.timeout(30_000)
  let stage: AdapterStage
  before(async () => {
    stage = await openAdapterStage('ccb')
  })
  after(() => stage.close())
  afterEach(() => stage.reset())

  async function walk(how: How = stage.password()) {
    const attempt = stage.attempt('bank-session')
    const { challenge, memo } = await stage.adapter.begin(attempt)
    const answer = await stage.answer(challenge, how)
    return {
      attempt,
      challenge,
      memo,
      answer,
      take: (url = answer.kind === 'query' ? answer.url : '') => stage.adapter.complete(attempt, { kind: 'query', url }, memo),
    }
  }
  const changed = (response: Response, change: (body: Record<string, unknown>) => Record<string, unknown>) =>
    response
      .json()
      .then(
        (body: Record<string, unknown>) =>
          new Response(JSON.stringify(change(body)), { status: response.status, headers: { 'content-type': 'application/json' } }),
      )

  it('asks by a signed request object alone, with PKCE, nonce and the attempt as state', async () => {
    const attempt = stage.attempt('shield')
    const { challenge, memo } = await stage.adapter.begin(attempt)
    const url = new URL(challenge.kind === 'redirect' ? challenge.url : '')
    expect([...url.searchParams.keys()]).to.have.members(['client_id', 'request'])
    const request = url.searchParams.get('request') ?? ''
    expect(decodeProtectedHeader(request)).to.include({ alg: 'ES256', kid: 'bank-client-1' })
    const asked = decodeJwt(request)
    expect(asked).to.include({
      state: attempt.id,
      code_challenge_method: 'S256',
      redirect_uri: attempt.callbackUrl,
      acr_values: 'ccb:shield ccb:shield-face',
      response_type: 'code',
    })
    expect(asked['nonce']).to.equal(memo['nonce'])
    expect(JSON.stringify(asked)).not.to.include(memo['verifier'])
  })

  it('asks the bank to prove the person anew where the center wants that, and only there', async () => {
    const asked = async (afresh: boolean) => {
      const { challenge } = await stage.adapter.begin({ ...stage.attempt('bank-session'), afresh })
      const url = new URL(challenge.kind === 'redirect' ? challenge.url : '')
      return decodeJwt(url.searchParams.get('request') ?? '')['prompt']
    }
    expect(await asked(true)).to.equal('login')
    expect(await asked(false)).to.equal(undefined)
  })

  it('asks for no level where a mere session will do', async () => {
    const { challenge } = await stage.adapter.begin(stage.attempt('bank-session'))
    const url = new URL(challenge.kind === 'redirect' ? challenge.url : '')
    expect(decodeJwt(url.searchParams.get('request') ?? '')).not.to.have.property('acr_values')
  })

  it('uses the address that the bank was given, whatever host the request came in by', async () => {
    const { answer, take } = await walk()
    const { search } = new URL(answer.kind === 'query' ? answer.url : '', 'http://proxy.internal')
    expect((await take(`http://proxy.internal:9999/somewhere${search}`)).bank).to.equal('ccb')
  })

  it('refuses an answer without the issuer that the bank promised to name', async () => {
    const { answer, take } = await walk()
    const url = new URL(answer.kind === 'query' ? answer.url : '', stage.brokerUrl)
    url.searchParams.delete('iss')
    expect(await laterFailure(take(url.pathname + url.search))).to.equal('bank_mixed_up')
  })

  it('refuses an answer with a parameter twice, without a code, or with a code that is none', async () => {
    const { answer, take } = await walk()
    const url = answer.kind === 'query' ? answer.url : ''
    expect(await laterFailure(take(`${url}&code=another`))).to.equal('bank_answer_malformed')
    expect(await laterFailure(take(url.replace(/code=[^&]+/, '')))).to.equal('bank_answer_malformed')
    expect(await laterFailure(take(url.replace(/code=[^&]+/, 'code=none')))).to.equal('bank_refused')
  })

  it('refuses userinfo of another person than the ID token', async () => {
    const { take } = await walk()
    stage.intercept(async (url, proceed) => (url.endsWith('/me') ? changed(await proceed(), body => ({ ...body, sub: 'somebody-else' })) : proceed()))
    expect(await laterFailure(take())).to.equal('bank_identity_mismatch')
  })

  it('believes the ID token where unsigned userinfo says otherwise', async () => {
    const { take } = await walk()
    stage.intercept(async (url, proceed) =>
      url.endsWith('/me') ? changed(await proceed(), body => ({ ...body, name: '冒名者', acr: 'ccb:shield' })) : proceed(),
    )
    const identity = await take()
    expect(identity.person.name).not.to.equal('冒名者')
    expect(identity.assurance).to.equal('bank-session')
  })

  it('says that the bank cannot be reached, when it is gone, fails by itself, or does not answer in JSON', async () => {
    const during = async (answer: () => Promise<Response>) => {
      const { take } = await walk()
      stage.intercept(async (url, proceed) => (url.endsWith('/token') ? answer() : proceed()))
      const code = await laterFailure(take())
      await stage.reset()
      return code
    }
    expect(await during(() => Promise.reject(new TypeError('fetch failed')))).to.equal('bank_unreachable')
    expect(await during(async () => new Response('down', { status: 503 }))).to.equal('bank_unreachable')
    expect(await during(() => Promise.reject(new DOMException('late', 'TimeoutError')))).to.equal('bank_unreachable')
    expect(await during(async () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }))).to.equal(
      'bank_answer_malformed',
    )
  })

  it('refuses metadata that name another issuer', async () => {
    stage.intercept(async (url, proceed) =>
      url.includes('/.well-known/') ? changed(await proceed(), body => ({ ...body, issuer: 'https://other.example' })) : proceed(),
    )
    expect(await laterFailure(stage.another().begin(stage.attempt('bank-session')))).to.equal('bank_wrong_issuer')
  })

  it('reads the metadata once for many logins, again when they are old, and goes on with the old ones while the bank is away', async () => {
    let reads = 0
    let away = false
    const count = async (url: string, proceed: () => Promise<Response>) => {
      if (!url.includes('/.well-known/')) return proceed()
      reads++
      return away ? Promise.reject(new TypeError('fetch failed')) : proceed()
    }
    stage.intercept(count)
    const adapter = stage.another()
    const begin = () => adapter.begin(stage.attempt('bank-session'))
    await Promise.all([begin(), begin(), begin()])
    await begin()
    expect(reads).to.equal(1)
    away = true
    stage.advance(minutes(61))
    await begin()
    await begin()
    expect(reads).to.equal(2)
    stage.advance(minutes(25 * 60))
    expect(await laterFailure(begin())).to.equal('bank_unreachable')
    away = false
    const before = reads
    await begin()
    expect(reads).to.equal(before + 1)
  })

  it('refuses a logout token that is too old, unsigned or none', async () => {
    const read = (token: string) => laterFailure(stage.adapter.readLogout?.({ logout_token: token }, async () => undefined) ?? Promise.resolve())
    await (await walk()).take()
    const [message] = await stage.logoutAtBank()
    const token = message?.['logout_token'] ?? ''
    stage.advance(minutes(20))
    expect(await read(token)).to.equal('bank_answer_expired')
    await stage.reset()
    const [head = '', body = ''] = token.split('.')
    expect(await read(`${head}.${body}.`)).to.equal('bank_wrong_key')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    expect(await read(`${none}.${body}.`)).to.equal('bank_unsigned')
    expect(await read('nonsense')).to.equal('bank_answer_malformed')
    expect(await read(token)).to.equal('nothing was thrown')
  })
})
