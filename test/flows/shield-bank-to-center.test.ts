import { expect } from 'chai'
import { forms } from '../../server/sandbox/http-browser.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { askRevocationAnew, everyBank, freshShield, goodShields } from './common.ts'
import { expectRefused, expectShieldClaims } from './expectations.ts'
import { onEachDatabase } from './sandbox.ts'

const bank = 'abc'

onEachDatabase('from a bank without pages of its own to the center, a login', open => {
  everyBank(bank, open)

  it('means the same through each of the three banks: one person, one company, one sub', async () => {
    const sandbox = open()
    const shields = ['ccb', 'icbc', 'abc'].map(id => goodShields(sandbox, id))
    const [atFirst = [], ...others] = shields
    const everywhere = atFirst.find(one =>
      others.every(list => list.some(other => other.person.id === one.person.id && other.company.uscc === one.company.uscc)),
    )
    expect(everywhere).to.not.equal(undefined)
    const proofs = []
    for (const list of shields) {
      const shield = list.find(({ person, company }) => person.id === everywhere?.person.id && company.uscc === everywhere.company.uscc)
      if (shield === undefined) continue
      const claims = await logIn(sandbox.walker(), { bank: shield.bank, shield })
      expectShieldClaims(claims, shield)
      const { sub, uscc, enterprise_name, person_name, person_role, acr, amr } = claims
      proofs.push({ sub, uscc, enterprise_name, person_name, person_role, acr, amr: [...(amr as string[])].sort() })
    }
    expect(proofs).to.have.length(3)
    expect(proofs[1]).to.deep.equal(proofs[0])
    expect(proofs[2]).to.deep.equal(proofs[0])
  })

  it('takes an older RSA shield as well', async () => {
    const sandbox = open()
    const shield = sandbox.bank.shields(bank).find(({ kind, state }) => kind === 'RSA-single' && state === 'good')
    if (shield === undefined) throw new Error('no RSA shield')
    expectShieldClaims(await logIn(sandbox.walker(), { bank, shield }), shield)
  })

  it('with a revoked shield is refused at once, and the trace says what was received, what was expected, and who can mend it', async () => {
    const sandbox = open()
    const shield = await freshShield(sandbox, bank, 1)
    await logIn(sandbox.walker(), { bank, shield })
    sandbox.bank.revoke(bank, shield.serial)
    askRevocationAnew(sandbox)
    const { page, failure } = await expectRefused(sandbox, logIn(sandbox.walker(), { bank, shield }), 'certificate_revoked')
    expect(failure.received).to.contain(shield.serial).and.to.contain('CRL')
    expect(failure.expected).to.contain('not revoked')
    expect(page.body).to.not.contain(shield.serial)
    // a way on, not a dead end: the page leads back to the login, where another bank can be chosen
    const back = /href="([^"]*\/login\/[\w-]+)"/.exec(page.body)?.[1]
    expect(back).to.be.a('string')
  })

  it('with a shield that its renewal replaced is refused', async () => {
    const sandbox = open()
    const old = await freshShield(sandbox, bank, 4)
    await sandbox.bank.renew(bank, old.serial, { keepOld: true })
    await logIn(sandbox.walker(), { bank, shield: old })
    sandbox.bank.revoke(bank, old.serial)
    askRevocationAnew(sandbox)
    await expectRefused(sandbox, logIn(sandbox.walker(), { bank, shield: old }), 'certificate_revoked')
  })

  it('with a certificate past its end is refused, and the trace names the day', async () => {
    const sandbox = open()
    const [like] = goodShields(sandbox, bank)
    if (like === undefined) throw new Error('no shield')
    const notAfter = new Date(Date.now() - 3_600_000)
    const notBefore = new Date(notAfter.getTime() - 365 * 86_400_000)
    const { serial } = await sandbox.bank.issue(bank, { person: like.person, company: like.company, role: like.role, notBefore, notAfter })
    const expired = sandbox.bank.shields(bank).find(shield => shield.serial === serial)
    if (expired === undefined) throw new Error('no expired shield')
    const { failure } = await expectRefused(sandbox, logIn(sandbox.walker(), { bank, shield: expired }), 'certificate_expired')
    expect(failure.received).to.contain(notAfter.toISOString().slice(0, 13))
  })

  it('with a shield for which the bank’s revocation lists do not answer is refused, not waved through', async () => {
    const sandbox = open()
    const shield = await freshShield(sandbox, bank, 2)
    askRevocationAnew(sandbox)
    sandbox.bank.setEvil(bank, 'unreachable')
    try {
      await expectRefused(sandbox, logIn(sandbox.walker(), { bank, shield }), 'revocation_unknown')
    } finally {
      sandbox.bank.setEvil(bank, undefined)
    }
    expectShieldClaims(await logIn(sandbox.walker(), { bank, shield }), shield)
  })

  it('takes each signature once: what was signed for one login opens no second', async () => {
    const sandbox = open()
    const walker = sandbox.walker()
    const [shield] = goodShields(sandbox, bank)
    if (shield === undefined) throw new Error('no shield')
    const posted: { url: string; form: Record<string, string> }[] = []
    const { browser } = walker
    const post = browser.post.bind(browser)
    browser.post = (url, form, options) => {
      if (url.endsWith('/shield')) posted.push({ url, form })
      return post(url, form, options)
    }
    await logIn(walker, { bank, shield })
    const [proof] = posted
    if (proof === undefined) throw new Error('nothing was signed')

    const other = sandbox.walker()
    const page = await other.browser.get(`${sandbox.plan.urls.center}/login?bank=${bank}`)
    const action = forms(page).find(({ id }) => id === 'shield-form')?.action ?? ''
    const answer = await other.browser.post(action, proof.form)
    expect(answer.status).to.be.within(400, 499)
    expect(answer.body).to.contain('<code>signature_invalid</code>')
    // and at the address where it was once good it is only late
    expect((await browser.post(proof.url, proof.form)).status).to.be.within(400, 499)
  })
})
