import { expect } from 'chai'
import { days, fixedClock, hours, minutes } from '../../../server/kernel/clock.ts'
import { createSealLife } from '../../../server/seals/life/life.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import { codeOf, createStage, plainStructure, type Stage } from './stage.ts'

/** The life of seals on any database. `open` is called once; every test has a company of its own. */
export function lifeSuite(name: string, open: (clock: ReturnType<typeof fixedClock>) => Promise<Stores>): void {
  describe(`the life of a seal on ${name}`, () => {
    const clock = fixedClock('2026-11-28T08:00:00.000Z')
    let stores: Stores
    let stage: Stage
    before(async function () {
      this.timeout(60_000)
      stores = await open(clock)
      stage = createStage(stores, clock)
    })
    after(() => stores.close())

    it('goes from an operator’s application over the approval into force, each step signed, in the history, the company’s record and the audit record', async () => {
      const { at, boss, clerk } = await stage.crew()
      const { row, state } = await stage.applied(clerk, [clerk, boss], { kind: 'bid', under: '投标专用章' })
      expect(state).to.equal('applied')
      expect((await stage.approved(boss, row.id)).state).to.equal('in-force')

      const steps = await stores.seals.steps(row.id, 20)
      expect(steps.map(({ kind, personName }) => [kind, personName])).to.deep.equal([
        ['drafted', clerk.name],
        ['applied', clerk.name],
        ['approved', boss.name],
        ['made', ''],
        ['in-force', ''],
      ])
      expect(steps[2]?.text).to.include(`印章名称:${at.name}`).and.include('印章类型:投标专用章[bid]').and.include(`图样摘要:${row.pngDigest}`)
      expect(steps[2]?.text).to.include(`摘要${clerk.thumbprint}`).and.include(`摘要${boss.thumbprint}`).and.include(`印章标识:${row.id}.1`)
      expect(steps[2]?.thumbprint).to.equal(boss.thumbprint)
      const record = await stores.mandates.history(row.enterpriseId, 20)
      expect(record.map(({ kind, seal }) => [kind, seal])).to.deep.equal(
        ['seal-in-force', 'seal-made', 'seal-approved', 'seal-applied'].map(kind => [kind, row.id]),
      )
      expect(stage.eventsOf(row.id)).to.deep.equal(['seal.drafted', 'seal.applied', 'seal.approved', 'seal.made', 'seal.in-force'])
      expect(stage.notices.filter(({ view }) => view.row.id === row.id).map(({ event }) => event)).to.deep.equal([
        'seal.applied',
        'seal.approved',
        'seal.made',
        'seal.in-force',
      ])
    })

    it('takes one signature of the legal representative, whose application is the approval', async () => {
      const { boss } = await stage.crew()
      const { row, state } = await stage.seal(boss)
      expect(state).to.equal('in-force')
      const [edition] = await stores.seals.editions(row.id, 5)
      expect(edition).to.deep.include({ number: 1, esId: `${row.id}.1`, validFrom: row.validFrom, validUntil: row.validUntil })
      expect(edition?.certificates.map(({ thumbprint, holder }) => [thumbprint, holder])).to.deep.equal([[boss.thumbprint, boss.name]])
      const { der } = await stage.use(row, boss)
      expect((await stage.life.inForce(row.enterpriseId, row.id)).row.id, 'before a shield is chosen').to.equal(row.id)
      expect(plainStructure.readSeal(der).id).to.equal(`${row.id}.1`)
    })

    it('waits for the one person who has yet to show their shield, and can be approved then', async () => {
      const { boss, clerk } = await stage.crew()
      const { row, state } = await stage.applied(boss, [boss, clerk])
      expect(state).to.equal('applied')
      expect(await codeOf(() => stage.approved(boss, row.id))).to.equal('seal_shield_unusable')
      await stage.shown(clerk)
      expect((await stage.approved(boss, row.id)).state).to.equal('in-force')
      expect((await stage.use(row, clerk)).edition.number).to.equal(1)
    })

    it('is made before its time and comes into force with it', async () => {
      const { boss } = await stage.crew()
      const { row, state } = await stage.seal(boss, { validFrom: stage.inDays(2) })
      expect(state).to.equal('made')
      expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
      clock.advance(days(2) + minutes(1))
      await stage.life.turn(100)
      expect((await stage.life.view(stage.by(boss), row.id)).state).to.equal('in-force')
    })

    it('is refused with a reason that stays in its history', async () => {
      const { boss, clerk } = await stage.crew()
      const { row } = await stage.applied(clerk, [clerk])
      expect((await stage.life.refuse(stage.by(boss), row.id, '  图样不清楚 ')).state).to.equal('refused')
      expect((await stores.seals.steps(row.id, 10)).at(-1)).to.deep.include({ kind: 'refused', reason: '图样不清楚', personName: boss.name })
      expect(await codeOf(() => stage.approved(boss, row.id))).to.equal('seal_wrong_state')
    })

    it('is suspended and seals nothing, is resumed and seals again, is revoked and never again', async () => {
      const { boss } = await stage.crew()
      const { row } = await stage.seal(boss)
      const use = () => codeOf(() => stage.use(row, boss))
      await stage.changed(boss, row.id, 'suspend')
      expect(await use()).to.equal('seal_not_in_force')
      await stage.changed(boss, row.id, 'resume')
      expect(await use()).to.equal('accepted')
      await stage.changed(boss, row.id, 'revoke')
      expect(await use()).to.equal('seal_not_in_force')
      for (const change of ['suspend', 'resume', 'revoke'] as const)
        expect(await codeOf(() => stage.changed(boss, row.id, change))).to.equal('seal_wrong_state')
      expect(await codeOf(() => stage.remade(boss, row.id, [boss]))).to.equal('seal_wrong_state')
    })

    it('ends by the clock, before anybody wrote it down, and is written down once', async () => {
      const { boss } = await stage.crew()
      const { row } = await stage.seal(boss, { validUntil: stage.inDays(3) })
      clock.advance(days(3))
      expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
      expect((await stage.life.view(stage.by(boss), row.id)).state).to.equal('expired')
      await Promise.all([stage.life.turn(100), stage.life.turn(100)])
      expect((await stores.seals.find(row.id))?.state).to.equal('expired')
      expect(stage.eventsOf(row.id).filter(code => code === 'seal.expired')).to.have.length(1)
    })

    it('is remade for a new shield: the old edition is superseded and still found by its esID, the new one takes the new shield alone', async () => {
      const { boss } = await stage.crew()
      const { row } = await stage.seal(boss)
      const fresh = await stage.renewed(boss, 'legal-representative')
      expect(await codeOf(() => stage.use(row, fresh))).to.equal('seal_wrong_shield')
      expect((await stage.remade(fresh, row.id, [fresh])).state).to.equal('in-force')
      expect((await stage.use(row, fresh)).edition.esId).to.equal(`${row.id}.2`)
      expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_wrong_shield')
      const old = await stores.seals.byEsId(`${row.id}.1`)
      expect(old?.edition.supersededAt).to.equal(clock.now().toISOString())
      expect(old?.edition.certificates.map(({ thumbprint }) => thumbprint)).to.deep.equal([boss.thumbprint])
      expect(stage.eventsOf(row.id).at(-1)).to.equal('seal.remade')
    })

    it('is remade after its end, with a new time', async () => {
      const { boss } = await stage.crew()
      const { row } = await stage.seal(boss, { validUntil: stage.inDays(1) })
      clock.advance(days(2))
      await stage.life.turn(100)
      await stage.remade(boss, row.id, [boss])
      expect((await stage.use(row, boss)).edition.number).to.equal(2)
    })

    it('goes on after a crash between approval and making', async () => {
      const { boss, clerk } = await stage.crew()
      const { row } = await stage.applied(clerk, [clerk])
      let broken = true
      const { makeSeal } = plainStructure
      const crashing = createSealLife({
        ...stage.deps,
        structure: {
          ...plainStructure,
          makeSeal(order) {
            if (broken) throw new Error('the process was killed')
            return makeSeal(order)
          },
        },
      })
      const { text } = await crashing.approving(stage.by(boss), row.id)
      const outcome = await crashing.approve(stage.by(boss), row.id, stage.signed(boss, text)).then(
        () => 'made',
        () => 'crashed',
      )
      expect([outcome, (await stores.seals.find(row.id))?.state]).to.deep.equal(['crashed', 'approved'])
      broken = false
      await crashing.turn(100)
      expect((await stores.seals.find(row.id))?.state).to.equal('in-force')
    })

    it('is in force for whoever approved it, though a turn of another process made it in between', async () => {
      for (const faster of ['making', 'beginning']) {
        const { boss, clerk } = await stage.crew()
        const { row } = await stage.applied(clerk, [clerk])
        const slower = createSealLife({
          ...stage.deps,
          store: {
            ...stores.seals,
            async change(after, version, more) {
              if (after.id === row.id && after.state === (faster === 'making' ? 'made' : 'in-force')) await stage.life.turn(100)
              return await stores.seals.change(after, version, more)
            },
          },
        })
        const { text } = await slower.approving(stage.by(boss), row.id)
        const { state, row: after } = await slower.approve(stage.by(boss), row.id, stage.signed(boss, text))
        expect([state, after.edition], faster).to.deep.equal(['in-force', 1])
        expect(stage.eventsOf(row.id).slice(-3)).to.deep.equal(['seal.approved', 'seal.made', 'seal.in-force'])
      }
    })

    it('is drafted ten times at most by one person: the oldest draft gives way, and nothing that was signed', async () => {
      const { clerk } = await stage.crew()
      const { row } = await stage.applied(clerk, [clerk])
      const drafts: string[] = []
      for (let i = 0; i < 12; i++) {
        clock.advance(1000)
        drafts.unshift((await stage.life.draft(stage.by(clerk), stage.application([clerk]))).row.id)
      }
      const listed = (await stage.life.ofCompany(stage.by(clerk), 50)).map(view => view.row.id)
      expect(listed).to.deep.equal([...drafts.slice(0, 10), row.id])
    })

    it('is turned in spite of another one whose making fails, and the failure is told', async () => {
      const { boss, clerk } = await stage.crew()
      const [stuck, over] = [await stage.applied(clerk, [clerk]), await stage.seal(boss, { validUntil: stage.inDays(1) })]
      const failing = createSealLife({
        ...stage.deps,
        structure: {
          ...plainStructure,
          makeSeal() {
            throw new Error('no such algorithm')
          },
        },
      })
      const { text } = await failing.approving(stage.by(boss), stuck.row.id)
      await failing.approve(stage.by(boss), stuck.row.id, stage.signed(boss, text)).catch(() => undefined)
      clock.advance(days(1))
      const outcome = await failing.turn(100).then(String, thrown => (thrown instanceof Error ? thrown.message : ''))
      expect(outcome).to.equal('no such algorithm')
      expect((await stores.seals.find(over.row.id))?.state).to.equal('expired')
      await stage.life.turn(100)
      expect((await stores.seals.find(stuck.row.id))?.state).to.equal('in-force')
    })

    it('is approved once, by whichever of ten clicks came first', async () => {
      const { boss, clerk } = await stage.crew()
      const { row } = await stage.applied(clerk, [clerk])
      const { text } = await stage.life.approving(stage.by(boss), row.id)
      const signed = stage.signed(boss, text)
      const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(() => stage.life.approve(stage.by(boss), row.id, signed))))
      expect(codes.filter(code => code === 'accepted')).to.have.length(1)
      expect(await stores.seals.editions(row.id, 10)).to.have.length(1)
    })

    describe('may not', () => {
      it('be approved, refused, suspended, resumed, revoked or remade by an operator', async () => {
        const { boss, clerk } = await stage.crew()
        const waiting = await stage.applied(clerk, [clerk])
        const { row } = await stage.seal(boss)
        const attempts = [
          () => stage.approved(clerk, waiting.row.id),
          () => stage.life.refuse(stage.by(clerk), waiting.row.id, ''),
          ...(['suspend', 'resume', 'revoke'] as const).map(change => () => stage.changed(clerk, row.id, change)),
          () => stage.remade(clerk, row.id, [clerk]),
          () => stage.life.remakePlan(stage.by(clerk), row.id),
        ]
        for (const attempt of attempts) expect(await codeOf(attempt)).to.equal('legal_representative_only')
      })
      it('be changed with somebody else’s shield', async () => {
        const { boss, clerk } = await stage.crew()
        const { row } = await stage.seal(boss)
        const { text } = await stage.life.changing(stage.by(boss), row.id, 'revoke')
        expect(await codeOf(() => stage.life.change(stage.by(boss), row.id, 'revoke', stage.signed(clerk, text)))).to.equal('mandate_wrong_shield')
        expect((await stores.seals.find(row.id))?.state).to.equal('in-force')
      })
      it('be approved by a signature over other words, such as another picture, another list or another time', async () => {
        const { boss, clerk } = await stage.crew()
        const { row } = await stage.applied(clerk, [clerk])
        const { text } = await stage.life.approving(stage.by(boss), row.id)
        for (const [from, to] of [
          [row.pngDigest, 'f'.repeat(64)],
          [clerk.thumbprint, boss.thumbprint],
          [row.validUntil, stage.inDays(3000)],
          ['批准制作', '停用'],
        ] as const) {
          const other = text.replace(from, to)
          expect(other).not.to.equal(text)
          expect(await codeOf(() => stage.life.approve(stage.by(boss), row.id, stage.signed(boss, other)))).to.equal('challenge_mismatch')
        }
      })
      it('be approved by words that were shown too long ago', async () => {
        const { boss, clerk } = await stage.crew()
        const { row } = await stage.applied(clerk, [clerk])
        const { text } = await stage.life.approving(stage.by(boss), row.id)
        clock.advance(hours(1))
        expect(await codeOf(() => stage.life.approve(stage.by(boss), row.id, stage.signed(boss, text)))).to.equal('challenge_expired')
      })
      it('be suspended with the signature that suspended it once before', async () => {
        const { boss } = await stage.crew()
        const [one, two] = [await stage.seal(boss), await stage.seal(boss, { kind: 'contract' })]
        const { text } = await stage.life.changing(stage.by(boss), one.row.id, 'suspend')
        expect(await codeOf(() => stage.life.change(stage.by(boss), two.row.id, 'suspend', stage.signed(boss, text)))).to.equal('challenge_mismatch')
      })
      it('be made for a certificate that nobody trusts, whose CA may not issue for seals, that ended, or of another company', async () => {
        const { at, boss } = await stage.crew()
        const [untrusted, ended, other] = [
          await stage.person(at, 'operator', { trusted: false }),
          await stage.person(at, 'operator', { endsIn: 1 }),
          (await stage.crew()).clerk,
        ]
        expect(await codeOf(() => stage.shown(untrusted))).to.equal('certificate_untrusted')
        await stage.shown(ended)
        expect(await codeOf(() => stage.seal(boss, { wanted: [other.thumbprint] }))).to.equal('seal_shield_unusable')
        const waiting = await stage.applied(boss, [boss, await stage.person(at, 'operator')])
        expect(waiting.state).to.equal('applied')
        clock.advance(days(2))
        expect(await codeOf(() => stage.applied(boss, [boss, ended]))).to.equal('certificate_expired')
        stage.uses.set(boss.thumbprint, ['login'])
        expect(await codeOf(() => stage.seal(boss))).to.equal('certificate_wrong_use')
      })
      it('carry another name than the company’s: there is no way to say one', async () => {
        const { at, boss, clerk } = await stage.crew()
        expect((await stage.seal(boss)).row.name).to.equal(at.name)
        expect((await stage.applied(clerk, [clerk], { kind: 'person' })).row.name).to.equal(clerk.name)
        const chop = await stage.applied(clerk, [clerk, boss], { kind: 'legal-representative' })
        expect([chop.row.name, chop.row.ownerId]).to.deep.equal([boss.name, boss.membershipId])
      })
      it('list somebody else’s shield on a person’s own chop', async () => {
        const { boss, clerk } = await stage.crew()
        expect(await codeOf(() => stage.applied(clerk, [clerk, boss], { kind: 'person' }))).to.equal('seal_shield_unusable')
      })
      it('be for nobody, for more than thirty, for one shield twice, for no time, for a past one, or for longer than ten years', async () => {
        const { boss } = await stage.crew()
        for (const more of [
          { wanted: [] },
          { wanted: Array.from({ length: 31 }, (_, i) => String(i)) },
          { wanted: [boss.thumbprint, boss.thumbprint] },
          { validUntil: stage.inDays(0) },
          { validFrom: stage.inDays(-9), validUntil: stage.inDays(-1) },
          { validUntil: stage.inDays(4000) },
          { validUntil: 'soon' },
        ])
          expect(await codeOf(() => stage.seal(boss, more)), JSON.stringify(more)).to.equal('bad_request')
      })
      it('carry words below a person’s name, or a picture that cannot be read', async () => {
        const { boss } = await stage.crew()
        expect(await codeOf(() => stage.seal(boss, { kind: 'person', under: '合同专用章' }))).to.equal('seal_picture_unusable')
        expect(await codeOf(() => stage.seal(boss, { upload: Buffer.from('GIF') }))).to.equal('seal_picture_unusable')
      })
      it('be seen by another company, nor somebody else’s draft by anybody', async () => {
        const [{ boss, clerk }, other] = [await stage.crew(), await stage.crew()]
        const { row } = await stage.seal(boss)
        expect(await codeOf(() => stage.life.view(stage.by(other.boss), row.id))).to.equal('seal_unknown')
        expect(await codeOf(() => stage.use({ ...row, enterpriseId: 'another enterprise' }, boss))).to.equal('seal_unknown')
        clock.advance(1000)
        const draft = await stage.life.draft(stage.by(clerk), stage.application([clerk]))
        expect(await codeOf(() => stage.life.view(stage.by(boss), draft.row.id))).to.equal('seal_unknown')
        expect((await stage.life.ofCompany(stage.by(boss), 10)).map(each => each.row.id)).to.deep.equal([row.id])
        expect((await stage.life.ofCompany(stage.by(clerk), 10)).map(each => each.row.id)).to.deep.equal([draft.row.id, row.id])
      })
      it('be thrown away once it was applied for', async () => {
        const { clerk } = await stage.crew()
        const draft = await stage.life.draft(stage.by(clerk), stage.application([clerk]))
        await stage.life.discard(stage.by(clerk), draft.row.id)
        expect(await codeOf(() => stage.life.view(stage.by(clerk), draft.row.id))).to.equal('seal_unknown')
        const { row } = await stage.applied(clerk, [clerk])
        expect(await codeOf(() => stage.life.discard(stage.by(clerk), row.id))).to.equal('seal_wrong_state')
      })
      it('be used as the chop of a legal representative who left', async () => {
        const { at, boss } = await stage.crew()
        const { row } = await stage.seal(boss, { kind: 'legal-representative' })
        const next = await stage.person(at, 'legal-representative')
        expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
        expect((await stage.life.view(stage.by(next), row.id)).state).to.equal('frozen')
      })
    })

    describe('and its shields: whoever renews', () => {
      it('is offered a remake for each seal that lists their old shield, and told once', async () => {
        const { boss } = await stage.crew()
        const seals = [await stage.seal(boss), await stage.seal(boss, { kind: 'bid' })].map(({ row }) => row.id)
        const fresh = await stage.renewed(boss, 'legal-representative')
        expect((await stage.shown(fresh)).map(({ row }) => row.id)).to.have.members(seals)
        expect(await stage.shown(fresh)).to.have.length(2)
        const told = stage.notices.filter(({ event, view }) => event === 'seal.remake-offered' && seals.includes(view.row.id))
        expect(told.map(({ about }) => about.thumbprint)).to.deep.equal([fresh.thumbprint, fresh.thumbprint])
        await stage.remade(fresh, seals[0] ?? '', [fresh])
        expect((await stage.shown(fresh)).map(({ row }) => row.id)).to.deep.equal([seals[1]])
      })
      it('sees in the plan what comes, what stays and what goes', async () => {
        const { boss, clerk } = await stage.crew()
        await stage.shown(clerk)
        const { row } = await stage.applied(boss, [boss, clerk])
        const fresh = await stage.renewed(boss, 'legal-representative', 900)
        const { plan } = await stage.life.remakePlan(stage.by(boss), row.id)
        expect(plan.add.map(({ thumbprint }) => thumbprint)).to.deep.equal([fresh.thumbprint])
        expect(plan.keep.map(({ thumbprint }) => thumbprint)).to.deep.equal([clerk.thumbprint])
        expect(plan.drop.map(({ thumbprint }) => thumbprint)).to.deep.equal([boss.thumbprint])
      })
      it('is warned 30, 7 and 1 days before, each once, and not again after the remake', async () => {
        const at = stage.company()
        const boss = await stage.person(at, 'legal-representative', { endsIn: 40 })
        const { row } = await stage.seal(boss)
        const daysTold = () =>
          stage.notices.filter(({ event, view }) => event === 'seal.certificate-ending' && view.row.id === row.id).map(({ about }) => about.days)
        await stage.life.watch.warn(100)
        expect(daysTold()).to.deep.equal([])
        for (const left of [29, 20, 6, 3]) {
          clock.advance(Date.parse(row.createdAt) + days(40 - left) - clock.now().getTime())
          await Promise.all([stage.life.watch.warn(100), stage.life.watch.warn(100)])
        }
        expect(daysTold()).to.deep.equal([30, 7])
        const fresh = await stage.renewed(boss, 'legal-representative')
        await stage.remade(fresh, row.id, [fresh])
        clock.advance(days(2.5))
        await stage.life.watch.warn(100)
        expect(daysTold()).to.deep.equal([30, 7])
      })
      it('is warned once, by the nearest, where the shield was short-lived from the start', async () => {
        const at = stage.company()
        const boss = await stage.person(at, 'legal-representative', { endsIn: 0.5 })
        const { row } = await stage.seal(boss)
        await stage.life.watch.warn(100)
        await stage.life.watch.warn(100)
        const told = stage.notices.filter(({ event, view }) => event === 'seal.certificate-ending' && view.row.id === row.id)
        expect(told.map(({ about }) => about.days)).to.deep.equal([1])
      })
      it('has revoked a shield: every seal that lists it is named and its people are told, no other', async () => {
        const { at, boss, clerk } = await stage.crew()
        const { row } = await stage.seal(boss)
        const other = await stage.applied(clerk, [clerk])
        await stage.approved(boss, other.row.id)
        expect((await stage.life.watch.affectedBy(boss.thumbprint)).map(view => view.row.id)).to.deep.equal([row.id])
        expect(await stage.life.watch.revoked(boss.thumbprint, 'K7QM-3F9T')).to.equal(1)
        const told = stage.notices.filter(({ view }) => view.row.id === row.id).map(({ event }) => event)
        expect(told.at(-1)).to.equal('seal.certificate-revoked')
        expect(await stage.life.watch.revoked(boss.thumbprint, 'K7QM-3F9T')).to.equal(0)
        await stage.changed(boss, row.id, 'revoke')
        expect(await stage.life.watch.affectedBy(boss.thumbprint)).to.deep.equal([])
        expect(at.name).to.equal(other.row.name)
      })
      it('is found by the serial alone, among any number of serials, until it is known to be revoked', async () => {
        const { boss } = await stage.crew()
        await stage.seal(boss)
        const shield = (await stage.life.shields(stage.by(boss))).find(({ thumbprint }) => thumbprint === boss.thumbprint)
        const found = async () =>
          (await stage.stores.seals.withSerials(['00', shield?.serial ?? '', 'ff'])).map(({ thumbprint, der }) => [thumbprint, der.length > 100])
        expect(await found()).to.deep.equal([[boss.thumbprint, true]])
        await stage.life.watch.revoked(boss.thumbprint, 'K7QM-3F9T')
        expect(await found()).to.deep.equal([])
      })
      it('has revoked one of two shields: the other one seals on, and the plan drops the revoked one', async () => {
        const { boss, clerk } = await stage.crew()
        await stage.shown(clerk)
        const { row } = await stage.applied(boss, [boss, clerk])
        const [first, second] = await Promise.all([1, 2].map(() => stage.life.watch.revoked(clerk.thumbprint, 'K7QM-3F9T')))
        expect([first, second].toSorted()).to.deep.equal([0, 1])
        expect((await stage.use(row, boss)).row.state).to.equal('in-force')
        const { plan } = await stage.life.remakePlan(stage.by(boss), row.id)
        expect(plan.drop.map(({ thumbprint }) => thumbprint)).to.deep.equal([clerk.thumbprint])
      })
      it('has revoked the last shield: the company is told, and the seal is remade for the next one', async () => {
        const { boss } = await stage.crew()
        const { row } = await stage.seal(boss)
        await stage.life.watch.revoked(boss.thumbprint, 'K7QM-3F9T')
        expect((await stage.stores.seals.withRevoked(row.enterpriseId, 10)).map(({ id }) => id)).to.deep.equal([row.id])
        const fresh = await stage.renewed(boss, 'legal-representative', 900)
        await stage.shown(fresh)
        expect(await codeOf(() => stage.use(row, fresh))).to.equal('seal_wrong_shield')
        await stage.remade(fresh, row.id, [fresh])
        expect((await stage.use(row, fresh)).row.state).to.equal('in-force')
        expect(await stage.stores.seals.withRevoked(row.enterpriseId, 10)).to.deep.equal([])
      })
    })
  })
}
