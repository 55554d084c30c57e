import { expect } from 'chai'
import { openBids } from '../../bench/bids.ts'

describe('the measure of opening many bids', () => {
  it('opens as many as it says, and compares with the bare algorithms', async () => {
    const found = await openBids({ bids: 5, octets: 1_500_000 })
    expect(found).to.include({ bids: 5, octets: 1_500_000 })
    expect(found.mebibytesPerSecond).to.be.above(0)
    expect(found.boundMebibytesPerSecond).to.be.above(0)
  })
})
