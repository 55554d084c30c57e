import { expect } from 'chai'
import { utf8 } from '../../server/pki/der-write.ts'
import { type PathQuestion, verifyChain } from '../../server/pki/path.ts'
import type { Purpose } from '../../server/pki/path-purposes.ts'
import { altNames, extendedUsage, general, type Made } from './handmade.ts'
import { at, makeRoot, makeUnder, name, newKey } from './hierarchy.ts'

const root = makeRoot()
const keys = newKey.SM2()
const { dns, ip } = general
const SERVER = '1.3.6.1.5.5.7.3.1'
const CLIENT = '1.3.6.1.5.5.7.3.2'
const CODE = '1.3.6.1.5.5.7.3.3'
const EMAIL = '1.3.6.1.5.5.7.3.4'
const STAMP = '1.3.6.1.5.5.7.3.8'
const ANY = '2.5.29.37.0'

type Demands = Partial<Omit<PathQuestion, 'leaf' | 'intermediates' | 'roots' | 'at'>>
type Profile = Parameters<typeof makeUnder>[2]
const codeOf = (leafWishes: Profile, demands: Demands, caWishes: Made[] = []) => {
  const ca = makeUnder(root, 'CA', { profile: 'ca', extensions: caWishes })
  const leaf = makeUnder(ca, 'x', { keys, ...leafWishes })
  const result = verifyChain({ leaf: leaf.certificate, intermediates: [ca.certificate], roots: [root.certificate], at, ...demands })
  return result.ok ? 'accepted' : result.code
}

describe('what a certificate is for', () => {
  const rows: [what: string, profile: NonNullable<Profile>, good: Purpose[]][] = [
    ['to sign', { profile: 'sign' }, ['login', 'seal']],
    ['to encrypt', { profile: 'encrypt' }, ['encryption']],
    ['for both, as older shields have it', { profile: 'single' }, ['login', 'seal', 'encryption']],
    ['to sign, for clients', { profile: 'sign', extensions: [extendedUsage(false, CLIENT, EMAIL)] }, ['login', 'seal']],
    ['to sign, for a vendor’s own purpose', { profile: 'sign', extensions: [extendedUsage(true, '1.2.156.10260.9')] }, ['login', 'seal']],
    ['to sign, for servers and code', { profile: 'sign', extensions: [extendedUsage(false, SERVER, CODE)] }, []],
    ['a responder’s', { profile: 'ocsp' }, ['ocsp']],
    ['a time stamping authority’s', { profile: 'sign', extensions: [extendedUsage(true, STAMP)] }, ['timestamp']],
    ['for time stamps, not critically', { profile: 'sign', extensions: [extendedUsage(false, STAMP)] }, []],
    ['for time stamps among others', { profile: 'sign', extensions: [extendedUsage(true, STAMP, CLIENT)] }, ['login', 'seal']],
    ['for anything', { profile: 'sign', extensions: [extendedUsage(true, ANY)] }, ['login', 'seal']],
  ]
  for (const [what, profile, good] of rows) {
    it(`${what}: ${good.join(', ') || 'nothing here'}`, () => {
      const all: Purpose[] = ['login', 'seal', 'encryption', 'ocsp', 'timestamp']
      const found = all.filter(purpose => codeOf(profile, { purpose }) === 'accepted')
      expect(found).to.deep.equal(good)
      for (const purpose of all.filter(each => !good.includes(each))) expect(codeOf(profile, { purpose })).to.equal('certificate_wrong_use')
    })
  }

  it('by object identifier holds where neither it nor a CA above limits itself to others', () => {
    const wanted = { extendedKeyUsage: [CLIENT] }
    const leaf = (...oids: string[]) => ({ extensions: oids.length === 0 ? [] : [extendedUsage(false, ...oids)] })
    expect(codeOf(leaf(), wanted)).to.equal('accepted')
    expect(codeOf(leaf(ANY), wanted)).to.equal('accepted')
    expect(codeOf(leaf(EMAIL), wanted)).to.equal('certificate_wrong_use')
    expect(codeOf(leaf(CLIENT), wanted, [extendedUsage(false, CLIENT, SERVER)])).to.equal('accepted')
    expect(codeOf(leaf(CLIENT), wanted, [extendedUsage(false, SERVER)])).to.equal('certificate_wrong_use')
    expect(codeOf(leaf(CLIENT), { extendedKeyUsage: [CLIENT, EMAIL] })).to.equal('certificate_wrong_use')
  })
})

describe('the host a certificate is for', () => {
  const codeFor = (names: Buffer[], peerName: string) => codeOf({ extensions: names.length === 0 ? [] : [altNames(...names)] }, { peerName })
  const good: [Buffer, string][] = [
    [dns('www.a.cn'), 'www.a.cn'],
    [dns('WWW.a.cn'), 'www.A.cn.'],
    [dns('*.a.cn'), 'www.a.cn'],
    [dns('xn--fiq228c.a.cn'), '中文.a.cn'],
    [ip(10, 0, 0, 1), '10.0.0.1'],
    [ip(0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1), '2001:db8::1'],
    [ip(0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 1), '[2001:DB8:0:0::1]'],
    [ip(...new Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1), '::ffff:10.0.0.1'],
  ]
  const bad: [Buffer, string][] = [
    [dns('*.a.cn'), 'a.cn'],
    [dns('*.a.cn'), 'x.www.a.cn'],
    [dns('*.cn'), 'a.cn'],
    [dns('*'), 'a'],
    [dns('w*.a.cn'), 'www.a.cn'],
    [dns('www.*.cn'), 'www.a.cn'],
    [dns('*.*.cn'), 'www.a.cn'],
    [dns('www.a.cn\0.evil.cn'), 'www.a.cn'],
    [dns('www.a.cn.'), 'www.a.cn'],
    [dns('10.0.0.1'), '10.0.0.1'],
    [ip(10, 0, 0, 1), '10.0.0.2'],
    [ip(10, 0, 0, 1, 255, 255, 255, 255), '10.0.0.1'],
    [general.other('1.2.3', utf8('www.a.cn')), 'www.a.cn'],
    [general.uri('https://www.a.cn/'), 'www.a.cn'],
  ]
  for (const [host, peer] of good)
    it(`is ${peer} by ${JSON.stringify(host.subarray(2).toString('latin1'))}`, () =>
      expect(codeFor([dns('other.cn'), host], peer)).to.equal('accepted'))
  for (const [host, peer] of bad) {
    it(`is not ${peer} by ${JSON.stringify(host.subarray(2).toString('latin1'))}`, () =>
      expect(codeFor([host], peer)).to.equal('certificate_wrong_use'))
  }

  it('is never its common name, with alternative names or without', () => {
    const subject = name('www.a.cn')
    expect(codeOf({ subject }, { peerName: 'www.a.cn' })).to.equal('certificate_wrong_use')
    expect(codeOf({ subject, extensions: [altNames(dns('b.cn'))] }, { peerName: 'www.a.cn' })).to.equal('certificate_wrong_use')
  })
})
