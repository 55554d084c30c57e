import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import { signAnswer, verifyMessage } from '../../bank-adapters/channel/message.ts'
import { type AuditTrail, createTrail } from '../../server/audit/trail.ts'
import { nextTry } from '../../server/channel/retry.ts'
import { createSender, type Sender } from '../../server/channel/send.ts'
import { fixedClock, hours, minutes, seconds } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { OutgoingStore } from '../../server/storage/stores-channel.ts'
import { ownKey, partyOf, START } from '../bank-adapters/channel/parties.ts'
import { openTestStores } from '../suites/memory-stores.ts'

const platform = ownKey('shared-shield')
const bankKey = ownKey('ccb')
const held = { current: async () => platform, all: async () => [platform] }

/** What the bank does with the next message. */
type Mood = 'yes' | 'down' | 'cut' | 'retry' | 'fix' | 'unsigned' | 'answers another'

describe('messages to a bank', () => {
  const clock = fixedClock(START)
  let stores: Stores
  let audit: AuditTrail
  let target: string
  let mood: Mood
  let came: string[]
  const server = createServer((req, res) => void answer(req, res))

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of req) pieces.push(Buffer.from(piece))
    const body = Buffer.concat(pieces)
    const headers = (name: string) => (typeof req.headers[name] === 'string' ? req.headers[name] : undefined)
    const here = { name: 'ccb', target }
    const { head } = await verifyMessage({ headers, body }, here, () => partyOf('shared-shield', [platform]), clock)
    came.push(`${head.id} ${head.nonce}`)
    if (mood === 'cut') return void req.socket.destroy()
    if (mood === 'down') return void res.writeHead(503).end('down')
    const said = {
      yes: {},
      retry: { code: 'busy', category: 'RETRY' },
      fix: { code: 'schema', category: 'FIX' },
      unsigned: {},
      'answers another': {},
    }[mood]
    const to = mood === 'answers another' ? { ...head, id: 'another-message-id' } : head
    const {
      status,
      headers: signed,
      body: text,
    } = await signAnswer({ status: mood === 'retry' ? 503 : mood === 'fix' ? 422 : 200, body: said }, { sender: 'ccb', to }, [bankKey], clock)
    res.writeHead(status, mood === 'unsigned' ? {} : signed).end(text)
  }

  const senderNow = (store: OutgoingStore = stores.channelOutgoing): Sender => {
    const bank: Party & { target: string } = { ...partyOf('ccb', [bankKey]), target }
    return createSender({
      name: 'shared-shield',
      receiverOf: name => (name === 'ccb' ? bank : undefined),
      keys: { sign: held, encrypt: held },
      store,
      fetch,
      audit,
      clock,
      random: () => 0,
      log: silentLog,
    })
  }

  before(async () => {
    stores = await openTestStores({ clock })
    audit = createTrail({ store: stores.audit, clock })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channel/messages`
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await audit.close()
    await stores.close()
  })
  beforeEach(() => {
    clock.set(START)
    mood = 'yes'
    came = []
  })

  const message = (receiver = 'ccb') => {
    const id = newId()
    return {
      id,
      receiver,
      idempotencyKey: id,
      type: 'channel.test',
      schema: '1',
      body: '{"text":"去"}',
      encryptionKey: '-',
      createdAt: clock.now().toISOString(),
      trace: 'K7QM-3F9T',
    }
  }
  const stateOf = async (id: string) => (await stores.channelOutgoing.find(id))?.state
  async function queued(sender: Sender, receiver?: string): Promise<string> {
    const sent = message(receiver)
    expect(await sender.queue(sent)).to.equal(true)
    await sender.work()
    return sent.id
  }

  it('are delivered once the signed answer is here, which is kept', async () => {
    const id = await queued(senderNow())
    const kept = await stores.channelOutgoing.find(id)
    expect(kept?.state).to.equal('delivered')
    expect(kept?.answer?.headers['x-msg-answers']).to.equal(id)
    expect((await stores.audit.byTrace('K7QM-3F9T', 100)).filter(row => row.code === 'channel.delivered' && row.body.includes(id))).to.have.length(1)
  })

  for (const trouble of ['cut', 'down', 'retry', 'unsigned', 'answers another'] as const) {
    it(`are sent again, under a new nonce, when the answer is: ${trouble}`, async () => {
      mood = trouble
      const sender = senderNow()
      const id = await queued(sender)
      expect(await stateOf(id)).to.equal('waiting')
      mood = 'yes'
      await sender.work()
      expect(await stateOf(id), 'not before its time').to.equal('waiting')
      clock.advance(seconds(5))
      await sender.work()
      expect(await stateOf(id)).to.equal('delivered')
      expect(came.map(each => each.split(' ')[0])).to.deep.equal([id, id])
      expect(new Set(came).size).to.equal(2)
    })
  }

  it('are given up at once when the bank says that they are wrong, until a person sends them again', async () => {
    mood = 'fix'
    const sender = senderNow()
    const id = await queued(sender)
    expect(await stores.channelOutgoing.find(id)).to.include({ state: 'dead', lastFailure: 'channel_refused_by_bank 422 schema FIX' })
    clock.advance(hours(100))
    mood = 'yes'
    await sender.work()
    expect(await stateOf(id)).to.equal('dead')
    await stores.channelOutgoing.replay(id, clock.now())
    await sender.work()
    expect(await stateOf(id)).to.equal('delivered')
  })

  it('to a bank that does not answer wait without using up their tries, and go on after one that is answered', async () => {
    mood = 'cut'
    const sender = senderNow()
    for (let i = 0; i < 5; i++) await queued(sender)
    const late = message()
    await sender.queue(late)
    await sender.work()
    expect((await stores.channelOutgoing.find(late.id))?.tries).to.equal(0)
    mood = 'yes'
    clock.advance(minutes(1))
    await sender.work()
    expect(await stateOf(late.id)).to.equal('delivered')
  })

  it('to a bank that is left alone go out when a person wants it tried; one more failure, and it is left alone again', async () => {
    mood = 'cut'
    const sender = senderNow()
    for (let i = 0; i < 5; i++) await queued(sender)
    expect(sender.resting()).to.deep.equal([{ receiver: 'ccb', failures: 5, until: new Date(START.getTime() + seconds(30)) }])
    sender.wake('ccb')
    expect(sender.resting()).to.deep.equal([])
    const vain = await queued(sender)
    expect((await stores.channelOutgoing.find(vain))?.tries).to.equal(1)
    expect(sender.resting()).to.deep.equal([{ receiver: 'ccb', failures: 6, until: new Date(START.getTime() + seconds(60)) }])
    mood = 'yes'
    sender.wake('ccb')
    expect(await stateOf(await queued(sender))).to.equal('delivered')
    expect(sender.resting()).to.deep.equal([])
  })

  it('of two processes are sent by one each', async () => {
    const sent = message()
    const senders = [senderNow(), senderNow(), senderNow()]
    await senders[0]?.queue(sent)
    await Promise.all(senders.map(each => each.work()))
    expect(came.filter(each => each.startsWith(sent.id))).to.have.length(1)
  })

  it('are sent where they were queued while the last look of a run was under way', async () => {
    let looked: (() => void) | undefined
    const atLook = new Promise<void>(resolve => {
      looked = resolve
    })
    let goOn: () => void = () => undefined
    const gate = new Promise<void>(resolve => {
      goOn = resolve
    })
    const sender = senderNow({
      ...stores.channelOutgoing,
      async claim(...asked) {
        const claimed = await stores.channelOutgoing.claim(...asked)
        looked?.()
        await gate
        return claimed
      },
    })
    const first = sender.work()
    await atLook
    const sent = message()
    await sender.queue(sent)
    const second = sender.work()
    goOn()
    await Promise.all([first, second])
    expect(await stateOf(sent.id)).to.equal('delivered')
  })

  it('to a bank that nobody registered are tried again, not lost', async () => {
    const id = await queued(senderNow(), 'nobody')
    expect(await stores.channelOutgoing.find(id)).to.include({ state: 'waiting', lastFailure: 'channel_key_unknown' })
    await stores.channelOutgoing.claim(
      'x',
      { now: new Date(clock.now().getTime() + hours(1)), until: new Date(clock.now().getTime() + hours(9_000)) },
      [],
      100,
    )
  })
})

describe('when a message is tried again', () => {
  const at = (tries: number, left?: number) => {
    const deadline = left === undefined ? undefined : new Date(START.getTime() + left)
    return (nextTry(tries, { now: START, deadline }, 0)?.getTime() ?? Number.NaN) - START.getTime()
  }
  it('is first close by, then ever more rarely, and given up after some three days', () => {
    const waits = Array.from({ length: 9 }, (_, i) => at(i + 1))
    expect(waits).to.deep.equal([...waits].sort((a, b) => a - b))
    expect(waits.reduce((a, b) => a + b)).to.be.within(hours(72), hours(80))
    expect(at(10)).to.be.NaN
  })
  it('follows a deadline that draws near, and outlasts the list', () => {
    expect(at(4, hours(1))).to.equal(minutes(6))
    expect(at(4, minutes(1))).to.equal(seconds(20))
    expect(at(30, hours(1))).to.equal(minutes(6))
  })
  it('is spread, so that what failed together does not come back together', () => {
    expect((nextTry(2, { now: START, deadline: undefined }, 1)?.getTime() ?? 0) - START.getTime()).to.equal(minutes(5.5))
  })
})
