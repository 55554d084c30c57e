import { expect } from 'chai'
import { logIn } from '../../../server/sandbox/walk.ts'
import { openSandbox, type TestSandbox } from '../../flows/sandbox.ts'

/** Nothing played: the provider's tokens of a center and of a person who logged in with a shield. */
describe('authorization for centers in the whole product', () => {
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox()
  })
  after(() => sandbox.close())

  const center = () => {
    const [first] = sandbox.plan.config.clients
    if (first === undefined) throw new Error('the sandbox has no center')
    return { id: first.id, basic: `Basic ${Buffer.from(`${first.id}:${String(first.metadata['client_secret'])}`).toString('base64')}` }
  }
  async function machineToken(scope: string): Promise<string> {
    const answer: unknown = await (
      await fetch(`${sandbox.plan.urls.broker}/oidc/token`, {
        method: 'POST',
        headers: { authorization: center().basic },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
      })
    ).json()
    return typeof answer === 'object' && answer !== null && 'access_token' in answer ? String(answer.access_token) : ''
  }
  async function ask(bearer: string, body: Record<string, unknown>, headers: Record<string, string> = {}) {
    const answer = await fetch(`${sandbox.plan.urls.broker}/api/authorization/decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: await answer.json() }
  }

  it('a person who logged in at the center is decided for by `sub`; one who did not is not, and a token of the center’s own is nobody’s', async function () {
    this.timeout(60_000)
    const claims = await logIn(sandbox.walker(), { bank: 'abc' })
    const bearer = await machineToken('authorization.decide authorization.use')
    const sub = String(claims['sub'])
    expect((await ask(bearer, { subject: sub, act: 'login' })).body).to.include({ decision: 'allow' })
    expect((await ask(bearer, { subject: `${sub}x`, act: 'login' })).body).to.include({ decision: 'deny', code: 'act_not_allowed' })
    expect((await ask(bearer, { subject_token: bearer, act: 'login' })).body).to.include({ code: 'subject_token_unusable' })
    const performed = await ask(bearer, { subject: sub, act: 'login', perform: true }, { 'idempotency-key': 'whole-test-1' })
    expect(performed.body).to.include({ decision: 'allow' })
    expect(performed.body.entry).to.be.a('number')
  })

  it('a token of another scope does not open it', async () => {
    expect((await ask(await machineToken('trust.verify'), { subject: 'a', act: 'login' })).body).to.include({ code: 'service_scope_missing' })
  })
})
