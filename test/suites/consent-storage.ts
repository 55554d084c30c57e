import { expect } from 'chai'
import { days } from '../../server/kernel/clock.ts'
import type { ConsentQuestion } from '../../server/kernel/data-consent.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Somebody } from '../authorization/stage.ts'
import { type CreditStage, openCreditStage, START, TRACE } from '../credit/stage.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for consents to give data. `open` is called once; each test has a company of its own. */
export function consentStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`consents to give data on ${name}`, function () {
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

    const question = (more: Partial<ConsentQuestion> = {}): ConsentQuestion => ({
      uscc: boss.uscc as ConsentQuestion['uscc'],
      recipient: 'bank-a',
      dataSet: 'credit.bid',
      purpose: 'financing',
      project: 'P-1',
      reference: newId(),
      ...more,
    })
    const use = (more: Partial<ConsentQuestion> = {}) => stage.credit.consents.use(question(more), TRACE)
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)

    it('gives nothing without one, and tells by a stable code and one audit event', async () => {
      stage.events.length = 0
      expect(await refusal(use())).to.equal('consent_missing')
      expect(stage.events.map(({ code }) => code)).to.deep.equal(['consent.refused'])
      expect(stage.events[0]?.facts).to.include({
        failure: 'consent_missing',
        company: boss.uscc,
        recipient: 'bank-a',
        purpose: 'financing',
        project: 'P-1',
      })
    })

    it('is used for what was signed and for nothing else, each use with a receipt', async () => {
      const id = await stage.consent(boss, { project: 'P-1' })
      const one = await use()
      const two = await use()
      expect([one, two].map(({ consent, number }) => [consent, number])).to.deep.equal([
        [id, 1],
        [id, 2],
      ])
      for (const more of [
        { project: 'P-2' },
        { purpose: 'evaluation' as const },
        { recipient: 'center-a' },
        { dataSet: 'credit.financing' as const },
      ])
        expect(await refusal(use(more)), JSON.stringify(more)).to.equal('consent_missing')
      const uses = await stage.stores.dataConsents.uses(id, 10)
      expect(uses.map(({ number, project, trace }) => [number, project, trace])).to.deep.equal([
        [2, 'P-1', TRACE],
        [1, 'P-1', TRACE],
      ])
    })

    it('is used once for one reference, whoever asks at once; after its end, by another consent that there is', async () => {
      const first = await stage.consent(boss, { uses: 1 })
      const reference = newId()
      const ask = () => use({ reference })
      const [one, ...others] = await Promise.all(Array.from({ length: 5 }, ask))
      for (const each of others) expect(each).to.deep.equal(one)
      expect(await refusal(use({ reference, project: 'P-2' }))).to.equal('consent_used_up')
      await stage.credit.consents.withdraw(stage.personOf(boss), first)
      expect(await refusal(ask())).to.equal('consent_withdrawn')
      const second = await stage.consent(boss)
      expect((await ask()).consent).to.equal(second)
    })

    it('is used no more after its last use, of twenty that come at once', async () => {
      await stage.consent(boss, { uses: 3 })
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => refusal(use())))
      expect(outcomes.filter(outcome => outcome === 'done')).to.have.length(3)
      expect(outcomes.filter(outcome => outcome === 'consent_used_up')).to.have.length(17)
    })

    it('ends with the last day that it names', async () => {
      await stage.consent(boss, { until: '2027-05-21' })
      stage.clock.set('2027-05-21T15:59:59.999Z')
      expect(await refusal(use())).to.equal('done')
      stage.clock.set('2027-05-21T16:00:00.000Z')
      expect(await refusal(use())).to.equal('consent_expired')
    })

    it('stops at once when it is withdrawn, for good, and only by its own company', async () => {
      const id = await stage.consent(boss)
      const stranger = await stage.boss()
      expect(await refusal(stage.credit.consents.withdraw(stage.personOf(stranger), id))).to.equal('consent_unknown')
      await use()
      await stage.credit.consents.withdraw(stage.personOf(boss), id)
      expect(await refusal(use())).to.equal('consent_withdrawn')
      expect(await refusal(stage.credit.consents.withdraw(stage.personOf(boss), id))).to.equal('consent_taken')
    })

    it('is not used after a withdrawal that races with forty uses', async () => {
      const id = await stage.consent(boss)
      let withdrawn = false
      const late: string[] = []
      const work = Array.from({ length: 40 }, async () => {
        const began = withdrawn
        const outcome = await refusal(use())
        if (began && outcome === 'done') late.push(outcome)
      })
      const end = stage.credit.consents.withdraw(stage.personOf(boss), id).then(() => {
        withdrawn = true
      })
      await Promise.all([...work, end])
      expect(late).to.deep.equal([])
      expect(await refusal(use())).to.equal('consent_withdrawn')
      const [found, uses] = [await stage.stores.dataConsents.find(id), await stage.stores.dataConsents.uses(id, 100)]
      expect(uses.map(({ number }) => number)).to.deep.equal(Array.from({ length: found?.used ?? -1 }, (_, i) => (found?.used ?? 0) - i))
    })

    it('takes the power to consent, a signature by the person’s own shield, and the very words', async () => {
      const clerk = await stage.person({ uscc: boss.uscc as never, name: '演示企业' }, 'operator')
      expect(await refusal(stage.consent(clerk))).to.equal('act_not_allowed')
      const form = stage.formOf()
      const text = await stage.credit.consents.wording(stage.personOf(boss), form)
      const give = (by: Somebody, words: string, more = {}) =>
        refusal(stage.credit.consents.give(stage.personOf(boss), { ...form, ...more }, { text: words, cms: by.sign(words) }))
      expect(await give(clerk, text)).to.equal('mandate_wrong_shield')
      expect(await give(boss, text, { recipient: 'center-a' })).to.equal('challenge_mismatch')
      expect(await give(boss, text, { recipient: 'center-x' })).to.equal('consent_terms_invalid')
      stage.clock.advance(16 * 60_000)
      expect(await give(boss, text)).to.equal('challenge_expired')
      stage.clock.set(START)
      expect(await Promise.all([give(boss, text), give(boss, text)])).to.deep.equal(['done', 'done'])
      expect(await give(boss, text)).to.equal('done')
      stage.clock.advance(1000)
      expect(await give(boss, await stage.credit.consents.wording(stage.personOf(boss), form))).to.equal('consent_taken')
      expect(stage.events.filter(({ code, facts }) => code === 'consent.given' && facts['consent'] === form.id)).to.have.length(1)
    })

    it('refuses a time that is over or longer than three years', async () => {
      for (const until of ['2027-05-19', '2031-01-01'])
        expect(await refusal(stage.credit.consents.wording(stage.personOf(boss), stage.formOf({ until })))).to.equal('consent_terms_invalid')
    })

    it('lists a company’s own, the newest first, in pages', async () => {
      const ids: string[] = []
      for (let i = 0; i < 3; i++) {
        stage.clock.advance(days(1))
        ids.unshift(await stage.consent(boss))
      }
      const [first, second] = await stage.stores.dataConsents.ofCompany(boss.uscc as never, 2)
      expect([first?.id, second?.id]).to.deep.equal(ids.slice(0, 2))
      const rest = await stage.stores.dataConsents.ofCompany(boss.uscc as never, 2, second)
      expect(rest.map(({ id }) => id)).to.deep.equal(ids.slice(2))
    })
  })
}
