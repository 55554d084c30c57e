import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, CENTER, type House, openCenter, openHouse, refusal } from './house.ts'

const OFFLINE = { scope: 'openid enterprise offline_access', prompt: 'consent' }

describe('codes and tokens', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  async function offline() {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    return { center, tokens: await center.login(new Browser(), OFFLINE) }
  }
  const refresh = (token: string | undefined) => async (config: client.Configuration) => client.refreshTokenGrant(config, token ?? '')

  it('give no refresh token where the person did not agree to offline access', async () => {
    house.logins.push(house.granted(house.membership()))
    const tokens = await (await openCenter(house)).login(new Browser(), { scope: 'openid offline_access' })
    expect(tokens.refresh_token).to.equal(undefined)
  })

  it('rotate: each refresh gives a new token and claims, and is recorded', async () => {
    const { center, tokens } = await offline()
    const next = await refresh(tokens.refresh_token)(center.config)
    expect(next.refresh_token).to.be.a('string').and.not.equal(tokens.refresh_token)
    expect(next.claims()).to.include({ uscc: tokens.claims()?.['uscc'] })
    expect(house.events.at(-1)).to.deep.include({ code: 'token.refreshed', trace: house.seen[0]?.trace })
  })

  it('a refresh token that comes a second time ends the whole family, and is recorded', async () => {
    const { center, tokens } = await offline()
    const next = await refresh(tokens.refresh_token)(center.config)
    expect((await refusal(refresh(tokens.refresh_token)(center.config))).error).to.equal('invalid_grant')
    expect(house.events.at(-1)).to.deep.include({ code: 'token.reuse-detected', trace: house.seen[0]?.trace })
    expect((await refusal(refresh(next.refresh_token)(center.config))).error).to.equal('invalid_grant')
    expect((await refusal(client.fetchUserInfo(center.config, next.access_token, client.skipSubjectCheck))).error).to.equal('invalid_token')
  })

  it('a code that comes a second time ends what came of the first', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const { url, checks } = await center.authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const tokens = await client.authorizationCodeGrant(center.config, left ?? url, checks)
    expect((await refusal(client.authorizationCodeGrant(center.config, left ?? url, checks))).error).to.equal('invalid_grant')
    expect((await refusal(client.fetchUserInfo(center.config, tokens.access_token, client.skipSubjectCheck))).error).to.equal('invalid_token')
    expect(house.events.at(-2)).to.deep.include({ code: 'token.reuse-detected' })
  })

  it('of 50 parallel redemptions of one code exactly one wins', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const { url, checks } = await center.authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => client.authorizationCodeGrant(center.config, left ?? url, checks)))
    expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
  })

  it('of 50 parallel uses of one refresh token exactly one wins, and no two families remain', async () => {
    const { center, tokens } = await offline()
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => refresh(tokens.refresh_token)(center.config)))
    const won = all.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    expect(won).to.have.length(1)
    // it was used twice by somebody: nobody keeps anything
    expect((await refusal(refresh(won[0]?.refresh_token)(center.config))).error).to.equal('invalid_grant')
  })

  it('are described to their own center only', async () => {
    const other = await house.register('center-e')
    const { center, tokens } = await offline()
    expect(await client.tokenIntrospection(center.config, tokens.access_token)).to.include({ active: true, client_id: CENTER.id, iss: house.issuer })
    expect(await client.tokenIntrospection((await openCenter(house, other)).config, tokens.access_token)).to.deep.equal({ active: false })
  })

  it('end when the center gives one of them back, and it is recorded', async () => {
    const { center, tokens } = await offline()
    await client.tokenRevocation(center.config, tokens.access_token)
    expect(house.events.at(-1)).to.deep.include({ code: 'token.revoked', trace: house.seen[0]?.trace })
    expect((await refusal(refresh(tokens.refresh_token)(center.config))).error).to.equal('invalid_grant')
  })

  it('may be bound to the center’s own key, and a proof of it counts once', async () => {
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const { url, checks } = await center.authorizeUrl()
    const { left } = await new Browser().follow(url.href)
    const DPoP = client.getDPoPHandle(center.config, await client.randomDPoPKeyPair('ES256'))
    const tokens = await client.authorizationCodeGrant(center.config, left ?? url, checks, {}, { DPoP })
    expect(tokens.token_type).to.equal('dpop')
    let proof = ''
    const spying: client.CustomFetch = (to, init) => {
      proof = new Headers(init.headers).get('dpop') ?? ''
      return fetch(to, init as RequestInit)
    }
    center.config[client.customFetch] = spying
    await client.fetchUserInfo(center.config, tokens.access_token, client.skipSubjectCheck, { DPoP })
    const again = await fetch(`${house.issuer}/me`, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof } })
    expect(again.status).to.be.oneOf([400, 401])
  })

  it('are shown to a script only of an origin that the center registered', async () => {
    const { tokens } = await offline()
    const ask = (origin: string) => fetch(`${house.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}`, origin } })
    expect((await ask('https://center-a.example')).status).to.equal(200)
    const refused = await ask('https://evil.example')
    expect(refused.status).to.equal(400)
    expect(refused.headers.get('access-control-allow-origin')).to.equal(null)
  })
})
