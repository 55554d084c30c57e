import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { days, hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { SealTask, SealTaskDocument } from '../../server/storage/stores-seal-tasks.ts'
import type { SuiteClock } from './storage.ts'

/** What every database does for sealing tasks and their documents. `open` is called once; tests use ids of their own, so they run in any order. */
export function sealTaskStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of sealing tasks on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const newTask = (more: Partial<SealTask> = {}): SealTask => ({
      id: newId(),
      version: 1,
      state: 'open',
      enterpriseId: newId(),
      center: { id: newId(), name: '演示交易中心' },
      title: '投标文件',
      count: 2,
      lists: [],
      createdAt: clock.now().toISOString(),
      expiresAt: later(days(1)),
      trace: 'K7QM-3F9T',
      ...more,
    })
    const newDocument = (taskId: string, n: number): SealTaskDocument => ({
      taskId,
      n,
      version: 1,
      name: `标书${n}.pdf`,
      format: 'pdf',
      size: 100,
      digest: '00'.repeat(32),
      places: '[]',
      blob: 'b',
      state: 'waiting',
    })
    async function stored(more: Partial<SealTask> = {}, count = 2): Promise<SealTask> {
      const task = newTask({ count, ...more })
      await stores.sealTasks.insert(
        task,
        Array.from({ length: count }, (_, i) => newDocument(task.id, i + 1)),
      )
      return task
    }
    const sealed = { blob: 'c', size: 200, digest: '11'.repeat(32), at: '2026-11-28T08:00:00.000Z', entry: 7, evidence: 'e' }

    it('keeps a task and its documents as they came, and knows no other', async () => {
      const task = await stored({ membershipId: 'm', reference: 'R-1', project: 'P-1', returnTo: 'https://center.example.cn/back' })
      expect(await stores.sealTasks.find(task.id)).to.deep.equal(task)
      expect(await stores.sealTasks.documents(task.id, 0, 10)).to.deep.equal([newDocument(task.id, 1), newDocument(task.id, 2)])
      expect(await stores.sealTasks.documents(task.id, 1, 10)).to.deep.equal([newDocument(task.id, 2)])
      expect(await stores.sealTasks.find(newId())).to.equal(undefined)
      expect(await stores.sealTasks.document(task.id, 3)).to.equal(undefined)
    })

    it('lets exactly one of 30 save a document as sealed, and nobody after that', async () => {
      const task = await stored()
      const [document] = await stores.sealTasks.documents(task.id, 0, 1)
      if (document === undefined) throw new Error('no document')
      const saves = await Promise.all(
        Array.from({ length: 30 }, (_, i) => stores.sealTasks.saveDocument({ ...document, state: 'sealed', sealed: { ...sealed, entry: i } })),
      )
      const [won, another] = saves.filter(each => each !== undefined)
      expect(another).to.equal(undefined)
      expect(await stores.sealTasks.document(task.id, 1)).to.deep.equal(won)
      expect(await stores.sealTasks.saveDocument({ ...document, version: 2, state: 'waiting' })).to.equal(undefined)
      expect(await stores.sealTasks.sealedOf(task.id)).to.equal(1)
    })

    it('saves no document of a task that has ended, nor one that ends at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const task = await stored({}, 8)
        const documents = await stores.sealTasks.documents(task.id, 0, 8)
        const [early, late] = [documents.slice(0, 4), documents.slice(4)]
        const save = (document: SealTaskDocument) => stores.sealTasks.saveDocument({ ...document, state: 'sealed', sealed })
        const cancel = () => stores.sealTasks.save({ ...task, state: 'cancelled' })
        const [first, ended, second] = await Promise.all([Promise.all(early.map(save)), cancel(), Promise.all(late.map(save))])
        expect(ended).not.to.equal(undefined)
        expect(await stores.sealTasks.sealedOf(task.id)).to.equal([...first, ...second].filter(each => each !== undefined).length)
        const waiting = (await stores.sealTasks.documents(task.id, 0, 8)).find(({ state }) => state === 'waiting')
        if (waiting !== undefined) expect(await save(waiting)).to.equal(undefined)
      }
      const task = await stored()
      await stores.sealTasks.save({ ...task, state: 'cancelled' })
      for (const document of await stores.sealTasks.documents(task.id, 0, 9)) {
        expect(await stores.sealTasks.saveDocument({ ...document, state: 'sealed', sealed })).to.equal(undefined)
        expect(await stores.sealTasks.saveDocument({ ...document, name: 'another' })).to.equal(undefined)
        expect(await stores.sealTasks.document(task.id, document.n)).to.deep.equal(document)
      }
    })

    it('keeps what was sealed as long as its task was extended meanwhile', async () => {
      for (const order of ['extended first', 'sealed first', 'at once']) {
        const task = await stored({}, 1)
        const [document] = await stores.sealTasks.documents(task.id, 0, 1)
        if (document === undefined) throw new Error('no document')
        const blob = newId()
        await stores.blobs.put(blob, randomBytes(600_000), new Date(Date.parse(task.expiresAt) + days(30)))
        const extend = () => stores.sealInterface.extend({ ...task, expiresAt: later(days(60)) })
        const save = () => stores.sealTasks.saveDocument({ ...document, state: 'sealed', sealed: { ...sealed, blob } })
        const steps = order === 'sealed first' ? [save, extend] : [extend, save]
        const done = order === 'at once' ? await Promise.all(steps.map(step => step())) : [await steps[0]?.(), await steps[1]?.()]
        expect(done.filter(each => each !== undefined)).to.have.length(2)
        clock.advance(days(80))
        while ((await stores.sweep(1000)) > 0);
        expect((await stores.blobs.get(blob))?.length, order).to.equal(600_000)
      }
    })

    it('lets one of 20 end a task', async () => {
      const task = await stored()
      const ends = await Promise.all(Array.from({ length: 20 }, () => stores.sealTasks.save({ ...task, state: 'done' })))
      expect(ends.filter(each => each !== undefined)).to.have.length(1)
      expect((await stores.sealTasks.find(task.id))?.state).to.equal('done')
    })

    it('writes news with the change that it is of, and none with a change that came too late', async () => {
      const task = newTask({ count: 1 })
      const of = (event: string) => ({
        event,
        clientId: 'center',
        enterpriseId: task.enterpriseId,
        subject: task.id,
        data: '{}',
        at: later(0),
        trace: 'T',
      })
      await stores.sealTasks.insert(task, [newDocument(task.id, 1)], of('opened'))
      const [document] = await stores.sealTasks.documents(task.id, 0, 1)
      if (document === undefined) throw new Error('no document')
      const done = { ...document, state: 'sealed' as const, sealed }
      await Promise.all(Array.from({ length: 10 }, (_, i) => stores.sealTasks.saveDocument(done, of(`sealed ${i}`))))
      await Promise.all(Array.from({ length: 10 }, (_, i) => stores.sealTasks.save({ ...task, state: 'done' }, of(`ended ${i}`))))
      const news = (await stores.sealNews.news(1000)).filter(({ subject }) => subject === task.id)
      expect(news.map(({ event }) => event.split(' ')[0])).to.deep.equal(['opened', 'sealed', 'ended'])
      expect(news[0]).to.deep.include(of('opened'))
    })

    it('puts before a person what is theirs or anybody’s of the company, while it is open and in time', async () => {
      const enterpriseId = newId()
      const mine = await stored({ enterpriseId, membershipId: 'me', createdAt: later(1) })
      const anybodys = await stored({ enterpriseId, createdAt: later(2) })
      await stored({ enterpriseId, membershipId: 'somebody else' })
      await stored({ enterpriseId, expiresAt: later(-1) })
      await stores.sealTasks.save({ ...(await stored({ enterpriseId })), state: 'cancelled' })
      const waiting = await stores.sealTasks.waiting(enterpriseId, 'me', clock.now(), 10)
      expect(waiting.map(({ id }) => id)).to.deep.equal([anybodys.id, mine.id])
      expect(await stores.sealTasks.waiting(enterpriseId, 'me', clock.now(), 1)).to.have.length(1)
    })

    it('lists a company’s and a center’s tasks in pages, the newest first', async () => {
      const [enterpriseId, center] = [newId(), { id: newId(), name: '演示' }]
      const ids: string[] = []
      for (let i = 0; i < 5; i++) ids.unshift((await stored({ enterpriseId, center, createdAt: later(i) })).id)
      for (const list of [stores.sealTasks.ofEnterprise, stores.sealTasks.ofCenter] as const) {
        const of = list === stores.sealTasks.ofCenter ? center.id : enterpriseId
        const first = await list(of, 2)
        const second = await list(of, 9, first.at(-1))
        expect([...first, ...second].map(({ id }) => id)).to.deep.equal(ids)
      }
    })

    it('gives bytes back as they came, whatever their number, and only whole', async () => {
      for (const length of [0, 1, 512 * 1024, 512 * 1024 + 1, 1_300_000]) {
        const [id, bytes] = [newId(), randomBytes(length)]
        await stores.blobs.put(id, bytes, new Date(later(hours(1))))
        expect((await stores.blobs.get(id))?.equals(bytes), String(length)).to.equal(true)
        await stores.blobs.put(id, randomBytes(length), new Date(later(hours(1))))
        expect((await stores.blobs.get(id))?.equals(bytes), 'written once').to.equal(true)
        await stores.blobs.drop(id)
        expect(await stores.blobs.get(id)).to.equal(undefined)
      }
      expect(await stores.blobs.get(newId())).to.equal(undefined)
    })

    it('forgets bytes when their time is over', async () => {
      const id = newId()
      await stores.blobs.put(id, randomBytes(600_000), new Date(later(-1)))
      while ((await stores.sweep(1000)) > 0);
      expect(await stores.blobs.get(id)).to.equal(undefined)
    })
  })
}
