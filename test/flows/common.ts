/** What holds through every bank alike; each bank's own file calls it and adds what only that bank can do. */
import { expect } from 'chai'
import type { Seat } from '../../bank-adapters/mock-bank/companies.ts'
import { newTraceCode } from '../../server/kernel/ids.ts'
import { logIn, logOut } from '../../server/sandbox/walk.ts'
import { askedFor, eventsOf, expectRefused, expectShieldClaims, isLoggedIn, type Shield, wasAtBank } from './expectations.ts'
import type { TestSandbox, TestWalker } from './sandbox.ts'

/** A shield of its own for a test that revokes or renews it, so that no other test is disturbed. */
export async function freshShield({ bank }: TestSandbox, id: string, nth = 0): Promise<Shield> {
  const like = goodShields({ bank }, id)[nth]
  if (like === undefined) throw new Error(`bank ${id} has no shield ${nth}`)
  const { serial } = await bank.issue(id, { person: like.person, company: like.company, role: like.role })
  return shieldBySerial({ bank }, id, serial)
}

export function shieldBySerial({ bank }: Pick<TestSandbox, 'bank'>, id: string, serial: string): Shield {
  const found = bank.shields(id).find(shield => shield.serial === serial)
  if (found === undefined) throw new Error(`bank ${id} has no shield ${serial}`)
  return found
}

/** Somebody whom the bank names for a company and who has never acted for it here: no bank has given them a shield for it. */
export function strangerSeat({ bank }: Pick<TestSandbox, 'bank'>, id: string, role: Seat['role']): Seat {
  const held = ['ccb', 'icbc', 'abc'].flatMap(each => bank.shields(each))
  const found = bank
    .customers(id)
    .flatMap(({ seats }) => seats)
    .find(seat => seat.role === role && !held.some(({ person, company }) => person.id === seat.person.id && company.uscc === seat.company.uscc))
  if (found === undefined) throw new Error(`everybody at ${id} has a shield`)
  return found
}

export const goodShields = ({ bank }: Pick<TestSandbox, 'bank'>, id: string): Shield[] =>
  bank.shields(id).filter(({ state, kind }) => state === 'good' && kind === 'SM2-dual')

/** What the broker knows of revocation is forgotten: the next check asks the bank. In life, the lists are asked for anew every few minutes. */
export const askRevocationAnew = ({ app }: TestSandbox): void => app.certificates.revocation.invalidate()

export function everyBank(bank: string, open: () => TestSandbox): void {
  it('brings the person to the center with exactly the claims that are documented, and every step on record', async () => {
    const sandbox = open()
    const { walker, shield } = stranger(sandbox)
    const claims = await logIn(walker, { bank, shield })
    expectShieldClaims(claims, shield)
    const events = await eventsOf(sandbox, walker.browser)
    expect(events[0]).to.equal('login.started')
    expect(events).to.include.members(['login.bank-chosen', 'login.proven', 'login.granted', 'token.issued'])
    expect(events.indexOf('login.granted')).to.be.below(events.indexOf('token.issued'))
  })

  it('asks once whether the center may know, and goes straight on at the next login with the same sub', async () => {
    const sandbox = open()
    const { walker, shield } = stranger(sandbox)
    const { sub } = await logIn(walker, { bank, shield })
    await sandbox.app.stores.consents.withdraw(String(sub), 'demo-center')

    const asked = sandbox.walker()
    const once = await logIn(asked, { bank, shield })
    expect(askedFor(asked.browser)).to.include('consent')
    expect(asked.browser.pages.map(({ body }) => body).join()).to.contain(shield.company.uscc)
    expect(await eventsOf(sandbox, asked.browser)).to.include('login.consented')

    const next = sandbox.walker()
    const twice = await logIn(next, { bank, shield })
    expect(askedFor(next.browser)).to.not.include('consent')
    expect(await eventsOf(sandbox, next.browser)).to.not.include('login.consented')
    expect([once['sub'], twice['sub']]).to.deep.equal([sub, sub])
    expect(twice.sid).to.not.equal(once.sid)
  })

  it('needs no bank at another center while the session here lasts: consent once, then nothing at all', async () => {
    const sandbox = open()
    const { walker, shield } = stranger(sandbox)
    const here = await logIn(walker, { bank, shield })
    const there = sandbox.atSecondCenter(walker)
    walker.browser.forget()
    const other = await logIn(there, { bank, shield })
    expect(wasAtBank(walker.browser, sandbox)).to.equal(false)
    expect(other).to.include({ sub: here['sub'], uscc: here.uscc, acr: 'shield', auth_time: here['auth_time'], aud: 'second-center' })
    expect(other.sid).to.not.equal(here.sid)

    walker.browser.forget()
    await logIn(there, { bank, shield })
    await logIn(walker, { bank, shield })
    expect(wasAtBank(walker.browser, sandbox)).to.equal(false)
    expect(askedFor(walker.browser)).to.deep.equal([])
  })

  it('keeps sub for a renewed shield, whose new certificate the center sees', async () => {
    const sandbox = open()
    const old = await freshShield(sandbox, bank, 2)
    const before = await logIn(sandbox.walker(), { bank, shield: old })
    const { serial } = await sandbox.bank.renew(bank, old.serial)
    askRevocationAnew(sandbox)
    const renewed = shieldBySerial(sandbox, bank, serial)
    const after = await logIn(sandbox.walker(), { bank, shield: renewed })
    expect(after['sub']).to.equal(before['sub'])
    expectShieldClaims(after, renewed)
    expect(after['certificate']).to.not.deep.equal(before['certificate'])
  })

  it('ends everywhere when the person logs out at one center: both centers are told, and the next login begins at the bank', async () => {
    const sandbox = open()
    const { walker, shield } = stranger(sandbox)
    await logIn(walker, { bank, shield })
    const second = sandbox.atSecondCenter(walker)
    await logIn(second, { bank, shield })
    await logOut(walker)
    await sandbox.app.stores.outbox.drained('backchannel-logout')
    expect(await isLoggedIn(walker.browser, walker.plan.urls.center)).to.equal(false)
    expect(await isLoggedIn(walker.browser, second.plan.urls.center)).to.equal(false)
    walker.browser.forget()
    expect(await beginsAtBank(sandbox, walker, bank)).to.equal(true)
  })

  /** somebody else for every test: banks have a dozen shields each */
  let next = 0
  function stranger(sandbox: TestSandbox) {
    const all = goodShields(sandbox, bank)
    const shield = all[next++ % all.length]
    if (shield === undefined) throw new Error(`bank ${bank} has no shield`)
    return { walker: sandbox.walker(), shield }
  }
}

/** Where a login of this browser stops: true when the bank, or the page where the shield signs, wants to know who it is. */
export async function beginsAtBank({ plan }: TestSandbox, { browser }: TestWalker, bank: string): Promise<boolean> {
  const page = await browser.get(`${plan.urls.center}/login?bank=${bank}`)
  return /<form\b[^>]*id="shield-form"/.test(page.body) || page.url.startsWith(`${plan.urls.bank}/${bank}/login/`)
}

/**
 * The bank revokes a shield while the person has a session at the bank and none here any more: the bank lets them through by its session, the broker does not.
 */
export async function expectRevokedIsRefused(sandbox: TestSandbox, walker: TestWalker, shield: Shield): Promise<void> {
  await endSessionHere(sandbox, shield)
  sandbox.bank.revoke(shield.bank, shield.serial)
  askRevocationAnew(sandbox)
  const { page, failure, events } = await expectRefused(sandbox, logIn(walker, { bank: shield.bank, shield }), 'certificate_revoked')
  expect(failure.who).to.equal('clerk')
  expect(failure.received).to.contain(shield.serial)
  expect(failure.expected).to.contain('not revoked')
  expect(page.body).to.not.contain(shield.serial)
  expect(events.filter(({ code }) => code === 'login.refused')).to.have.length(1)
}

/** The broker's session alone; the bank's own stays. */
async function endSessionHere({ app, bank }: TestSandbox, shield: Shield): Promise<void> {
  const subject = bank.customers(shield.bank).find(({ person }) => person.id === shield.person.id)?.number
  if (subject !== undefined) await app.provider.endSessions({ bank: shield.bank, subject, trace: newTraceCode() })
}
