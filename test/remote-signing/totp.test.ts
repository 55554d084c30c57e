import { expect } from 'chai'
import { base32, codeOf, enrolmentAddress, stepAt, stepOf } from '../../server/remote-signing/totp.ts'

/** RFC 6238 appendix B, the last six of its eight digits: a code of six is the same number in a smaller ring. */
describe('time-based codes', () => {
  const secret = Buffer.from('12345678901234567890')
  const at = (seconds: number) => new Date(seconds * 1000)

  for (const [seconds, code] of [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ] as const) {
    it(`are those of the standard at ${seconds} seconds`, () => expect(codeOf(secret, stepAt(at(seconds)))).to.equal(code.slice(-6)))
  }

  it('are taken from a phone whose clock is one step off, and from none that is two', () => {
    const now = at(1234567890)
    for (const off of [-1, 0, 1]) expect(stepOf(secret, codeOf(secret, stepAt(now) + off), now)).to.equal(stepAt(now) + off)
    for (const off of [-2, 2]) expect(stepOf(secret, codeOf(secret, stepAt(now) + off), now)).to.equal(undefined)
  })

  it('are six digits and nothing like it', () => {
    const now = at(1234567890)
    const code = codeOf(secret, stepAt(now))
    for (const other of ['', code.slice(1), `${code}0`, `0${code}`, ` ${code.slice(1)}`, '００５９２４'])
      expect(stepOf(secret, other, now)).to.equal(undefined)
  })

  it('an app reads the secret out of the address', () => {
    const address = new URL(enrolmentAddress(secret, { issuer: '共享盾云签', account: '王 示例' }))
    expect(address.searchParams.get('secret')).to.equal(base32(secret))
    expect(address.href)
      .to.match(/^otpauth:\/\/totp\//)
      .and.not.include('+')
    expect(['f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map(text => base32(Buffer.from(text)))).to.deep.equal([
      'MY',
      'MZXQ',
      'MZXW6',
      'MZXW6YQ',
      'MZXW6YTB',
      'MZXW6YTBOI',
    ])
  })
})
