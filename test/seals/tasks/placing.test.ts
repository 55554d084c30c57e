import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { createPlacing } from '../../../server/seals/tasks/placing.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { made } from '../ofd/stage.ts'
import { makeDocument } from '../pdf/builder.ts'
import { createTaskStage, type TaskStage, xmlDocument } from './stage.ts'

describe('where a seal shall stand, chosen before anybody signs', () => {
  let stage: TaskStage
  let placing: ReturnType<typeof createPlacing>
  before(async () => {
    const clock = fixedClock('2027-05-31T17:00:00.000Z')
    const stores = await openTestStores({ clock })
    stage = await createTaskStage(stores, clock)
    placing = createPlacing({ store: stores.sealTasks, tasks: stage.tasks, seals: stage.desk, now: () => clock.now() })
  })
  const A4 = makeDocument({ pages: 2, page: '/MediaBox [0 0 595.2756 841.8898]' })
  const at = (page: number, x: number, y: number) => ({ kind: 'at', page, x, y }) as const
  const opened = (movable: boolean, bytes = A4) =>
    stage.open([{ name: 'a', bytes, places: [at(1, 100, 100)], ...(movable ? { movable: true as const } : {}) }])
  const chosen = { which: 'original', sealId: 'seal-1' } as const
  const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
    try {
      await act()
      return 'done'
    } catch (thrown) {
      return thrown instanceof BrokerError ? thrown.code : String(thrown)
    }
  }

  it('is shown as it will be set, and kept where the person moves it', async () => {
    const by = stage.by(stage.boss)
    const task = await opened(true)
    const look = await placing.look(by, task, 1, chosen)
    expect(look.pages.map(({ width }) => Math.round(width))).to.deep.equal([210, 210])
    expect(look.boxes.map(({ page, left, top }) => [page, Math.round(left), Math.round(top)])).to.deep.equal([[1, 80, 80]])
    const moved = await placing.place(by, task, 1, { ...chosen, places: [at(2, 60, 50)] })
    expect(moved.boxes.map(({ page, left }) => [page, Math.round(left)])).to.deep.equal([[2, 40]])
    expect((await stage.tasks.document(task, 1)).places).to.equal(JSON.stringify([at(2, 60, 50)]))
  })

  it('is fixed where a center asked for it, and once it is sealed', async () => {
    const by = stage.by(stage.boss)
    const fixed = await opened(false)
    expect((await placing.look(by, fixed, 1, chosen)).movable).to.equal(false)
    expect(await codeOf(() => placing.place(by, fixed, 1, { ...chosen, places: [] }))).to.equal('seal_wrong_state')
    const task = await opened(true)
    await stage.sealAll(stage.boss, task)
    expect(await codeOf(() => placing.place(by, task, 1, { ...chosen, places: [] }))).to.equal('seal_wrong_state')
    const look = await placing.look(by, task, 1, { which: 'sealed', sealId: '' })
    expect([look.pages.length, look.boxes, look.movable]).to.deep.equal([2, [], false])
  })

  it('stays where it was in a task that is cancelled while it is moved', async () => {
    const task = await opened(true)
    const before = (await stage.tasks.document(task, 1)).places
    await stage.tasks.cancel(task.id, 'K7QM-3F9T')
    const moving = placing.place(stage.by(stage.boss), task, 1, { ...chosen, places: [at(2, 60, 50)] })
    expect(await codeOf(() => moving)).to.equal('seal_wrong_state')
    expect((await stage.tasks.document(task, 1)).places).to.equal(before)
  })

  it('takes back what was fitted: a list signed for the old place seals nothing at the new one', async () => {
    const by = stage.by(stage.boss)
    const task = await opened(true)
    await stage.fitFor(stage.boss, task, 1)
    const { text } = await stage.sealing.list(by, task)
    await stage.sealing.begin(by, task, { text, cms: stage.boss.sign(text) })
    const item = await stage.sealing.item(by, task, 1)
    await placing.place(by, task, 1, { ...chosen, places: [at(2, 60, 50)] })
    const now = (await stage.stores.sealTasks.find(task.id)) ?? task
    expect(await codeOf(() => stage.sealing.seal(by, now, 1, stage.signedBy(stage.boss, item)))).to.equal('seal_wrong_state')
    await stage.fitFor(stage.boss, now, 1)
    expect(await codeOf(() => stage.sealing.seal(by, now, 1, stage.signedBy(stage.boss, item)))).to.equal('seal_wrong_state')
  })

  it('is refused where it is not there, and what was kept before stays', async () => {
    const by = stage.by(stage.boss)
    const task = await opened(true)
    for (const place of [at(3, 60, 50), at(1, 5, 50), { kind: 'keyword', words: '没有' } as const])
      expect(await codeOf(() => placing.place(by, task, 1, { ...chosen, places: [place] }))).to.equal('seal_place_unusable')
    expect((await placing.look(by, task, 1, chosen)).places).to.deep.equal([at(1, 100, 100)])
    expect(await codeOf(() => placing.look(by, task, 1, { ...chosen, sealId: 'seal-2' }))).to.equal('seal_unknown')
    const [data] = [await opened(true, xmlDocument(1))]
    expect(await codeOf(() => placing.look(by, data, 1, chosen))).to.equal('seal_document_unusable')
  })

  it('carries the day in China below it, and the seal itself stays where it was; the sealed document shows both', async () => {
    const by = stage.by(stage.boss)
    const task = await opened(true)
    const { places, size, boxes } = await placing.place(by, task, 1, { ...chosen, places: [at(1, 100, 100)], date: 'under' })
    expect(size.width).to.equal(40)
    expect(size.height).to.be.greaterThan(43)
    expect(boxes[0]?.top).to.be.closeTo(80, 0.01)
    expect(await codeOf(() => placing.place(by, task, 1, { ...chosen, places: [{ kind: 'edge' }], date: 'under' }))).to.equal('seal_date_unusable')
    const over = await placing.place(by, task, 1, { ...chosen, places, date: 'over' })
    expect([over.size, over.boxes[0]?.top.toFixed(2)]).to.deep.equal([{ width: 40, height: 40 }, '80.00'])
    await placing.place(by, task, 1, { ...chosen, places: over.places, date: 'under' })
    await stage.sealAll(stage.boss, task)
    const [seal] = (await stage.report(await stage.tasks.document(task, 1)))?.seals ?? []
    expect(seal?.intact).to.equal('yes')
    const rect = /\/Rect ?\[([^\]]*)\]/.exec((await stage.tasks.bytes(await stage.tasks.document(task, 1), 'sealed')).toString('latin1'))?.[1]
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] =
      rect
        ?.trim()
        .split(' ')
        .map(value => (Number(value) * 25.4) / 72) ?? []
    expect([x0, 297 - y1, x1 - x0, y1 - y0].map(value => Math.round(value * 10) / 10)).to.deep.equal([80, 80, 40, Math.round(size.height * 10) / 10])
  })

  it('of an OFD carries no date, and its pages are drawn one by one', async () => {
    const by = stage.by(stage.boss)
    const task = await opened(true, made())
    expect(await codeOf(() => placing.place(by, task, 1, { ...chosen, places: [], date: 'over' }))).to.equal('seal_date_unusable')
    expect((await placing.page(task, 1, 'original', 1)).svg).to.include('投标人')
    expect(await codeOf(() => placing.page(task, 1, 'original', 2))).to.equal('seal_place_unusable')
    expect(await codeOf(async () => placing.page(await opened(true), 1, 'original', 1))).to.equal('seal_document_unusable')
  })
})
