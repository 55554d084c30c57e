import { expect } from 'chai'
import fc from 'fast-check'
import { byCost, interestOf, totalCostOf, yearlyMillionthsOf } from '../../server/financing/state/cost.ts'
import { offer } from './stage.ts'

describe('the cost of an offer', () => {
  it('is interest for the whole term over 360 days, and the fees', () => {
    // 500,000.00 yuan at 3.85 % for 180 days: 9,625.00, and 100.00 of fees
    expect(totalCostOf(offer())).to.equal(962_500n + 10_000n)
    expect(yearlyMillionthsOf(offer())).to.equal(38_900n)
  })

  it('rounds half a fen up, once', () => {
    const terms = { fen: 1n, rateMillionths: 500_000, feeFen: 0n }
    expect(interestOf({ ...terms, termDays: 359 })).to.equal(0n)
    expect(interestOf({ ...terms, termDays: 360 })).to.equal(1n)
  })

  it('never rises for less money, a lower rate, a shorter term or lower fees', () => {
    const terms = fc.record({
      ...{
        fen: fc.bigInt(1n, 10n ** 14n),
        rateMillionths: fc.nat(360_000),
        termDays: fc.integer({ min: 1, max: 3650 }),
        feeFen: fc.bigInt(0n, 10n ** 10n),
      },
    })
    fc.assert(
      fc.property(terms, terms, (a, b) => {
        const min = {
          ...{ fen: a.fen < b.fen ? a.fen : b.fen, rateMillionths: Math.min(a.rateMillionths, b.rateMillionths) },
          ...{ termDays: Math.min(a.termDays, b.termDays), feeFen: a.feeFen < b.feeFen ? a.feeFen : b.feeFen },
        }
        expect(totalCostOf(min) <= totalCostOf(a)).to.equal(true)
      }),
    )
  })

  it('decides the order alone: fees count, a bank’s name does not', () => {
    const cheap = offer({ serial: 'Z', rateMillionths: 30_000, feeFen: 0n })
    const feed = offer({ serial: 'A', rateMillionths: 20_000, feeFen: 1_000_000n })
    const dear = offer({ serial: 'B', rateMillionths: 50_000, feeFen: 0n })
    expect([dear, feed, cheap].sort(byCost).map(({ serial }) => serial)).to.deep.equal(['Z', 'B', 'A'])
  })
})
