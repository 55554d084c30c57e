import { expect } from 'chai'
import fc from 'fast-check'
import { combineShares, type Share, splitSecret } from '../../server/kernel/shamir.ts'
import { randomFrom } from '../bids/envelope/stage.ts'
import { codeOf } from '../pki/hierarchy.ts'

const secrets = fc.uint8Array({ minLength: 1, maxLength: 40 })
const quorums = fc
  .integer({ min: 2, max: 16 })
  .chain(count => fc.record({ count: fc.constant(count), threshold: fc.integer({ min: 2, max: count }) }))

describe('a secret in shares', () => {
  it('comes back from any t of n, in any order, and from more', () => {
    fc.assert(
      fc.property(secrets, quorums, fc.string(), fc.nat(), (secret, { threshold, count }, seed, turn) => {
        const shares = splitSecret(secret, threshold, count, randomFrom(seed))
        const turned = [...shares.slice(turn % count), ...shares.slice(0, turn % count)].reverse()
        expect(combineShares(turned.slice(0, threshold))).to.deep.equal(Buffer.from(secret))
        expect(combineShares(shares)).to.deep.equal(Buffer.from(secret))
      }),
      { numRuns: 200 },
    )
  })

  it('is not told by t - 1 shares: with one more share of our choice they give any other secret', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        quorums,
        fc.string(),
        (secret, other, { threshold, count }, seed) => {
          const known = splitSecret(secret, threshold, count, randomFrom(seed)).slice(0, threshold - 1)
          expect(combineShares([...known, shareLeadingTo(Buffer.from(other), known, threshold)])).to.deep.equal(Buffer.from(other))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('agrees with polynomials computed by hand', () => {
    // f(x) = 42 + 17 x over GF(256): f(1) = 42 ^ 17, f(2) = 42 ^ 34, f(3) = f(1) ^ f(2) ^ 42
    const shares = splitSecret(Buffer.of(42), 2, 3, () => Buffer.of(17))
    expect(shares.map(({ value }) => value[0])).to.deep.equal([42 ^ 17, 42 ^ 34, 42 ^ 17 ^ 34])
    // 0x57 times 0x83 is 0xc1 (FIPS 197, 4.2): f(x) = 0x83 x at 0x57 is not a place we give, so by 2 · 0x80 = 0x1b
    expect(splitSecret(Buffer.of(0), 2, 2, () => Buffer.of(0x80))[1]?.value[0]).to.equal(0x1b)
  })

  for (const [sentence, threshold, count] of [
    ['a threshold of one, which is no sharing', 1, 3],
    ['more needed than there are', 4, 3],
    ['more than sixteen shares', 2, 17],
    ['half a share', 2.5, 4],
  ] as const) {
    it(`refuses ${sentence}`, () => expect(codeOf(() => splitSecret(Buffer.of(1), threshold, count, randomFrom('x')))).to.equal('bad_request'))
  }

  for (const [sentence, shares] of [
    ['no shares', []],
    ['one share given twice as two', [at(1), at(1)]],
    ['place 0, which would be the secret', [at(0), at(1)]],
    ['shares of different lengths', [at(1), { x: 2, value: Buffer.alloc(2) }]],
  ] as [string, Share[]][]) {
    it(`does not combine ${sentence}`, () => expect(codeOf(() => combineShares(shares))).to.equal('bad_request'))
  }
})

function at(x: number): Share {
  return { x, value: Buffer.of(7) }
}

/** The missing share found by trying every value of every octet. */
function shareLeadingTo(wanted: Buffer, known: readonly Share[], threshold: number): Share {
  const value = Buffer.alloc(wanted.length)
  for (let guess = 0; guess < 256; guess++) {
    const tried = combineShares([...known, { x: threshold, value: Buffer.alloc(wanted.length, guess) }])
    for (let i = 0; i < wanted.length; i++) if (tried[i] === wanted[i]) value[i] = guess
  }
  return { x: threshold, value }
}
