import { expect } from 'chai'
import { Recent } from '../../server/kernel/recent.ts'

describe('what was found lately', () => {
  it('is made once, and the one used longest ago goes first', () => {
    const recent = new Recent<{ key: string }>(2)
    const made: string[] = []
    const ask = (key: string) => recent.get(key, () => ({ key: made[made.push(key) - 1] ?? '' })).key
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map(ask)).to.deep.equal(['a', 'b', 'a', 'c', 'a', 'b'])
    expect(made).to.deep.equal(['a', 'b', 'c', 'b'])
  })

  it('is not kept where it could not be made', () => {
    const recent = new Recent<{ at: number }>(2)
    const fail = () => {
      throw new Error('not today')
    }
    expect(() => recent.get('a', fail)).to.throw('not today')
    expect(recent.get('a', () => ({ at: 1 }))).to.deep.equal({ at: 1 })
  })
})
