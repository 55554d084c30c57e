import { expect } from 'chai'
import { createDaily } from '../../server/credit/report/daily.ts'

describe('where everybody stands', () => {
  it('is reckoned of one day, also where midnight passes between the reading of the facts and the standing', async () => {
    const moments = ['2027-05-20T15:59:59.999Z', '2027-05-20T16:00:00.001Z', '2027-05-20T16:00:00.002Z']
    let read = 0
    const clock = { now: () => new Date(moments[Math.min(read++, moments.length - 1)] ?? '') }
    const days: string[] = []
    const store = {
      claimDue: async () => [{ kind: 'bidder' as const, subject: 'company-1', version: 1 }],
      inForce: async (_subjects: unknown, day: string) => {
        days.push(day)
        return []
      },
      settle: async (_standings: unknown, _subjects: unknown, next: Date) => void days.push(next.toISOString()),
    }
    const daily = createDaily({ store, models: { inForce: async () => ({}) as never }, clock })
    await daily.work()
    expect(days).to.deep.equal(['2027-05-20', '2027-05-20T16:00:00.000Z'])
    read = 0
    await daily.now([{ kind: 'bidder', subject: 'company-1' }])
    expect(days.slice(2)).to.deep.equal(['2027-05-20', '2027-05-20T16:00:00.000Z'])
  })
})
