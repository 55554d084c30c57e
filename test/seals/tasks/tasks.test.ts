import { expect } from 'chai'
import { fixedClock, minutes } from '../../../server/kernel/clock.ts'
import type { SealTask } from '../../../server/storage/stores-seal-tasks.ts'
import { codeOf } from '../../authorization/stage.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { made } from '../ofd/stage.ts'
import { makeDocument } from '../pdf/builder.ts'
import { createTaskStage, type TaskStage, xmlDocument } from './stage.ts'

const PDF = makeDocument({ pages: 2, page: '/MediaBox [0 0 595 842]' })
const CORNER = [{ kind: 'at', page: 1, x: 150, y: 240 }] as const

describe('sealing tasks', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: TaskStage
  before(async () => {
    stores = await openTestStores({ clock })
  })
  after(() => stores.close())
  beforeEach(async () => {
    stage = await createTaskStage(stores, clock)
  })
  const both = () =>
    stage.open([
      { name: '投标函.pdf', bytes: PDF, places: CORNER },
      { name: '报价.xml', bytes: xmlDocument(1) },
    ])
  const documentOf = async (task: string, n: number) => await stores.sealTasks.document(task, n)

  it('seal each document once, with one signed list, and hand out what verifies', async () => {
    const task = await both()
    await stage.sealAll(stage.boss, task)
    expect((await stores.sealTasks.find(task.id))?.state).to.equal('done')
    for (const n of [1, 2]) {
      const report = await stage.report(await documentOf(task.id, n))
      expect(report?.seals.map(({ intact, trusted }) => [intact, trusted])).to.deep.equal([['yes', 'yes']])
    }
    expect((await stage.uses()).map(({ reference, seal }) => [reference, seal])).to.have.deep.members([
      [`${task.id}:1`, 'seal-1'],
      [`${task.id}:2`, 'seal-1'],
    ])
    const evidence = await stores.evidence.find((await documentOf(task.id, 1))?.sealed?.evidence ?? '')
    expect(evidence?.text).to.include('盖章清单').and.to.include('投标函.pdf').and.to.include(stage.company.uscc)
    const news = (await stores.sealNews.news(1000)).filter(({ subject }) => subject === task.id)
    expect(news.map(({ event }) => event)).to.deep.equal(['opened', 'document-sealed', 'document-sealed', 'done'])
  })

  it('give every document the evidence to carry that shows later that its certificates were good', async () => {
    const task = await stage.open([
      { name: 'a.pdf', bytes: PDF },
      { name: 'b.xml', bytes: xmlDocument(1) },
      { name: 'c.ofd', bytes: made() },
    ])
    await stage.sealAll(stage.boss, task)
    for (const n of [1, 2, 3]) {
      const report = await stage.report(await documentOf(task.id, n))
      expect(report?.seals.map(({ checks }) => checks.some(({ code, ok }) => code === 'evidence-added' && ok === 'yes'))).to.deep.equal([true])
    }
  })

  it('seal once when the same signature comes twenty times at the same moment', async () => {
    const task = await stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }])
    await stage.fitFor(stage.boss, task, 1)
    const { text } = await stage.sealing.list(stage.by(stage.boss), task)
    await stage.sealing.begin(stage.by(stage.boss), task, { text, cms: stage.boss.sign(text) })
    const listed = (await stores.sealTasks.find(task.id)) ?? task
    const signature = stage.signedBy(stage.boss, await stage.sealing.item(stage.by(stage.boss), listed, 1))
    const all = await Promise.all(Array.from({ length: 20 }, () => stage.sealing.seal(stage.by(stage.boss), listed, 1, signature)))
    expect(new Set(all.map(({ sealed }) => sealed?.digest)).size).to.equal(1)
    expect(await stage.uses()).to.have.length(1)
    expect((await stage.report(await documentOf(task.id, 1)))?.seals).to.have.length(1)
  })

  /** The line goes dead at the second, and half an hour later all are sealed. @returns the first, which stayed as it was */
  async function breaksOffAndGoesOn(task: SealTask) {
    const broke = await stage
      .sealAll(stage.boss, task, async n => {
        if (n === 2) throw new Error('the line went dead')
      })
      .catch((thrown: Error) => thrown.message)
    expect(broke).to.equal('the line went dead')
    const before = await documentOf(task.id, 1)
    clock.advance(minutes(31))
    await stage.sealAll(stage.boss, (await stores.sealTasks.find(task.id)) ?? task)
    expect(await documentOf(task.id, 1)).to.deep.equal(before)
    expect((await stores.sealTasks.find(task.id))?.state).to.equal('done')
    return before
  }

  it('go on from where they broke off: what is sealed stays sealed, what is not is put on a new list', async () => {
    const task = await stage.open([1, 2, 3].map(n => ({ name: `${n}.xml`, bytes: xmlDocument(n) })))
    await breaksOffAndGoesOn(task)
    expect(await stage.uses()).to.have.length(3)
  })

  it('go on beside files that their center keeps, too, and use the seal once for each', async () => {
    const file = (n: number) => ({ name: `${n}.ifc`, size: 5_000_000_000 + n, digest: `${n}`.repeat(64) })
    const task = await stage.tasks.open({
      ...{ enterpriseId: stage.enterpriseId, center: { id: 'center-1', name: '演示交易中心' }, title: '三维模型' },
      ...{ documents: [file(1), file(2)], trace: 'K7QM-3F9T', expiresAt: stage.inDays(1) },
    })
    const before = await breaksOffAndGoesOn(task)
    expect(await stage.uses()).to.have.length(2)
    expect(await codeOf(() => stage.tasks.bytes(before ?? expect.fail('no document'), 'original'))).to.equal('seal_file_elsewhere')
  })

  it('answer a document that is sealed, and a list of nothing, to whoever asks again after the last answer was lost', async () => {
    const task = await stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }])
    await stage.sealAll(stage.boss, task)
    const [done, document] = [(await stores.sealTasks.find(task.id)) ?? task, await documentOf(task.id, 1)]
    expect(done.state).to.equal('done')
    expect(await stage.fitFor(stage.boss, done, 1)).to.deep.equal(document)
    expect(await stage.sealing.list(stage.by(stage.boss), done)).to.deep.equal({ text: '', documents: [] })
    expect(await stage.sealing.seal(stage.by(stage.boss), done, 1, Buffer.alloc(0))).to.deep.equal(document)
    expect(await stage.uses()).to.have.length(1)
  })

  for (const [how, ask] of [
    ['is sealed again', (task: SealTask) => stage.sealing.seal(stage.by(stage.boss), task, 1, Buffer.alloc(0))],
    ['is listed again', (task: SealTask) => stage.sealing.list(stage.by(stage.boss), task)],
    ['is looked at', (task: SealTask) => stage.tasks.status(task)],
  ] as const)
    it(`are done, and are told to be, though the process stopped after the last seal, once the task ${how}`, async () => {
      const task = await stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }])
      await stage.sealAll(stage.boss, task)
      const { rows } = await stores.pglite.query<{ id: string }>(
        `UPDATE seal_task SET state = 'open', body = replace(body, '"state":"done"', '"state":"open"') WHERE id = $1 RETURNING id`,
        [task.id],
      )
      expect(rows).to.have.length(1)
      const open = (await stores.sealTasks.find(task.id)) ?? task
      expect(open.state).to.equal('open')
      await ask(open)
      expect((await stores.sealTasks.find(task.id))?.state).to.equal('done')
      expect(await stage.tasks.status(open)).to.deep.equal({ state: 'done', sealed: 1, count: 1 })
      const news = (await stores.sealNews.news(1000)).filter(({ subject }) => subject === task.id)
      expect(news.map(({ event }) => event)).to.deep.equal(['opened', 'document-sealed', 'done', 'done'])
    })

  it('write down the use of whoever seals it in the end, where another’s broke off between the use and the document', async () => {
    const task = await stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }])
    let broken = true
    const { sealing } = stage.another({
      async saveDocument(document, news) {
        if (broken && document.state === 'sealed') throw new Error('the database is away')
        return await stores.sealTasks.saveDocument(document, news)
      },
    })
    async function sealedBy(who: typeof stage.boss) {
      await stage.fitFor(who, task, 1)
      const { text } = await sealing.list(stage.by(who), task)
      await sealing.begin(stage.by(who), task, { text, cms: who.sign(text) })
      const now = (await stores.sealTasks.find(task.id)) ?? task
      return await sealing.seal(stage.by(who), now, 1, stage.signedBy(who, await sealing.item(stage.by(who), now, 1)))
    }
    for (let tries = 0; tries < 2; tries++)
      expect(await sealedBy(stage.boss).catch((thrown: Error) => thrown.message)).to.equal('the database is away')
    expect(await stage.uses(), 'tried again it is the same use').to.have.length(1)
    broken = false
    await stage.give(stage.boss, stage.clerk, { acts: ['seal_use'], seals: ['seal-1'] })
    const { sealed } = await sealedBy(stage.clerk)
    const [first, second, ...none] = (await stage.uses()).toSorted((one, other) => one.entry - other.entry)
    expect([first?.membershipId, second?.membershipId, none]).to.deep.equal([stage.boss.membershipId, stage.clerk.membershipId, []])
    expect(sealed?.entry).to.equal(second?.entry)
  })

  describe('refuse', () => {
    async function listed() {
      const task = await both()
      for (const n of [1, 2]) await stage.fitFor(stage.boss, task, n)
      const { text } = await stage.sealing.list(stage.by(stage.boss), task)
      return { task, text }
    }
    async function begun() {
      const { task, text } = await listed()
      await stage.sealing.begin(stage.by(stage.boss), task, { text, cms: stage.boss.sign(text) })
      return (await stores.sealTasks.find(task.id)) ?? task
    }
    const seal = async (task: Awaited<ReturnType<typeof begun>>, n: number, signature?: Buffer) =>
      stage.sealing.seal(
        stage.by(stage.boss),
        task,
        n,
        signature ?? stage.signedBy(stage.boss, await stage.sealing.item(stage.by(stage.boss), task, n)),
      )

    it('a signature without a signed list before it', async () => {
      const { task } = await listed()
      expect(await codeOf(() => seal(task, 1))).to.equal('seal_wrong_state')
      expect(await stage.uses()).to.deep.equal([])
    })

    it('a list with other words, of another person’s shield, or too old', async () => {
      const { task, text } = await listed()
      const begin = (words: string, cms: string) => codeOf(() => stage.sealing.begin(stage.by(stage.boss), task, { text: words, cms }))
      const other = text.replace('投标函.pdf', '投标函2.pdf')
      expect(await begin(other, stage.boss.sign(other))).to.equal('challenge_mismatch')
      const more = `${text}\n另外:一切事项`
      expect(await begin(more, stage.boss.sign(more))).to.equal('challenge_mismatch')
      expect(await begin(text, stage.clerk.sign(text))).to.equal('mandate_wrong_shield')
      expect(await begin(text, stage.boss.sign(other))).to.equal('mandate_wrong_shield')
      clock.advance(minutes(30))
      expect(await begin(text, stage.boss.sign(text))).to.be.oneOf(['challenge_expired', 'seal_wrong_state'])
    })

    it('a signature over another document, by another key, or changed on its way', async () => {
      const task = await begun()
      const one = stage.signedBy(stage.boss, await stage.sealing.item(stage.by(stage.boss), task, 1))
      expect(await codeOf(() => seal(task, 2, one))).to.equal('signature_invalid')
      expect(await codeOf(async () => seal(task, 1, stage.signedBy(stage.clerk, await stage.sealing.item(stage.by(stage.boss), task, 1))))).to.equal(
        'signature_invalid',
      )
      const changed = Buffer.from(one)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      expect(await codeOf(() => seal(task, 1, changed))).to.equal('signature_invalid')
      expect(await stage.uses()).to.deep.equal([])
    })

    it('an operator whose mandate does not give the seal, and let one whose does', async () => {
      const task = await both()
      expect(await codeOf(() => stage.sealAll(stage.clerk, task))).to.equal('act_not_allowed')
      expect((await documentOf(task.id, 1))?.state).to.equal('waiting')
      await stage.give(stage.boss, stage.clerk, { acts: ['seal_use'], seals: ['another-seal'] })
      expect(await codeOf(() => stage.sealAll(stage.clerk, task))).to.equal('mandate_out_of_scope')
      await stage.give(stage.boss, stage.clerk, { acts: ['seal_use'], seals: ['seal-1'] })
      await stage.sealAll(stage.clerk, task)
      expect((await stores.sealTasks.find(task.id))?.state).to.equal('done')
    })

    it('a seal that was suspended meanwhile, and a shield that the seal was not made for', async () => {
      const task = await begun()
      stage.state.suspended = true
      expect(await codeOf(() => seal(task, 1))).to.equal('seal_not_in_force')
      stage.state.suspended = false
      const stranger = await stage.person(stage.company, 'operator')
      expect(await codeOf(() => stage.fitFor(stranger, task, 1))).to.equal('seal_wrong_shield')
    })

    it('somebody of another company, somebody who is not asked, and an unknown task', async () => {
      const task = await stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }], { membershipId: stage.boss.membershipId })
      const strange = { ...stage.by(stage.boss), enterpriseId: 'another' }
      for (const who of [strange, stage.by(stage.clerk)]) expect(await codeOf(() => stage.tasks.of(who, task.id))).to.equal('seal_task_unknown')
      expect(await codeOf(() => stage.tasks.of(stage.by(stage.boss), '../etc/passwd'))).to.equal('seal_task_unknown')
      expect((await stage.tasks.of(stage.by(stage.boss), task.id)).id).to.equal(task.id)
    })

    it('what is over: cancelled, done, or out of time', async () => {
      const task = await begun()
      await stage.tasks.cancel(task.id, 'K7QM-3F9T')
      const cancelled = (await stores.sealTasks.find(task.id)) ?? task
      expect(await codeOf(() => seal(cancelled, 1))).to.equal('seal_wrong_state')
      expect(await codeOf(() => stage.tasks.cancel(task.id, 'K7QM-3F9T'))).to.equal('seal_wrong_state')
      const late = await both()
      clock.advance(minutes(24 * 60))
      expect(await codeOf(() => stage.fitFor(stage.boss, late, 1))).to.equal('seal_wrong_state')
      expect((await stage.tasks.status(late)).state).to.equal('expired')
    })

    it('what is cancelled while it is sealed, fitted or listed: the center was told how many are, and no more come', async () => {
      const task = await begun()
      await stage.tasks.cancel(task.id, 'K7QM-3F9T')
      expect(await codeOf(() => seal(task, 1))).to.equal('seal_wrong_state')
      const other = stage.clerk.party.certificate.der
      expect(await codeOf(() => stage.fitFor(stage.clerk, task, 1, other))).to.equal('seal_wrong_state')
      expect(await stage.tasks.status((await stores.sealTasks.find(task.id)) ?? task)).to.include({ state: 'cancelled', sealed: 0 })
      expect((await documentOf(task.id, 1))?.state).to.equal('waiting')
    })

    it('to say that a document is sealed which a colleague fitted for another shield at the same moment', async () => {
      const task = await begun()
      const { sealing } = stage.another({
        async saveDocument(document, news) {
          await stage.fitFor(stage.clerk, task, 1)
          return await stores.sealTasks.saveDocument(document, news)
        },
      })
      const signature = stage.signedBy(stage.boss, await sealing.item(stage.by(stage.boss), task, 1))
      expect(await codeOf(() => sealing.seal(stage.by(stage.boss), task, 1, signature))).to.equal('seal_wrong_state')
      expect((await documentOf(task.id, 1))?.state).to.equal('waiting')
    })

    it('documents of no known format, none, and too many, before any is stored', async () => {
      const bad = { name: 'a.doc', bytes: Buffer.from('hello') }
      expect(await codeOf(() => stage.open([{ name: 'a.xml', bytes: xmlDocument(1) }, bad]))).to.equal('seal_document_unusable')
      expect(await codeOf(() => stage.open([]))).to.equal('bad_request')
      expect(await codeOf(() => stage.open(Array.from({ length: 501 }, (_, n) => ({ name: 'a.xml', bytes: xmlDocument(n) }))))).to.equal(
        'bad_request',
      )
      const place = [{ kind: 'at', page: 9, x: 150, y: 240 }] as const
      const task = await stage.open([{ name: 'a.pdf', bytes: PDF, places: place }])
      expect(await codeOf(() => stage.fitFor(stage.boss, task, 1))).to.equal('seal_place_unusable')
    })
  })
})
