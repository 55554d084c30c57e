import { expect } from 'chai'
import { CENTER, openHouse } from './house.ts'

describe('a center’s own tokens', () => {
  let house: Awaited<ReturnType<typeof openHouse>>
  let asker: { id: string; secret: string }
  before(async () => {
    house = await openHouse({ machineScopes: ['trust.verify', 'trust.challenge'] })
    asker = await house.register('asker', '查验中心', {
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid trust.verify',
    })
  })
  after(() => house.close())

  async function ask(center: { id: string; secret: string }, scope: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(`${house.url}/oidc/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${center.id}:${center.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    })
    return { status: answer.status, body: await answer.json() }
  }

  it('stand for the center, with the scope it asked for', async () => {
    const { status, body } = await ask(asker, 'trust.verify')
    expect(status).to.equal(200)
    expect(body).to.include({ token_type: 'Bearer', scope: 'trust.verify' })
    expect(await house.provider.machine(String(body['access_token']))).to.deep.equal({ clientId: 'asker', scopes: ['trust.verify'] })
    expect(house.events.at(-1)).to.deep.include({ code: 'token.issued', facts: { client: 'asker', scope: 'trust.verify' } })
  })

  it('are not given to a center that is not registered for the grant, nor for a scope it is not registered for', async () => {
    const { status, body } = await ask(CENTER, 'trust.verify')
    expect([status, body['access_token']]).to.deep.equal([400, undefined])
    expect((await ask(asker, 'trust.challenge')).body['error']).to.equal('invalid_scope')
    expect((await ask({ ...asker, secret: 'wrong' }, 'trust.verify')).status).to.equal(401)
  })

  it('are no good once revoked, made up, or of a center that is gone', async () => {
    const token = String((await ask(asker, 'trust.verify')).body['access_token'])
    await fetch(`${house.url}/oidc/token/revocation`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${asker.id}:${asker.secret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
    })
    for (const bad of [token, 'x'.repeat(43), '', 'a b', `${token}'`]) expect(await house.provider.machine(bad), bad).to.equal(undefined)
  })

  it('cannot be had through a person’s login', async () => {
    const url = new URL(`${house.url}/oidc/auth`)
    url.search = new URLSearchParams({
      client_id: 'asker',
      response_type: 'code',
      redirect_uri: 'https://asker.example/callback',
      scope: 'openid trust.verify',
      state: 's',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    }).toString()
    const answer = await fetch(url, { redirect: 'manual' })
    const back = new URL(answer.headers.get('location') ?? '')
    expect(back.searchParams.get('error')).to.equal('invalid_scope')
  })
})
