import { expect } from 'chai'
import { logIn } from '../../../server/sandbox/walk.ts'
import { openSandbox, type TestSandbox } from '../../flows/sandbox.ts'
import { A4 } from './stage.ts'

/** Nothing played: the provider's tokens of a center, and a person who logged in there. */
describe('seals for centers in the whole product', () => {
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox()
  })
  after(() => sandbox.close())

  async function machineToken(scope: string): Promise<string> {
    const [center] = sandbox.plan.config.clients
    const basic = Buffer.from(`${center?.id}:${String(center?.metadata['client_secret'])}`).toString('base64')
    const answer: unknown = await (
      await fetch(`${sandbox.plan.urls.broker}/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
      })
    ).json()
    return typeof answer === 'object' && answer !== null && 'access_token' in answer ? String(answer.access_token) : ''
  }
  async function ask(bearer: string, path: string, init: { method?: string; body?: string; key?: string } = {}) {
    const { key, ...rest } = init
    const headers = {
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }
    const answer = await fetch(`${sandbox.plan.urls.broker}/api/seals${path}`, { ...rest, headers })
    return { status: answer.status, body: await answer.json() }
  }

  it('a center has somebody seal who logged in there, finds the task with the time that it has, and takes it back', async function () {
    this.timeout(60_000)
    const claims = await logIn(sandbox.walker(), { bank: 'abc' })
    const bearer = await machineToken('seals.tasks seals.read seals.webhooks')
    const documents = [{ content: A4.toString('base64'), name: '投标函.pdf', places: [{ kind: 'edge' }] }]
    const body = JSON.stringify({ subject: String(claims['sub']), title: '投标文件盖章', documents })
    const opened = await ask(bearer, '/tasks', { method: 'POST', body, key: 'whole-seal-1' })
    expect(opened.status, JSON.stringify(opened.body)).to.equal(201)
    expect(opened.body.sign_url).to.equal(`${sandbox.plan.urls.broker}/workbench/seals/tasks/${opened.body.id}`)
    const page = await fetch(opened.body.sign_url, { redirect: 'manual' })
    expect(page.status, 'the address alone shows nothing').to.be.oneOf([302, 303])
    expect((await ask(bearer, '/companies')).body.companies).to.have.length(1)
    expect((await ask(bearer, `/tasks/${opened.body.id}:cancel`, { method: 'POST' })).body.state).to.equal('cancelled')
    const { providers } = (await ask(bearer, '/providers')).body
    expect(providers.map(({ id, interface: at }: { id: string; interface: string }) => [id, at])).to.deep.equal([
      ['shield', '/api/seals'],
      ['remote-signing', '/api/remote-signing'],
    ])
    expect((await ask(bearer, '/providers')).body.providers[0].formats.map(({ format }: { format: string }) => format)).to.include('pdf')
  })

  it('a token of another scope does not open it, and verifying without any stays where it was', async () => {
    expect((await ask(await machineToken('trust.verify'), '/providers')).body).to.include({ code: 'service_scope_missing' })
    const verified = await fetch(`${sandbox.plan.urls.broker}/api/seals:verify`, { method: 'POST', body: new Uint8Array(A4) })
    expect((await verified.json()).seals).to.deep.equal([])
  })
})
