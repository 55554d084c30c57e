import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { HAND_SIZE, HANDWRITTEN, type HandStrokes, handPicture, handStrokes } from '../../../server/seals/tasks/handwritten.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { made } from '../ofd/stage.ts'
import { makeDocument } from '../pdf/builder.ts'
import { createTaskStage, type TaskStage, xmlDocument } from './stage.ts'

describe('a name by hand in the place of a seal', function () {
  this.timeout(120_000)
  let stage: TaskStage
  before(async () => {
    const clock = fixedClock('2027-06-01T04:00:00.000Z')
    stage = await createTaskStage(await openTestStores({ clock }), clock)
  })
  const A4 = makeDocument({ page: '/MediaBox [0 0 595.2756 841.8898]' })
  const at = { kind: 'at', page: 1, x: 100, y: 200 } as const
  const written: HandStrokes = [
    [
      [10, 10, 0.5],
      [300, 120, 0.5],
      [500, 20, 0.5],
    ],
    [
      [40, 200, 0.5],
      [420, 210, 0.5],
    ],
  ]
  const open = (bytes: Buffer, wishes = {}) => stage.open([{ name: 'a', bytes, places: [at] }], { handwriting: true, ...wishes })
  const byHand = (task: Awaited<ReturnType<typeof open>>, hand: HandStrokes | undefined = written) =>
    stage.sealing.fit(stage.by(stage.clerk), task, 1, {
      sealId: HANDWRITTEN,
      certificate: Buffer.from(stage.clerk.party.certificate.der),
      ...(hand === undefined ? {} : { hand }),
    })
  const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
    try {
      await act()
      return 'done'
    } catch (thrown) {
      return thrown instanceof BrokerError ? thrown.code : String(thrown)
    }
  }

  it('stands in the middle of its place, as outlines, whatever was written and however large', () => {
    for (const scale of [0.5, 1, 3]) {
      const { width, height, shapes } = handPicture(written.map(points => points.map(([x, y, p]) => [x * scale, y * scale, p])))
      expect({ width, height }).to.deep.equal(HAND_SIZE)
      const numbers = shapes.flatMap(({ outline }) => outline.flatMap(([, ...rest]) => rest))
      expect(Math.min(...numbers)).to.be.at.least(0)
      expect(Math.max(...numbers)).to.be.at.most(HAND_SIZE.width)
    }
  })

  it('is refused beyond its bounds, and where nothing is written', () => {
    const point: [number, number, number] = [1, 1, 0.5]
    for (const wrong of [[], [[]], [[[1, 1, 2]]], [[[1e9, 1, 0.5]]], Array(101).fill([point]), [Array(4001).fill(point)], [[[1, 1]]]])
      expect(handStrokes.safeParse(wrong).success).to.equal(false)
    expect(() => handPicture([[point]]))
      .to.throw(BrokerError)
      .with.property('code', 'seal_picture_unusable')
  })

  it('is refused to an operator whose mandate does not give the power to sign', async () => {
    const task = await open(A4)
    expect(await codeOf(() => stage.sealAll(stage.clerk, task, async () => undefined, { sealId: HANDWRITTEN, hand: written }))).to.equal(
      'act_not_allowed',
    )
  })

  it('is signed by the person’s own shield as a signed message, verifies, and is written down as signing, not as a use of the seal', async () => {
    const task = await open(A4)
    await stage.give(stage.boss, stage.clerk, { acts: ['sign'] })
    await byHand(task)
    const by = stage.by(stage.clerk)
    const { text } = await stage.sealing.list(by, task)
    expect(text).to.include('\n印章:手写签名(handwritten)\n')
    await stage.sealing.begin(by, task, { text, cms: stage.clerk.sign(text) })
    const now = (await stage.stores.sealTasks.find(task.id)) ?? task
    const item = await stage.sealing.item(by, now, 1)
    const sealed = await stage.sealing.seal(by, now, 1, stage.signedBy(stage.clerk, item))
    const [seal] = (await stage.report(sealed))?.seals ?? []
    expect([seal?.intact, seal?.kind, seal?.seal]).to.deep.equal(['yes', 'cms', undefined])
    expect(seal?.signer?.certificate.thumbprint).to.equal(stage.clerk.party.certificate.thumbprint)
    const bytes = (await stage.tasks.bytes(sealed, 'sealed')).toString('latin1')
    expect(bytes).to.match(/\/Rect ?\[/)
    expect(await stage.uses()).to.deep.equal([])
    const history = await stage.stores.mandates.history(stage.enterpriseId, 100)
    expect(history.filter(({ kind, act }) => kind === 'used' && act === 'sign')).to.have.length(1)
  })

  it('is tied to the list that was signed: another writing is fitted anew, and the old list signs nothing', async () => {
    const task = await open(A4)
    const first = await byHand(task)
    expect((await byHand(task)).order).to.deep.equal(first.order)
    const by = stage.by(stage.clerk)
    const { text } = await stage.sealing.list(by, task)
    await stage.sealing.begin(by, task, { text, cms: stage.clerk.sign(text) })
    const item = await stage.sealing.item(by, task, 1)
    const other = await byHand(task, [written[0] ?? []])
    expect(other.order?.hash).not.to.equal(first.order?.hash)
    const now = (await stage.stores.sealTasks.find(task.id)) ?? task
    expect(await codeOf(() => stage.sealing.seal(by, now, 1, stage.signedBy(stage.clerk, item)))).to.equal('seal_wrong_state')
  })

  it('is refused on an OFD or data, where a seal was asked for, and where nothing came', async () => {
    expect(await codeOf(async () => byHand(await open(made())))).to.equal('seal_handwriting_unusable')
    expect(await codeOf(async () => byHand(await open(xmlDocument(1))))).to.equal('seal_handwriting_unusable')
    expect(await codeOf(async () => byHand(await stage.open([{ name: 'a', bytes: A4, places: [at] }])))).to.equal('seal_wrong_kind')
    expect(
      await codeOf(async () =>
        stage.sealing.fit(stage.by(stage.clerk), await open(A4), 1, {
          sealId: HANDWRITTEN,
          certificate: Buffer.from(stage.clerk.party.certificate.der),
        }),
      ),
    ).not.to.equal('done')
  })
})
