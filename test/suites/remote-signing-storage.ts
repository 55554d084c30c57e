import { expect } from 'chai'
import { days, hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { RemoteKey, RemoteRequest, RemoteSigning } from '../../server/storage/stores-remote-signing.ts'
import type { SuiteClock } from './storage.ts'

/** What every database does for keys of persons and their uses. `open` is called once; tests use ids of their own, so they run in any order. */
export function remoteSigningStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of remote signing on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const TRACE = 'K7QM-3F9T'
    const change = () => ({ at: clock.now(), trace: TRACE })
    const newKey = (more: Partial<RemoteKey> = {}): RemoteKey => ({
      id: newId(),
      version: 1,
      personId: newId(),
      personName: '演示专家',
      state: 'made',
      factor: 'totp',
      tries: 0,
      totpStep: -1,
      publicKey: 'cHVibGlj',
      vault: '{}',
      check: { proof: newId(), bank: 'ccb', at: clock.now().toISOString() },
      createdAt: clock.now().toISOString(),
      trace: 'K7QM-3F9T',
      integrity: 'code',
      ...more,
    })
    const issued = (key: RemoteKey, until = later(days(30))) => ({
      ...key,
      state: 'active' as const,
      serial: newId(),
      certificate: 'ZGVy',
      notAfter: until,
    })
    async function active(personId = newId(), until?: string) {
      const key = newKey({ personId })
      await stores.remoteKeys.insert(key)
      const made = issued(key, until)
      expect(await stores.remoteKeys.activate(made, change())).to.be.an('array')
      return made
    }

    it('keeps a key as it came, and knows no other', async () => {
      const key = newKey()
      await stores.remoteKeys.insert(key)
      expect(await stores.remoteKeys.find(key.id)).to.deep.equal(key)
      expect(await stores.remoteKeys.ofPerson(key.personId)).to.deep.equal(key)
      expect(await stores.remoteKeys.find(newId())).to.equal(undefined)
      expect(await stores.remoteKeys.ofPerson(newId())).to.equal(undefined)
    })

    it('leaves a person one active key, whatever the number of keys that become active at once', async () => {
      const personId = newId()
      const before = await active(personId)
      const keys = Array.from({ length: 8 }, () => newKey({ personId }))
      for (const key of keys) await stores.remoteKeys.insert(key)
      const answers = await Promise.all(keys.map(key => stores.remoteKeys.activate(issued(key), change())))
      const won = answers.filter(each => each !== undefined)
      expect(won).to.have.length(1)
      expect(won[0]).to.include(before.id)
      const states = await Promise.all([before, ...keys].map(async ({ id }) => (await stores.remoteKeys.find(id))?.state))
      expect(states.filter(state => state === 'active')).to.have.length(1)
      expect((await stores.remoteKeys.find(before.id))?.revoked?.reason).to.equal('superseded')
      expect((await stores.remoteKeys.ofPerson(personId))?.state).to.equal('active')
    })

    it('counts tries before they are made: of thirty at once six are let through', async () => {
      const key = await active()
      const tries = await Promise.all(Array.from({ length: 30 }, () => stores.remoteKeys.countTry(key.id, 6)))
      expect(tries.filter(each => each !== undefined).sort()).to.deep.equal([1, 2, 3, 4, 5, 6])
      expect((await stores.remoteKeys.find(key.id))?.tries).to.equal(6)
      await stores.remoteKeys.clearTries(key.id)
      expect(await stores.remoteKeys.countTry(key.id, 6)).to.equal(1)
    })

    it('takes a code once, and none from before it', async () => {
      const key = await active()
      const taken = await Promise.all(Array.from({ length: 20 }, () => stores.remoteKeys.takeCode(key.id, 58_000_000)))
      expect(taken.filter(Boolean)).to.have.length(1)
      expect(await stores.remoteKeys.takeCode(key.id, 57_999_999)).to.equal(false)
      expect(await stores.remoteKeys.takeCode(key.id, 58_000_001)).to.equal(true)
    })

    it('revokes a key once, tells of it until its certificate ends, and gives it no further try', async () => {
      const [key, over] = [await active(), await active(newId(), later(-1))]
      const at = clock.now().toISOString()
      expect(await stores.remoteKeys.revoke(key.id, { at, reason: 'cessationOfOperation' }, TRACE)).to.equal(true)
      expect(await stores.remoteKeys.revoke(key.id, { at, reason: 'keyCompromise' }, TRACE)).to.equal(false)
      await stores.remoteKeys.revoke(over.id, { at, reason: 'keyCompromise' }, TRACE)
      const listed = await stores.remoteKeys.revokedSerials(clock.now(), 1000)
      expect(listed.find(({ serial }) => serial === key.serial)).to.deep.equal({ serial: key.serial, at, reason: 'cessationOfOperation' })
      expect(listed.map(({ serial }) => serial)).not.to.include(over.serial)
      expect(await stores.remoteKeys.countTry(key.id, 6)).to.equal(undefined)
      expect(await stores.remoteKeys.takeCode(key.id, 60_000_000)).to.equal(false)
      expect(await stores.remoteKeys.ofPerson(key.personId)).to.equal(undefined)
    })

    const newRequest = (more: Partial<RemoteRequest> = {}): RemoteRequest => ({
      id: newId(),
      version: 1,
      state: 'open',
      personId: newId(),
      personName: '演示专家',
      membershipId: newId(),
      center: { id: newId(), name: '演示交易中心' },
      title: '评标报告',
      asked: '00',
      documents: [{ n: 1, name: '评标报告.pdf', format: 'pdf', size: 10, digest: '00'.repeat(32), blob: 'b' }],
      createdAt: clock.now().toISOString(),
      expiresAt: later(days(1)),
      trace: 'K7QM-3F9T',
      ...more,
    })

    it('lets one of twenty end a request', async () => {
      const request = newRequest()
      await stores.remoteRequests.insert(request)
      const saves = await Promise.all(Array.from({ length: 20 }, () => stores.remoteRequests.save({ ...request, state: 'signed' }, clock.now())))
      expect(saves.filter(each => each !== undefined)).to.have.length(1)
      expect((await stores.remoteRequests.find(request.id))?.state).to.equal('signed')
    })

    it('puts before a person what is theirs, open and in time; lists a center’s in pages, the newest first', async () => {
      const [personId, center] = [newId(), { id: newId(), name: '演示' }]
      const ids: string[] = []
      for (let i = 0; i < 5; i++) {
        const request = newRequest({ personId, center, createdAt: later(i), ...(i === 0 ? { expiresAt: later(-1) } : {}) })
        await stores.remoteRequests.insert(request)
        ids.unshift(request.id)
      }
      const declined = newRequest({ personId })
      await stores.remoteRequests.insert(declined)
      await stores.remoteRequests.save({ ...declined, state: 'declined' }, clock.now())
      await stores.remoteRequests.insert(newRequest())
      expect((await stores.remoteRequests.waiting(personId, clock.now(), 10)).map(({ id }) => id)).to.deep.equal(ids.slice(0, 4))
      const first = await stores.remoteRequests.ofCenter(center.id, 2)
      const rest = await stores.remoteRequests.ofCenter(center.id, 9, first.at(-1))
      expect([...first, ...rest].map(({ id }) => id)).to.deep.equal(ids)
    })

    const newSigning = (more: Partial<RemoteSigning> = {}): RemoteSigning => ({
      id: newId(),
      version: 1,
      state: 'waiting',
      purpose: 'sign',
      personId: newId(),
      membershipId: newId(),
      keyId: newId(),
      requestId: newId(),
      text: '云签清单',
      factor: 'totp',
      createdAt: clock.now().toISOString(),
      expiresAt: later(hours(1)),
      trace: 'K7QM-3F9T',
      ...more,
    })

    it('lets one of twenty spend an approval, and keeps what signed when approvals are swept', async () => {
      const [used, left] = [newSigning({ createdAt: later(-days(2)) }), newSigning({ createdAt: later(-days(2)) })]
      for (const each of [used, left]) await stores.remoteSignings.insert(each)
      const saves = await Promise.all(Array.from({ length: 20 }, () => stores.remoteSignings.save({ ...used, state: 'used' })))
      const won = saves.find(each => each !== undefined)
      expect(saves.filter(each => each !== undefined)).to.have.length(1)
      if (won === undefined) throw new Error('nobody won')
      await stores.remoteSignings.save({ ...won, state: 'signed' })
      while ((await stores.sweep(1000)) > 0);
      expect(await stores.remoteSignings.find(left.id)).to.equal(undefined)
      expect((await stores.remoteSignings.ofPerson(used.personId, 10)).map(({ id }) => id)).to.deep.equal([used.id])
      expect(await stores.remoteSignings.ofPerson(left.personId, 10)).to.deep.equal([])
    })

    /** all news so far, taken away as it is read */
    async function newsAbout(subject: string) {
      const found: { event: string; clientId?: string; personId: string; data: Record<string, unknown> }[] = []
      for (let news = await stores.remoteNews.news(100); news.length > 0; news = await stores.remoteNews.news(100)) {
        for (const { event, clientId, personId, subject: of, data } of news) {
          if (of === subject) found.push({ event, personId, data: JSON.parse(data), ...(clientId === undefined ? {} : { clientId }) })
        }
        await stores.remoteNews.handedOn(news.map(({ id }) => id))
      }
      return found
    }

    it('writes news with each change of a request, and none with a change that did not happen', async () => {
      const request = newRequest({ reference: 'R-7' })
      await stores.remoteRequests.insert(request)
      await Promise.all(Array.from({ length: 5 }, () => stores.remoteRequests.save({ ...request, state: 'declined' }, clock.now())))
      const told = await newsAbout(request.id)
      expect(told.map(({ event, clientId }) => [event, clientId])).to.deep.equal([
        ['request.opened', request.center.id],
        ['request.declined', request.center.id],
      ])
      expect(told[1]?.data).to.deep.equal({ request: request.id, state: 'declined', subject: request.membershipId, reference: 'R-7' })
    })

    it('ends requests and certificates whose time is over once, whoever asks at the same moment', async () => {
      const [over, waiting] = [newRequest({ expiresAt: later(-1) }), newRequest()]
      for (const each of [over, waiting]) await stores.remoteRequests.insert(each)
      const [key, good] = [await active(newId(), later(-1)), await active()]
      const requests = await Promise.all(Array.from({ length: 6 }, () => stores.remoteNews.endRequests(clock.now(), 1000)))
      const keys = await Promise.all(Array.from({ length: 6 }, () => stores.remoteNews.endKeys(clock.now(), TRACE, 1000)))
      expect(requests.flat().filter(({ id }) => id === over.id)).to.deep.equal([{ id: over.id, center: over.center.id, trace: over.trace }])
      expect(keys.flat().filter(({ id }) => id === key.id)).to.deep.equal([{ id: key.id, personId: key.personId, serial: key.serial }])
      expect((await stores.remoteRequests.find(over.id))?.state).to.equal('expired')
      expect((await stores.remoteRequests.find(waiting.id))?.state).to.equal('open')
      expect([(await stores.remoteKeys.find(key.id))?.state, (await stores.remoteKeys.find(good.id))?.state]).to.deep.equal(['expired', 'active'])
      expect(await stores.remoteRequests.save({ ...over, state: 'signed' }, clock.now())).to.equal(undefined)
    })

    it('tells of a key that was activated, superseded, locked once, revoked; of one without a certificate nothing', async () => {
      const personId = newId()
      const first = await active(personId)
      for (let i = 0; i < 6; i++) await stores.remoteKeys.countTry(first.id, 6)
      await Promise.all(Array.from({ length: 4 }, () => stores.remoteKeys.lock(first.id, 6, change())))
      const second = await active(personId)
      await stores.remoteKeys.lock(second.id, 6, change())
      await stores.remoteKeys.revoke(second.id, { at: clock.now().toISOString(), reason: 'cessationOfOperation' }, TRACE)
      const waits = newKey({ personId })
      await stores.remoteKeys.insert(waits)
      await stores.remoteKeys.revoke(waits.id, { at: clock.now().toISOString(), reason: 'cessationOfOperation' }, TRACE)
      const all = await stores.remoteNews.news(1000)
      const of = (id: string) => all.filter(({ subject }) => subject === id).map(({ event, data }) => [event, JSON.parse(data).reason])
      expect(of(first.id)).to.deep.equal([
        ['key.activated', undefined],
        ['key.locked', undefined],
        ['key.revoked', 'superseded'],
      ])
      expect(of(second.id)).to.deep.equal([
        ['key.activated', undefined],
        ['key.revoked', 'cessationOfOperation'],
      ])
      expect(of(waits.id)).to.deep.equal([])
      expect(all.find(({ subject }) => subject === first.id)).to.deep.include({ personId })
      expect(JSON.parse(all.find(({ subject }) => subject === first.id)?.data ?? '')).to.deep.equal({
        ...{ key: first.id, state: 'active', serial: first.serial, not_after: first.notAfter },
      })
    })

    it('knows no bank of a person whom no bank knows', async () => {
      expect(await stores.remoteSignings.banksOf(newId())).to.deep.equal([])
    })
  })
}
