import { expect } from 'chai'
import { enterOrTell } from '../../server/enforcement/file.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { expectProblem } from '../suites/api-site.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { newUscc } from '../suites/storage.ts'
import { type EnforcementStage, measure, openEnforcementStage, START, TRACE } from './stage.ts'

/** As programs of centers and authorities ask, over real HTTP; and the operator's file. */
describe('the interface for measures', function () {
  this.timeout(60_000)
  let stage: EnforcementStage
  const uscc = newUscc()
  beforeEach(async () => {
    const clock = fixedClock(START)
    stage = await openEnforcementStage(await openTestStores({ clock }), clock)
  })
  afterEach(() => stage.close())
  const record = (token: string, ...measures: unknown[]) => stage.api('measures', { measures }, { token })

  it('records each number once, tells of one that is taken, and takes none of a batch in which one does not fit', async () => {
    const first = measure(uscc, { number: 'A-1' })
    expect(
      (await record('authority', first, measure(uscc, { number: 'A-2' }))).body.measures.map((each: { outcome: string }) => each.outcome),
    ).to.deep.equal(['recorded', 'recorded'])
    const again = await record('authority', first, { ...first, number: 'A-2', list: '黑名单' })
    expect(again.body.measures.map((each: { outcome: string }) => each.outcome)).to.deep.equal(['known', 'measure_conflict'])
    expectProblem(
      await record('authority', measure(uscc, { number: 'A-3' }), measure(uscc, { until: '2026-01-01', from: '2026-01-01' })),
      422,
      'measure_invalid',
    )
    expect((await stage.get('measures')).body.measures).to.have.length(2)
  })

  for (const [what, more] of [
    ['no end within five years', { until: '2033-01-01' }],
    ['an end before its beginning', { from: '2027-06-02', until: '2027-06-01' }],
    ['a login limited to kinds of project', { acts: ['login', 'bond_pay'], project_kinds: ['land'] }],
  ] as const)
    it(`refuses ${what}`, async () => {
      expectProblem(await record('authority', { ...measure(uscc), ...more }), 422, 'measure_invalid')
    })
  for (const [what, more] of [
    ['an act that no measure may name', { acts: ['bond_reclaim'] }],
    ['no act', { acts: [] }],
    ['no basis', { basis: ' ' }],
    ['a wrong code', { uscc: '91350200556207664X' }],
  ] as const)
    it(`refuses ${what}`, async () => {
      expectProblem(await record('authority', { ...measure(uscc), ...more }), 400, 'bad_request')
    })

  it('lets a center name its own place alone', async () => {
    expectProblem(await record('center-a', measure(uscc)), 403, 'measure_not_yours')
    expectProblem(await record('center-a', measure(uscc, { centers: ['center-a', 'center-b'] })), 403, 'measure_not_yours')
    const made = await record('center-a', measure(uscc, { centers: ['center-a'] }))
    expect(made.body.measures[0].outcome).to.equal('recorded')
    expectProblem(await record('checker', measure(uscc, { centers: ['center-a'] })), 403, 'service_scope_missing')
  })

  it('answers a check with the measure, its basis, its end and who to talk to; repaired it says nothing', async () => {
    const made = await record('authority', measure(uscc, { acts: ['bid_submit'], centers: ['center-a'] }))
    const [{ id }] = made.body.measures
    const check = async () => (await stage.api('checks', { uscc, act: 'bid_submit' }, { token: 'checker' })).body
    const { refused } = await check()
    expect(refused).to.include({ id, list: '失信被执行人', until: '2028-04-30', contact: '执行局 020-00000000' })
    for (const words of ['失信被执行人', '若干规定', '2028-04-30', '020-00000000']) expect(refused.user_message.zh).to.include(words)
    expectProblem(
      await stage.api(`measures/${id}/repair`, { corrected: true, duties_done: true, why: '已履行' }, { token: 'center-a' }),
      404,
      'measure_unknown',
    )
    expectProblem(
      await stage.api(`measures/${id}/repair`, { corrected: true, duties_done: false, why: '已履行' }, { token: 'authority' }),
      400,
      'bad_request',
    )
    expect(
      (await stage.api(`measures/${id}/repair`, { corrected: true, duties_done: true, why: '已履行' }, { token: 'authority' })).body,
    ).to.deep.equal({
      id,
      state: 'repaired',
    })
    expect(await check()).to.deep.equal({ flags: [] })
    expect((await stage.get(`measures/${id}`)).body).to.include({ state: 'repaired', ended_why: '已履行' })
  })

  it('enters the operator’s file, the same one twice without effect, and tells what is wrong with another', async () => {
    const enter = (content: unknown) =>
      enterOrTell({ measures: stage.measures, store: stage.stores.measures }, { text: JSON.stringify(content), by: '王芳', trace: TRACE })
    const content = { measures: [measure(uscc, { number: 'F-1' }), measure(uscc, { number: 'F-2' })] }
    expect(await enter(content)).to.deep.equal({ recorded: 2, known: 0, ended: 0 })
    expect(await enter({ ...content, ends: [{ number: 'F-1', outcome: 'lifted', why: '来文撤销' }] })).to.deep.equal({
      recorded: 0,
      known: 2,
      ended: 1,
    })
    const rows = await stage.stores.measures.ofCompany(uscc, 10)
    expect(rows.map(({ number, state }) => [number, state])).to.have.deep.members([
      ['F-1', 'lifted'],
      ['F-2', 'in-force'],
    ])
    expect(await enter({ measures: [{ ...measure(uscc), until: 'soon' }] })).to.include({ refused: 'measure_invalid' })
    expect(await enter({ ends: [{ number: 'F-9', outcome: 'lifted', why: '无此项' }] })).to.include({ refused: 'measure_unknown' })
  })
})
