import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { codeOf, createStage, type Somebody, type Stage } from './stage.ts'

type SuiteClock = ReturnType<typeof fixedClock>

/** The life of mandates and their use, on any database. `open` is called once; every test has a company of its own, so they run in any order. */
export function mandateSuite(name: string, open: (clock: SuiteClock) => Promise<Stores>): void {
  describe(`mandates on ${name}`, () => {
    const clock = fixedClock('2026-11-28T08:00:00.000Z')
    let stores: Stores
    let stage: Stage
    before(async function () {
      this.timeout(60_000)
      stores = await open(clock)
      stage = createStage(stores, clock)
    })
    after(() => stores.close())

    async function company(): Promise<{ at: ReturnType<Stage['company']>; boss: Somebody; clerk: Somebody }> {
      const at = stage.company()
      return { at, boss: await stage.person(at, 'legal-representative'), clerk: await stage.person(at, 'operator') }
    }
    const pay = (amountFen: number, more: { project?: string; center?: string } = {}) => ({
      act: 'bond_pay' as const,
      center: 'center-1',
      amountFen,
      ...more,
    })
    const use = (who: Somebody, request: Parameters<Stage['authority']['use']>[1], more: { approvals?: string[]; once?: string } = {}) =>
      stage.authority.use(who.actor, request, { reference: 'test', trace: 'K7QM-3F9T', ...more })

    it('are drafted, offered, accepted and used, each step in the company’s record and the audit record', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk, { limitFen: 1000 })
      expect(row.state).to.equal('active')
      const used = await use(clerk, pay(1000))
      expect(used.power).to.deep.equal({ kind: 'mandate', mandate: row.id })
      const entries = await stores.mandates.entriesOf(row.id, 10)
      expect(entries.map(({ kind, place }) => [kind, place])).to.deep.equal([
        ['drafted', 1],
        ['offered', 2],
        ['accepted', 3],
        ['used', 4],
      ])
      expect(entries[3]).to.deep.include({ act: 'bond_pay', amountFen: 1000, center: 'center-1', personName: clerk.name, power: 'mandate' })
      expect(stage.events.filter(({ facts }) => facts['mandate'] === row.id).map(({ code }) => code)).to.deep.equal([
        'mandate.drafted',
        'mandate.offered',
        'mandate.accepted',
        'authority.used',
      ])
      expect(stage.changes.filter(({ view }) => view.row.id === row.id).map(({ event }) => event)).to.deep.equal([
        'mandate.offered',
        'mandate.accepted',
      ])
    })

    it('answer a use that is asked for again under its key with the one that stands, and deny nothing', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk, { totalFen: 1000 })
      const once = `test ${row.id}`
      const used = await use(clerk, pay(600), { once })
      expect(await use(clerk, pay(600), { once })).to.deep.equal({ ...used, again: true })
      expect(stage.events.filter(({ code, facts }) => code === 'authority.denied' && facts['membership'] === clerk.membershipId)).to.deep.equal([])
      expect(await codeOf(() => use(clerk, pay(600)))).to.equal('mandate_over_limit')
    })

    it('count a hidden use for their totals, while only the company reads for what it was', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk, { projects: ['P1'], totalFen: 1000 })
      const hidden = (amountFen: number) =>
        stage.authority.use(clerk.actor, pay(amountFen, { project: 'P1' }), { reference: 'section-1', trace: 'K7QM-3F9T', hidden: true })
      const used = await hidden(600)
      expect(used).to.deep.include({ power: { kind: 'mandate', mandate: row.id }, place: 4 })
      expect(await codeOf(() => hidden(600))).to.equal('mandate_over_limit')
      expect((await stores.mandates.find(row.id))?.usedFen).to.equal(600)
      const stored = (await stores.mandates.entriesOf(row.id, 10)).at(-1)
      for (const name of ['center', 'project', 'section', 'amountFen']) expect(stored).to.not.have.property(name)
      expect(stored?.reference).to.match(/^sealed:v1\./)
      const read = (await stage.record.entriesOf(row.id, 10)).at(-1)
      expect(read).to.deep.include({ center: 'center-1', project: 'P1', amountFen: 600, reference: 'section-1' })
      expect((await stage.record.history(row.enterpriseId, 10))[0]).to.deep.equal(read)
      const told = stage.events.filter(({ code, facts }) => code === 'authority.used' && facts['mandate'] === row.id)
      expect(told.map(({ facts }) => Object.keys(facts).sort())).to.deep.equal([
        ['act', 'company', 'entry', 'mandate', 'membership', 'place', 'power', 'sm3'],
      ])
      const denied = stage.events.find(({ code, facts }) => code === 'authority.denied' && facts['membership'] === clerk.membershipId)
      expect(denied?.facts).to.not.have.property('center')
    })

    it('show a reference that only looks sealed as it is', async () => {
      const { at, boss } = await company()
      const reference = 'sealed:v1.a.b.c'
      await stage.authority.use(boss.actor, pay(1), { reference, trace: 'K7QM-3F9T' })
      const enterprise = (await stores.parties.membership(boss.membershipId))?.enterprise.id ?? ''
      expect((await stage.record.history(enterprise, 1))[0]?.reference, at.name).to.equal(reference)
    })

    it('are found by the person named before and after accepting, by id number alone', async () => {
      const { boss, clerk } = await company()
      const drafted = await stage.draft(boss, stage.draftOf(clerk))
      expect(await stage.mandates.ofPerson(stage.by(clerk), 10)).to.deep.equal([])
      await stage.mandates.offer(stage.by(boss), drafted.row.id, boss.sign(drafted.row.text))
      expect((await stage.mandates.ofPerson(stage.by(clerk), 10)).map(({ row, state }) => [row.id, state])).to.deep.equal([
        [drafted.row.id, 'offered'],
      ])
      await stage.accept(clerk, drafted.row.id)
      expect((await stage.mandates.ofPerson(stage.by(clerk), 10)).map(({ state }) => state)).to.deep.equal(['active'])
    })

    it('hold no id number anywhere', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk)
      expect(JSON.stringify(row)).not.to.include(clerk.idNumber)
    })

    describe('may not be given', () => {
      it('by an operator without one', async () => {
        const { boss, clerk } = await company()
        expect(await codeOf(() => stage.draft(clerk, stage.draftOf(boss)))).to.equal('legal_representative_only')
      })
      it('to oneself, by name or by id number', async () => {
        const { boss } = await company()
        expect(await codeOf(() => stage.draft(boss, stage.draftOf(boss)))).to.equal('mandate_self_grant')
        const byPerson = { ...stage.draftOf(boss), grantee: { personId: boss.personId, name: boss.name } }
        expect(await codeOf(() => stage.draft(boss, byPerson))).to.equal('mandate_self_grant')
      })
      it('to somebody of another company by the number we know them by', async () => {
        const [{ boss }, other] = [await company(), await company()]
        const grantee = { personId: other.clerk.personId, name: other.clerk.name }
        expect(await codeOf(() => stage.draft(boss, { ...stage.draftOf(other.clerk), grantee }))).to.equal('mandate_invalid')
      })
      it('when it is over already', async () => {
        const { boss, clerk } = await company()
        const past = { validFrom: stage.inDays(-9), validUntil: stage.inDays(-1) }
        expect(await codeOf(() => stage.draft(boss, stage.draftOf(clerk, past)))).to.equal('mandate_invalid')
      })
    })

    describe('may not be signed', () => {
      it('with somebody else’s shield', async () => {
        const { boss, clerk } = await company()
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        expect(await codeOf(() => stage.mandates.offer(stage.by(boss), row.id, clerk.sign(row.text)))).to.equal('mandate_wrong_shield')
      })
      it('in other words, or twice', async () => {
        const { boss, clerk } = await company()
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        const edited = row.text.replace('累计金额上限:不限', '累计金额上限:1.00元')
        expect(edited).not.to.equal(row.text)
        expect(await codeOf(() => stage.mandates.offer(stage.by(boss), row.id, boss.sign(edited)))).to.equal('challenge_mismatch')
        await stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text))
        expect(await codeOf(() => stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text)))).to.equal('mandate_moved_on')
      })
      it('with a certificate that nobody trusts', async () => {
        const at = stage.company()
        const boss = await stage.person(at, 'legal-representative', { trusted: false })
        const { row } = await stage.draft(boss, stage.draftOf(await stage.person(at, 'operator')))
        expect(await codeOf(() => stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text)))).to.equal('certificate_untrusted')
      })
      it('with what is no signature', async () => {
        const { boss, clerk } = await company()
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        expect(await codeOf(() => stage.mandates.offer(stage.by(boss), row.id, 'AAAA'))).to.equal('signature_invalid')
      })
      it('by another company’s legal representative', async () => {
        const [{ boss, clerk }, other] = [await company(), await company()]
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        expect(await codeOf(() => stage.mandates.offer(stage.by(other.boss), row.id, other.boss.sign(row.text)))).to.equal('mandate_unknown')
      })
    })

    describe('may not be accepted', () => {
      it('by somebody else', async () => {
        const { at, boss, clerk } = await company()
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        await stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text))
        const other = await stage.person(at, 'operator')
        expect(await codeOf(() => stage.accept(other, row.id))).to.equal('mandate_wrong_person')
      })
      it('with the words for another mandate, of too long ago, or of times to come', async () => {
        const { boss, clerk } = await company()
        const [first, second] = [await stage.draft(boss, stage.draftOf(clerk)), await stage.draft(boss, stage.draftOf(clerk))]
        for (const { row } of [first, second]) await stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text))
        const { text } = await stage.mandates.acceptance(stage.by(clerk), first.row.id)
        const accept = (id: string, words: string) => stage.mandates.accept(stage.by(clerk), id, { text: words, cms: clerk.sign(words) })
        expect(await codeOf(() => accept(second.row.id, text))).to.equal('challenge_mismatch')
        for (const minutes of [16, -3]) {
          const moved = text.replace(/时间:.*$/, `时间:${new Date(clock.now().getTime() - minutes * 60_000).toISOString()}`)
          expect(await codeOf(() => accept(first.row.id, moved))).to.equal('challenge_expired')
        }
      })
      it('after it was declined', async () => {
        const { boss, clerk } = await company()
        const { row } = await stage.draft(boss, stage.draftOf(clerk))
        await stage.mandates.offer(stage.by(boss), row.id, boss.sign(row.text))
        await stage.mandates.decline(stage.by(clerk), row.id)
        expect(await codeOf(() => stage.accept(clerk, row.id))).to.equal('mandate_moved_on')
      })
    })

    describe('are not honoured', () => {
      it('outside of what they say', async () => {
        const { boss, clerk } = await company()
        await stage.give(boss, clerk, { centers: ['center-1'], projects: ['P1'], limitFen: 1000, totalFen: 1500 })
        for (const [request, code] of [
          [pay(1, { project: 'P2' }), 'mandate_out_of_scope'],
          [pay(1, { project: 'P1', center: 'center-2' }), 'mandate_out_of_scope'],
          [pay(1001, { project: 'P1' }), 'mandate_over_limit'],
          [{ act: 'bid_decrypt', center: 'center-1', project: 'P1' }, 'act_not_allowed'],
        ] as const)
          expect(await codeOf(() => use(clerk, request))).to.equal(code)
        await use(clerk, pay(1000, { project: 'P1' }))
        expect(await codeOf(() => use(clerk, pay(501, { project: 'P1' })))).to.equal('mandate_over_limit')
        await use(clerk, pay(500, { project: 'P1' }))
      })
      it('by another person, or for another company', async () => {
        const { at, boss, clerk } = await company()
        const elsewhere = stage.company()
        await stage.give(boss, clerk)
        expect(await codeOf(async () => use(await stage.person(at, 'operator'), pay(1)))).to.equal('act_not_allowed')
        const sameClerk = await stage.person(elsewhere, 'operator', { name: clerk.name, idNumber: clerk.idNumber })
        expect(sameClerk.personId).to.equal(clerk.personId)
        expect(await codeOf(() => use(sameClerk, pay(1)))).to.equal('act_not_allowed')
      })
      it('before and after their time', async () => {
        const { boss, clerk } = await company()
        await stage.give(boss, clerk, { validFrom: stage.inDays(1), validUntil: stage.inDays(2) })
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_not_in_time')
        clock.advance(days(1))
        await use(clerk, pay(1))
        clock.advance(days(1))
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_not_in_time')
      })
      it('once they expired, which is written down once and told', async () => {
        const { boss, clerk } = await company()
        const [brief, long] = [
          await stage.give(boss, clerk, { validUntil: stage.inDays(1) }),
          await stage.give(boss, clerk, { validUntil: stage.inDays(9) }),
        ]
        clock.advance(days(1) - 1)
        await stage.mandates.expire(1000)
        expect((await stores.mandates.find(brief.row.id))?.state).to.equal('active')
        clock.advance(1)
        expect((await stage.mandates.view(stage.by(boss), brief.row.id)).state).to.equal('expired')
        await Promise.all([stage.mandates.expire(1000), stage.mandates.expire(1000)])
        expect((await stores.mandates.find(brief.row.id))?.state).to.equal('expired')
        expect((await stores.mandates.find(long.row.id))?.state).to.equal('active')
        expect((await stores.mandates.entriesOf(brief.row.id, 10)).filter(({ kind }) => kind === 'expired')).to.have.length(1)
        expect(stage.changes.filter(({ view, event }) => view.row.id === brief.row.id && event === 'mandate.expired')).to.have.length(1)
        expect(await codeOf(() => stage.change(boss, brief.row.id, 'revoke'))).to.equal('mandate_moved_on')
      })
      it('while suspended, and after being revoked', async () => {
        const { boss, clerk } = await company()
        const { row } = await stage.give(boss, clerk)
        await stage.change(boss, row.id, 'suspend')
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_suspended')
        await stage.change(boss, row.id, 'resume')
        await use(clerk, pay(1))
        await stage.change(boss, row.id, 'revoke')
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_revoked')
        expect(await codeOf(() => stage.change(boss, row.id, 'resume'))).to.equal('mandate_moved_on')
      })
      it('while the person is suspended', async () => {
        const { boss, clerk } = await company()
        await stage.give(boss, clerk)
        await stores.parties.suspend(clerk.membershipId, true)
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('membership_suspended')
      })
      it('once a bank names another legal representative; a renewed shield of the same one changes nothing', async () => {
        const { at, boss, clerk } = await company()
        const { row } = await stage.give(boss, clerk)
        await stage.person(at, 'legal-representative', { name: boss.name, idNumber: boss.idNumber })
        await use(clerk, pay(1))
        const next = await stage.person(at, 'legal-representative')
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_frozen')
        expect((await stage.mandates.view(stage.by(clerk), row.id)).state).to.equal('frozen')
        expect(await codeOf(() => stage.draft(boss, stage.draftOf(clerk)))).to.equal('legal_representative_only')
        // the new one gives anew, and may take the old one back
        await stage.give(next, clerk)
        await use(clerk, pay(1))
        await stage.change(next, row.id, 'revoke')
      })
      it('once the bank calls their giver an operator, also while it names nobody else', async () => {
        const { at, boss, clerk } = await company()
        await stage.give(boss, clerk)
        await stage.person(at, 'operator', { name: boss.name, idNumber: boss.idNumber })
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_frozen')
        await stage.person(at, 'legal-representative', { name: boss.name, idNumber: boss.idNumber })
        await use(clerk, pay(1))
      })
      it('without the shield', async () => {
        const { boss, clerk } = await company()
        await stage.give(boss, clerk)
        const weak = { ...clerk, actor: { ...clerk.actor, assurance: 'bank-session' as const } }
        expect(await codeOf(() => use(weak, pay(1)))).to.equal('step_up_needed')
      })
      it('without the approvals they want', async () => {
        const { at, boss, clerk } = await company()
        await stage.give(boss, clerk, { approvals: 1 })
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('approvals_needed')
        expect(await codeOf(() => use(clerk, pay(1), { approvals: [clerk.membershipId] }))).to.equal('approvals_needed')
        const second = await stage.person(at, 'operator')
        await use(clerk, pay(1), { approvals: [second.membershipId] })
      })
    })

    it('tell each denial to the audit record', async () => {
      const { clerk } = await company()
      await codeOf(() => use(clerk, pay(1)))
      expect(stage.events.at(-1)).to.deep.include({ code: 'authority.denied' })
      expect(stage.events.at(-1)?.facts).to.include({ failure: 'act_not_allowed', membership: clerk.membershipId })
    })

    it('are passed on only where they may be, never wider, and end with the one above', async () => {
      const { at, boss, clerk } = await company()
      const third = await stage.person(at, 'operator')
      const fourth = await stage.person(at, 'operator')
      const acts = ['bond_pay', 'delegate'] as const
      const upper = await stage.give(boss, clerk, { acts: [...acts], depth: 1, limitFen: 1000, totalFen: 1500 })
      const from = { from: upper.row.id, limitFen: 1000, totalFen: 1500 }
      expect(await codeOf(() => stage.draft(clerk, stage.draftOf(third, { ...from, acts: ['bond_pay', 'login'] })))).to.equal('mandate_too_deep')
      expect(await codeOf(() => stage.draft(clerk, stage.draftOf(third, { ...from, acts: [...acts], depth: 1 })))).to.equal('mandate_too_deep')
      expect(await codeOf(() => stage.draft(clerk, stage.draftOf(third, { ...from, acts: ['bond_pay'], limitFen: 1001 })))).to.equal(
        'mandate_too_deep',
      )
      expect(await codeOf(() => stage.draft(fourth, stage.draftOf(third, { ...from, acts: ['bond_pay'] })))).to.equal('mandate_unknown')
      expect(await codeOf(() => stage.draft(clerk, stage.draftOf(clerk, { ...from, acts: ['bond_pay'] })))).to.equal('mandate_self_grant')
      const lower = await stage.give(clerk, third, { ...from, acts: ['bond_pay'] })
      expect(lower.row.chain).to.deep.equal([upper.row.id])
      await use(third, pay(900))
      // what the one below spent is spent above
      expect(await codeOf(() => use(clerk, pay(700)))).to.equal('mandate_over_limit')
      await stage.change(boss, upper.row.id, 'revoke')
      expect(await codeOf(() => use(third, pay(1)))).to.equal('mandate_revoked')
    })

    it('are taken back by who gave them or by the legal representative, and by nobody else', async () => {
      const [{ at, boss, clerk }, other] = [await company(), await company()]
      const { row } = await stage.give(boss, clerk)
      expect(await codeOf(() => stage.change(clerk, row.id, 'revoke'))).to.equal('legal_representative_only')
      expect(await codeOf(async () => stage.change(await stage.person(at, 'operator'), row.id, 'revoke'))).to.equal('legal_representative_only')
      expect(await codeOf(() => stage.change(other.boss, row.id, 'revoke'))).to.equal('mandate_unknown')
      const { text } = await stage.mandates.changing(stage.by(boss), row.id, 'suspend')
      expect(await codeOf(() => stage.mandates.change(stage.by(boss), row.id, 'revoke', { text, cms: boss.sign(text) }))).to.equal(
        'challenge_mismatch',
      )
      await stage.change(boss, row.id, 'revoke')
    })

    it('concern nobody outside', async () => {
      const [{ boss, clerk }, other] = [await company(), await company()]
      const { row } = await stage.give(boss, clerk)
      expect(await codeOf(() => stage.mandates.view(stage.by(other.boss), row.id))).to.equal('mandate_unknown')
      expect(await codeOf(() => stage.mandates.view(stage.by(boss), '../../etc/passwd'))).to.equal('mandate_unknown')
      expect(await codeOf(() => stage.mandates.view(stage.by(boss), 'x'.repeat(30)))).to.equal('mandate_unknown')
    })

    it('change once, of 20 changes at the same moment', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk)
      const { text } = await stage.mandates.changing(stage.by(boss), row.id, 'revoke')
      const signed = { text, cms: boss.sign(text) }
      const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(() => stage.mandates.change(stage.by(boss), row.id, 'revoke', signed))))
      expect(codes.filter(code => code === 'accepted')).to.have.length(1)
      expect(codes.filter(code => code !== 'accepted' && code !== 'mandate_moved_on')).to.deep.equal([])
    })

    it('never go over their total, of 40 uses at the same moment', async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk, { totalFen: 1000 })
      const codes = await Promise.all(Array.from({ length: 40 }, () => codeOf(() => use(clerk, pay(100)))))
      expect(codes.filter(code => code === 'accepted')).to.have.length(10)
      expect((await stores.mandates.find(row.id))?.usedFen).to.equal(1000)
    })

    it('are never used after the place of their revocation, in 1,000 races', async function () {
      this.timeout(180_000)
      const { boss, clerk } = await company()
      let [used, denied] = [0, 0]
      for (let round = 0; round < 100; round++) {
        const { row } = await stage.give(boss, clerk, { acts: ['bond_pay'] })
        const { text } = await stage.mandates.changing(stage.by(boss), row.id, 'revoke')
        const signed = { text, cms: boss.sign(text) }
        const uses = Array.from({ length: 10 }, () => () => codeOf(() => use(clerk, pay(1))))
        // the revocation somewhere among them, each time at another place
        const works = uses.toSpliced(round % 11, 0, () => codeOf(() => stage.mandates.change(stage.by(boss), row.id, 'revoke', signed)))
        // in every other round the first is answered before the others begin: a use reads what measures say as well, and on one connection would always come behind the revocation
        const first = round % 2 === 0 ? [] : [(await works[0]?.()) ?? '']
        const codes = [...first, ...(await Promise.all(works.slice(first.length).map(work => work())))]
        expect(codes[round % 11]).to.equal('accepted')
        const entries = await stores.mandates.entriesOf(row.id, 50)
        expect(entries.map(({ place }) => place)).to.deep.equal(entries.map((_, i) => i + 1))
        const revoked = entries.findIndex(({ kind }) => kind === 'revoked')
        expect(entries.slice(revoked + 1).map(({ kind }) => kind)).to.deep.equal([])
        const uses1 = entries.filter(({ kind }) => kind === 'used').length
        expect(codes.filter(code => code === 'accepted')).to.have.length(uses1 + 1)
        used += uses1
        denied += 10 - uses1
        expect(await codeOf(() => use(clerk, pay(1)))).to.equal('mandate_revoked')
      }
      // both outcomes happened, or the races were none
      expect(used).to.be.greaterThan(0)
      expect(denied).to.be.greaterThan(0)
    })
  })
}
