import { expect } from 'chai'
import * as client from 'openid-client'
import { Browser, CENTER, type House, openCenter, openHouse } from './house.ts'

describe('whom a person’s access token stands for', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())
  beforeEach(() => house.forget())

  async function login() {
    const membership = house.membership()
    house.logins.push(house.granted(membership))
    const center = await openCenter(house)
    return { center, membership, token: (await center.login(new Browser())).access_token }
  }

  it('the person, the company and what was proven, for the center that it was issued to', async () => {
    const { membership, token } = await login()
    const person = await house.provider.person(token, CENTER.id)
    expect(person).to.deep.include({ membershipId: membership.id, enterpriseId: membership.enterprise.id })
    expect(person?.assurance).to.be.oneOf(['bank-session', 'shield', 'shield-person'])
  })

  it('nobody, for another center, or for what is no token', async () => {
    const { token } = await login()
    expect(await house.provider.person(token, 'another-center')).to.equal(undefined)
    for (const bad of ['', 'x'.repeat(43), `${token}'`, 'a b']) expect(await house.provider.person(bad, CENTER.id)).to.equal(undefined)
  })

  it('nobody, once the center gave it back', async () => {
    const { center, token } = await login()
    await client.tokenRevocation(center.config, token)
    expect(await house.provider.person(token, CENTER.id)).to.equal(undefined)
  })
})
