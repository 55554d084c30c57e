import { expect } from 'chai'
import { createValidationCache, type VerdictKey } from '../../server/pki/validation-cache.ts'
import { at, from, makeRoot, makeUnder, to } from './hierarchy.ts'

const root = makeRoot().certificate
const rootParty = makeRoot('Other')
const ca = makeUnder(rootParty, 'CA', { profile: 'ca' }).certificate
const verdict = { path: [ca, rootParty.certificate], from, until: to }
const key = (wishes: Partial<VerdictKey> = {}): VerdictKey => ({ scope: 'abc', version: 1, use: 'sign', thumbprint: 'aa', ...wishes })

describe('the cache of path verdicts', () => {
  it('gives back what was kept for the same certificate, use, scope and version, and for nothing else', () => {
    const cache = createValidationCache(100)
    cache.keep(key(), verdict)
    cache.keep(key({ scope: 'icbc', version: 7 }), { ...verdict, path: [root] })
    expect(cache.find(key(), at)).to.equal(verdict)
    expect(cache.find(key({ thumbprint: 'ab' }), at)).to.equal(undefined)
    expect(cache.find(key({ use: 'encrypt' }), at)).to.equal(undefined)
    expect(cache.find(key({ scope: 'ccb' }), at)).to.equal(undefined)
    expect(cache.find(key({ scope: 'icbc', version: 7 }), at)?.path).to.deep.equal([root])
  })

  it('forgets a scope’s verdicts for good when its version moves, also when the old number comes back', () => {
    const cache = createValidationCache(100)
    cache.keep(key(), verdict)
    cache.keep(key({ scope: 'icbc' }), verdict)
    expect(cache.find(key({ version: 2 }), at)).to.equal(undefined)
    expect(cache.find(key({ version: 1 }), at)).to.equal(undefined)
    expect(cache.find(key({ scope: 'icbc' }), at)).to.equal(verdict)
    expect(cache.state().entries).to.equal(1)
  })

  it('does not take one key for another, whatever stands in their parts', () => {
    const cache = createValidationCache(100)
    cache.keep(key({ thumbprint: 'aa', use: 'sign', version: '1 x', scope: 'y' }), verdict)
    expect(cache.find(key({ thumbprint: 'aa', use: 'sign', version: '1', scope: 'x y' }), at)).to.equal(undefined)
  })

  it('holds only while every certificate of the path is valid', () => {
    const cache = createValidationCache(100)
    cache.keep(key(), { ...verdict, from: new Date(at.getTime() - 1000), until: new Date(at.getTime() + 1000) })
    const seen = [-1001, -1000, 1000, 1001].map(shift => cache.find(key(), new Date(at.getTime() + shift)) !== undefined)
    expect(seen).to.deep.equal([false, true, true, false])
  })

  it('never holds more than it may, and lets go first of what was used longest ago', () => {
    const cache = createValidationCache(3)
    for (const thumbprint of ['a', 'b', 'c']) cache.keep(key({ thumbprint }), verdict)
    cache.find(key({ thumbprint: 'a' }), at)
    cache.keep(key({ thumbprint: 'd' }), verdict)
    const left = ['a', 'b', 'c', 'd'].filter(thumbprint => cache.find(key({ thumbprint }), at) !== undefined)
    expect(left).to.deep.equal(['a', 'c', 'd'])
    for (let i = 0; i < 1000; i++) cache.keep(key({ thumbprint: `x${i}` }), verdict)
    expect(cache.state().entries).to.equal(3)
  })

  it('forgets all, a scope, or every path through one certificate', () => {
    const fill = () => {
      const cache = createValidationCache(100)
      cache.keep(key({ thumbprint: 'a' }), verdict)
      cache.keep(key({ thumbprint: 'b' }), { ...verdict, path: [root] })
      cache.keep(key({ thumbprint: 'c', scope: 'icbc' }), verdict)
      return cache
    }
    const left = (cache: ReturnType<typeof fill>) =>
      [key({ thumbprint: 'a' }), key({ thumbprint: 'b' }), key({ thumbprint: 'c', scope: 'icbc' })]
        .filter(each => cache.find(each, at) !== undefined)
        .map(({ thumbprint }) => thumbprint)
        .join('')
    const [all, scope, through] = [fill(), fill(), fill()]
    all.forget()
    scope.forget({ scope: 'abc' })
    through.forget({ thumbprint: ca.thumbprint })
    expect([left(all), left(scope), left(through)]).to.deep.equal(['', 'c', 'b'])
  })

  it('counts hits and misses, and tells each', () => {
    const told: string[] = []
    const cache = createValidationCache(100, outcome => told.push(outcome))
    cache.find(key(), at)
    cache.keep(key(), verdict)
    cache.find(key(), at)
    cache.find(key(), at)
    expect(cache.state()).to.deep.equal({ entries: 1, hits: 2, misses: 1 })
    expect(told).to.deep.equal(['miss', 'hit', 'hit'])
  })
})
