import { expect } from 'chai'
import { Browser, type House, openCenter, openHouse, refusal } from './house.ts'

describe('without a login, where the person of a session goes on to a center', () => {
  let house: House
  const asked: { sub: string; center: string }[] = []
  let answer = true
  before(async () => {
    house = await openHouse({
      mayLogin: async ({ membership }, center) => {
        asked.push({ sub: membership.id, center })
        return answer
      },
    })
  })
  after(() => house.close())
  beforeEach(() => {
    house.forget()
    answer = true
  })

  /** somebody with a session by way of the first center, who agreed to share with another one, too */
  async function within() {
    const [member, browser] = [house.membership(), new Browser()]
    house.logins.push(house.granted(member))
    await (await openCenter(house)).login(browser)
    const registered = await house.register('center-b')
    await house.memory.stores.consents.grant(member.id, registered.id, ['openid'])
    const center = await openCenter(house, registered)
    const logIn = (more: Record<string, string> = {}) => center.login(browser, { scope: 'openid', redirect_uri: registered.callback, ...more })
    house.seen.length = 0
    asked.length = 0
    return { member, browser, logIn }
  }

  it('asks whether they may, at each center and each time', async () => {
    const { member, browser, logIn } = await within()
    await logIn()
    await logIn()
    await (await openCenter(house)).login(browser)
    expect(asked).to.deep.equal(['center-b', 'center-b', 'center-a'].map(center => ({ sub: member.id, center })))
    expect(house.seen).to.deep.equal([])
  })

  it('opens a login where they may not, which has it told to them, session and all', async () => {
    const { member, logIn } = await within()
    answer = false
    house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'mandate_out_of_scope' }))
    expect((await refusal(logIn())).error_description).to.include('mandate_out_of_scope')
    expect(house.seen[0]?.session?.membershipId).to.equal(member.id)
  })

  it('opens one though the center has a grant of this session already', async () => {
    const { logIn } = await within()
    await logIn()
    answer = false
    house.logins.push(() => ({ kind: 'refused', error: 'access_denied', description: 'mandate_revoked' }))
    expect((await refusal(logIn())).error_description).to.include('mandate_revoked')
  })

  it('tells a center that wants no login that one is needed', async () => {
    const { logIn } = await within()
    answer = false
    expect((await refusal(logIn({ prompt: 'none' }))).error).to.equal('consent_required')
  })

  it('does not ask where a login has just been, nor where one is about to be', async () => {
    const { member, logIn } = await within()
    house.logins.push(house.granted(member))
    await logIn({ prompt: 'login' })
    expect(asked).to.deep.equal([])
  })
})
