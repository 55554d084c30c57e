import { expect } from 'chai'
import { isRecorded } from '../../server/kernel/recorded.ts'
import { LIMITS } from '../../server/recognition/limits.ts'
import { expectProblem } from '../suites/api-site.ts'
import { derOf, openStage, revoked, type Stage, shield } from './stage.ts'

const question = { certificate: derOf(shield()), use: 'login' }

describe('recognition: who may ask', () => {
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
  })
  after(() => stage.close())
  beforeEach(() => stage.events.splice(0))
  const ask = (more: Parameters<Stage['post']>[2]) => stage.post('certificates:verify', question, more)

  for (const [sentence, options, error] of [
    ['no token', { token: null }, undefined],
    ['an unknown token', { token: 'stolen' }, 'invalid_token'],
    ['a client’s password', { token: null, headers: { authorization: 'Basic Y2VudGVyLWE6c2VjcmV0' } }, 'invalid_token'],
    ['a token beyond any length', { token: 'x'.repeat(5000) }, 'invalid_token'],
    ['two words', { token: 'center-a center-b' }, 'invalid_token'],
    ['a null byte’s spelling', { token: '%00' }, 'invalid_token'],
  ] as const) {
    it(`service_token_unusable: ${sentence}`, async () => {
      const answer = await ask(options)
      expectProblem(answer, 401, 'service_token_unusable')
      const challenge = answer.headers.get('www-authenticate') ?? ''
      expect(challenge).to.match(/^Bearer realm="trust"/)
      if (error === undefined) expect(challenge).not.to.include('error=')
      else expect(challenge).to.include(`error="${error}"`)
    })
  }

  it('a token in the address or the body does not count', async () => {
    expectProblem(
      await stage.post('certificates:verify?access_token=center-a', { ...question, access_token: 'center-a' }, { token: null }),
      401,
      'service_token_unusable',
    )
  })

  it('a token that expired is over at once', async () => {
    stage.tokens.set('short', { clientId: 'center-a', scopes: ['trust.verify'] })
    expect((await ask({ token: 'short' })).status).to.equal(200)
    stage.tokens.delete('short')
    expectProblem(await ask({ token: 'short' }), 401, 'service_token_unusable')
  })

  it('service_scope_missing: a token of another scope, with the scope to ask for', async () => {
    const answer = await ask({ token: 'other-scope' })
    expectProblem(answer, 403, 'service_scope_missing')
    expect(answer.headers.get('www-authenticate')).to.include('scope="trust.verify"')
    expectProblem(await stage.post('challenges', { purpose: 'login' }, { token: 'verify-only' }), 403, 'service_scope_missing')
  })

  it('a stranger’s body is not even read', async () => {
    expectProblem(
      await stage.post('certificates:verify', `{"certificate": "${'A'.repeat(11 * 1024 * 1024)}`, { token: null }),
      401,
      'service_token_unusable',
    )
  })

  it('what does not exist is not found, and only POST asks', async () => {
    expectProblem(await stage.post('certificates:approve', question), 404, 'not_found')
    expect((await fetch(`${stage.url}/api/trust/certificates:verify`)).status).to.equal(404)
  })

  it('says that there is no such address, and writes nothing down for it', async () => {
    const before = stage.events.length
    const answer = await stage.post('certificates:vrify', {})
    expect([answer.status, answer.body.code]).to.deep.equal([404, 'not_found'])
    expect(stage.events).to.have.length(before)
  })

  describe('writes one audit event a request', () => {
    it('with counts, for an answer', async () => {
      await ask({})
      await stage.post('certificates:verifyBatch', { items: [question, { certificate: derOf(revoked), use: 'login' }, 5, question] })
      const [one, many, more] = stage.events
      expect(more).to.equal(undefined)
      expect(one).to.deep.include({ code: 'recognition.answered' })
      expect(one?.facts).to.deep.equal({ client: 'center-a', kind: 'certificate', items: 1, valid: 1, outcomes: 'ok 1' })
      expect(many?.facts).to.include({ client: 'center-a', items: 4, valid: 2, failed: 1 })
      expect(many?.facts['outcomes']).to.equal('ok 2, certificate_revoked 1, bad_request 1')
    })

    it('with client and code, for a refusal, and no certificate or token in it', async () => {
      await stage.post('certificates:verify', { certificate: derOf(shield()) })
      await ask({ token: 'stolen-token-value' })
      await stage.post('certificates:verify', '{')
      expect(stage.events.map(({ code, facts }) => [code, facts['client'], facts['failure']])).to.deep.equal([
        ['recognition.refused', 'center-a', 'bad_request'],
        ['recognition.refused', undefined, 'service_token_unusable'],
        ['recognition.refused', 'center-a', 'bad_request'],
      ])
      expect(JSON.stringify(stage.events)).not.to.match(/stolen-token-value|MII/)
      expect(JSON.stringify(stage.lines)).not.to.match(/stolen-token-value|MII[A-Za-z0-9]{20}/)
    })

    it('and only an error that this room wrote down counts as written down', () => {
      expect(isRecorded(new Error('of another room'))).to.equal(false)
    })
  })

  it('names its routes by pattern alone', async () => {
    await stage.post('challenges/very-secret-id:verify', { purpose: 'login', format: 'cms', message: 'MAA=' })
    await ask({})
    const routes = stage.lines.filter(line => line.msg === 'request').map(line => line['route'])
    expect(routes).to.include('/api/trust/challenges/{id}:verify')
    expect(routes).to.include('/api/trust/certificates:verify')
    expect(JSON.stringify(routes)).not.to.include('very-secret-id')
  })
})

describe('recognition: how much one client may ask', () => {
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stage = await openStage({ requestsPerMinute: 20, itemsPerMinute: 50 })
  })
  after(() => stage.close())
  const batch = (items: number) => stage.post('certificates:verifyBatch', { items: Array.from({ length: items }, () => question) })

  it('items count, not only requests, and one client’s share is not another’s', async () => {
    expect((await batch(40)).status).to.equal(200)
    const refused = await batch(40)
    expectProblem(refused, 429, 'too_many_requests')
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60)
    expect((await stage.post('certificates:verify', question, { token: 'center-b' })).status).to.equal(200)
  })

  it('requests count too', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => stage.post('certificates:verify', {}, { token: 'center-b' })))
    expect(answers.every(({ status }) => status === 400)).to.equal(true)
    const more = await Promise.all(Array.from({ length: 8 }, () => stage.post('certificates:verify', {}, { token: 'center-b' })))
    const last = await Promise.all(Array.from({ length: 8 }, () => stage.post('certificates:verify', {}, { token: 'center-b' })))
    expect([...more, ...last].filter(({ status }) => status === 429).length).to.be.greaterThan(3)
  })
})

describe('recognition: how much at a time', () => {
  it(`one client has at most ${LIMITS.underWay.client.requests} requests under way, and room again when they are done`, async function () {
    this.timeout(60_000)
    const stage = await openStage()
    try {
      let open: () => void = () => undefined
      const gate = new Promise<void>(resolve => {
        open = resolve
      })
      let waiting = 0
      let full: () => void = () => undefined
      const allIn = new Promise<void>(resolve => {
        full = resolve
      })
      stage.hooks.before = () => {
        if (++waiting === LIMITS.underWay.client.requests) full()
        return gate
      }
      const held = Array.from({ length: LIMITS.underWay.client.requests }, () => stage.post('certificates:verify', question))
      await allIn
      expectProblem(await stage.post('certificates:verify', question), 429, 'too_many_requests')
      open()
      for (const { status } of await Promise.all(held)) expect(status).to.equal(200)
      stage.hooks.before = undefined
      expect((await stage.post('certificates:verify', question)).status).to.equal(200)
    } finally {
      await stage.close()
    }
  })

  it('large bodies count by their size: the fifth of ten megabytes waits, a small one of another client does not', async function () {
    this.timeout(60_000)
    const stage = await openStage()
    try {
      let open: () => void = () => undefined
      const gate = new Promise<void>(resolve => {
        open = resolve
      })
      let waiting = 0
      let full: () => void = () => undefined
      const allIn = new Promise<void>(resolve => {
        full = resolve
      })
      stage.hooks.before = () => {
        if (++waiting === 4) full()
        return gate
      }
      // spaces are JSON too, and the shortest way to a body of just below the limit
      const large = `${JSON.stringify(question)}${' '.repeat(10 * 1024 * 1024 - 4096)}`
      const held = Array.from({ length: 4 }, () => stage.post('certificates:verify', large))
      await allIn
      expectProblem(await stage.post('certificates:verify', large), 429, 'too_many_requests')
      stage.hooks.before = undefined
      expect((await stage.post('certificates:verify', question, { token: 'center-b' })).status).to.equal(200)
      open()
      for (const { status } of await Promise.all(held)) expect(status).to.equal(200)
      expect((await stage.post('certificates:verify', large)).status).to.equal(200)
    } finally {
      await stage.close()
    }
  })
})
