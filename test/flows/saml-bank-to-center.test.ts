import { expect } from 'chai'
import { forms } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { beginsAtBank, everyBank, expectRevokedIsRefused, freshShield, goodShields } from './common.ts'
import { askedFor, eventsOf, expectSessionClaims, expectShieldClaims, isLoggedIn } from './expectations.ts'
import { onEachDatabase, type TestSandbox } from './sandbox.ts'

const bank = 'icbc'

onEachDatabase('from a SAML bank to the center, a login', open => {
  everyBank(bank, open)

  it('of a person with two companies asks which one, offers both, and each has a sub of its own', async () => {
    const sandbox = open()
    const { person, seats } = withTwoCompanies(sandbox)
    const [first, second] = seats
    if (first === undefined || second === undefined) throw new Error('nobody has two companies')
    const shield = { ...someShield(sandbox), person }
    const as = async (company: string) => {
      const walker = sandbox.walker()
      const claims = await logIn(walker, { bank, shield, method: 'password', company })
      const page = walker.browser.pages.find(({ body }) =>
        forms({ url: sandbox.plan.urls.broker, body }).some(({ action }) => action.endsWith('/company')),
      )
      expect(page?.body).to.contain(first.company.name).and.to.contain(second.company.name)
      expect(await eventsOf(sandbox, walker.browser)).to.include('login.company-chosen')
      return claims
    }
    const one = await as(first.company.uscc)
    const other = await as(second.company.uscc)
    expectSessionClaims(one, { ...first, bank })
    expectSessionClaims(other, { ...second, bank })
    expect(other['sub']).to.not.equal(one['sub'])
    expect((await as(first.company.uscc))['sub']).to.equal(one['sub'])
  })

  it('for a company that the bank did not name is refused', async () => {
    const sandbox = open()
    const { person, seats } = withTwoCompanies(sandbox)
    const foreign = sandbox.bank.shields(bank).find(({ company }) => !seats.some(seat => seat.company.uscc === company.uscc))
    const login = logIn(sandbox.walker(), {
      bank,
      shield: { ...someShield(sandbox), person },
      method: 'password',
      company: foreign?.company.uscc ?? '',
    })
    expect(await login.catch((thrown: unknown) => String(thrown))).to.contain('银行没有确认您可以代表这家企业')
  })

  it('by password is a bank session, and one step more with the shield serves a center that asks for it', async () => {
    const sandbox = open()
    const walker = sandbox.walker()
    const shield = someShield(sandbox)
    await logIn(sandbox.walker(), { bank, shield })
    const weak = await logIn(walker, { bank, shield, method: 'password', company: shield.company.uscc })
    expectSessionClaims(weak, shield)
    walker.browser.forget()
    const strong = await logIn(walker, { bank, shield, acr: 'shield' })
    expect(askedFor(walker.browser)).to.include('bank')
    expectShieldClaims(strong, shield)
    expect(strong['sub']).to.equal(weak['sub'])
  })

  it('with a shield that was revoked since is refused at once, though the bank’s own session still stands', async () => {
    const sandbox = open()
    const shield = await freshShield(sandbox, bank, 1)
    const walker = sandbox.walker()
    await logIn(walker, { bank, shield })
    await expectRevokedIsRefused(sandbox, walker, shield)
  })

  it('ends when the bank says that the person logged out there', async () => {
    const sandbox = open()
    const shield = await freshShield(sandbox, bank, 3)
    const walker = sandbox.walker()
    await logIn(walker, { bank, shield })
    const second = sandbox.atSecondCenter(walker)
    await logIn(second, { bank, shield })
    await sandbox.bank.logout(bank, shield.person.id)
    await sandbox.app.stores.outbox.drained('backchannel-logout')
    expect(await isLoggedIn(walker.browser, walker.plan.urls.center)).to.equal(false)
    expect(await isLoggedIn(walker.browser, second.plan.urls.center)).to.equal(false)
    expect(await beginsAtBank(sandbox, walker, bank)).to.equal(true)
  })
})

function someShield(sandbox: TestSandbox) {
  const [shield] = goodShields(sandbox, bank)
  if (shield === undefined) throw new Error('no shield')
  return shield
}

function withTwoCompanies(sandbox: TestSandbox) {
  const found = sandbox.bank.customers(bank).find(({ seats }) => seats.length === 2)
  if (found === undefined) throw new Error('nobody has two companies')
  return found
}
