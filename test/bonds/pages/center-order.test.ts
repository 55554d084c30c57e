import { expect } from 'chai'
import fc from 'fast-check'
import { CURSOR, type Placed, sliceOf } from '../../../server/bonds/pages/center-order.ts'
import { expectedBond } from '../../../server/bonds/state/expected.ts'

/** What stands where on a center's pages of a section. */
describe('the order of a section’s bonds', () => {
  const due = (daysLeft: number) => ({ day: '2026-06-01', daysLeft, article: '第五十七条' })
  const placed = (id: string, more: Partial<Placed> = {}): Placed => ({
    bond: expectedBond(id, { name: 'n', basicAccount: 'a' }),
    due: undefined,
    ...more,
  })
  const idsOf = (shown: readonly Placed[]) => shown.map(({ bond }) => bond.id)

  it('begins with what is latest, then what is due some day, then the rest', () => {
    const all = [
      placed('b'),
      placed('z', { due: due(-3) }),
      placed('a'),
      placed('d', { due: { article: '第五十七条' } }),
      placed('c', { due: due(2) }),
    ]
    expect(idsOf(sliceOf(all, '', 9).shown)).to.deep.equal(['z', 'c', 'd', 'a', 'b'])
  })

  it('shows every bond once, page by page, with how many stand before', () => {
    const days = fc.option(fc.integer({ min: -400, max: 400 }), { nil: undefined })
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.uuid(), days), { selector: ([id]) => id, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (drawn, size) => {
          const all = drawn.map(([id, left]) => placed(id, left === undefined ? {} : { due: due(left) }))
          const seen: string[] = []
          for (let after: string | undefined = ''; after !== undefined; ) {
            const slice = sliceOf(all, after, size)
            expect(slice.before).to.equal(seen.length)
            seen.push(...idsOf(slice.shown))
            after = slice.next
            if (after !== undefined) expect(after).to.match(CURSOR)
          }
          expect(seen).to.have.members(idsOf(all))
        },
      ),
    )
  })

  it('goes on behind a bond that was paid back while the first page was read', () => {
    const all = ['a', 'b', 'c', 'd'].map((id, n) => placed(id, { due: due(n) }))
    const { next = '' } = sliceOf(all, '', 2)
    const paid = all.map(each => (each.bond.id === 'b' ? placed('b') : each))
    expect(idsOf(sliceOf(paid, next, 2).shown)).to.deep.equal(['c', 'd'])
  })

  it('has an empty page behind the last one, and takes no cursor of another form', () => {
    expect(sliceOf([placed('a')], '2000000.z', 5)).to.deep.equal({ shown: [], before: 1 })
    for (const text of ['a', '1', '.a', '1.', `1.${'a'.repeat(51)}`, '99999999.a', '1.a b']) expect(text).to.not.match(CURSOR)
  })
})
