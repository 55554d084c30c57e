import { expect } from 'chai'
import { logIn } from '../../server/sandbox/walk.ts'
import { beginsAtBank, everyBank, expectRevokedIsRefused, freshShield, goodShields } from './common.ts'
import { askedFor, expectSessionClaims, expectShieldClaims, isLoggedIn } from './expectations.ts'
import { onEachDatabase } from './sandbox.ts'

const bank = 'ccb'

onEachDatabase('from an OpenID bank to the center, a login', open => {
  everyBank(bank, open)

  it('by password is a bank session, and the center that asks for the shield gets it by one more step', async () => {
    const sandbox = open()
    const walker = sandbox.walker()
    const [shield] = goodShields(sandbox, bank)
    if (shield === undefined) throw new Error('no shield')
    const weak = await logIn(walker, { bank, shield, method: 'password' })
    expectSessionClaims(weak, shield)

    walker.browser.forget()
    const strong = await logIn(walker, { bank, shield, acr: 'shield' })
    expect(askedFor(walker.browser)).to.include('bank')
    expectShieldClaims(strong, shield)
    expect(strong['sub']).to.equal(weak['sub'])

    // and what is stronger than asked for serves as it is
    walker.browser.forget()
    expect((await logIn(walker, { bank, shield })).acr).to.equal('shield')
    expect(askedFor(walker.browser)).to.deep.equal([])
  })

  it('asked for the shield from the beginning takes no password', async () => {
    const sandbox = open()
    const [shield] = goodShields(sandbox, bank)
    if (shield === undefined) throw new Error('no shield')
    const login = await logIn(sandbox.walker(), { bank, shield, method: 'password', acr: 'shield' }).then(
      () => 'let in',
      (thrown: unknown) => String(thrown),
    )
    expect(login).to.contain('这次必须用盾登录')
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
