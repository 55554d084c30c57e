import { expect } from 'chai'
import { newId } from '../../../server/kernel/ids.ts'
import type { SealRoom } from '../../../server/seals/api/room.ts'
import { verifyWaiting } from '../../../server/seals/api/verifying.ts'
import { PUBLIC_URL } from '../../suites/api-site.ts'
import { openApiStage } from './stage.ts'

/** A batch where the house has as much to do as it can bear. */
describe('verifying many documents', function () {
  this.timeout(60_000)
  let stage: Awaited<ReturnType<typeof openApiStage>>
  let held: (() => void)[]
  let told: { event: string; data: Record<string, unknown> }[]
  beforeEach(async () => {
    stage = await openApiStage()
    told = []
    held = []
    for (let i = 0; i < 4; i++) held.push(stage.verification.reserve(1))
  })
  afterEach(() => stage.close())

  async function waiting(): Promise<string> {
    const [id, now] = [newId(), stage.clock.now()]
    const documents = [await stage.upload(), await stage.upload()]
    const body = JSON.stringify({ documents, trace: 'K7QM-3F9T', results: [] })
    const dates = { createdAt: now.toISOString(), expiresAt: new Date(now.getTime() + 1000).toISOString() }
    await stage.stores.sealInterface.insertVerification({ id, clientId: 'center-a', state: 'waiting', body, ...dates })
    return id
  }
  const run = (id: string, last: boolean, wait: () => Promise<void>) => {
    const { stores, clock, verification } = stage
    const room: Pick<SealRoom, 'stores' | 'clock' | 'verification' | 'publicUrl' | 'tell'> = {
      ...{ stores, clock, verification, publicUrl: PUBLIC_URL },
      tell: news => void told.push(news),
    }
    return verifyWaiting(room as SealRoom, id, { last }, wait)
  }
  const outcome = async (id: string) => {
    const { state, results } = (await stage.get(`verifications/${id}`)).body
    return [state, ...results.map((each: { verdict?: string; problem?: { code: string } }) => each.verdict ?? each.problem?.code)]
  }

  it('waits its turn for each of them', async () => {
    const id = await waiting()
    let waits = 0
    await run(id, false, async () => {
      waits++
      if (waits === 3) held[0]?.()
    })
    expect(waits).to.equal(3)
    expect(await outcome(id)).to.deep.equal(['done', 'none', 'none'])
    expect(told.map(({ event }) => event)).to.deep.equal(['verify.done'])
  })

  it('is tried again where no turn comes for long, and in the end is told to be done, with what was in the way', async () => {
    const id = await waiting()
    let waits = 0
    const wait = async () => void waits++
    const code = await run(id, false, wait).catch((thrown: { code?: string }) => thrown.code)
    expect(code).to.equal('too_many_requests')
    expect(waits).to.be.within(10, 1000)
    expect(await outcome(id)).to.deep.equal(['waiting'])
    await run(id, true, wait)
    expect(await outcome(id)).to.deep.equal(['done', 'too_many_requests', 'too_many_requests'])
    expect(told.map(({ data }) => data)).to.deep.equal([{ verification: id, documents: 2, good: 0 }])
  })
})
