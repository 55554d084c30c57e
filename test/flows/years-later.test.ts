import { expect } from 'chai'
import { days, hours, minutes } from '../../server/kernel/clock.ts'
import { installTestClock, type TestClock } from '../../server/kernel/test-clock.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { beginsAtBank, goodShields, shieldBySerial } from './common.ts'
import { expectRefused, expectShieldClaims, wasAtBank } from './expectations.ts'
import { as, signed, twoCompanies } from './mandates.ts'
import { closeSharedSandboxes, openSandbox, type TestSandbox } from './sandbox.ts'

/** The clock moves for the whole process, so nothing else may run in it meanwhile, and it is put back whatever happens. */
describe('when time passes', function () {
  this.timeout(60_000)
  let clock: TestClock
  let sandbox: TestSandbox

  before(async () => {
    await closeSharedSandboxes()
    clock = installTestClock()
    sandbox = await openSandbox({ clock }).catch((thrown: unknown) => {
      clock.uninstall()
      throw thrown
    })
  })
  after(async () => {
    clock.reset()
    await sandbox.close().finally(() => clock.uninstall())
  })
  afterEach(() => clock.reset())

  it('a session ends with the working day, and the bank is asked again', async () => {
    const walker = sandbox.walker()
    const shield = someShield()
    await logIn(walker, { bank: 'abc', shield })
    clock.advance(hours(7.9))
    walker.browser.forget()
    await logIn(walker, { bank: 'abc', shield })
    expect(wasAtBank(walker.browser, sandbox)).to.equal(false)
    clock.advance(hours(0.2))
    expect(await beginsAtBank(sandbox, walker, 'abc')).to.equal(true)
  })

  it('a shield that its bank revoked reaches the company’s seals with the next list, although nobody comes with it', async () => {
    const { boss } = await twoCompanies(sandbox, 2)
    const { life, waiting } = sandbox.app.seals
    const by = as(boss)
    const [shield] = (await life.shields(by)).filter(({ serial }) => serial === boss.shield.serial)
    if (shield === undefined) throw new Error('the shield of the login is not known')
    await life.present(by, await signed(boss.shield, await life.presenting(by)))
    const application = {
      kind: 'contract' as const,
      number: '4401000000001',
      validFrom: clock.now().toISOString(),
      validUntil: new Date(clock.now().getTime() + days(200)).toISOString(),
      wanted: [shield.thumbprint],
    }
    const { row } = await life.draft(by, application)
    await life.apply(by, row.id, await signed(boss.shield, (await life.applying(by, row.id)).text))
    await life.turn(10)
    expect((await life.view(by, row.id)).state).to.equal('in-force')

    sandbox.bank.revoke('abc', boss.shield.serial)
    clock.advance(minutes(15))
    await sandbox.app.certificates.revocation.refresh()
    await sandbox.app.sealRevocations.work()
    expect((await life.remakePlan(by, row.id)).plan.drop.map(({ thumbprint }) => thumbprint)).to.deep.equal([shield.thumbprint])
    expect((await waiting({ membershipId: boss.sub, enterpriseId: row.enterpriseId }, 5)).map(({ about }) => about).join()).to.contain('吊销')
  })

  it('a login left open for an hour is over, and says so', async () => {
    const { browser } = sandbox.walker()
    const page = await browser.get(`${sandbox.plan.urls.center}/login`)
    clock.advance(minutes(61))
    const late = await browser.get(page.url)
    expect(late.status).to.equal(410)
    expect(late.body).to.contain('<code>login_not_found</code>').and.to.contain('Start again from the trading center')
  })

  it('a shield whose certificate ran out is refused, says where to renew it, and serves again once renewed, with the same sub', async () => {
    const shield = someShield()
    const before = await logIn(sandbox.walker(), { bank: 'abc', shield })
    clock.advance(shield.notAfter.getTime() - clock.now().getTime() + hours(1))
    const { page, failure } = await expectRefused(sandbox, logIn(sandbox.walker(), { bank: 'abc', shield }), 'certificate_expired')
    expect(failure.received).to.contain('expired')
    expect(page.body).to.contain('95599')

    const { serial } = await sandbox.bank.renew('abc', shield.serial)
    const renewed = shieldBySerial(sandbox, 'abc', serial)
    const after = await logIn(sandbox.walker(), { bank: 'abc', shield: renewed })
    expect(after['sub']).to.equal(before['sub'])
    expect(after['certificate']).to.include({ serial })
  })

  it('a year and a half on, every bank still logs people in, with revocation lists and tokens of that day', async () => {
    clock.advance(days(540))
    for (const bank of ['ccb', 'icbc', 'abc']) {
      const shield = goodShields(sandbox, bank).at(-1)
      if (shield === undefined) throw new Error('no shield')
      expectShieldClaims(await logIn(sandbox.walker(), { bank, shield }), shield)
    }
  })

  const someShield = () => {
    const [shield] = goodShields(sandbox, 'abc')
    if (shield === undefined) throw new Error('no shield')
    return shield
  }
})
