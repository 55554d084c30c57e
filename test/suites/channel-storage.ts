import { expect } from 'chai'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { ChannelMessage, NewOutgoing, RefusedMessage } from '../../server/storage/stores-channel.ts'
import { NO_EFFECT } from '../../server/storage/stores-effects.ts'
import type { SuiteClock } from './storage.ts'

/** What every database does for messages of the data channel. `open` is called once; tests use senders of their own, so they run in any order. */
export function channelStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of the data channel on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const take = (came: ChannelMessage) => stores.effects.take(came, async () => NO_EFFECT)
    const message = (more: Partial<ChannelMessage> = {}): ChannelMessage => ({
      sender: newId(),
      id: newId(),
      idempotencyKey: newId(),
      type: 'channel.test',
      digest: 'sm3=:digest:',
      signed: 'shared-shield message 1\n',
      signatures: 'sm2;key=k;sig=s',
      body: '{"text":"一笔 \\"引号\\" \\\\ \\u0000 😀"}',
      answer: { status: 200, headers: { 'x-msg-status': '200' }, body: `{"result":"${newId()}"}` },
      receivedAt: clock.now().toISOString(),
      trace: 'K7QM-3F9T',
      ...more,
    })

    it('keeps a message and its answer to the letter', async () => {
      const came = message()
      expect(await take(came)).to.equal(undefined)
      expect(await stores.channel.find(came.sender, came.id)).to.deep.equal(came)
      expect(await stores.channel.find(newId(), came.id)).to.equal(undefined)
    })

    it('takes one of a thousand at once, and tells all others its answer', async () => {
      const first = message()
      const many = Array.from({ length: 1000 }, (_, i) => ({ ...first, answer: { ...first.answer, body: `{"n":${i}}` } }))
      const outcomes = await Promise.all(many.map(each => take(each)))
      const won = outcomes.flatMap((outcome, i) => (outcome === undefined ? [i] : []))
      expect(won).to.have.length(1)
      const answer = `{"n":${won[0]}}`
      for (const outcome of outcomes) if (outcome !== undefined) expect(outcome.map(known => known.answer.body)).to.deep.equal([answer])
    })

    it('takes what is new of a moment in which others are known, and answers each', async () => {
      const known = message()
      await take(known)
      const fresh = Array.from({ length: 30 }, () => message())
      const [twice] = fresh
      const outcomes = await Promise.all([...fresh, known, twice ?? known].map(each => take(each)))
      expect(outcomes.filter(outcome => outcome === undefined)).to.have.length(30)
      expect(outcomes[30]?.map(({ id }) => id)).to.deep.equal([known.id])
      for (const each of fresh) expect(await stores.channel.find(each.sender, each.id)).to.deep.equal(each)
    })

    it('takes one of many ids with one key, whoever comes first', async () => {
      const first = message()
      const many = Array.from({ length: 50 }, () => ({ ...first, id: newId() }))
      const outcomes = await Promise.all(many.map(each => take(each)))
      expect(outcomes.filter(outcome => outcome === undefined)).to.have.length(1)
      expect(new Set(outcomes.flatMap(outcome => outcome?.map(({ id }) => id) ?? [])).size).to.equal(1)
    })

    it('tells of both that stand in the way: one under the id, another under the key', async () => {
      const [one, other] = [message(), message()]
      await take(one)
      await take({ ...other, sender: one.sender })
      const stands = await take({ ...one, idempotencyKey: other.idempotencyKey })
      expect(stands?.map(({ id }) => id)).to.have.members([one.id, other.id])
    })

    it('lets two senders use the same id and key', async () => {
      const one = message()
      await take(one)
      expect(await take({ ...one, sender: newId() })).to.equal(undefined)
    })

    it('lists a sender’s messages, the newest first, page by page', async () => {
      const sender = newId()
      const ids: string[] = []
      for (let i = 0; i < 5; i++) {
        const each = message({ sender, receivedAt: new Date(clock.now().getTime() + i * 1000).toISOString() })
        ids.unshift(each.id)
        await take(each)
      }
      const first = await stores.channel.list({ sender }, 2)
      const last = first.at(-1)
      const rest = await stores.channel.list({ sender, ...(last === undefined ? {} : { before: last }) }, 10)
      expect([...first, ...rest].map(({ id }) => id)).to.deep.equal(ids)
    })

    const outgoing = (more: Partial<NewOutgoing> = {}): NewOutgoing => ({
      id: newId(),
      receiver: `bank-${newId().toLowerCase()}`,
      idempotencyKey: newId(),
      type: 'channel.test',
      schema: '1',
      body: '{"text":"去"}',
      encryptionKey: '-',
      createdAt: clock.now().toISOString(),
      trace: 'K7QM-3F9T',
      ...more,
    })
    const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds)
    const claim = async (id: string, lease: string, when = 0) =>
      (await stores.channelOutgoing.claim(lease, { now: at(when), until: at(when + 60_000) }, [], 1000)).find(message => message.id === id)

    it('gives a message that is due to one sender, and to the next only when its lease is over', async () => {
      const message = outgoing()
      expect(await stores.channelOutgoing.queue(message)).to.equal(true)
      const claims = await Promise.all(['a', 'b', 'c'].map(lease => claim(message.id, `${lease} ${message.id}`)))
      expect(claims.filter(each => each !== undefined)).to.have.length(1)
      expect(await claim(message.id, 'd', 59_000)).to.equal(undefined)
      expect(await claim(message.id, `late ${message.id}`, 60_000)).to.include({ id: message.id, tries: 2 })
    })

    it('lets nobody whose lease is lost say how it ended', async () => {
      const message = outgoing()
      await stores.channelOutgoing.queue(message)
      const [old, young] = [newId(), newId()]
      await claim(message.id, old)
      await claim(message.id, young, 60_000)
      const answer = { status: 200, headers: { 'x-msg-status': '200' }, body: '{}' }
      expect(await stores.channelOutgoing.delivered(message.id, old, answer, at(1))).to.equal(false)
      expect(await stores.channelOutgoing.failed(message.id, old, 'internal', undefined)).to.equal(false)
      expect(await stores.channelOutgoing.delivered(message.id, young, answer, at(1))).to.equal(true)
      expect(await stores.channelOutgoing.find(message.id)).to.deep.include({ state: 'delivered', answer })
      expect(await claim(message.id, newId(), 600_000)).to.equal(undefined)
    })

    it('queues one message for one key, whatever asks', async () => {
      const message = outgoing()
      const queued = await Promise.all(Array.from({ length: 20 }, () => stores.channelOutgoing.queue({ ...message, id: newId() })))
      expect(queued.filter(Boolean)).to.have.length(1)
    })

    it('leaves a dead one alone until a person replays or settles it', async () => {
      const [one, other] = [outgoing(), outgoing()]
      for (const message of [one, other]) {
        await stores.channelOutgoing.queue(message)
        await claim(message.id, message.id)
        expect(await stores.channelOutgoing.replay(message.id, at(0))).to.equal(false)
        expect(await stores.channelOutgoing.failed(message.id, message.id, 'channel_content_invalid', undefined)).to.equal(true)
        expect(await claim(message.id, newId(), 600_000)).to.equal(undefined)
      }
      expect(await stores.channelOutgoing.replay(one.id, at(0))).to.equal(true)
      expect(await claim(one.id, newId())).to.include({ tries: 1, lastFailure: 'channel_content_invalid' })
      expect(await stores.channelOutgoing.settle(other.id, '电话确认', at(5))).to.equal(true)
      expect(await stores.channelOutgoing.find(other.id)).to.include({ state: 'settled', note: '电话确认' })
      expect(await stores.channelOutgoing.replay(other.id, at(0))).to.equal(false)
    })

    it('passes by a receiver that is to be left alone, and lists by state and receiver', async () => {
      const message = outgoing()
      await stores.channelOutgoing.queue(message)
      const claimed = await stores.channelOutgoing.claim(newId(), { now: at(0), until: at(1) }, [message.receiver], 1000)
      expect(claimed.map(({ id }) => id)).to.not.include(message.id)
      expect((await stores.channelOutgoing.list({ receiver: message.receiver, state: 'waiting' }, 10)).map(({ id }) => id)).to.deep.equal([
        message.id,
      ])
      expect(await stores.channelOutgoing.list({ receiver: message.receiver, state: 'dead' }, 10)).to.deep.equal([])
    })

    it('keeps what was refused until its time is over', async () => {
      const at = new Date(clock.now().getTime() + days(400)).toISOString()
      const refused = (more: Partial<RefusedMessage> = {}): RefusedMessage => ({
        id: newId(),
        code: 'channel_unsigned',
        sender: 'nobody',
        headers: { 'x-msg-id': 'x' },
        body: Buffer.from([0, 255, 10]).toString('base64'),
        trace: 'K7QM-3F9T',
        at,
        expiresAt: new Date(clock.now().getTime() + days(500)).toISOString(),
        ...more,
      })
      const kept = [refused(), refused()]
      for (const each of kept) await stores.channel.keepRefused(each)
      const ids = kept.map(({ id }) => id).sort((a, b) => (a < b ? 1 : -1))
      const [first] = await stores.channel.refused(undefined, 1)
      expect(first?.id).to.equal(ids[0])
      expect(first?.body).to.equal('AP8K')
      expect((await stores.channel.refused(first, 1))[0]?.id).to.equal(ids[1])
    })
  })
}
