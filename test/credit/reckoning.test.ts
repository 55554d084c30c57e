import { expect } from 'chai'
import fc from 'fast-check'
import { canonical } from '../../server/credit/canonical.ts'
import { addMonths } from '../../server/credit/facts/days.ts'
import { readFact } from '../../server/credit/facts/reading.ts'
import bid from '../../server/credit/model/bid.json' with { type: 'json' }
import { reckon, reportText, scoreOf } from '../../server/credit/model/compute.ts'
import financing from '../../server/credit/model/financing.json' with { type: 'json' }
import { type InputFact, type Inputs, inputsText } from '../../server/credit/model/inputs.ts'
import { type ModelInForce, readModel } from '../../server/credit/model/model.ts'
import { whatIf } from '../../server/credit/model/what-if.ts'
import { codeOf, newUscc } from '../suites/storage.ts'

const models: ModelInForce[] = [bid, financing].map(file => ({ name: `${file.report}/x/0`, model: readModel(file) }))
const LEVELS: Record<string, string[]> = {
  penalty: ['light', 'general', 'severe'],
  performance: ['good', 'fair', 'poor'],
  'bond.conduct': ['kept', 'late', 'forfeited'],
  'bid.submitted': ['valid', 'rejected', 'revoked'],
  'deal.won': ['signed', 'refused'],
  'center.index': ['index'],
}
const day = fc.integer({ min: 0, max: 1500 }).map(n => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10))
const fact = fc
  .record({ type: fc.constantFrom(...Object.keys(LEVELS)), pick: fc.nat(2), source: fc.constantFrom('a', 'b', 'c'), on: day, value: fc.nat(10_000) })
  .map(({ type, pick, value, ...rest }): Omit<InputFact, 'id' | 'disputed'> => {
    const levels = LEVELS[type] ?? []
    const until = addMonths(rest.on, 12)
    const valued = type === 'center.index' || type === 'deal.won'
    return { ...rest, type, level: levels[pick % levels.length] ?? '', repairableFrom: rest.on, until, digest: 'd', ...(valued ? { value } : {}) }
  })
const inputs = fc.record({ asOf: day, facts: fc.array(fc.tuple(fact, fc.boolean()), { maxLength: 60 }) }).map(
  ({ asOf, facts }): Inputs => ({
    ...{ kind: 'bidder', subject: 'x', asOf },
    facts: facts.map(([each, disputed], i) => ({ ...each, disputed, id: `f${String(i).padStart(3, '0')}` })),
  }),
)
const model = fc.constantFrom(...models)

describe('a credit score', () => {
  it('is made again to the octet from what was frozen, in whatever order facts and members come', () => {
    fc.assert(
      fc.property(model, inputs, fc.infiniteStream(fc.nat()), (inForce, given, dice) => {
        const text = reportText(inForce, given, { id: 'r' })
        const frozen = JSON.parse(inputsText(given)) as Inputs
        expect(reportText(inForce, frozen, { id: 'r' })).to.equal(text)
        const reversed = {
          facts: given.facts.map(each => Object.fromEntries(Object.entries(each).reverse())),
          asOf: given.asOf,
          subject: 'x',
          kind: 'bidder',
        }
        const shuffled = (reversed.facts as unknown as InputFact[])
          .map(each => ({ each, at: dice.next().value }))
          .sort((a, b) => Number(a.at) - Number(b.at))
        const again = reckon(inForce, { ...(reversed as unknown as Inputs), facts: shuffled.map(({ each }) => each) })
        expect(canonical(again as never)).to.equal(canonical(reckon(inForce, given) as never))
      }),
      { numRuns: 300 },
    )
  })

  it('is explained in full: the points lost are those of its reasons, ordered by them and then by code, and each fact’s gain is what its going brings', () => {
    fc.assert(
      fc.property(model, inputs, (inForce, given) => {
        const { score, most, reasons, factors, undisputed } = reckon(inForce, given)
        expect(score).to.be.within(0, most)
        expect(undisputed).to.be.within(0, most)
        expect(scoreOf(inForce, given)).to.equal(score)
        expect(reasons.reduce((sum, { lost }) => sum + lost, 0)).to.equal(most - score)
        const order = reasons.map(({ lost, code }) => [-lost, code] as const)
        expect(order).to.deep.equal(order.toSorted(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)))
        for (const { facts, code } of reasons)
          for (const { id, gain, ages_out } of facts.slice(0, 3)) {
            const got = (of: ReturnType<typeof reckon>) => of.factors.find(each => each.code === code)?.got ?? 0
            const without = reckon(inForce, { ...given, facts: given.facts.filter(each => each.id !== id) })
            expect(got(without) - got({ factors } as ReturnType<typeof reckon>)).to.equal(gain)
            expect(ages_out > given.asOf).to.equal(true)
          }
      }),
      { numRuns: 200 },
    )
  })

  it('would be what it then is: a repair, or a day on which something has aged out', () => {
    fc.assert(
      fc.property(model, inputs, day, (inForce, given, on) => {
        const [first] = given.facts
        const without = first === undefined ? [] : [first.id]
        const facts = given.facts.slice(1)
        expect(whatIf(inForce, given, { without }).would).to.equal(scoreOf(inForce, { ...given, facts }))
        expect(whatIf(inForce, given, { on }).would).to.equal(scoreOf(inForce, { ...given, asOf: on }))
        expect(whatIf(inForce, given, {}).would).to.equal(scoreOf(inForce, given))
      }),
      { numRuns: 200 },
    )
  })

  it('of two thousand facts takes no long time', () => {
    const facts = fc
      .sample(fact, { numRuns: 2000, seed: 7 })
      .map((each, i): InputFact => ({ ...each, id: `f${i}`, disputed: false, on: '2027-01-01', until: '2028-01-01' }))
    const began = performance.now()
    reckon(models[0] as ModelInForce, { kind: 'bidder', subject: 'x', asOf: '2027-06-01', facts })
    expect(performance.now() - began).to.be.lessThan(10_000)
  })
})

describe('a formula', () => {
  const wrong = (change: (file: ReturnType<typeof structuredClone<typeof bid>>) => unknown) => {
    const file = structuredClone(bid)
    try {
      readModel(change(file))
      return 'done'
    } catch (thrown) {
      return codeOf(thrown)
    }
  }
  it('adds up, names each factor once, and knows its types and levels', () => {
    expect(wrong(file => file)).to.equal('done')
    const malformed: ((file: typeof bid) => unknown)[] = [
      file => ({ ...file, most: 999 }),
      file => ({ ...file, factors: [...file.factors, ...file.factors], most: 2000 }),
      file => ({ ...file, version: '1/2' }),
      file => ({ ...file, further: 1 }),
      file => ({ ...file, factors: [{ code: 'a', title: bid.title, most: 1000, rule: { kind: 'deduct', type: 'penalty', points: { heavy: 3 } } }] }),
      file => ({ ...file, factors: [{ code: 'a', title: bid.title, most: 1000, rule: { kind: 'latest', type: 'penalty', scale: 1, without: 1 } }] }),
    ]
    for (const change of malformed) expect(wrong(change), String(change)).to.equal('credit_model_malformed')
  })
})

describe('the span of a fact', () => {
  const subject = newUscc()
  const base = {
    number: '1',
    kind: 'bidder',
    subject,
    type: 'penalty',
    level: 'general',
    title: 't',
    document: 'd',
    happened_on: '2027-01-31',
    evidence: 'a'.repeat(64),
  } as const
  const read = (more: Record<string, unknown>) => readFact({ ...base, ...more } as never, 'center-a', '2027-05-20')
  const spanOf = (more: Record<string, unknown>) => {
    const found = read(more)
    return 'wrong' in found ? found.wrong : `${found.minUntil} ${found.maxUntil}`
  }
  it('is that of the law, counted in months of the calendar', () => {
    expect(spanOf({ level: 'light' })).to.equal('2027-01-31 2027-04-30')
    expect(spanOf({ level: 'general' })).to.equal('2027-04-30 2028-01-31')
    expect(spanOf({ level: 'severe' })).to.equal('2028-01-31 2030-01-31')
    expect(addMonths('2027-11-30', 3)).to.equal('2028-02-29')
  })
  it('may end earlier, never later, and not before it can be repaired', () => {
    expect(spanOf({ until: '2027-08-01' })).to.equal('2027-04-30 2027-08-01')
    expect(spanOf({ until: '2028-02-01' })).to.match(/^until/)
    expect(spanOf({ until: '2027-04-29' })).to.match(/^until/)
  })
  it('is not given to what does not fit: a level, a value, a decision, a day, a subject', () => {
    for (const [more, member] of [
      [{ level: 'heavy' }, 'level'],
      [{ level: 'toString' }, 'level'],
      [{ value: 3 }, 'value'],
      [{ document: undefined }, 'document'],
      [{ happened_on: '2027-05-21' }, 'happened_on'],
      [{ subject: '91110000000000000X' }, 'subject'],
      [{ kind: 'expert' }, 'subject'],
      [{ type: 'center.index', level: 'index', document: undefined, value: 10_001 }, 'value'],
    ] as const)
      expect(spanOf(more), member).to.match(new RegExp(`^${member}`))
  })
})
