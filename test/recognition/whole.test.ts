import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { CertificateAnswer } from '../../server/recognition/answers.ts'
import { openSandbox, type TestSandbox } from '../flows/sandbox.ts'
import { derOf, stranger } from './stage.ts'

/** Nothing played: the provider's tokens, the trust list's verdicts, the mock bank's shields. */
describe('recognition in the whole product', () => {
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(60_000)
    sandbox = await openSandbox()
  })
  after(() => sandbox.close())

  const center = () => {
    const [first] = sandbox.plan.config.clients
    if (first === undefined) throw new Error('the sandbox has no center')
    return `Basic ${Buffer.from(`${first.id}:${String(first.metadata['client_secret'])}`).toString('base64')}`
  }
  const form = (path: string, fields: Record<string, string>) =>
    fetch(`${sandbox.plan.urls.broker}/oidc/${path}`, { method: 'POST', headers: { authorization: center() }, body: new URLSearchParams(fields) })
  const token = async (scope: string): Promise<string> => {
    const answer: unknown = await (await form('token', { grant_type: 'client_credentials', scope })).json()
    return typeof answer === 'object' && answer !== null && 'access_token' in answer ? String(answer.access_token) : ''
  }
  const ask = async (certificate: string, use: string, bearer: string) => {
    const answer = await fetch(`${sandbox.plan.urls.broker}/api/trust/certificates:verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ certificate, use }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const shields = () => {
    const folder = join(sandbox.plan.config.dataDir, 'shields')
    return readdirSync(folder)
      .filter(name => name.endsWith('.shield') || name.endsWith('.json'))
      .map(name => readShieldFile(readFileSync(join(folder, name), 'utf8')))
  }

  it('a token of the center’s own opens it, and a shield of a bank is recognised with its holder and its CA', async () => {
    const bearer = await token('trust.verify')
    const good = shields().filter(shield => shield.kind === 'SM2-dual')
    expect(good.length).to.be.greaterThan(0)
    const answers = await Promise.all(good.map(shield => ask(shield.signCertificate, 'login', bearer)))
    for (const { status, body } of answers) {
      expect(status).to.equal(200)
      expect(CertificateAnswer.parse(body)).to.deep.equal(body)
    }
    const valid = answers.find(({ body }) => body.valid)?.body
    expect(valid, JSON.stringify(answers[0]?.body)).to.include({ code: 'ok', revocation: 'good' })
    expect(valid.subject.uscc).to.match(/^[0-9A-Z]{18}$/)
    expect(valid.issuer.id).to.be.a('string')
  })

  it('a stranger’s certificate is answered with the trust list’s own code', async () => {
    const { status, body } = await ask(derOf(stranger), 'login', await token('trust.verify'))
    expect(status).to.equal(200)
    expect(CertificateAnswer.parse(body)).to.deep.equal(body)
    expect(body).to.include({ valid: false, code: 'trust_ca_unlisted' })
  })

  it('a token without the scope, a token given back, and no token do not', async () => {
    expect((await ask(derOf(stranger), 'login', await token('trust.challenge'))).body.code).to.equal('service_scope_missing')
    const bearer = await token('trust.verify')
    await form('token/revocation', { token: bearer })
    expect((await ask(derOf(stranger), 'login', bearer)).body.code).to.equal('service_token_unusable')
    expect((await ask(derOf(stranger), 'login', 'x')).body.code).to.equal('service_token_unusable')
  })
})
