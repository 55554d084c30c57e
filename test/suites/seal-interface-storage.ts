import { expect } from 'chai'
import { days, hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { SealUpload } from '../../server/storage/stores-seal-interface.ts'
import type { SealTask } from '../../server/storage/stores-seal-tasks.ts'
import type { Webhook, WebhookDelivery } from '../../server/storage/stores-webhooks.ts'
import { newUscc, type SuiteClock } from './storage.ts'

/** What every database does for the interface for seals. `open` is called once; tests use ids of their own, so they run in any order. */
export function sealInterfaceStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of the interface for seals on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const most = { count: 3, bytes: 1000 }
    const newUpload = (clientId: string, more: Partial<SealUpload> = {}): SealUpload => ({
      ...{ id: newId(), clientId, name: '标书.pdf', format: 'pdf', size: 100, digest: '00'.repeat(32), sha256: '11'.repeat(32) },
      ...{ createdAt: later(0), expiresAt: later(hours(1)) },
      ...more,
    })
    async function company(): Promise<{ id: string; membershipId: string; uscc: Uscc; name: string }> {
      const [uscc, called] = [newUscc(), '演示企业(示范)有限公司']
      const { membership } = await stores.parties.recognise(
        {
          bank: 'abc',
          subject: newId(),
          person: { name: '示例甲', idDigest: newId() },
          seats: [{ uscc, name: called, role: 'legal-representative' }],
          assurance: 'bank-session',
          methods: ['pwd'],
          authenticatedAt: later(0),
        },
        uscc,
      )
      return { id: membership.enterprise.id, membershipId: membership.id, uscc, name: called }
    }
    async function task(more: Partial<SealTask> = {}): Promise<SealTask> {
      const id = newId()
      const made: SealTask = {
        ...{ id, version: 1, state: 'open', enterpriseId: newId(), center: { id: newId(), name: '演示交易中心' }, title: '投标文件' },
        ...{ count: 1, lists: [], createdAt: later(0), expiresAt: later(days(1)), trace: 'K7QM-3F9T' },
        ...more,
      }
      const about = { name: '标书.pdf', format: 'pdf', size: 4, digest: '00'.repeat(32), places: '[]', blob: id, state: 'waiting' } as const
      await stores.blobs.put(id, Buffer.from('%PDF'), new Date(Date.parse(made.expiresAt) + days(30)))
      await stores.sealTasks.insert(made, [{ taskId: id, n: 1, version: 1, ...about }])
      return made
    }

    it('keeps what a center handed in, for that center alone, up to a number and a size, until its time is over', async () => {
      const [center, other] = [newId(), newId()]
      const [first, second] = [newUpload(center), newUpload(center, { createdAt: later(1) })]
      expect(await stores.sealInterface.insertUpload(first, most)).to.equal(true)
      expect(await stores.sealInterface.insertUpload(newUpload(center, { size: 901 }), most)).to.equal(false)
      expect(await stores.sealInterface.insertUpload(second, most)).to.equal(true)
      expect(await stores.sealInterface.insertUpload(newUpload(center), most)).to.equal(true)
      expect(await stores.sealInterface.insertUpload(newUpload(center), most)).to.equal(false)
      expect(await stores.sealInterface.upload(center, first.id, clock.now())).to.deep.equal(first)
      expect(await stores.sealInterface.upload(other, first.id, clock.now())).to.equal(undefined)
      expect(await stores.sealInterface.upload(center, first.id, new Date(later(hours(1))))).to.equal(undefined)
      expect((await stores.sealInterface.uploads(center, clock.now(), 1)).map(({ id }) => id)).to.deep.equal([second.id])
      expect(await stores.sealInterface.uploads(center, clock.now(), 9, second)).to.have.length(2)
      expect(await stores.sealInterface.dropUpload(other, first.id)).to.equal(false)
      expect(await stores.sealInterface.dropUpload(center, first.id)).to.equal(true)
    })

    it('lists a center’s tasks by what they are now, by number and by company', async () => {
      const center = { id: newId(), name: '演示' }
      const open = await task({ center, createdAt: later(1), reference: 'R-1' })
      const over = await task({ center, createdAt: later(2), expiresAt: later(-1) })
      await task()
      const found = async (filter: Parameters<typeof stores.sealInterface.tasks>[1]) =>
        (await stores.sealInterface.tasks(center.id, filter, clock.now(), 9)).map(({ id }) => id)
      expect(await found({})).to.deep.equal([over.id, open.id])
      expect(await found({ state: 'open' })).to.deep.equal([open.id])
      expect(await found({ state: 'expired' })).to.deep.equal([over.id])
      expect(await found({ reference: 'R-1' })).to.deep.equal([open.id])
      expect(await found({ enterpriseId: over.enterpriseId })).to.deep.equal([over.id])
      expect((await stores.sealInterface.tasks(center.id, {}, clock.now(), 9, over)).map(({ id }) => id)).to.deep.equal([open.id])
      const rows = await stores.sealInterface.statistics(center.id, new Date(later(-days(1))), new Date(later(days(1))), clock.now())
      expect(rows).to.deep.equal(['expired', 'open'].map(state => ({ day: '2026-05-01', state, tasks: 1, documents: 1 })))
    })

    it('lets one of 10 extend a task, and keeps its documents as much longer', async () => {
      const made = await task()
      const until = later(days(90))
      const saves = await Promise.all(Array.from({ length: 10 }, () => stores.sealInterface.extend({ ...made, expiresAt: until })))
      expect(saves.filter(each => each !== undefined)).to.have.length(1)
      expect((await stores.sealTasks.find(made.id))?.expiresAt).to.equal(until)
      const waiting = await stores.sealTasks.waiting(made.enterpriseId, 'anybody', new Date(later(days(89))), 9)
      expect(waiting.map(({ id }) => id)).to.deep.equal([made.id])
      expect(await stores.blobs.get(made.id)).not.to.equal(undefined)
      await stores.sealTasks.save({ ...(waiting[0] ?? made), state: 'cancelled' })
      expect(await stores.sealInterface.extend({ ...made, version: 3 })).to.equal(undefined)
    })

    it('knows a company of a center once it has a task there or somebody logged in there', async () => {
      const [center, at] = [newId(), await company()]
      const known = { id: at.id, uscc: at.uscc, name: at.name }
      expect(await stores.sealInterface.company(center, { uscc: at.uscc })).to.equal(undefined)
      await stores.consents.grant(at.membershipId, center, ['openid'])
      expect(await stores.sealInterface.company(center, { uscc: at.uscc })).to.deep.equal(known)
      expect(await stores.sealInterface.company(center, { id: at.id })).to.deep.equal(known)
      expect(await stores.sealInterface.companies(center, 9)).to.deep.equal([known])
      expect(await stores.sealInterface.companies(center, 9, at.uscc)).to.deep.equal([])
      const byTask = newId()
      await task({ enterpriseId: at.id, center: { id: byTask, name: '演示' } })
      expect(await stores.sealInterface.company(byTask, { uscc: at.uscc })).to.deep.equal(known)
      expect(await stores.sealInterface.company(newId(), { uscc: at.uscc })).to.equal(undefined)
    })

    it('ends a verification once', async () => {
      const [id, clientId] = [newId(), newId()]
      const made = { id, clientId, state: 'waiting', body: '{}', createdAt: later(0), expiresAt: later(days(1)) } as const
      await stores.sealInterface.insertVerification(made)
      const ends = await Promise.all(Array.from({ length: 10 }, (_, i) => stores.sealInterface.endVerification(id, `{"n":${i}}`)))
      expect(ends.filter(Boolean)).to.have.length(1)
      expect((await stores.sealInterface.verification(id))?.state).to.equal('done')
      expect(await stores.sealInterface.verifications(clientId, 9)).to.have.length(1)
      expect(await stores.sealInterface.verifications(clientId, 9, made)).to.have.length(0)
    })

    const newWebhook = (clientId: string, events: string[]): Webhook => ({
      ...{ id: newId(), clientId, url: 'https://center.example.cn/hook', events, secrets: 'sealed', createdAt: later(0) },
    })

    it('hands news to the center it is for, or to every center that knows the company', async () => {
      const [a, b, at] = [newId(), newId(), await company()]
      const [ofA, ofB] = [newWebhook(a, ['seal.revoked', 'task.done']), newWebhook(b, ['seal.revoked'])]
      for (const webhook of [ofA, ofB]) expect(await stores.sealNews.insert(webhook, 1)).to.equal(true)
      expect(await stores.sealNews.insert(newWebhook(a, []), 1)).to.equal(false)
      const news = { id: '0', event: 'seal.revoked', enterpriseId: at.id, subject: 's', data: '{}', at: later(0), trace: 't' }
      const heard = async (more: object) => (await stores.sealNews.concerned({ ...news, ...more }, 9)).map(({ clientId }) => clientId)
      expect(await heard({})).to.deep.equal([])
      await stores.consents.grant(at.membershipId, a, ['openid'])
      expect(await heard({})).to.deep.equal([a])
      expect(await heard({ clientId: b })).to.deep.equal([b])
      expect(await heard({ clientId: b, event: 'task.done' })).to.deep.equal([])
      expect(await stores.sealNews.update(ofB.id, a, { url: 'x', events: [] })).to.equal(false)
      expect(await stores.sealNews.update(ofB.id, b, { url: 'https://b.example.cn/', events: ['task.done'] })).to.equal(true)
      expect(await heard({ clientId: b, event: 'task.done' })).to.deep.equal([b])
      const rotated = await Promise.all(Array.from({ length: 5 }, (_, i) => stores.sealNews.rotate(ofA.id, 'sealed', `new ${i}`)))
      expect(rotated.filter(Boolean)).to.have.length(1)
      expect(await stores.sealNews.remove(ofA.id, b)).to.equal(false)
      expect(await stores.sealNews.remove(ofA.id, a)).to.equal(true)
      expect(await stores.sealNews.ofClient(a, 9)).to.deep.equal([])
    })

    it('makes news of each task whose time is over exactly once, and again after it was extended', async () => {
      while ((await stores.sealNews.tellOver(clock.now(), 't', 100)) > 0);
      await stores.sealNews.handedOn((await stores.sealNews.news(1000)).map(({ id }) => id))
      const made = await task({ expiresAt: later(hours(1)) })
      const whole = await task({ expiresAt: later(hours(1)) })
      for (const document of await stores.sealTasks.documents(whole.id, 0, 9)) await stores.sealTasks.saveDocument({ ...document, state: 'sealed' })
      const over = new Date(later(hours(2)))
      const told = await Promise.all(Array.from({ length: 4 }, () => stores.sealNews.tellOver(over, 'K7QM-3F9T', 100)))
      expect(told.reduce((sum, n) => sum + n, 0)).to.equal(1)
      const [news] = await stores.sealNews.news(9)
      expect({ ...news, id: '' }).to.deep.include({ event: 'task.expired', clientId: made.center.id, subject: made.id })
      expect(JSON.parse(news?.data ?? '')).to.deep.equal({ task: made.id, state: 'expired' })
      await stores.sealInterface.extend({ ...made, expiresAt: later(hours(3)) })
      expect(await stores.sealNews.tellOver(over, 't', 9)).to.equal(0)
      expect(await stores.sealNews.tellOver(new Date(later(hours(4))), 't', 9)).to.equal(1)
      await stores.sealNews.handedOn((await stores.sealNews.news(9)).map(({ id }) => id))
      expect(await stores.sealNews.news(9)).to.deep.equal([])
    })

    it('keeps what became of a delivery, and never takes back that it arrived', async () => {
      const webhook = newWebhook(newId(), ['task.done'])
      await stores.sealNews.insert(webhook, 9)
      const delivery: WebhookDelivery = {
        ...{ id: `msg_${newId()}`, webhookId: webhook.id, type: 'task.done', subject: 's', body: '{}', state: 'waiting', attempts: 0 },
        ...{ trace: 't', createdAt: later(0), expiresAt: later(days(1)) },
      }
      await stores.sealNews.deliver([delivery, delivery])
      expect(await stores.sealNews.deliveries(webhook.id, { undelivered: true }, 9)).to.deep.equal([delivery])
      await stores.sealNews.tried(delivery.id, { state: 'delivered', status: 204, at: later(1) })
      await stores.sealNews.tried(delivery.id, { state: 'dead', error: 'late', at: later(2) })
      const after = await stores.sealNews.delivery(delivery.id)
      expect(after).to.deep.include({ state: 'delivered', attempts: 1, lastStatus: 204, doneAt: later(1) })
      expect(await stores.sealNews.deliveries(webhook.id, { undelivered: true }, 9)).to.deep.equal([])
      expect(await stores.sealNews.again(delivery.id)).to.equal(true)
      expect(await stores.sealNews.again(delivery.id)).to.equal(false)
    })
  })
}
