import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { pagesOf } from '../../server/kernel/pages.ts'
import { bidders, getAccount } from '../../server/sandbox/bond-people.ts'
import { centerProgram } from '../../server/sandbox/center-program.ts'
import type { AuditRow } from '../../server/storage/stores-audit.ts'
import { openSandbox, type TestSandbox } from './sandbox.ts'

/** What a company is refused at its own pages, in the whole product: one event in the audit record, and a step that the trace command shows. */
describe('refusals at a company’s pages', () => {
  const clock = fixedClock(new Date())
  let sandbox: TestSandbox
  before(async function () {
    this.timeout(120_000)
    sandbox = await openSandbox({ clock })
  })
  after(() => sandbox?.close())

  async function bidderWithAccount() {
    const center = centerProgram(sandbox.plan)
    const project = await center.ask<{ id: string }>('POST', '/projects', { code: newId(), title: '演示项目', law: 'bidding' })
    const at = new Date(clock.now().getTime() + days(10)).toISOString()
    const facts = { name: '标段', demanded_fen: 20_000_000, deadline: at, opens_at: at, validity_days: 90, custodians: 3, threshold: 2 }
    const { section } = await center.ask<{ section: { company_page: string } }>('POST', `/projects/${project.id}/sections`, facts)
    const [bidder] = await bidders(sandbox, clock, { ccb: 1 })
    if (bidder === undefined) throw new Error('nobody can bid')
    return await getAccount(sandbox, bidder, section.company_page)
  }
  async function written(trace: string): Promise<{ code: string; body: string }[]> {
    const found = []
    for await (const rows of pagesOf<AuditRow>(after => sandbox.app.stores.audit.read((after?.seq ?? 0) + 1, 500), 500))
      found.push(...rows.filter(row => row.trace === trace))
    return found
  }

  it('of a guarantee stand once in the record, and in the trace', async () => {
    const bidder = await bidderWithAccount()
    const page = await bidder.browser.post(`${bidder.page}/guarantees`, { issuer: 'nobody', way: 'bank-guarantee' })
    expect(page.body).to.include('<code>guarantee_issuer_unavailable</code>')
    const trace = String(page.headers['x-trace-code'])
    const refused = (await written(trace)).filter(({ code }) => code.endsWith('.refused'))
    expect(refused.map(({ code }) => code)).to.deep.equal(['guarantee.refused'])
    expect(refused[0]?.body).to.include('guarantee_issuer_unavailable')
    const steps = await sandbox.app.stores.traces.read(trace, 50)
    expect(steps.filter(({ outcome }) => outcome === 'failed').map(({ step, code }) => [step, code])).to.deep.equal([
      ['refused', 'guarantee_issuer_unavailable'],
    ])
  }).timeout(60_000)
})
