import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmOf } from '../../server/pki/algorithms.ts'
import { Certificate, readCertificate } from '../../server/pki/certificate.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { bits, context, integer, nothing, octets, oid, sequence, time } from '../../server/pki/der-write.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { type PathQuestion, verifyChain } from '../../server/pki/path.ts'
import { at, from, makeRoot, makeUnder, name, newKey, type Party } from './hierarchy.ts'
import { needsShared } from './outside.ts'

const root = makeRoot()
const ca = makeUnder(root, 'CA', { profile: 'ca' })
const leaf = makeUnder(ca, 'shield')

type Question = Partial<Omit<PathQuestion, 'leaf' | 'intermediates' | 'roots'>>
const ask = (shield: Party | Certificate, intermediates: Party[], roots: Party[] = [root], more: Question = {}) =>
  verifyChain({
    leaf: shield instanceof Certificate ? shield : shield.certificate,
    intermediates: intermediates.map(each => each.certificate),
    roots: roots.map(each => each.certificate),
    at,
    ...more,
  })
const codeOf = (...question: Parameters<typeof ask>) => {
  const result = ask(...question)
  return result.ok ? 'accepted' : result.code
}
const crl = (issuer: Party, serials: string[] = [], thisUpdate = new Date('2027-06-01'), nextUpdate = new Date('2027-06-02')) =>
  readCrl(issueCrl({ issuer, entries: serials.map(serial => ({ serial, at: from })), number: 1, thisUpdate, nextUpdate }))

describe('a certificate path', () => {
  for (const algorithm of ['SM2', 'RSA', 'ECDSA'] as const) {
    it(`of ${algorithm} certificates is found and given, leaf first`, () => {
      const top = makeRoot('Root', {}, algorithm)
      const middle = makeUnder(top, 'CA', { profile: 'ca' }, algorithm)
      const end = makeUnder(middle, 'shield', {}, algorithm)
      const result = ask(end, [middle], [top])
      expect(result.ok && result.path.map(each => each.thumbprint)).to.deep.equal([end, middle, top].map(each => each.certificate.thumbprint))
    })
  }

  it('may mix algorithms: an RSA shield under an SM2 CA', () => expect(codeOf(makeUnder(ca, 'old', {}, 'RSA'), [ca])).to.equal('accepted'))

  it('is found among CAs of one name: another key, and another certificate of the same key', () => {
    const twin = makeUnder(root, 'CA', { profile: 'ca' })
    const expired = makeUnder(root, 'CA', { profile: 'ca', keys: ca, notBefore: from, notAfter: new Date('2026-06-01') })
    for (const order of [
      [twin, expired, ca],
      [expired, ca, twin],
      [ca, twin, expired],
    ]) {
      expect(codeOf(leaf, order)).to.equal('accepted')
    }
    expect(codeOf(leaf, [twin, expired])).to.equal('certificate_chain_invalid')
  })

  it('is found through a cross certificate when the own root is not trusted', () => {
    const old = makeRoot('Old root')
    const cross = makeUnder(old, 'Root', { profile: 'ca', keys: root })
    expect(codeOf(leaf, [ca, root, cross], [old])).to.equal('accepted')
  })

  it('of a self-issued CA (a key change) does not count towards the path length', () => {
    const top = makeRoot('Root', { pathLength: 0 })
    const next = makeUnder(top, 'Root', { profile: 'ca', keys: newKey.SM2() })
    expect(codeOf(makeUnder(next, 'shield'), [next], [top])).to.equal('accepted')
  })
})

describe('a certificate path is refused', () => {
  it('without any certificate of its issuer', () => expect(codeOf(leaf, [])).to.equal('certificate_untrusted'))
  it('under a root nobody trusts', () => expect(codeOf(leaf, [ca, root], [makeRoot('Other')])).to.equal('certificate_untrusted'))

  it('under a CA that only has the right name', () => {
    const impostor = makeUnder(makeRoot('Root'), 'CA', { profile: 'ca' })
    const forged = ask(makeUnder(impostor, 'shield'), [ca])
    expect(forged).to.include({ ok: false, code: 'certificate_untrusted', clause: 'RFC 5280 6.1.3 (a)(1)' })
  })

  it('when one bit of the leaf or of its signature is changed', () => {
    for (const index of [leaf.certificate.der.length - 5, leaf.certificate.der.indexOf(Buffer.from('shield'))]) {
      const changed = Buffer.from(leaf.certificate.der)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(codeOf(readCertificate(changed), [ca])).to.equal('certificate_untrusted')
    }
  })

  it('after the leaf expired, and before it begins', () => {
    const short = makeUnder(ca, 'short', { notBefore: new Date('2027-01-01'), notAfter: new Date('2027-02-01') })
    expect(codeOf(short, [ca])).to.equal('certificate_expired')
    expect(codeOf(short, [ca], [root], { at: new Date('2026-12-31T23:59:59Z') })).to.equal('certificate_not_yet_valid')
    expect(codeOf(short, [ca], [root], { at: new Date('2027-01-01') })).to.equal('accepted')
    expect(codeOf(short, [ca], [root], { at: new Date('2027-02-01') })).to.equal('accepted')
  })

  it('after a CA or the root expired, naming that one', () => {
    const gone = makeUnder(root, 'Gone', { profile: 'ca', notAfter: new Date('2027-01-01') })
    expect(ask(makeUnder(gone, 'shield'), [gone])).to.include({ ok: false, code: 'certificate_chain_invalid', certificate: gone.certificate })
    const oldRoot = makeRoot('Old', { notAfter: new Date('2027-01-01') })
    expect(ask(makeUnder(oldRoot, 'shield'), [], [oldRoot])).to.include({
      ok: false,
      code: 'certificate_chain_invalid',
      certificate: oldRoot.certificate,
    })
  })

  it('when an end entity acts as a CA', () => {
    const shield = makeUnder(ca, 'shield as CA')
    expect(ask(makeUnder(shield, 'victim'), [ca, shield])).to.include({ ok: false, code: 'certificate_chain_invalid', clause: 'RFC 5280 6.1.4 (k)' })
  })

  it('when a CA says it is none, or its key may not sign certificates', () => {
    const keyUsageOnly = { oid: '2.5.29.15', critical: true }
    const handmade = (extensions: { oid: string; der: Buffer; critical?: boolean }[]) => handmadeCa(root, extensions)
    const noCa = handmade([{ ...keyUsageOnly, der: Buffer.of(3, 2, 1, 6) }])
    expect(ask(makeUnder(noCa, 'x'), [noCa])).to.include({ ok: false, clause: 'RFC 5280 6.1.4 (k)' })
    const noSigning = handmade([
      { oid: '2.5.29.19', der: sequence(Buffer.of(1, 1, 0xff)), critical: true },
      { ...keyUsageOnly, der: Buffer.of(3, 2, 1, 2) },
    ])
    expect(ask(makeUnder(noSigning, 'x'), [noSigning])).to.include({ ok: false, code: 'certificate_chain_invalid', clause: 'RFC 5280 6.1.4 (n)' })
  })

  it('when a CA stands where the path length allows none', () => {
    const top = makeRoot('Top', { pathLength: 0 })
    const middle = makeUnder(top, 'Middle', { profile: 'ca' })
    expect(ask(makeUnder(middle, 'x'), [middle], [top])).to.include({ ok: false, code: 'certificate_chain_invalid', clause: 'RFC 5280 6.1.4 (m)' })
    const one = makeUnder(root, 'One', { profile: 'ca', pathLength: 0 })
    const two = makeUnder(one, 'Two', { profile: 'ca' })
    expect(codeOf(makeUnder(one, 'x'), [one])).to.equal('accepted')
    expect(codeOf(makeUnder(two, 'x'), [one, two])).to.equal('certificate_chain_invalid')
  })

  it('with a critical extension nobody understands, in the leaf or in a CA', () => {
    const strange = { extensions: [{ oid: '1.2.3.4', der: nothing(), critical: true }] }
    expect(ask(makeUnder(ca, 'x', strange), [ca])).to.include({
      ok: false,
      code: 'certificate_chain_invalid',
      clause: 'RFC 5280 6.1.4 (o), 6.1.5 (f)',
    })
    const odd = makeUnder(root, 'Odd', { profile: 'ca', ...strange })
    expect(codeOf(makeUnder(odd, 'x'), [odd])).to.equal('certificate_chain_invalid')
    expect(codeOf(makeUnder(ca, 'x', { extensions: [{ oid: '1.2.3.4', der: nothing() }] }), [ca])).to.equal('accepted')
  })

  it('when the leaf is for another use', () => {
    const encrypt = makeUnder(ca, 'encrypt', { profile: 'encrypt' })
    expect(codeOf(encrypt, [ca], [root], { keyUsage: ['digitalSignature', 'nonRepudiation'] })).to.equal('certificate_wrong_use')
    expect(codeOf(leaf, [ca], [root], { keyUsage: ['keyEncipherment'] })).to.equal('certificate_wrong_use')
    expect(codeOf(leaf, [ca], [root], { keyUsage: ['digitalSignature'] })).to.equal('accepted')
    const responder = makeUnder(ca, 'responder', { profile: 'ocsp' })
    expect(codeOf(responder, [ca], [root], { extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] })).to.equal('certificate_wrong_use')
    expect(codeOf(responder, [ca], [root], { extendedKeyUsage: ['1.3.6.1.5.5.7.3.9'] })).to.equal('accepted')
  })

  it('with an algorithm that is not accepted, or a key too short', () => {
    const { certificate } = leaf
    const sha1 = sequence(oid('1.2.840.113549.1.1.5'), nothing())
    const tbs = Buffer.concat([certificate.tbs]).toString('hex').replace(certificate.algorithmDer.toString('hex'), sha1.toString('hex'))
    const inner = Buffer.from(tbs, 'hex').subarray(certificate.tbs[1] === 0x82 ? 4 : 3)
    expect(codeOf(readCertificate(sequence(sequence(inner), sha1, bits(certificate.signature))), [ca])).to.equal('algorithm_refused')
    expect(codeOf(makeUnder(ca, 'short', { keys: generateKeyPairSync('rsa', { modulusLength: 1024 }) }), [ca])).to.equal('algorithm_refused')
  })

  it('when it is self-signed and no root', () => {
    const result = ask(makeRoot('Alone'), [])
    expect(result).to.include({ ok: false, code: 'certificate_untrusted' })
  })

  it('when it is longer than allowed', () => {
    expect(codeOf(leaf, [ca], [root], { maxDepth: 3 })).to.equal('accepted')
    expect(codeOf(leaf, [ca], [root], { maxDepth: 2 })).to.equal('certificate_chain_invalid')
  })

  it('when it is not DER at all, without throwing', () => {
    expect(verifyChain({ leaf: Buffer.from('junk'), intermediates: [], roots: [], at })).to.include({ ok: false, code: 'certificate_malformed' })
  })
})

describe('revocation in a path', () => {
  it('refuses a revoked leaf and a revoked CA', () => {
    expect(codeOf(leaf, [ca], [root], { crls: [crl(ca, [leaf.certificate.serial])] })).to.equal('certificate_revoked')
    const result = ask(leaf, [ca], [root], { crls: [crl(ca), crl(root, [ca.certificate.serial])] })
    expect(result).to.include({ ok: false, code: 'certificate_revoked', certificate: ca.certificate })
  })

  it('that is required and cannot be learned refuses; fresh lists of every CA accept', () => {
    expect(codeOf(leaf, [ca], [root], { requireRevocation: true })).to.equal('revocation_unknown')
    expect(codeOf(leaf, [ca], [root], { requireRevocation: true, crls: [crl(ca)] })).to.equal('revocation_unknown')
    expect(codeOf(leaf, [ca], [root], { requireRevocation: true, crls: [crl(ca), crl(root)] })).to.equal('accepted')
  })

  it('by a stale list is unknown for who is not on it, and revoked for who is', () => {
    const [before, after] = [new Date('2027-05-01'), new Date('2027-05-02')]
    expect(codeOf(leaf, [ca], [root], { requireRevocation: true, crls: [crl(root), crl(ca, [], before, after)] })).to.equal('revocation_unknown')
    expect(codeOf(leaf, [ca], [root], { crls: [crl(ca, [leaf.certificate.serial], before, after)] })).to.equal('certificate_revoked')
  })

  it('by a list that somebody else signed says nothing', () => {
    const impostor = makeRoot('CA', { subject: name('CA') })
    expect(codeOf(leaf, [ca], [root], { requireRevocation: true, crls: [crl(root), crl(impostor)] })).to.equal('revocation_unknown')
    expect(codeOf(leaf, [ca], [root], { crls: [crl(impostor, [leaf.certificate.serial])] })).to.equal('accepted')
  })
})

describe('hostile input', () => {
  it('of many CAs of one name and different keys is refused in seconds, where every path would take hours', () => {
    const many = Array.from({ length: 150 }, () => makeUnder(root, 'CA', { profile: 'ca' }))
    const began = process.cpuUsage()
    expect(ask(leaf, many)).to.include({ ok: false, code: 'certificate_chain_invalid', clause: 'RFC 4158 2.4' })
    expect(process.cpuUsage(began).user / 1000).to.be.lessThan(5000)
  })

  it('of CAs that all certify each other is refused in seconds, where every path would take hours', () => {
    const parties = Array.from({ length: 7 }, (_, i) => makeRoot(`P${i}`, { subject: name(`P${i}`) }))
    const web = parties.flatMap((issuer, i) =>
      parties.flatMap((subject, j) => (i === j ? [] : [makeUnder(issuer, `P${j}`, { profile: 'ca', keys: subject, subject: name(`P${j}`) })])),
    )
    const [first] = parties
    if (first === undefined) throw new Error('no party')
    const began = process.cpuUsage()
    expect(ask(makeUnder(first, 'x'), web).ok).to.equal(false)
    expect(process.cpuUsage(began).user / 1000).to.be.lessThan(5000)
  })

  it('of any changed octet is never accepted and never throws', () => {
    const { der } = leaf.certificate
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(der)
        changed[index] = (changed[index] ?? 0) ^ change
        return !verifyChain({ leaf: changed, intermediates: [ca.certificate], roots: [root.certificate], at }).ok
      }),
      { numRuns: 1500 },
    )
  })
})

describe('real chains', () => {
  it('the CFCA CA that exists twice with one key is tried both ways, each with its own validity', function () {
    const folder = needsShared(this, 'trust')
    const read = (...path: string[]) => readCertificate(readFileSync(join(folder, ...path)))
    const bank = read('bank', 'boc-ebssec-sign.pem')
    const oca1 = read('bank', 'cfca-sm2-oca1.pem')
    const selfSigned = read('bank', 'cfca-cs-sm2-ca.pem')
    const national = read('roots', 'nrcac-rootca.pem')
    const cross = readdirSync(join(folder, 'ca'))
      .map(file => read('ca', file))
      .find(each => each.subject.key === selfSigned.subject.key)
    if (cross === undefined) throw new Error('the cross certificate is not among the data')
    expect(cross.spki).to.deep.equal(selfSigned.spki)
    const verify = (roots: Certificate[], time: string) =>
      verifyChain({ leaf: bank, intermediates: [oca1, selfSigned, cross], roots, at: new Date(time) })
    expect(verify([national], '2025-01-01').ok).to.equal(true)
    expect(verify([selfSigned], '2025-01-01').ok).to.equal(true)
    expect(verify([national], '2026-07-01')).to.include({ ok: false, code: 'certificate_expired' })
  })
})

/** A CA certificate with exactly these extensions. */
function handmadeCa(issuer: Party, extensions: { oid: string; der: Buffer; critical?: boolean }[]): Party {
  const model = makeUnder(issuer, 'Handmade', { profile: 'ca' })
  const algorithm = algorithmOf('1.2.156.10197.1.501')
  const { certificate } = model
  const list = extensions.map(({ oid: dotted, der, critical }) => sequence(oid(dotted), ...(critical ? [Buffer.of(1, 1, 0xff)] : []), octets(der)))
  const tbs = sequence(
    context(0, integer(2)),
    integer(7),
    algorithm.identifier,
    certificate.issuer.der,
    sequence(time(certificate.notBefore), time(certificate.notAfter)),
    certificate.subject.der,
    certificate.spki,
    context(3, sequence(...list)),
  )
  const der = sequence(tbs, algorithm.identifier, bits(algorithm.sign(issuer.privateKey, tbs)))
  return { ...model, certificate: new Certificate(der) }
}
