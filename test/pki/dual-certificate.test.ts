import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Certificate, readCertificate } from '../../server/pki/certificate.ts'
import { signCms, verifyCms } from '../../server/pki/cms.ts'
import { pairShields, requireUse, roleOf } from '../../server/pki/dual-certificate.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { at, codeOf, makeRoot, makeUnder } from './hierarchy.ts'
import { needsShared } from './outside.ts'

const root = makeRoot('Root')
const [ca, otherCa] = [makeUnder(root, 'CA', { profile: 'ca' }), makeUnder(root, 'Other CA', { profile: 'ca' })]
const serial = (number: number) => Buffer.of(0x10, number)
const sign = makeUnder(ca, '甲公司', { serial: serial(1) })
const encrypt = makeUnder(ca, '甲公司', { profile: 'encrypt', serial: serial(2) })
const certificates = (...parties: { certificate: Certificate }[]) => parties.map(({ certificate }) => certificate)
const serials = (all: readonly { sign: Certificate; encrypt: Certificate }[]) => all.map(pair => [pair.sign.serial, pair.encrypt.serial])

describe('dual certificates', () => {
  it('of one holder and issuer are paired, in whatever order they come', () => {
    for (const order of [certificates(sign, encrypt), certificates(encrypt, sign), certificates(encrypt, sign, encrypt)])
      expect(serials(pairShields(order).pairs)).to.deep.equal([['1001', '1002']])
    expect(pairShields(certificates(sign, encrypt)).alone).to.deep.equal([])
  })

  it('of another holder, another issuer or another kind of key are not', () => {
    for (const other of [
      makeUnder(ca, '乙公司', { profile: 'encrypt' }),
      makeUnder(otherCa, '甲公司', { profile: 'encrypt' }),
      makeUnder(ca, '甲公司', { profile: 'encrypt' }, 'RSA'),
    ]) {
      const { pairs, alone } = pairShields(certificates(sign, other))
      expect(pairs).to.deep.equal([])
      expect(alone.map(({ reason }) => reason)).to.deep.equal(['no-encryption-certificate', 'no-signing-certificate'])
    }
  })

  it('after a renewal go with those they were made with', () => {
    const renewed = { notBefore: new Date('2027-01-01T00:00:00Z'), notAfter: new Date('2032-01-01T00:00:00Z') }
    const newSign = makeUnder(ca, '甲公司', { ...renewed, serial: serial(7) })
    const newEncrypt = makeUnder(ca, '甲公司', { ...renewed, profile: 'encrypt', serial: serial(3) })
    expect(serials(pairShields(certificates(newSign, sign, newEncrypt, encrypt)).pairs)).to.deep.equal([
      ['1007', '1003'],
      ['1001', '1002'],
    ])
  })

  it('of two shields of one day go by their numbers', () => {
    const second = {
      sign: makeUnder(ca, '甲公司', { serial: serial(3) }),
      encrypt: makeUnder(ca, '甲公司', { profile: 'encrypt', serial: serial(4) }),
    }
    expect(serials(pairShields(certificates(second.sign, sign, encrypt, second.encrypt)).pairs)).to.deep.equal([
      ['1003', '1004'],
      ['1001', '1002'],
    ])
  })

  it('whose validity does not overlap are not a shield', () => {
    const past = makeUnder(ca, '甲公司', {
      profile: 'encrypt',
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2025-01-01T00:00:00Z'),
    })
    expect(pairShields(certificates(sign, past)).pairs).to.deep.equal([])
  })

  it('are told from single ones and from a CA', () => {
    const single = makeUnder(ca, '甲公司', { profile: 'single' })
    const found = pairShields(certificates(single, ca))
    expect(found.singles).to.deep.equal([single.certificate])
    expect(found.alone).to.deep.equal([{ certificate: ca.certificate, reason: 'not-a-shield' }])
  })

  it('are each refused for the other’s work', () => {
    expect(codeOf(() => requireUse(sign.certificate, 'sign'))).to.equal('accepted')
    expect(codeOf(() => requireUse(encrypt.certificate, 'encrypt'))).to.equal('accepted')
    expect(codeOf(() => requireUse(sign.certificate, 'encrypt'))).to.equal('certificate_wrong_use')
    expect(codeOf(() => requireUse(encrypt.certificate, 'sign'))).to.equal('certificate_wrong_use')
    expect(codeOf(() => requireUse(ca.certificate, 'sign'))).to.equal('certificate_wrong_use')
    const message = signCms({ content: Buffer.from('x'), ...encrypt, detached: false })
    expect(codeOf(() => verifyCms({ cms: message }))).to.equal('certificate_wrong_use')
    const question = { intermediates: [ca.certificate], roots: [root.certificate], at }
    expect(verifyChain({ ...question, leaf: encrypt.certificate, keyUsage: ['digitalSignature', 'nonRepudiation'] })).to.include({
      ok: false,
      code: 'certificate_wrong_use',
    })
    expect(verifyChain({ ...question, leaf: sign.certificate, keyUsage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'] })).to.include({
      ok: false,
      code: 'certificate_wrong_use',
    })
  })

  it('of many holders are paired, each with its own', () => {
    const made = Array.from({ length: 40 }, (_, i) => ({
      sign: makeUnder(ca, `公司${i}`),
      encrypt: makeUnder(ca, `公司${i}`, { profile: 'encrypt' }),
    }))
    const { pairs, alone } = pairShields(certificates(...made.map(each => each.encrypt), ...made.map(each => each.sign).reverse()))
    expect(alone).to.deep.equal([])
    for (const pair of pairs) expect(pair.sign.subject.key).to.equal(pair.encrypt.subject.key)
    expect(pairs).to.have.length(40)
  })

  it('of a real bank are paired', function () {
    const folder = needsShared(this, 'trust', 'bank')
    const read = (file: string) => readCertificate(readFileSync(join(folder, file)))
    const [real, its] = [read('boc-ebssec-sign.pem'), read('boc-ebssec-encrypt.pem')]
    expect([roleOf(real), roleOf(its)]).to.deep.equal(['sign', 'encrypt'])
    const { pairs } = pairShields([its, read('cfca-sm2-oca1.pem'), real])
    expect(serials(pairs)).to.deep.equal([[real.serial, its.serial]])
  })
})
