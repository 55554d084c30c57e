import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startBroker } from '../../server/broker.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { freePort } from '../../server/listen.ts'
import type { Plan } from '../../server/sandbox/start.ts'
import { logIn } from '../../server/sandbox/walk.ts'
import { askRevocationAnew, beginsAtBank, shieldBySerial } from './common.ts'
import { askedFor, eventsOf, expectRefused, wasAtBank } from './expectations.ts'
import { change, give, type Holder, holder, twoCompanies } from './mandates.ts'
import { obtainCode, redeem, refresh, userinfo } from './paper-center.ts'
import { onEachDatabase, paperCenter, type TestSandbox } from './sandbox.ts'

onEachDatabase('by a mandate to the center, a login', open => {
  /** what is to be taken back: somebody with a mandate in force is asked for the company at every other test's login */
  const given: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const takeBack of given.splice(0)) await takeBack()
  })
  async function giveForNow(sandbox: TestSandbox, boss: Holder, clerk: Holder, more: Parameters<typeof give>[3] = {}): Promise<string> {
    const id = await give(sandbox, boss, clerk, more)
    given.push(async () => {
      const row = await sandbox.app.stores.mandates.find(id)
      if (row?.state === 'active') await change(sandbox, boss, id, 'revoke')
    })
    return id
  }
  const logInFor = (walker: ReturnType<TestSandbox['walker']>, { shield }: Holder, company: string) => logIn(walker, { bank: 'abc', shield, company })

  it('is offered beside the person’s own company, lets them in, and stands in the record of the company that gave it', async () => {
    const sandbox = open()
    const { boss, clerk } = await twoCompanies(sandbox, 1)
    const id = await giveForNow(sandbox, boss, clerk)
    const walker = sandbox.walker()
    const claims = await logInFor(walker, clerk, boss.shield.company.uscc)
    expect(claims).to.include({ ...companyOf(boss), person_name: clerk.shield.person.name, person_role: 'operator', acr: 'shield' })
    const page = walker.browser.pages.find(({ body }) => body.includes('代表哪家企业'))
    expect(page?.body).to.contain('凭授权').and.to.contain('by mandate').and.to.contain(clerk.shield.company.name)
    expect(await eventsOf(sandbox, walker.browser)).to.include.members(['login.company-chosen', 'authority.used', 'login.granted'])
    const [entry] = (await sandbox.app.stores.mandates.entriesOf(id, 10)).filter(({ kind }) => kind === 'used')
    expect(entry).to.deep.include({ act: 'login', center: 'demo-center', power: 'mandate', personName: clerk.shield.person.name })

    // their own company is still theirs, and the choice of last time comes first
    const own = await logInFor(sandbox.walker(), clerk, clerk.shield.company.uscc)
    expect(own['sub']).to.equal(clerk.sub)
    const membership = await sandbox.app.stores.parties.membership(clerk.sub)
    const history = await sandbox.app.stores.mandates.history(membership?.enterprise.id ?? '', 10)
    expect(history.filter(({ kind }) => kind === 'used')[0]).to.deep.include({ act: 'login', power: 'bank-named', membershipId: clerk.sub })
  })

  it('ends everywhere with the revocation, at once: introspection, userinfo, refresh token, session, and on another process of the same database', async () => {
    const sandbox = open()
    const { boss, clerk } = await twoCompanies(sandbox, 2)
    const id = await giveForNow(sandbox, boss, clerk)
    const walker = sandbox.walker()
    await logInFor(walker, clerk, boss.shield.company.uscc)
    const tokens = (await redeem(sandbox.plan, await obtainCode(walker, { prompt: 'consent', scope: 'openid enterprise offline_access' }))).body
    const [access, refreshToken] = [tokens.access_token ?? '', tokens.refresh_token ?? '']
    const second = await anotherProcess(sandbox)
    try {
      const plans = [sandbox.plan, ...(second === undefined ? [] : [second.plan])]
      for (const plan of plans) {
        for (const token of [access, refreshToken]) expect(await introspect(plan, token)).to.deep.include({ active: true })
        expect(await userinfo(plan, access)).to.equal(200)
      }
      await change(sandbox, boss, id, 'suspend')
      for (const plan of plans) expect(await introspect(plan, access)).to.deep.equal({ active: false })
      await change(sandbox, boss, id, 'resume')
      for (const plan of plans) expect(await introspect(plan, access)).to.deep.include({ active: true })

      await change(sandbox, boss, id, 'revoke')
      for (const plan of plans) {
        for (const token of [access, refreshToken]) expect(await introspect(plan, token)).to.deep.equal({ active: false })
        expect(await userinfo(plan, access)).to.equal(401)
        expect((await refresh(plan, refreshToken)).body.error).to.equal('invalid_grant')
      }
      expect(await beginsAtBank(sandbox, walker, 'abc'), 'the session is over').to.equal(true)
    } finally {
      await second?.close()
    }
  })

  it('goes only where the mandate reaches: another center refuses it with its code and a way back, with a session as without', async () => {
    const sandbox = open()
    const { boss, clerk } = await twoCompanies(sandbox, 3)
    await giveForNow(sandbox, boss, clerk, { centers: ['second-center'] })
    const { uscc } = boss.shield.company
    const { page } = await expectRefused(sandbox, logInFor(sandbox.walker(), clerk, uscc), 'mandate_out_of_scope')
    expect(page.body).to.contain('换一家企业或银行')

    const walker = sandbox.walker()
    const there = sandbox.atSecondCenter(walker)
    expect((await logInFor(there, clerk, uscc)).uscc).to.equal(uscc)
    walker.browser.forget()
    const back = await expectRefused(sandbox, logInFor(walker, clerk, uscc), 'mandate_out_of_scope')
    expect(wasAtBank(walker.browser, sandbox), 'decided on the session').to.equal(false)
    const chooser = await walker.browser.get(
      /href="([^"]*\/login\/[\w-]+)"/.exec(back.page.body)?.[1]?.replace(/^\//, `${sandbox.plan.urls.broker}/`) ?? '',
    )
    expect(chooser.body).to.contain('选择您的开户银行')
  })

  it('goes on to another center in its session, decided anew and written down for each', async () => {
    const sandbox = open()
    const { boss, clerk } = await twoCompanies(sandbox, 4)
    const id = await giveForNow(sandbox, boss, clerk)
    const { uscc } = boss.shield.company
    const walker = sandbox.walker()
    await logInFor(walker, clerk, uscc)
    const there = sandbox.atSecondCenter(walker)
    await logInFor(there, clerk, uscc)
    walker.browser.forget()
    await logInFor(walker, clerk, uscc)
    await logInFor(there, clerk, uscc)
    expect(askedFor(walker.browser)).to.deep.equal([])
    const used = (await sandbox.app.stores.mandates.entriesOf(id, 20)).filter(({ kind }) => kind === 'used')
    expect(used.map(({ center }) => center)).to.deep.equal(['demo-center', 'second-center', 'demo-center', 'second-center'])
  })

  it('is frozen with the legal representative who gave it: a renewed shield freezes nothing, another person does', async () => {
    const sandbox = open()
    const { app } = sandbox
    const { boss, clerk } = await twoCompanies(sandbox, 5)
    await giveForNow(sandbox, boss, clerk)
    const { company } = boss.shield
    const { sub } = await logInFor(sandbox.walker(), clerk, company.uscc)
    const decide = () =>
      app.authorization.authority.decide({ membershipId: String(sub), assurance: 'shield' }, { act: 'login', center: 'demo-center' })

    const { serial } = await sandbox.bank.renew('abc', boss.shield.serial)
    askRevocationAnew(sandbox)
    const renewed = { shield: shieldBySerial(sandbox, 'abc', serial), sub: boss.sub }
    expect((await logInFor(sandbox.walker(), renewed, company.uscc))['sub']).to.equal(boss.sub)
    expect((await decide()).kind).to.equal('allow')

    const successor = sandbox.walker()
    const next = await holderOfOffice(sandbox, boss)
    await logInFor(successor, next, company.uscc)
    expect(await decide()).to.deep.include({ kind: 'deny', code: 'mandate_frozen' })
    const membership = await app.stores.parties.membership(next.sub)
    const entries = await app.stores.mandates.history(membership?.enterprise.id ?? '', 50)
    expect(entries.filter(({ kind }) => kind === 'representative-changed')).to.have.length(1)
    const events = await app.stores.audit.byTrace(entries.find(({ kind }) => kind === 'representative-changed')?.trace ?? '', 50)
    expect(events.map(({ code }) => code)).to.include('company.representative-changed')
    // and is no longer offered: who holds it goes straight on for their own company
    const walker = sandbox.walker()
    expect((await logIn(walker, { bank: 'abc', shield: clerk.shield }))['sub']).to.equal(clerk.sub)
    expect(askedFor(walker.browser)).to.not.include('company')
    given.length = 0
  })
})

const companyOf = ({ shield }: Holder) => ({ uscc: shield.company.uscc, enterprise_name: shield.company.name })

/** Somebody else, whom the bank now calls the legal representative of the same company. */
async function holderOfOffice(sandbox: TestSandbox, { shield }: Holder): Promise<Holder> {
  const other = sandbox.bank
    .customers('abc')
    .find(({ person, seats }) => person.id !== shield.person.id && seats.every(({ company }) => company.uscc !== shield.company.uscc))
  const company = sandbox.bank
    .customers('abc')
    .flatMap(({ seats }) => seats)
    .find(seat => seat.company.uscc === shield.company.uscc)?.company
  if (other === undefined || company === undefined) throw new Error('nobody else is there')
  return await holder(sandbox, { person: other.person, company, role: 'legal-representative' })
}

/** RFC 7662, as the center that the token was issued to */
async function introspect({ urls }: Plan, token: string): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({ token, client_id: paperCenter.id, client_secret: paperCenter.secret })
  const answer = await fetch(`${urls.broker}/oidc/token/introspection`, { method: 'POST', body })
  return await answer.json()
}

/** A second broker on the same PostgreSQL, with pool, caches and all of its own; the embedded database serves one. */
async function anotherProcess({ plan }: TestSandbox): Promise<{ plan: Plan; close(): Promise<void> } | undefined> {
  if (plan.config.databaseUrl === undefined) return undefined
  const [port, managementPort] = [await freePort(), await freePort()]
  const dataDir = await mkdtemp(join(tmpdir(), 'shield-second-'))
  const broker = await startBroker({ ...plan.config, port, managementPort, dataDir }, { clock: systemClock, log: silentLog })
  return {
    plan: { ...plan, urls: { ...plan.urls, broker: `http://localhost:${port}` } },
    async close() {
      await broker.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
