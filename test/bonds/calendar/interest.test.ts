import { expect } from 'chai'
import fc from 'fast-check'
import { type Day, daysBetween, plusDays } from '../../../server/bonds/calendar/day.ts'
import { accrue, accrueLate, BENCHMARK_DEPOSIT, BENCHMARK_LOAN, type DatedRate, PARTS, toFen } from '../../../server/bonds/calendar/interest.ts'
import { codeOf } from '../stage.ts'

const START: Day = '2024-01-01'
const RUNS = 2000

describe('interest', () => {
  it('is what a person reckons: 200,000 yuan, 21 days, 0.35 %, is 40.83 yuan', () =>
    expect(toFen(accrue(20_000_000n, '2026-03-02', '2026-03-23', BENCHMARK_DEPOSIT))).to.equal(4083n))

  it('counts the first day and not the last, and nothing on the day itself', () => {
    const rates: DatedRate[] = [{ from: START, millionths: 360_000, basis: '' }]
    expect(toFen(accrue(1000n, '2026-02-28', '2026-03-01', rates))).to.equal(1n)
    expect(toFen(accrue(1000n, '2024-02-28', '2024-03-01', rates))).to.equal(2n)
    expect(accrue(1000n, '2026-02-28', '2026-02-28', rates)).to.equal(0n)
  })

  it('changes with the rate on the day the rate changes', () => {
    const rates: DatedRate[] = [
      { from: '2026-03-03', millionths: 720_000, basis: '' },
      { from: START, millionths: 360_000, basis: '' },
    ]
    expect(toFen(accrue(1000n, '2026-03-01', '2026-03-05', rates))).to.equal(1n + 1n + 2n + 2n)
  })

  it('rounds half a fen up, once', () => {
    expect([PARTS / 2n - 1n, PARTS / 2n, PARTS, (PARTS * 3n) / 2n].map(toFen)).to.deep.equal([0n, 1n, 1n, 2n])
  })

  it('adds a fifth to the loan rate for each day after the last one in time', () => {
    expect(toFen(accrueLate(20_000_000n, '2026-03-17', '2026-03-18', BENCHMARK_LOAN))).to.equal(2900n)
    expect(toFen(accrueLate(20_000_000n, '2026-03-17', '2026-03-27', BENCHMARK_LOAN))).to.equal(29_000n)
    expect(accrueLate(20_000_000n, '2026-03-17', '2026-03-17', BENCHMARK_LOAN)).to.equal(0n)
  })

  it('is refused where no rate is known, never taken from a later one', () => {
    expect(codeOf(() => accrue(1n, '2012-07-05', '2012-07-07', BENCHMARK_DEPOSIT))).to.equal('bond_rate_missing')
    expect(codeOf(() => accrue(1n, '2026-01-01', '2026-01-02', []))).to.equal('bond_rate_missing')
    expect(codeOf(() => accrue(-1n, '2026-01-01', '2026-01-02', BENCHMARK_DEPOSIT))).to.equal('bad_request')
    expect(codeOf(() => accrue(1n, '2026-01-02', '2026-01-01', BENCHMARK_DEPOSIT))).to.equal('bad_request')
  })

  const ratesOf = fc
    .array(fc.record({ at: fc.integer({ min: 1, max: 900 }), millionths: fc.integer({ min: 0, max: 100_000 }) }), { maxLength: 5 })
    .map(changes => [
      { from: START, millionths: 3500, basis: '' },
      ...changes.map(({ at, millionths }): DatedRate => ({ from: plusDays(START, at), millionths, basis: '' })),
    ])

  it('of a period split at any day is the whole, exactly; rounded by parts it is off by at most half a fen for each rounding', () =>
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 12n),
        ratesOf,
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 8 }),
        (fen, rates, cuts) => {
          const days = cuts.toSorted((a, b) => a - b).map(cut => plusDays(START, cut))
          const parts = days.slice(1).map((to, i) => accrue(fen, days[i] ?? to, to, rates))
          const whole = accrue(fen, days[0] ?? START, days.at(-1) ?? START, rates)
          expect(parts.reduce((sum, part) => sum + part, 0n)).to.equal(whole)
          const off = parts.reduce((sum, part) => sum + toFen(part), 0n) - toFen(whole)
          expect((off < 0n ? -off : off) * 2n <= BigInt(parts.length + 1)).to.equal(true)
        },
      ),
      { numRuns: RUNS },
    ))

  it('never falls with time or money, and is within half a fen of the plain fraction', () =>
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 2000 }), (fen, length) => {
        const to = plusDays(START, length)
        const accrued = accrue(fen, START, to, BENCHMARK_DEPOSIT)
        expect(accrued).to.equal(fen * 3500n * BigInt(daysBetween(START, to)))
        const off = toFen(accrued) * PARTS - accrued
        expect(off * 2n <= PARTS && off * 2n > -PARTS).to.equal(true)
        expect(accrue(fen + 1n, START, plusDays(to, 1), BENCHMARK_DEPOSIT) > accrued).to.equal(true)
      }),
      { numRuns: RUNS },
    ))
})
