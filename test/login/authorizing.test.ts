import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { RequestedDetail } from '../../server/kernel/rich-request.ts'
import { type LoginStage, openLoginStage } from './stage.ts'

/** What a center asks beyond the login, while the database comes and goes. */
describe('details of a login', () => {
  let stage: LoginStage
  before(async function () {
    this.timeout(60_000)
    stage = await openLoginStage()
  })
  after(() => stage.close())
  afterEach(() => stage.forget())

  const detail: RequestedDetail = { asked: { type: 'bid_bond' }, act: { act: 'bond_pay', center: 'center-a', amountFen: 1 }, rows: [], documents: [] }
  const throwing = (code: 'database_unavailable' | 'internal' | 'ask_refused') => async () => {
    throw new BrokerError(code, 'the test says so')
  }
  const waits = { evidence: 'signed-before', approvals: ['approval-1'] }

  /** a person who has come as far as the details */
  async function arrived(more: Parameters<LoginStage['request']>[1] = {}) {
    const identity = stage.identity({ bank: 'abc' })
    const [seat] = identity.seats
    if (seat === undefined) throw new Error('a person without a company')
    const { membership } = await stage.stores.parties.recognise(identity, seat.uscc)
    const { id } = await stage.request(
      { details: [detail], prompts: [] },
      { identity, uscc: seat.uscc, membershipId: membership.id, consented: true, ...more },
    )
    return { id, ...(await stage.visit(id)) }
  }

  it('that wait for others keep waiting where the database was away, without another signature', async () => {
    for (const code of ['database_unavailable', 'internal'] as const) {
      stage.richRequests.resume = throwing(code)
      stage.richRequests.progress = throwing(code)
      const { id, page, get } = await arrived({ waits })
      expect(stage.failure(page).code).to.equal(code)
      expect(stage.failure(await get(`/login/${id}/progress`)).code).to.equal(code)
      const record = await stage.record(id)
      expect([record.waits, record.denied]).to.deep.equal([waits, undefined])
      stage.richRequests.resume = async () => ({ progress: [{ needed: 1, agreed: [], open: ['李示例'], until: record.expiresAt, done: false }] })
      const shown = await get(`/login/${id}`)
      expect(shown.status).to.equal(200)
      expect(shown.body).to.include('李示例')
    }
  })

  it('that others refused are denied with their reason', async () => {
    stage.richRequests.resume = throwing('ask_refused')
    const { id, page } = await arrived({ waits })
    expect(page.status).to.equal(403)
    const record = await stage.record(id)
    expect([record.waits, record.denied]).to.deep.equal([undefined, 'ask_refused'])
  })

  it('are not denied where the database was away while they were judged', async () => {
    stage.richRequests.judge = throwing('database_unavailable')
    const { id, page } = await arrived()
    expect(stage.failure(page).code).to.equal('database_unavailable')
    expect((await stage.record(id)).denied).to.equal(undefined)
  })
})
