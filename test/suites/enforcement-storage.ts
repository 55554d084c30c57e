import { expect } from 'chai'
import type { MeasureContent } from '../../server/enforcement/content.ts'
import type { RestrictedAct } from '../../server/kernel/restrictions.ts'
import { readUscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { type EnforcementStage, measure, openEnforcementStage, START, TRACE } from '../enforcement/stage.ts'
import { codeOf, newUscc, type SuiteClock } from './storage.ts'

/** What every database does for measures of joint punishment. `open` is called once; each test has a company of its own. */
export function enforcementStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`measures on ${name}`, function () {
    this.timeout(60_000)
    let stage: EnforcementStage
    let uscc: ReturnType<typeof newUscc>
    before(async () => {
      const { stores, clock } = await open()
      stage = await openEnforcementStage(stores, clock)
    })
    after(() => stage.close())
    beforeEach(() => {
      stage.clock.set(START)
      uscc = newUscc()
    })
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)
    const asked = async (act: RestrictedAct, place: Parameters<EnforcementStage['restrictions']>[2] = { center: 'center-a' }) => {
      const { refused, flags } = await stage.restrictions(readUscc(uscc), act, place)
      return refused === undefined ? (flags.length === 0 ? 'free' : 'flagged') : 'refused'
    }

    it('counts from the first day to the end of the last, in China', async () => {
      await stage.punish(uscc, { from: '2027-06-01', until: '2027-06-10' })
      const on = async (at: string) => {
        stage.clock.set(at)
        return await asked('login')
      }
      expect(await on('2027-05-31T15:59:59.999Z')).to.equal('free')
      expect(await on('2027-05-31T16:00:00.000Z')).to.equal('refused')
      expect(await on('2027-06-10T15:59:59.999Z')).to.equal('refused')
      expect(await on('2027-06-10T16:00:00.000Z')).to.equal('free')
    })

    it('stops at once when it is repaired or lifted, and never comes back', async () => {
      for (const to of ['repaired', 'lifted'] as const) {
        const content = measure(uscc)
        const record = async () => (await stage.measures.record({ id: 'authority', everywhere: true }, [content], TRACE))[0]
        const id = (await record())?.id ?? ''
        expect(await asked('login')).to.equal('refused')
        expect(await refusal(stage.measures.end('center-a', id, to, '不是我的', TRACE))).to.equal('measure_unknown')
        await stage.measures.end('authority', id, to, '修复决定书', TRACE)
        expect(await asked('login')).to.equal('free')
        expect((await record())?.outcome).to.equal('known')
        expect(await asked('login')).to.equal('free')
        expect(await refusal(stage.measures.end('authority', id, to, '修复决定书', TRACE)), 'the same once more').to.equal('done')
        expect(await refusal(stage.measures.end('authority', id, to, '再次', TRACE))).to.equal('measure_wrong_state')
        const other = to === 'repaired' ? 'lifted' : 'repaired'
        expect(await refusal(stage.measures.end('authority', id, other, '修复决定书', TRACE))).to.equal('measure_wrong_state')
      }
    })

    it('of twenty that end it at once one does, and the others, who said the same, hear that it is done', async () => {
      const id = await stage.punish(uscc)
      const ends = await Promise.all(Array.from({ length: 20 }, () => refusal(stage.lift(id))))
      expect(ends.filter(each => each === 'done')).to.have.length(20)
      expect(stage.events.filter(({ code, facts }) => code === 'enforcement.ended' && facts['measure'] === id)).to.have.length(1)
    })

    const REACH: readonly [string, Partial<MeasureContent>, RestrictedAct, Parameters<EnforcementStage['restrictions']>[2], string][] = [
      ['another act', { acts: ['bid_submit'] }, 'login', { center: 'center-a' }, 'free'],
      ['another center', { centers: ['center-b'] }, 'login', { center: 'center-a' }, 'free'],
      ['the center it names', { centers: ['center-a'] }, 'login', { center: 'center-a' }, 'refused'],
      ['a center of the province it names', { regions: ['440000'] }, 'login', { center: 'center-gd' }, 'refused'],
      ['a center of the city it names', { regions: ['440100'] }, 'login', { center: 'center-gd' }, 'refused'],
      ['a center of another city', { regions: ['440300'] }, 'login', { center: 'center-gd' }, 'free'],
      ['a center of which no region is known', { regions: ['440000'] }, 'login', { center: 'center-a' }, 'flagged'],
      [
        'the kind it names',
        { acts: ['bond_pay'], project_kinds: ['procurement'] },
        'bond_pay',
        { center: 'a', projectKind: 'procurement' },
        'refused',
      ],
      ['another kind', { acts: ['bond_pay'], project_kinds: ['procurement'] }, 'bond_pay', { center: 'a', projectKind: 'bidding' }, 'free'],
      ['a project of no told kind', { acts: ['bond_pay'], project_kinds: ['procurement'] }, 'bond_pay', { center: 'a' }, 'flagged'],
      ['a flag', { effect: 'flag' }, 'login', { center: 'center-a' }, 'flagged'],
      ['our own pages', {}, 'login', { center: 'workbench' }, 'free'],
    ]
    for (const [what, more, act, place, outcome] of REACH)
      it(`${what}: ${outcome}`, async () => {
        await stage.punish(uscc, more)
        expect(await asked(act, place)).to.equal(outcome)
      })

    it('tells of the refusal that ends last, and of every flag', async () => {
      await stage.punish(uscc, { until: '2027-06-30', list: '暂停投标' })
      await stage.punish(uscc, { until: '2027-12-31', list: '黑名单' })
      await stage.punish(uscc, { effect: 'flag', list: '重点关注' })
      const { refused, flags } = await stage.restrictions(readUscc(uscc), 'login', { center: 'center-a' })
      expect(refused).to.include({ list: '黑名单', until: '2027-12-31', authority: '示范市中级人民法院' })
      expect(flags.map(({ list }) => list)).to.deep.equal(['重点关注'])
    })

    it('many that ask at once are one reading', async () => {
      const codes = Array.from({ length: 100 }, () => newUscc())
      const [first = uscc] = codes
      await stage.punish(first)
      const before = stage.stores.statements()
      const found = await Promise.all(codes.map(code => stage.restrictions(readUscc(code), 'login', { center: 'center-a' })))
      expect(found.map(({ refused }) => refused !== undefined)).to.deep.equal(codes.map(code => code === first))
      const after = stage.stores.statements()
      expect(Object.values(after).reduce((a, b) => a + b) - Object.values(before).reduce((a, b) => a + b)).to.be.at.most(2)
    })

    it('refuses what it names to whoever acts, and leaves all else: with the measure, and one line in the audit record', async () => {
      const boss = await stage.person({ uscc, name: '演示企业' }, 'legal-representative')
      const id = await stage.punish(uscc, { acts: ['bond_pay', 'bid_submit'] })
      const use = (act: 'bond_pay' | 'bond_reclaim' | 'bid_decrypt' | 'login') =>
        stage.authority.use(boss.actor, { act, center: 'center-a', amountFen: 1 }, { reference: 'test', trace: TRACE })
      stage.events.splice(0)
      expect(await refusal(use('bond_pay'))).to.equal('act_refused_by_measure')
      expect(stage.events).to.deep.equal([
        {
          code: 'authority.denied',
          trace: TRACE,
          facts: { act: 'bond_pay', center: 'center-a', membership: boss.membershipId, failure: 'act_refused_by_measure', measure: id },
        },
      ])
      for (const act of ['bond_reclaim', 'bid_decrypt', 'login'] as const) expect(await refusal(use(act))).to.equal('done')
      await stage.lift(id)
      expect(await refusal(use('bond_pay'))).to.equal('done')
    })

    it('lets no mandate be signed for a center that it names, and any other', async () => {
      const company = { uscc, name: '演示企业' }
      const [boss, clerk] = [await stage.person(company, 'legal-representative'), await stage.person(company, 'operator')]
      await stage.punish(uscc, { acts: ['mandate_sign'], centers: ['center-a'] })
      expect(await refusal(stage.give(boss, clerk, { centers: ['center-a', 'center-b'] }))).to.equal('act_refused_by_measure')
      expect((await stage.give(boss, clerk, { centers: ['center-b'] })).row.state).to.equal('active')
    })
  })
}
