import { expect } from 'chai'
import { reveal } from '../../bank-adapters/channel/confidential.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Somebody } from '../authorization/stage.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { type CreditStage, openCreditStage, START, TRACE } from '../credit/stage.ts'
import { codeOf, type SuiteClock } from './storage.ts'

const DONE = { corrected: true, dutiesDone: true, promised: true }

/** What every database does for credit. `open` is called once; each test has a company of its own. */
export function creditStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`credit on ${name}`, function () {
    this.timeout(60_000)
    let stage: CreditStage
    let boss: Somebody
    before(async () => {
      const { stores, clock } = await open()
      stage = await openCreditStage(stores, clock)
    })
    after(() => stage.close())
    beforeEach(async () => {
      stage.clock.set(START)
      boss = await stage.boss()
    })

    const subject = () => ({ kind: 'bidder' as const, subject: boss.uscc })
    const record = async (...facts: Record<string, unknown>[]) =>
      await stage.credit.facts.record(
        'center-a',
        facts.map(fact => ({ content: stage.fact(boss.uscc, fact) })),
        TRACE,
      )
    const one = async (fact: Record<string, unknown> = {}): Promise<string> => (await record(fact))[0]?.id ?? ''
    const scoreNow = async () => (await stage.credit.reports.now(subject(), 'bid')).reckoned.score
    const give = (recipient = 'bank-a') =>
      stage.credit.reports.give({ ...subject(), report: 'bid', recipient, project: 'P-1', purpose: 'financing' }, TRACE)
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)
    const repair = (id: string, shown = DONE) => stage.credit.facts.repair('center-a', id, shown, '信用修复决定书', TRACE)

    it('records a fact once for each number of a source, and refuses another under the same', async () => {
      const number = newId()
      const [first] = await record({ number })
      expect(first?.outcome).to.equal('recorded')
      expect(await record({ number })).to.deep.equal([{ id: first?.id, outcome: 'known' }])
      expect((await record({ number, level: 'severe' })).map(({ outcome }) => outcome)).to.deep.equal(['other'])
      // often enough that some wait for each other, and see nothing of what the other wrote
      for (let round = 0; round < 10; round++) {
        const many = await Promise.all(Array.from({ length: 10 }, () => record({ number: `${number}-${round}` })))
        expect(new Set(many.flat().map(({ id }) => id)).size).to.equal(1)
        expect(many.flatMap(each => each.map(({ outcome }) => outcome)).sort()).to.deep.equal([
          ...Array.from({ length: 9 }, () => 'known'),
          'recorded',
        ])
      }
    })

    it('counts a penalty from its day to the end that the law names, and not a day longer', async () => {
      const before = await scoreNow()
      await one({ level: 'light', happened_on: '2027-05-01' })
      expect(await scoreNow()).to.equal(before - 30)
      stage.clock.set('2027-07-31T15:59:00.000Z')
      expect(await scoreNow()).to.equal(before - 30)
      stage.clock.set('2027-07-31T16:00:00.000Z')
      expect(await scoreNow()).to.equal(before)
    })

    it('changes the standing at once with a fact, and each day by the chore, with a line only where the score changed', async () => {
      await one({ level: 'light', happened_on: '2027-05-01' })
      const [standing] = await stage.stores.credit.standings(subject())
      expect([standing?.report, standing?.score, standing?.day]).to.deep.equal(['bid', await scoreNow(), '2027-05-20'])
      for (const day of ['2027-05-21', '2027-07-31', '2027-08-01', '2027-08-02']) {
        stage.clock.set(`${day}T04:00:00.000Z`)
        await stage.credit.daily.work()
        expect((await stage.stores.credit.standings(subject())).map(each => each.day)).to.deep.equal([day, day])
      }
      const scores = await stage.stores.credit.scores(subject(), 'bid', 10)
      expect(scores.map(({ day }) => day)).to.deep.equal(['2027-08-01', '2027-05-20'])
      expect((scores[0]?.score ?? 0) - (scores[1]?.score ?? 0)).to.equal(30)
    })

    it('is reckoned for each subject by one of two processes', async () => {
      for (let i = 0; i < 5; i++) await stage.credit.facts.record('center-a', [{ content: stage.fact((await stage.boss()).uscc) }], TRACE)
      stage.clock.set('2027-05-22T04:00:00.000Z')
      const now = stage.clock.now()
      const until = new Date(now.getTime() + 60_000)
      const claims = await Promise.all(Array.from({ length: 6 }, () => stage.stores.credit.claimDue(now, until, 2)))
      const keys = claims.flat().map(each => each.subject)
      expect(new Set(keys).size).to.equal(keys.length)
      expect(keys.length).to.be.greaterThan(4)
    })

    it('gives a report by consent, frozen, signed and made again to the octet, months and formulas later', async () => {
      await one()
      await record({ type: 'deal.won', level: 'signed', value: 1_000_000, document: undefined, title: '示例工程中标' })
      await stage.consent(boss, { until: '2027-12-31' })
      const report = await give()
      const { content } = JSON.parse(report.document) as { content: string }
      stage.clock.set('2027-12-20T08:00:00.000Z')
      await one({ level: 'severe', happened_on: '2027-12-01' })
      const stored = await stage.credit.reports.again(report.id, 'bank-a', TRACE)
      expect(await stage.credit.reports.recompute(stored)).to.equal(content)
      expect(JSON.parse(content)).to.include({ as_of: '2027-05-20', type: 'credit-report' })
      expect(await refusal(stage.credit.reports.again(report.id, 'center-a', TRACE))).to.equal('credit_report_unknown')
      stage.clock.set('2027-12-31T16:00:00.000Z')
      expect(await refusal(stage.credit.reports.again(report.id, 'bank-a', TRACE))).to.equal('consent_expired')
    })

    it('gives nothing without consent, for another kind of subject, or of a person', async () => {
      expect(await refusal(give())).to.equal('consent_missing')
      const asked = { report: 'financing', recipient: 'bank-a', project: 'P', purpose: 'financing', kind: 'expert', subject: 'a'.repeat(64) } as const
      expect(await refusal(stage.credit.reports.give(asked, TRACE))).to.equal('credit_subject_unsupported')
      expect(await refusal(stage.credit.reports.give({ ...asked, report: 'bid' }, TRACE))).to.equal('credit_subject_unsupported')
      expect(await stage.stores.credit.reportsOf(subject(), 10)).to.deep.equal([])
    })

    it('repairs a record: the same day it counts no more, its reports are given no more, and each recipient is told once', async () => {
      const clean = await scoreNow()
      const id = await one({ level: 'general', happened_on: '2027-02-01' })
      const other = await one({ level: 'light' })
      await stage.consent(boss)
      await stage.consent(boss, { recipient: 'center-a' })
      const reports = [await give(), await give(), await give('center-a')]
      expect(await repair(id)).to.equal(2)
      expect(await scoreNow()).to.equal(clean - 30)
      expect((await stage.stores.credit.standings(subject())).find(each => each.report === 'bid')?.score).to.equal(clean - 30)
      for (const { id: report, recipient = '' } of reports)
        expect(await refusal(stage.credit.reports.again(report, recipient, TRACE))).to.equal('credit_report_recalled')
      const due = await stage.credit.recalls.recallsDue(100, 'bank-a')
      const mine = due.filter(({ factId }) => factId === id)
      expect(mine.map(({ reason, reports: held }) => [reason, held.toSorted()])).to.deep.equal([
        ['repaired', [reports[0]?.id, reports[1]?.id].toSorted()],
      ])
      const fresh = await give()
      expect(fresh.document).not.to.include(id)
      expect(fresh.inputs).not.to.include(id)
      expect(fresh.document).to.include(other)
      expect(await stage.credit.recalls.recalled(mine[0]?.id ?? '', 'center-a')).to.equal(false)
      expect(await stage.credit.recalls.recalled(mine[0]?.id ?? '', 'bank-a')).to.equal(true)
      expect(await stage.credit.recalls.recalled(mine[0]?.id ?? '', 'bank-a'), 'once more').to.equal(true)
      expect((await stage.credit.recalls.recallsDue(100, 'bank-a')).filter(({ factId }) => factId === id)).to.deep.equal([])
    })

    describe('a recall, to a bank of the data channel', () => {
      const encrypt = ownKey('bank-a', { use: 'encrypt' })
      beforeEach(() => stage.banks.set('bank-a', partyOf('bank-a', [encrypt])))
      afterEach(() => stage.banks.clear())
      const messages = async (fact: string) => {
        const opened = (await stage.stores.channelOutgoing.list({ receiver: 'bank-a' }, 1000)).map(async message => {
          const { confidential, ...open } = JSON.parse(message.body)
          const place = { sender: 'shared-shield', receiver: 'bank-a', id: message.id }
          return { message, open, part: (await reveal(confidential, place, message.encryptionKey, [encrypt])) as { fact: string; reports: string[] } }
        })
        return (await Promise.all(opened)).filter(({ part }) => part.fact === fact)
      }
      const due = async (fact: string, recipient = 'bank-a') =>
        (await stage.credit.recalls.recallsDue(1000, recipient)).filter(({ factId }) => factId === fact)
      async function repaired() {
        const id = await one({ level: 'general', happened_on: '2027-02-01' })
        await stage.consent(boss)
        await stage.consent(boss, { recipient: 'center-a' })
        const reports = [await give(), await give(), await give('center-a')]
        await repair(id)
        return { id, reports }
      }
      const take = async (id: string) => {
        const now = stage.clock.now()
        const lease = newId()
        await stage.stores.channelOutgoing.claim(lease, { now, until: new Date(now.getTime() + 60_000) }, [], 1000)
        return { id, lease, now }
      }

      it('goes out at once and once, and says which reports in its confidential part alone', async () => {
        const { id, reports } = await repaired()
        await Promise.all(Array.from({ length: 5 }, () => stage.credit.recalls.send()))
        const [told, ...others] = await messages(id)
        expect(others).to.deep.equal([])
        expect(told?.message.type).to.equal('credit.recalled')
        expect(Object.keys(told?.open ?? {})).to.deep.equal(['recall'])
        expect(told?.part).to.deep.include({ fact: id, reason: 'repaired' })
        expect(told?.part.reports.toSorted()).to.deep.equal([reports[0]?.id, reports[1]?.id].toSorted())
        for (const secret of [id, boss.uscc, ...reports.map(each => each.id)]) expect(told?.message.body).to.not.include(secret)
        // who is no bank of the channel fetches it, as before
        expect(await due(id, 'center-a')).to.have.length(1)
        expect((await stage.stores.channelOutgoing.list({ receiver: 'center-a' }, 10)).length).to.equal(0)
      })

      it('is confirmed by the bank’s answer, and until then can be fetched; so can one that was given up', async () => {
        const [answered, dead] = [await repaired(), await repaired()]
        const [one, other] = [(await messages(answered.id))[0]?.message.id ?? '', (await messages(dead.id))[0]?.message.id ?? '']
        expect(await due(answered.id)).to.have.length(1)
        const { lease, now } = await take(one)
        expect(await stage.stores.channelOutgoing.delivered(one, lease, { status: 200, headers: {}, body: '{}' }, now)).to.equal(true)
        expect(await stage.stores.channelOutgoing.failed(other, lease, 'channel_refused_by_bank', undefined)).to.equal(true)
        await stage.credit.recalls.send()
        expect(await due(answered.id)).to.deep.equal([])
        expect(await due(dead.id)).to.have.length(1)
        expect(await messages(dead.id)).to.have.length(1)
      })

      it('waits for a bank that nothing can be encrypted to, and holds up no other', async () => {
        stage.banks.set('bank-a', partyOf('bank-a', [ownKey('bank-a')]))
        const { id } = await repaired()
        expect(await refusal(stage.credit.recalls.send())).to.equal('channel_key_unknown')
        expect(await due(id)).to.have.length(1)
        stage.banks.set('bank-a', partyOf('bank-a', [encrypt]))
        await stage.credit.recalls.send()
        expect(await messages(id)).to.have.length(1)
      })

      it('is not sent to one who confirmed it before', async () => {
        stage.banks.clear()
        const { id } = await repaired()
        const [notice] = await due(id)
        await stage.credit.recalls.recalled(notice?.id ?? '', 'bank-a')
        stage.banks.set('bank-a', partyOf('bank-a', [encrypt]))
        await stage.credit.recalls.send()
        expect(await messages(id)).to.deep.equal([])
      })
    })

    it('repairs nothing before its least time, without its conditions, for a stranger, or twice', async () => {
      const id = await one({ level: 'general', happened_on: '2027-05-01' })
      expect(await refusal(repair(id))).to.equal('credit_repair_early')
      stage.clock.set('2027-08-01T08:00:00.000Z')
      for (const missing of ['corrected', 'dutiesDone', 'promised'])
        expect(await refusal(repair(id, { ...DONE, [missing]: false }))).to.equal('credit_repair_unproven')
      expect(await refusal(stage.credit.facts.repair('center-b', id, DONE, 'x', TRACE))).to.equal('credit_fact_unknown')
      expect(await refusal(repair(id))).to.equal('done')
      expect(await refusal(repair(id)), 'told once more').to.equal('done')
      expect(await refusal(repair(id, { ...DONE, promised: false }))).to.equal('credit_repair_unproven')
      expect(await refusal(stage.credit.facts.repair('center-a', id, DONE, '另一份决定书', TRACE))).to.equal('credit_wrong_state')
      expect((await stage.stores.credit.steps(id)).map(({ kind }) => kind)).to.deep.equal(['repaired'])
    })

    it('marks what is appealed against, tells the score without it, and takes it back when it is upheld', async () => {
      const clean = await scoreNow()
      const id = await one()
      await stage.credit.facts.appeal(subject(), id, '处罚已被复议撤销', '张三', TRACE)
      const { reckoned } = await stage.credit.reports.now(subject(), 'bid')
      expect([reckoned.score, reckoned.undisputed]).to.deep.equal([clean - 120, clean])
      expect(reckoned.reasons.flatMap(({ facts }) => facts).find(fact => fact.id === id)?.disputed).to.equal(true)
      expect(await refusal(stage.credit.facts.appeal(subject(), id, 'x', '张三', TRACE))).to.equal('credit_wrong_state')
      expect((await stage.stores.credit.disputed('center-a', 1000)).map(fact => fact.id)).to.include(id)
      const reject = (why: string) => stage.credit.facts.answer('center-a', id, 'rejected', why, TRACE)
      expect([await reject('与决定书一致'), await reject('与决定书一致')], 'told once more').to.deep.equal([0, 0])
      expect(await refusal(reject('另有说法'))).to.equal('credit_wrong_state')
      expect((await stage.credit.reports.now(subject(), 'bid')).reckoned.undisputed).to.equal(clean - 120)
      await stage.credit.facts.appeal(subject(), id, '有新的判决', '张三', TRACE)
      await stage.credit.facts.answer('center-a', id, 'upheld', '已撤销', TRACE)
      expect(await scoreNow()).to.equal(clean)
      expect((await stage.stores.credit.steps(id)).map(({ kind }) => kind)).to.deep.equal(['appealed', 'rejected', 'appealed', 'upheld'])
    })

    it('never gives a record after its recall without a notice, whichever of them is first', async () => {
      await stage.consent(boss)
      for (let round = 0; round < 6; round++) {
        const id = await one()
        const [given] = await Promise.all([Promise.all([give(), give(), give()]), stage.credit.facts.recall('center-a', id, '报送有误', TRACE)])
        const told = (await stage.credit.recalls.recallsDue(1000, 'bank-a')).filter(({ factId }) => factId === id).flatMap(({ reports }) => reports)
        const holding = given.filter(({ factIds }) => factIds.includes(id)).map(report => report.id)
        expect(told.toSorted(), `round ${round}`).to.deep.equal(holding.toSorted())
      }
    })

    it('takes what the room of bonds adds, once, and tells how a company deals with its bonds', async () => {
      const { conduct } = stage.credit
      const uscc = boss.uscc as never
      expect(await conduct.conductOf(uscc)).to.deep.equal({ kept: 0, late: 0, forfeited: 0, neverLate: true, neverForfeited: true })
      const clean = await scoreNow()
      const late = { uscc, number: newId(), level: 'late' as const, on: stage.clock.now(), evidence: 'event 7' }
      const id = await conduct.add(late, TRACE)
      expect(await conduct.add(late, TRACE)).to.equal(id)
      await conduct.add({ ...late, number: newId(), level: 'kept' }, TRACE)
      expect(await conduct.conductOf(uscc)).to.deep.equal({ kept: 1, late: 1, forfeited: 0, neverLate: false, neverForfeited: true })
      expect(await scoreNow()).to.equal(clean - 40)
      expect(await refusal(conduct.add({ ...late, level: 'forfeited' }, TRACE))).to.equal('credit_fact_conflict')
    })

    it('keeps every formula that was in force, and counts the newest from the next question on', async () => {
      await one()
      await stage.consent(boss)
      const before = await give()
      const { inForce } = await stage.credit.reports.now(subject(), 'bid')
      const factors = inForce.model.factors.map(factor =>
        factor.rule.kind === 'deduct' && factor.code === 'penalties' ? { ...factor, rule: { ...factor.rule, points: { general: 200 } } } : factor,
      )
      const score = await scoreNow()
      const text = JSON.stringify({ ...inForce.model, version: '2027.2', factors })
      const { revision } = await stage.credit.models.enter(text, 'tester', TRACE)
      expect(await scoreNow()).to.equal(score - 80)
      expect(await stage.credit.reports.recompute(before)).to.equal((JSON.parse(before.document) as { content: string }).content)
      expect((await give()).model).to.equal(`bid/2027.2/${revision}`)
      expect(await refusal(stage.credit.models.enter(JSON.stringify({ ...inForce.model, most: 999 }), 'tester', TRACE))).to.equal(
        'credit_model_malformed',
      )
      // so that the other tests find the points they know
      await stage.credit.models.enter(JSON.stringify(inForce.model), 'tester', TRACE)
    })
  })
}
