import { expect } from 'chai'
import fc from 'fast-check'
import { timeScale } from '../../server/web/time-scale.ts'

const spans = fc.array(
  fc
    .record({ from: fc.integer({ min: 0, max: 60_000 }), length: fc.integer({ min: 0, max: 5000 }) })
    .map(({ from, length }) => ({ from, to: from + length })),
  { minLength: 1, maxLength: 20 },
)

describe('the scale of a time line', () => {
  it('keeps the order of moments and stays on the page', () => {
    fc.assert(
      fc.property(spans, some => {
        const scale = timeScale(some)
        const moments = some.flatMap(span => [span.from, span.to]).toSorted((a, b) => a - b)
        const places = moments.map(scale.at)
        expect(places).to.deep.equal(places.toSorted((a, b) => a - b))
        for (const place of places) expect(place).to.be.within(0, 1000)
      }),
    )
  })
  it('reaches from the first moment to the last', () => {
    fc.assert(
      fc.property(
        spans.filter(some => Math.max(...some.map(s => s.to)) > Math.min(...some.map(s => s.from))),
        some => {
          const scale = timeScale(some)
          expect(scale.at(Math.min(...some.map(span => span.from)))).to.be.closeTo(0, 0.001)
          expect(scale.at(Math.max(...some.map(span => span.to)))).to.be.closeTo(1000, 0.001)
        },
      ),
    )
  })
  it('shortens a long wait, so that the work around it can be seen', () => {
    const scale = timeScale([
      { from: 0, to: 100 },
      { from: 20_100, to: 20_200 },
    ])
    expect(scale.cuts).to.have.length(1)
    expect(scale.cuts[0]).to.include({ from: 100, to: 20_100 })
    expect(scale.at(100)).to.be.greaterThan(400)
  })
  it('leaves a short pause as long as it was', () => {
    expect(
      timeScale([
        { from: 0, to: 100 },
        { from: 120, to: 200 },
      ]).cuts,
    ).to.deep.equal([])
  })
  it('stands for a single moment', () => {
    expect(timeScale([{ from: 5, to: 5 }]).at(5)).to.equal(0)
  })
})
