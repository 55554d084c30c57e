import { expect } from 'chai'
import { type AddConduct, createConduct } from '../../server/bonds/conduct.ts'
import { createBondTasks } from '../../server/bonds/tasks.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { ReportKind, StoredReport } from '../../server/storage/stores-credit.ts'
import { FEN, guaranteeDesk, TRACE } from '../suites/guarantee-desk.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'
import { type CreditStage, openCreditStage } from './stage.ts'

/** What a company's credit hears of a bond that a guarantee stood for, from the issuer's message to the report that a bank was given. */
describe('the credit of a company whose guarantee was claimed', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const OPENED = '2026-05-20T02:00:00.000Z'
  let stage: CreditStage
  let desk: ReturnType<typeof guaranteeDesk>
  let work: () => Promise<void>
  before(async function () {
    this.timeout(60_000)
    const stores = await openTestStores({ clock })
    stage = await openCreditStage(stores, clock)
    desk = guaranteeDesk(stores, clock)
    const add: AddConduct = (about, trace) => stage.credit.conduct.add(about, trace)
    const idle = { order: async () => undefined, work: async () => undefined, look: async () => undefined }
    const conduct = createConduct({ store: stores.bonds, readings: desk.readings, add })
    const { tasks } = desk
    work = createBondTasks({
      ...{ store: stores.bondTasks, effects: stores.effects, tasks, refunds: idle, sections: idle, alerts: idle, conduct, clock, log: silentLog },
    }).work
  })
  after(() => stage.close())
  beforeEach(() => clock.set('2026-05-01T08:00:00.000Z'))

  /** A bond by guarantee whose names are known, and which its center keeps. */
  async function claimed() {
    const boss = await stage.boss()
    const subject = { kind: 'bidder' as const, subject: boss.uscc }
    const { section, release, asked } = await desk.announce()
    const { guarantee, who } = await desk.inForce(section, boss.uscc as never)
    clock.set(OPENED)
    await release()
    const at = clock.now().toISOString()
    await stage.stores.effects.apply(async () => ({
      lock: section.id,
      writes: [desk.tasks.sectionTask({ do: 'conduct', sectionId: section.id, at }, at)],
    }))
    await work()
    const claim = { claim: `claim-${who.bondId}`.slice(0, 32), ground: 'contract-refused', winner: true, fen: FEN, decision: 'D-1' } as const
    await desk.beneficiary.claim({ ...asked, id: guarantee.id }, claim, TRACE)
    const says = async (type: string, more: object) => {
      await desk.says(type, guarantee.code, desk.fact({ claim: claim.claim, ...more }))
      await work()
    }
    return {
      ...{ boss, subject },
      pays: (payment: string, fen: bigint) => says('claim-paid', { payment, fen: Number(fen) }),
      refuses: () => says('claim-refused', { reason: '单据不符' }),
      report: async (kind: ReportKind) => contentOf(await stage.credit.reports.take(subject, kind, TRACE)),
    }
  }
  interface Content {
    score: number
    factors: { code: string; got: number }[]
    reasons: { code: string; lost: number; facts: { id: string; source: string; level: string; digest: string; on: string }[] }[]
  }
  const contentOf = ({ document }: StoredReport): Content => JSON.parse(JSON.parse(document).content)
  const bare = ({ factors, reasons }: Content) => ({
    factors: factors.filter(({ code }) => code !== 'bond-conduct'),
    reasons: reasons.filter(({ code }) => code !== 'bond-conduct'),
  })

  for (const [kind, points] of [
    ['bid', 150],
    ['financing', 250],
  ] as const)
    it(`is less in the ${kind} report by one record of a forfeited bond, once its issuer paid, and by nothing else`, async () => {
      const { report, pays, subject } = await claimed()
      const before = await report(kind)
      await pays('C-1', FEN / 4n)
      await pays('C-2', FEN - FEN / 4n)
      const now = await report(kind)
      expect(now.score).to.equal(before.score - points)
      expect(bare(now)).to.deep.equal(bare(before))
      expect(before.reasons.map(({ code }) => code)).to.not.include('bond-conduct')
      const line = now.reasons.find(({ code }) => code === 'bond-conduct')
      expect(line).to.deep.include({ lost: points })
      expect(line?.facts).to.have.length(1)
      expect(line?.facts[0]).to.include({ source: 'platform', level: 'forfeited', on: '2026-05-12' })
      // the line leads to its record, which says by its own number that it comes of a bond
      const fact = await stage.credit.facts.factOf(subject, line?.facts[0]?.id ?? '')
      expect(fact).to.include({ source: 'platform', level: 'forfeited' })
    })

  it('hears nothing of a claim that nobody paid, refused or not', async () => {
    const { report, refuses } = await claimed()
    const before = await report('bid')
    await refuses()
    const now = await report('bid')
    expect([now.score, bare(now)]).to.deep.equal([before.score, bare(before)])
  })

  it('is appealed against, repaired and recalled like any other, from whoever was given it', async () => {
    const { boss, subject, report, pays } = await claimed()
    const clean = (await report('bid')).score
    await pays('C-1', FEN)
    await stage.consent(boss)
    const give = () => stage.credit.reports.give({ ...subject, report: 'bid', recipient: 'bank-a', project: 'P-1', purpose: 'financing' }, TRACE)
    const given = await give()
    const id = contentOf(given).reasons.find(({ code }) => code === 'bond-conduct')?.facts[0]?.id ?? ''
    await stage.credit.facts.appeal(subject, id, '担保人付款有误', '张三', TRACE)
    expect((await stage.credit.reports.now(subject, 'bid')).reckoned).to.include({ score: clean - 150, undisputed: clean })
    await stage.credit.facts.answer('platform', id, 'rejected', '与付款回单一致', TRACE)
    const shown = { corrected: true, dutiesDone: true, promised: true }
    const repair = () => stage.credit.facts.repair('platform', id, shown, '信用修复决定书', TRACE)
    expect(await repair().then(() => 'done', codeOf)).to.equal('credit_repair_early')
    clock.set('2026-08-12T08:00:00.000Z')
    await repair()
    expect((await report('bid')).score).to.equal(clean)
    expect(await stage.credit.reports.again(given.id, 'bank-a', TRACE).then(() => 'given', codeOf)).to.equal('credit_report_recalled')
    const due = (await stage.credit.recalls.recallsDue(100, 'bank-a')).filter(({ factId }) => factId === id)
    expect(due.map(({ reports }) => reports)).to.deep.equal([[given.id]])
  })
})
