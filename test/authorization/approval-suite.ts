import { expect } from 'chai'
import { fixedClock, hours, minutes, seconds } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { codeOf, createStage, type Somebody, type Stage } from './stage.ts'

/** A second pair of eyes, on any database. Every test has a company of its own, so they run in any order. */
export function approvalSuite(name: string, open: (clock: ReturnType<typeof fixedClock>) => Promise<Stores>): void {
  describe(`approvals on ${name}`, () => {
    const clock = fixedClock('2026-11-28T08:00:00.000Z')
    let stores: Stores
    let stage: Stage
    before(async function () {
      this.timeout(60_000)
      stores = await open(clock)
      stage = createStage(stores, clock)
    })
    after(async () => {
      stage?.close()
      await stores?.close()
    })

    /** A boss, a clerk whose mandate wants so many others, and colleagues who hold the same power. */
    async function company(needed: number, colleagues = 1) {
      const at = stage.company()
      const boss = await stage.person(at, 'legal-representative')
      const clerk = await stage.person(at, 'operator')
      const { row } = await stage.give(boss, clerk, { approvals: needed, acts: ['bond_pay'] })
      const others: { who: Somebody; mandate: string }[] = []
      for (let i = 0; i < colleagues; i++) {
        const who = await stage.person(at, 'operator')
        others.push({ who, mandate: (await stage.give(boss, who, { acts: ['bond_pay'] })).row.id })
      }
      return { at, boss, clerk, mandate: row.id, others, colleague: others[0]?.who ?? boss }
    }
    const pay = { act: 'bond_pay' as const, center: 'center-1', project: 'P1', amountFen: 800_000_00 }
    const asking = (clerk: Somebody, more: { reference?: string; expiresAt?: string } = {}) =>
      stage.approvals.request({
        actor: clerk.actor,
        request: pay,
        reference: `bond-${newId()}`,
        rows: [{ name: { zh: '收款账户', en: 'Account' }, value: '演示交易中心保证金专户' }],
        center: { id: 'center-1', name: '演示交易中心' },
        from: '192.0.2.x',
        trace: 'K7QM-3F9T',
        expiresAt: new Date(clock.now().getTime() + hours(8)).toISOString(),
        ...more,
      })
    async function agree(who: Somebody, id: string) {
      const { text } = await stage.approvals.view(stage.by(who), id)
      if (text === undefined) throw new Error('nothing to sign')
      return await stage.approvals.answer(stage.by(who), id, { decision: 'agree', text, cms: who.sign(text) })
    }
    const uses = async (who: Somebody) => {
      const facts = await stores.mandates.facts(who.membershipId)
      const lines = await stores.mandates.history(facts?.membership.enterpriseId ?? '', 100)
      return lines.filter(({ kind }) => kind === 'used')
    }

    it('asks everybody who may agree but the actor, and performs the act at the last agreement', async () => {
      const { boss, clerk, colleague, mandate } = await company(2)
      const { id, asked, needed } = await asking(clerk)
      expect(needed).to.equal(2)
      expect(asked.map(each => each.name).toSorted()).to.deep.equal([boss.name, colleague.name].toSorted())
      expect(await stage.inbox(clerk)).to.deep.equal([])
      const [waiting] = await stage.inbox(boss)
      expect(waiting?.progress.id).to.equal(id)

      const half = await agree(boss, id)
      expect(half).to.deep.include({ state: 'waiting', needed: 2 })
      expect(half.agreed.map(each => each.name)).to.deep.equal([boss.name])
      expect(await uses(clerk)).to.deep.equal([])

      const whole = await agree(colleague, id)
      expect(whole.state).to.equal('done')
      expect(whole.result?.power).to.deep.equal({ kind: 'mandate', mandate })
      expect(await stage.approvals.progress(id)).to.deep.equal(whole)
      expect((await uses(clerk)).map(({ amountFen, project }) => [amountFen, project])).to.deep.equal([[pay.amountFen, 'P1']])
      expect(await stage.inbox(boss)).to.deep.equal([])
    })

    it('keeps what each signed: the words with amount, project and account, and the signature', async () => {
      const { boss, clerk } = await company(1)
      const { id } = await asking(clerk)
      const { text } = await stage.approvals.view(stage.by(boss), id)
      expect(text)
        .to.include('金额:800000.00元')
        .and.to.include('项目:P1')
        .and.to.include('收款账户:演示交易中心保证金专户')
        .and.to.include(clerk.name)
      await agree(boss, id)
      const kept = (await stores.approvals.find(id))?.agreed[0]
      const evidence = await stores.evidence.find(kept?.evidence ?? '')
      expect(evidence?.text).to.equal(text)
      expect(stage.signatures.intact(evidence ?? { text: '', cms: '' })).to.equal(evidence?.thumbprint)
    })

    it('performs once when two last approvers agree at the same moment', async () => {
      const { boss, clerk, others, colleague } = await company(2, 2)
      const third = others[1]?.who ?? boss
      const { id } = await asking(clerk)
      await agree(boss, id)
      const results = await Promise.allSettled([agree(colleague, id), agree(third, id)])
      expect(results.some(result => result.status === 'fulfilled')).to.equal(true)
      expect((await stage.approvals.progress(id)).state).to.equal('done')
      expect(await uses(clerk)).to.have.length(1)
    })

    it('performs once when one approver presses twenty times', async () => {
      const { boss, clerk } = await company(1)
      const { id } = await asking(clerk)
      const { text = '' } = await stage.approvals.view(stage.by(boss), id)
      const given = { decision: 'agree' as const, text, cms: boss.sign(text) }
      await Promise.allSettled(Array.from({ length: 20 }, () => stage.approvals.answer(stage.by(boss), id, given)))
      const progress = await stage.approvals.progress(id)
      expect([progress.state, progress.agreed.length]).to.deep.equal(['done', 1])
      expect(await uses(clerk)).to.have.length(1)
    })

    it('counts one approver once: two presses are not two pairs of eyes', async () => {
      const { boss, clerk } = await company(2)
      const { id } = await asking(clerk)
      const { text = '' } = await stage.approvals.view(stage.by(boss), id)
      const given = { decision: 'agree' as const, text, cms: boss.sign(text) }
      await stage.approvals.answer(stage.by(boss), id, given)
      expect((await stage.approvals.answer(stage.by(boss), id, given)).agreed).to.have.length(1)
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('ends at one refusal, for everybody', async () => {
      const { boss, clerk, colleague } = await company(1)
      const { id } = await asking(clerk)
      const ended = await stage.approvals.answer(stage.by(boss), id, { decision: 'refuse' })
      expect([ended.state, ended.refusedBy?.name]).to.deep.equal(['refused', boss.name])
      expect(await codeOf(() => stage.approvals.answer(stage.by(colleague), id, { decision: 'refuse' }))).to.equal('ask_settled')
      expect(await stage.inbox(colleague)).to.deep.equal([])
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('is not for the actor to agree to, nor for somebody who was not asked, nor for another company', async () => {
      const { at, clerk } = await company(1)
      const powerless = await stage.person(at, 'operator')
      const { boss: stranger } = await company(1)
      const { id } = await asking(clerk)
      const refuse = (who: Somebody) => codeOf(() => stage.approvals.answer(stage.by(who), id, { decision: 'refuse' }))
      expect(await refuse(clerk)).to.equal('ask_wrong_person')
      expect(await refuse(powerless)).to.equal('ask_wrong_person')
      expect(await refuse(stranger)).to.equal('ask_unknown')
      expect(await codeOf(() => stage.approvals.view(stage.by(powerless), id))).to.equal('ask_unknown')
      expect(await codeOf(() => stage.approvals.view(stage.by(stranger), id))).to.equal('ask_unknown')
      expect((await stage.approvals.view(stage.by(clerk), id)).text).to.equal(undefined)
    })

    it('takes no signature by another person’s shield, over other words, or over words shown too long ago', async () => {
      const { boss, clerk, colleague } = await company(1)
      const { id } = await asking(clerk)
      const { text = '' } = await stage.approvals.view(stage.by(boss), id)
      const answer = (given: { text: string; cms: string }) =>
        codeOf(() => stage.approvals.answer(stage.by(boss), id, { decision: 'agree', ...given }))
      expect(await answer({ text, cms: colleague.sign(text) })).to.equal('mandate_wrong_shield')
      const other = text.replace('800000.00', '1.00')
      expect(await answer({ text: other, cms: boss.sign(other) })).to.equal('challenge_mismatch')
      expect(await answer({ text, cms: boss.sign(other) })).to.equal('challenge_mismatch')
      clock.advance(minutes(16))
      expect(await answer({ text, cms: boss.sign(text) })).to.equal('challenge_expired')
      expect((await stage.approvals.progress(id)).agreed).to.deep.equal([])
    })

    it('takes no agreement of somebody whose own power is gone', async () => {
      const { boss, clerk, colleague, others } = await company(1)
      const { id } = await asking(clerk)
      await stage.change(boss, others[0]?.mandate ?? '', 'revoke')
      expect(await codeOf(() => agree(colleague, id))).to.equal('mandate_revoked')
    })

    it('does not count who agreed and lost the power before it was performed', async () => {
      const { boss, clerk, colleague, others } = await company(2)
      const { id } = await asking(clerk)
      await agree(colleague, id)
      await stage.change(boss, others[0]?.mandate ?? '', 'revoke')
      const progress = await agree(boss, id)
      expect(progress.state).to.equal('waiting')
      expect(progress.agreed.map(each => each.name)).to.deep.equal([boss.name])
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('does not count who agreed and was suspended before it was performed', async () => {
      const { boss, clerk, colleague } = await company(2)
      const { id } = await asking(clerk)
      await agree(colleague, id)
      await stores.parties.suspend(colleague.membershipId, true)
      expect((await agree(boss, id)).state).to.equal('waiting')
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('does not count an agreement that somebody wrote into the database', async () => {
      const { boss, clerk, colleague } = await company(2)
      const { id } = await asking(clerk)
      const stored = await stores.approvals.find(id)
      if (stored === undefined) throw new Error('not there')
      const forged = { membershipId: colleague.membershipId, name: colleague.name, at: clock.now().toISOString(), evidence: newId() }
      await stores.approvals.save({ ...stored, agreed: [forged] })
      expect((await agree(boss, id)).state).to.equal('waiting')
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('fails, and says why, when the actor’s own mandate is revoked before the last agreement', async () => {
      const { boss, clerk, mandate } = await company(1)
      const { id } = await asking(clerk)
      await stage.change(boss, mandate, 'revoke')
      const progress = await agree(boss, id)
      expect([progress.state, progress.failure]).to.deep.equal(['failed', 'mandate_revoked'])
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('lapses when nobody agreed in time', async () => {
      const { boss, clerk } = await company(1)
      const { id } = await asking(clerk, { expiresAt: new Date(clock.now().getTime() + minutes(5)).toISOString() })
      clock.advance(minutes(6))
      expect((await stage.approvals.progress(id)).state).to.equal('lapsed')
      expect(await codeOf(() => stage.approvals.answer(stage.by(boss), id, { decision: 'refuse' }))).to.equal('ask_expired')
      expect(await stage.inbox(boss)).to.deep.equal([])
    })

    it('answers the one that waits when the same is requested again, and another for another reference', async () => {
      const { clerk } = await company(1)
      const first = await asking(clerk, { reference: 'bond-7' })
      expect((await asking(clerk, { reference: 'bond-7' })).id).to.equal(first.id)
      expect((await asking(clerk, { reference: 'bond-8' })).id).not.to.equal(first.id)
      expect(await stage.approvals.requested(stage.by(clerk), 10)).to.have.length(2)
    })

    it('is not opened where too few may agree, where nobody has to, or where the act is denied', async () => {
      const { boss, clerk } = await company(3)
      expect(await codeOf(() => asking(clerk))).to.equal('approvers_missing')
      expect(await codeOf(() => asking(boss))).to.equal('act_not_allowed')
      const { at } = await company(1)
      expect(await codeOf(async () => asking(await stage.person(at, 'operator')))).to.equal('act_not_allowed')
    })

    it('is taken up by whoever asks for progress when a process died before it performed it', async () => {
      const { boss, clerk } = await company(2)
      const { id } = await asking(clerk)
      await agree(boss, id)
      const half = await stores.approvals.find(id)
      if (half === undefined) throw new Error('not there')
      await stores.approvals.save({ ...half, needed: 1, state: 'performing', performingSince: clock.now().toISOString() })
      expect((await stage.approvals.progress(id)).state).to.equal('performing')
      clock.advance(seconds(61))
      // its mandate still wants two: what is allowed is asked anew
      expect((await stage.approvals.progress(id)).failure).to.equal('approvals_needed')
      expect(await uses(clerk)).to.deep.equal([])
    })

    it('is not performed again when a process died after it performed it, and before it could say so', async () => {
      const { boss, clerk } = await company(1)
      const { id } = await asking(clerk)
      await agree(boss, id)
      const done = await stores.approvals.find(id)
      if (done === undefined) throw new Error('not there')
      const { result, ...rest } = done
      await stores.approvals.save({ ...rest, state: 'performing', performingSince: clock.now().toISOString() })
      clock.advance(seconds(61))
      await Promise.all(Array.from({ length: 5 }, () => stage.approvals.progress(id)))
      expect((await stage.approvals.progress(id)).result).to.deep.equal(result)
      expect(await uses(clerk)).to.have.length(1)
    })
  })
}
