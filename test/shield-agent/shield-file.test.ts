import { createPublicKey, type KeyObject } from 'node:crypto'
import { expect } from 'chai'
import { changeShieldPin, openShieldFile, readShieldFile, type ShieldFile, sealShieldFile } from '../../bank-adapters/shield-agent/shield-file.ts'
import { exportPrivate } from '../../server/pki/sm2.ts'
import { failure } from './failure.ts'
import { newBank, newShield, PIN } from './shields.ts'

describe('a shield file', () => {
  const bank = newBank()
  const dual = newShield(bank)

  it('opens under its PIN to the keys of its two certificates', () => {
    const { sign, encrypt } = openShieldFile(readShieldFile(JSON.stringify(dual.file)), PIN)
    const spki = (key: KeyObject) => createPublicKey(key).export({ format: 'der', type: 'spki' })
    expect(spki(sign)).to.deep.equal(dual.sign.certificate.spki)
    expect(encrypt && spki(encrypt)).to.deep.equal(dual.encrypt?.certificate.spki)
  })

  it('does not open under another PIN', () => {
    expect(failure(() => openShieldFile(dual.file, '135791'))).to.equal('shield_pin_wrong')
  })

  it('holds neither the PIN nor a private key in the clear', () => {
    const text = JSON.stringify(dual.file)
    const scalar = exportPrivate(dual.sign.privateKey)
    expect(text).not.to.contain(PIN)
    expect(text).not.to.contain(scalar.toString('base64').slice(60, 90))
  })

  it('opens under a new PIN only, after a change', () => {
    const changed = changeShieldPin(dual.file, PIN, '246802')
    expect(openShieldFile(changed, '246802').sign.type).to.equal('private')
    expect(failure(() => openShieldFile(changed, PIN))).to.equal('shield_pin_wrong')
    expect(failure(() => changeShieldPin(dual.file, 'wrong!', '246802'))).to.equal('shield_pin_wrong')
    expect(failure(() => changeShieldPin(dual.file, PIN, '12345'))).to.equal('shield_pin_unfit')
  })

  it('does not open when a key was moved to the other use', () => {
    const { sign, encrypt } = dual.file.keys
    if (encrypt === undefined) throw new Error('a dual shield has two keys')
    expect(failure(() => openShieldFile({ ...dual.file, keys: { sign: encrypt, encrypt: sign } }, PIN))).to.equal('shield_pin_wrong')
  })

  it('is not made of a certificate and another one’s key', () => {
    const other = newShield(bank)
    const make = () =>
      sealShieldFile({
        label: 'x',
        bank: 'abc',
        kind: 'SM2-dual',
        pin: PIN,
        iterations: 10_000,
        sign: { certificate: dual.sign.certificate.der, privateKeyPkcs8: exportPrivate(other.sign.privateKey) },
      })
    expect(failure(make)).to.equal('shield_key_mismatch')
  })

  it('is refused when it is too large, not JSON, of another version, or would keep PBKDF2 busy for hours', () => {
    const changed = (change: (file: ShieldFile) => object) => JSON.stringify(change(dual.file))
    for (const text of [
      ' '.repeat(70_000),
      'shield',
      changed(file => ({ ...file, version: 2 })),
      changed(file => ({ ...file, pin: { ...file.pin, iterations: 10_000_000_000 } })),
      changed(file => ({ ...file, pin: { ...file.pin, retriesLeft: 7 } })),
      changed(file => ({ ...file, owner: 'somebody' })),
    ])
      expect(failure(() => readShieldFile(text))).to.equal('shield_file_malformed')
  })
})
