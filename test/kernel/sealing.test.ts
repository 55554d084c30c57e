import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { createSealing } from '../../server/kernel/sealing.ts'

describe('sealing of private keys at rest', () => {
  const sealing = createSealing(randomBytes(32))

  it('gives back what was sealed', () => {
    expect(sealing.open(sealing.seal('一把钥匙', 'provider:k1'), 'provider:k1')).to.equal('一把钥匙')
  })

  it('never seals one text to the same words twice', () => {
    expect(sealing.seal('key', 'a')).not.to.equal(sealing.seal('key', 'a'))
  })

  it('refuses a key put in another place', () => {
    const sealed = sealing.seal('key', 'provider:k1')
    expect(() => sealing.open(sealed, 'provider:k2')).to.throw()
  })

  it('refuses a changed byte, a shortened tag and another key', () => {
    const sealed = sealing.seal('key', 'a')
    const [version, nonce, data, tag] = sealed.split('.')
    const flipped = Buffer.from(data ?? '', 'base64url')
    flipped[0] = (flipped[0] ?? 0) ^ 1
    expect(() => sealing.open([version, nonce, flipped.toString('base64url'), tag].join('.'), 'a')).to.throw()
    expect(() => sealing.open([version, nonce, data, tag?.slice(0, 8)].join('.'), 'a')).to.throw()
    expect(() => createSealing(randomBytes(32)).open(sealed, 'a')).to.throw()
  })
})
