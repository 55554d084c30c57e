import { expect } from 'chai'
import express, { type Request } from 'express'
import { withBidderKey } from '../../../server/bids/envelope/open.ts'
import { encryptBid } from '../../../server/web/browser/bid/encrypt.js'
import { Refusal, type Upload, uploadEnvelope } from '../../../server/web/browser/bid/upload.js'
import { contentOf, holder, parties, plaintextOf } from '../envelope/stage.ts'
import { createPlatform, type Fault, listen } from './platform.ts'
import { failureOf, requestOf } from './stage.ts'

const content = contentOf(3 * 1024 * 1024 + 9)

describe('an envelope on its way to the platform', () => {
  let platform: ReturnType<typeof createPlatform>
  let running: Awaited<ReturnType<typeof listen>>
  let waits: number[]
  beforeEach(async () => {
    platform = createPlatform()
    waits = []
    const app = express()
    platform.mount(app, '/envelopes')
    running = await listen(app)
  })
  afterEach(() => running.close())

  async function upload(wishes: Partial<Upload> = {}) {
    const bid = await encryptBid(requestOf(content))
    const receipt = await uploadEnvelope({
      envelopes: `${running.base}/envelopes`,
      id: bid.id,
      size: bid.size,
      pieces: bid.pieces(),
      certificates: ['one'],
      most: 1024 * 1024,
      wait: async milliseconds => void waits.push(milliseconds),
      ...wishes,
    })
    return { bid, receipt, stored: platform.envelopes.get(bid.id) }
  }
  /** the nth piece meets with this, once */
  const once = (n: number, fault: Fault, method = 'PUT') => {
    let left = n
    platform.fault = (req: Request) => (req.method === method && --left === 0 ? fault : undefined)
  }

  it('arrives whole, and the receipt says what was sent', async () => {
    const told: number[] = []
    const { bid, receipt, stored } = await upload({ onProgress: received => told.push(received) })
    expect(receipt).to.include({ size: bid.size, sm3: bid.sm3 })
    expect(stored?.registered).to.deep.equal(['one'])
    expect(told.at(-1)).to.equal(bid.size)
    expect((await plaintextOf(stored?.received ?? Buffer.alloc(0), withBidderKey(holder(parties.bidder)))).equals(content)).to.equal(true)
    expect(waits).to.deep.equal([])
  })

  it('goes in requests of about 4 MiB, however small its pieces are', async () => {
    const { bid, receipt } = await upload({ most: undefined as never })
    expect(receipt).to.include({ sm3: bid.sm3 })
    expect(platform.asked.filter(each => each.startsWith('PUT'))).to.deep.equal([`PUT /${bid.id}/0`])
    const small = await upload({ most: 2.5 * 1024 * 1024 })
    expect(small.receipt).to.include({ sm3: small.bid.sm3 })
    expect(platform.asked.filter(each => each.startsWith(`PUT /${small.bid.id}`))).to.have.length(2)
  })

  for (const [sentence, fault] of [
    ['breaks before a piece came', 'before'],
    ['breaks after it came, and before its answer did', 'after'],
    ['leads to a platform that is busy', 503],
    ['leads to one that asks for patience', 429],
  ] as const) {
    for (const n of [1, 3, 5])
      it(`goes on where the line ${sentence}, piece ${n}`, async () => {
        once(n, fault)
        const { bid, receipt } = await upload()
        expect(receipt).to.include({ size: bid.size, sm3: bid.sm3 })
        expect(platform.asked).to.include(`GET /${bid.id}`)
      })
    it(`begins, and is registered, though the line ${sentence}`, async () => {
      for (const n of [1, 2]) {
        once(n, fault, 'POST')
        const { bid, receipt, stored } = await upload()
        expect(stored?.registered).to.deep.equal(['one'])
        // also where it was registered, and its answer lost
        expect(receipt).to.include({ sm3: bid.sm3 })
      }
    })
  }

  it('waits longer each time, tells so, and gives up in the end', async () => {
    const told: boolean[] = []
    platform.fault = req => (req.method === 'PUT' || req.method === 'GET' ? 503 : undefined)
    expect(await failureOf(upload({ onWaiting: waiting => told.push(waiting) }))).to.equal('upload_lost')
    expect(waits.slice(0, 4)).to.deep.equal([1000, 1000, 2000, 4000])
    expect(Math.max(...waits)).to.equal(30_000)
    expect(told.slice(0, 2)).to.deep.equal([true, false])
  })
  it('is given up where the platform lost what it had confirmed', async () => {
    once(3, 503)
    const wait = async () => {
      for (const envelope of platform.envelopes.values()) envelope.received = envelope.received.subarray(0, 5)
    }
    expect(await failureOf(upload({ wait }))).to.equal('upload_lost')
  })
  it('shows the platform’s own words when it refuses', async () => {
    const lost = async () => {
      platform.envelopes.clear()
      return undefined
    }
    platform.gate = lost
    const thrown = await upload().catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(Refusal)
    expect(thrown instanceof Refusal && thrown.words).to.deep.equal(['没有', 'none'])
  })
  it('ends at once when it is cancelled, while sending and while waiting', async () => {
    const sending = new AbortController()
    platform.gate = async () => sending.abort()
    expect(await failureOf(upload({ signal: sending.signal }))).to.equal('cancelled')
    const waiting = new AbortController()
    platform.fault = () => 'before'
    const wait = async () => waiting.abort()
    expect(await failureOf(upload({ signal: waiting.signal, wait }))).to.equal('cancelled')
    expect([...platform.envelopes.values()].filter(each => each.registered !== undefined)).to.deep.equal([])
  })
})
