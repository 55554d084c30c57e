import { expect } from 'chai'
import { failures } from '../../server/kernel/failures.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { beginsAtBank, everyBank, expectRevokedIsRefused, freshShield, goodShields, shieldBySerial, strangerSeat } from './common.ts'
import { askedFor, eventsOf, expectSays, expectSessionClaims, expectShieldClaims, isLoggedIn } from './expectations.ts'
import { onEachDatabase } from './sandbox.ts'

const bank = 'ccb'

onEachDatabase('from an OpenID bank to the center, a login', open => {
  everyBank(bank, open)

  it('by password is a bank session, and the center that asks for the shield gets it by one more step', async () => {
    const sandbox = open()
    const walker = sandbox.walker()
    const [shield] = goodShields(sandbox, bank)
    if (shield === undefined) throw new Error('no shield')
    await logIn(sandbox.walker(), { bank, shield })
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

  it('by password for the first time leads an operator to the shield, for that company, and the second goes straight on', async () => {
    const sandbox = open()
    const { serial } = await sandbox.bank.issue(bank, strangerSeat(sandbox, bank, 'operator'))
    const shield = shieldBySerial(sandbox, bank, serial)
    const company = shield.company.uscc
    const led = sandbox.walker()
    const strong = await logIn(led, { bank, shield, method: 'password', company })
    const page = led.browser.pages.find(({ body }) => body.includes('第一次代表这家企业，请用盾确认'))
    expectSays(page?.body ?? '', failures.binding_needs_shield)
    expect(page?.body).to.contain(shield.company.name).and.to.contain('用建设银行的盾验证').and.to.contain('换一家银行')
    expectShieldClaims(strong, shield)
    expect(await eventsOf(sandbox, led.browser)).to.include.members(['login.raised', 'login.bound'])

    const again = sandbox.walker()
    const weak = await logIn(again, { bank, shield, method: 'password', company })
    expectSessionClaims(weak, shield)
    expect(weak['sub']).to.equal(strong['sub'])
    expect(await eventsOf(sandbox, again.browser)).to.not.include('login.raised')
  })

  it('by password for the first time takes a legal representative straight on', async () => {
    const sandbox = open()
    const seat = strangerSeat(sandbox, bank, 'legal-representative')
    const [like] = goodShields(sandbox, bank)
    if (like === undefined) throw new Error('no shield')
    const walker = sandbox.walker()
    const holder = { ...like, ...seat }
    expectSessionClaims(await logIn(walker, { bank, shield: holder, method: 'password', company: seat.company.uscc }), holder)
    expect(await eventsOf(sandbox, walker.browser))
      .to.include('login.bound')
      .and.to.not.include('login.raised')
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
