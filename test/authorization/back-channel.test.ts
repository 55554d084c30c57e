import { expect } from 'chai'
import { createAsks } from '../../server/authorization/asks.ts'
import { createBackChannel } from '../../server/authorization/back-channel.ts'
import { fixedClock, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'

/** The answer to a center's question, as the provider comes for it. */
describe('the answer of a back-channel login', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const trail = { append: async () => undefined }
  let stores: Stores
  let asks: ReturnType<typeof createAsks>
  let desk: ReturnType<typeof createBackChannel>

  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    asks = createAsks({ store: stores.asks, signals: stores.signals, clock, trail })
    const certificate = { issuer: 'CN=x', subject: 'CN=x', serial: '1', notBefore: '', notAfter: '', thumbprint: 't', algorithm: 'SM2' } as const
    const holderOf = async () => ({ bank: 'abc', subject: 'person-1', personId: 'p', enterpriseIds: [], certificate })
    desk = createBackChannel({
      asks,
      stores: { ...stores, mandates: { ...stores.mandates, holderOf } },
      signatures: {
        verify: async () => {
          throw new Error('nothing is signed here')
        },
      },
      trail,
      clock,
      agentUrl: 'ws://127.0.0.1:7130',
    })
  })
  after(async () => {
    asks.close()
    await stores.close()
  })

  async function answered(decision: 'approve' | 'refuse'): Promise<string> {
    const { subject, id } = await asks.open({
      kind: 'ciba',
      center: { id: 'gz', name: '广州公共资源交易中心' },
      from: '192.0.2.x',
      rows: [],
      membershipId: 'named',
      subject: newId(),
      expiresAt: new Date(clock.now().getTime() + minutes(3)).toISOString(),
      trace: 'K7QM-3F9T',
    })
    await asks.answerAs(id, 'named', { decision, answer: { thumbprint: 't' } })
    return subject
  }

  it('is acted on once, though the handler and the center’s own question come for it at the same moment', async () => {
    const subject = await answered('approve')
    const acted: string[] = []
    const came = await Promise.all(Array.from({ length: 20 }, () => desk.take(subject, async ({ kind }) => void acted.push(kind)).catch(codeOf)))
    expect(came.filter(each => each === true)).to.have.length(1)
    expect(came.filter(each => each === false)).to.have.length(19)
    expect(acted).to.deep.equal(['approved'])
    expect(await desk.take(subject, async () => undefined)).to.equal(false)
  })

  it('is there for the next one who comes where acting on it failed', async () => {
    const subject = await answered('approve')
    const fail = async () => {
      throw new BrokerError('database_unavailable', 'the test says so')
    }
    expect(await desk.take(subject, fail).catch(codeOf)).to.equal('database_unavailable')
    const banks: string[] = []
    expect(await desk.take(subject, async answer => void banks.push(answer.kind === 'approved' ? answer.bank : ''))).to.equal(true)
    expect(banks).to.deep.equal(['abc'])
  })

  it('is none before it was given, and a no is told with its reason', async () => {
    expect(await desk.take('of-nobody', async () => undefined)).to.equal(false)
    const told: unknown[] = []
    expect(await desk.take(await answered('refuse'), async answer => void told.push(answer))).to.equal(true)
    expect(told).to.deep.equal([{ kind: 'refused', failure: 'ask_refused' }])
  })
})
