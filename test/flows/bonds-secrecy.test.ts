import { expect } from 'chai'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { createRegister } from '../../server/bonds/register.ts'
import { createTags } from '../../server/bonds/secrecy/tags.ts'
import { fixedClock, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { pagesOf } from '../../server/kernel/pages.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { type CenterProgram, centerProgram } from '../../server/sandbox/center-program.ts'
import type { AuditRow } from '../../server/storage/stores-audit.ts'
import { newUscc } from '../suites/storage.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** Before the opening a section with fifty bidders is to everybody but them and their bank like one with none: in every answer, in what it costs the database, and in what is written down about it. */
describe('sections before their opening, over HTTP', () => {
  const clock = fixedClock(new Date())
  const FEN = 20_000_000
  const COUNTS = [0, 1, 50]
  let sandbox: TestSandbox
  let center: CenterProgram
  let token: string
  let sections: { id: string; shares: string[] }[]
  const opensAt = new Date(clock.now().getTime() + minutes(5)).toISOString()

  before(async function () {
    this.timeout(240_000)
    sandbox = await openSandbox({ clock })
    const { app, plan, bank } = sandbox
    center = centerProgram(plan, '/api/bonds', ['bonds.supervise'])
    token = await center.token()
    const project = await center.ask<{ id: string }>('POST', '/projects', { code: newId(), title: '演示项目', law: 'bidding' })
    sections = []
    for (const _ of COUNTS) {
      const facts = { name: '标段', demanded_fen: FEN, deadline: opensAt, opens_at: opensAt, validity_days: 90, custodians: 3, threshold: 2 }
      const made = await center.ask<{ section: { id: string }; shares: string[] }>('POST', `/projects/${project.id}/sections`, facts)
      sections.push({ id: made.section.id, shares: made.shares })
    }
    const sealing = createSealing(Buffer.from(plan.config.secrets.sealingKey, 'base64'))
    const { stores, trail: audit } = app
    const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
    const tags = createTags(sealing)
    const register = createRegister({ store: stores.bonds, effects: stores.effects, parameters, sealing, tags, clock, audit })
    for (const [i, { id }] of sections.entries()) {
      for (let n = 0; n < (COUNTS[i] ?? 0); n++) {
        const company = { uscc: newUscc(), name: `演示企业${i}-${n}`, basicAccount: `99${i}${String(n).padStart(9, '0')}` }
        const { account } = await register.giveAccount({
          sectionId: id,
          model: 'section',
          company,
          prefix: '62170099',
          whence: { personId: newId() },
        })
        const payer = n % 7 === 3 ? { account: '990000000000', name: '演示个人' } : { account: company.basicAccount, name: company.name }
        if (n % 5 !== 4) bank.channel('ccb').bonds.pay({ account, payer, fen: n % 11 === 5 ? 1 : FEN })
        if (n % 13 === 0) bank.channel('ccb').bonds.pay({ account, payer, fen: FEN })
      }
    }
    for (let tries = 0; tries < 50 && bank.channel('ccb').book.pending().length > 0; tries++) await bank.channel('ccb').sender.flush()
    await app.bonds.work()
    expect(bank.channel('ccb').book.pending(), 'the bank told everything').to.have.length(0)
  })
  after(() => sandbox?.close())

  interface Asked {
    method: 'GET' | 'POST'
    path: string
    body?: object
  }
  const at = clock.now().toISOString()
  /** everything that a center may ask about a section */
  const questions = ({ id, shares }: { id: string; shares: string[] }): Asked[] => [
    { method: 'GET', path: `/sections/${id}` },
    { method: 'GET', path: `/sections/${id}/bonds` },
    { method: 'GET', path: `/sections/${id}/alerts` },
    { method: 'POST', path: `/sections/${id}/release`, body: { shares } },
    { method: 'POST', path: `/sections/${id}/award`, body: { winners: [newId()], at, reference: 'Z-1', refund_losers: true } },
    { method: 'POST', path: `/sections/${id}/contract`, body: { winners: [{ bond: newId() }], at, reference: 'H-1' } },
    {
      method: 'POST',
      path: `/sections/${id}/bonds/${newId()}/forfeit`,
      body: { ground: 'contract-refused', fen: 1, winner: true, at, reference: 'J-1' },
    },
    { method: 'POST', path: `/sections/${id}/bonds/${newId()}/retry-refund`, body: {} },
    { method: 'POST', path: `/sections/${id}/postpone`, body: { opens_at: opensAt } },
  ]

  /** All that comes back, but for what names the request: and how many statements it took. */
  async function observe({ method, path, body }: Asked, id: string) {
    const { stores } = sandbox.app
    const before = stores.statements()
    const answer = await fetch(`${sandbox.plan.urls.broker}/api/bonds${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const { reads } = stores.statements()
    const headers = [...answer.headers].filter(
      ([name]) => !['date', 'x-trace', 'x-trace-code', 'ratelimit', 'ratelimit-remaining', 'ratelimit-reset'].includes(name),
    )
    const plain = text.replaceAll(id, 'SECTION').replaceAll(/"trace":"[^"]+"/g, '"trace":""')
    return {
      status: answer.status,
      size: text.length,
      text: plain,
      headers: headers.map(([name, value]) => `${name}: ${name === 'content-length' ? value : value.replaceAll(/[A-Z0-9]{4}-[A-Z0-9]{4}/g, '')}`),
      reads: reads - before.reads,
    }
  }

  it('answer every question alike, to the byte, with none, one and fifty bidders', async function () {
    this.timeout(120_000)
    const [none] = sections
    for (let n = 0; n < questions(none ?? { id: '', shares: [] }).length; n++) {
      const seen = []
      for (const section of sections) {
        const asked = questions(section)[n] ?? { method: 'GET', path: '' }
        // chores of the process read now and then as well: what a question reads itself is the least of several
        const tries = []
        for (let again = 0; again < 4; again++) tries.push(await observe(asked, section.id))
        seen.push({ ...tries[3], reads: Math.min(...tries.map(({ reads }) => reads)) })
      }
      expect(seen[1], questions(sections[1] ?? { id: '', shares: [] })[n]?.path).to.deep.equal(seen[0])
      expect(seen[2], questions(sections[2] ?? { id: '', shares: [] })[n]?.path).to.deep.equal(seen[0])
    }
  })

  it('are written down alike, and named nowhere that people look', async () => {
    const { app, plan } = sandbox
    const about = new Map(sections.map(({ id }) => [id, [] as string[]]))
    for await (const rows of pagesOf<AuditRow>(after => app.stores.audit.read((after?.seq ?? 0) + 1, 500), 500))
      for (const row of rows) for (const [id, lines] of about) if (row.body.includes(id)) lines.push(row.code)
    const [first, ...others] = [...about.values()]
    for (const lines of others) expect(lines).to.deep.equal(first)
    for (const page of ['/metrics', '/channel/outgoing', '/channel/outgoing?state=delivered']) {
      const text = await (await fetch(`${plan.urls.management}${page}`)).text()
      for (const { id } of sections) expect(text, page).to.not.include(id)
      expect(text, page).to.not.include('演示企业')
    }
  })

  it('are told apart from the opening on', async function () {
    this.timeout(60_000)
    clock.set(opensAt)
    const counts = []
    for (const { id } of sections) {
      const answer = await fetch(`${sandbox.plan.urls.broker}/api/bonds/sections/${id}/bonds`, { headers: { authorization: `Bearer ${token}` } })
      const { bonds } = (await answer.json()) as { bonds: { finding?: string }[] }
      counts.push(bonds.filter(({ finding }) => finding !== 'twice').length)
    }
    expect(counts).to.deep.equal(COUNTS)
  })

  it('have their signals of collusion from the opening on: rivals paid from one account, named once custodians release them', async function () {
    this.timeout(60_000)
    clock.set(opensAt)
    const alertsOf = async ({ id }: { id: string }) => (await center.ask<{ alerts: Alert[] }>('GET', `/sections/${id}/alerts`)).alerts
    // what is to be done at the opening looks for them: once it is done, one look more finds nothing new
    await sandbox.app.bonds.work()
    const [none, one, fifty] = sections
    if (none === undefined || one === undefined || fifty === undefined) throw new Error('no sections')
    expect([await alertsOf(none), await alertsOf(one)]).to.deep.equal([[], []])
    const [strongest] = await alertsOf(fifty)
    expect(strongest).to.include({ signal: 'payer-account', strength: 'strong' })
    expect(strongest?.rivals.map(({ bidder }) => bidder)).to.deep.equal(Array.from({ length: SAME_PAYER }, () => undefined))
    await center.ask('POST', `/sections/${fifty.id}/release`, { shares: fifty.shares.slice(0, 2) })
    const named = (await alertsOf(fifty)).find(({ signal }) => signal === 'payer-account')
    expect(named?.rivals.map(({ bidder }) => bidder?.name)).to.satisfy((names: string[]) => names.every(name => name.startsWith('演示企业2-')))
    expect(new Set(named?.rivals.map(({ bidder }) => bidder?.uscc)).size).to.equal(SAME_PAYER)
  })
})

/** rivals among the fifty whom one stranger paid for, whose money was put down to each: every seventh, but for those of them that paid nothing */
const SAME_PAYER = Array.from({ length: 50 }, (_, n) => n).filter(n => n % 7 === 3 && n % 5 !== 4).length

interface Alert {
  signal: string
  strength: string
  rivals: { bond: string; bidder?: { uscc: string; name: string } }[]
}
