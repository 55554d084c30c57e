import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { BrokerError } from '../../server/kernel/errors.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { bits, boolean, context, integer, oid, sequence, time, write } from '../../server/pki/der-write.ts'
import { extension, newSerial } from '../../server/pki/issue.ts'
import { issueCrl, issueOcspError, issueOcspResponse, type OcspAnswer, readOcspRequest } from '../../server/pki/issue-revocation.ts'
import { writeName } from '../../server/pki/names.ts'
import { readOcspResponse } from '../../server/pki/ocsp.ts'
import { certificateId, writeOcspRequest } from '../../server/pki/ocsp-id.ts'
import { judgeRevocation } from '../../server/pki/revocation-verdict.ts'
import { at, codeOf, from, makeRoot, makeUnder, type Party } from './hierarchy.ts'
import { needsShared, openssl } from './outside.ts'

const ca = makeRoot('CA')
const leaf = makeUnder(ca, 'shield', { crlUrl: 'http://crl.example/1.crl' }).certificate
const thisUpdate = new Date('2027-06-01')
const nextUpdate = new Date('2027-06-02')
const entry = { serial: leaf.serial, at: from, reason: 'keyCompromise' as const }
const make = (wishes: Partial<Parameters<typeof issueCrl>[0]> = {}) =>
  issueCrl({ issuer: ca, entries: [], number: 1, thisUpdate, nextUpdate, ...wishes })
const judge = (der: Uint8Array, certificate = leaf) => judgeRevocation(certificate, ca.certificate, { at, crls: [readCrl(der)] })

/** A signed list with extensions that issue-revocation.ts would not write. */
function handmade(extensions: Buffer[], entryExtensions?: Buffer, signer: Party = ca): Buffer {
  const algorithm = algorithmFor(signer.privateKey)
  const tbs = sequence(
    integer(1),
    algorithm.identifier,
    ca.certificate.subject.der,
    time(thisUpdate),
    time(nextUpdate),
    ...(entryExtensions === undefined ? [] : [sequence(sequence(integer(99), time(from), sequence(entryExtensions)))]),
    ...(extensions.length === 0 ? [] : [context(0, sequence(...extensions))]),
  )
  return sequence(tbs, algorithm.identifier, bits(algorithm.sign(signer.privateKey, tbs)))
}

describe('a certificate revocation list', () => {
  it('says good, and revoked with date and reason', () => {
    expect(judge(make())).to.deep.equal({ state: 'good', until: nextUpdate })
    const list = readCrl(make({ entries: [entry, { serial: newSerial().toString('hex'), at: from }] }))
    expect(list.size).to.equal(2)
    expect(list.entry(leaf.serial)).to.deep.equal({ at: from, reason: 1 })
    expect(list.entry('0123')).to.equal(undefined)
    expect(judge(make({ entries: [entry] }))).to.include({ state: 'revoked' })
  })

  it('is read from DER, base64 and PEM', () => {
    const der = make({ entries: [entry] })
    const base64 = der.toString('base64')
    const pem = `-----BEGIN X509 CRL-----\n${base64.replaceAll(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`
    for (const input of [der, base64, Buffer.from(base64), pem, Buffer.from(pem)]) expect(readCrl(input).entry(leaf.serial)?.reason).to.equal(1)
  })

  it('is read by openssl', function () {
    const { out } = openssl(
      this,
      { 'list.crl': make({ entries: [entry], number: 77 }) },
      'crl',
      '-inform',
      'DER',
      '-in',
      'list.crl',
      '-noout',
      '-text',
    )
    expect(out).to.include(leaf.serial.toUpperCase()).and.include('Key Compromise').and.include('77')
  })

  describe('of 200,000 entries', () => {
    const serials = Array.from({ length: 200_000 }, () => newSerial().toString('hex'))
    const der = make({ entries: serials.map(serial => ({ serial, at: from, reason: 'superseded' as const })) })
    const milliseconds = (call: () => unknown): number => {
      const began = process.hrtime.bigint()
      call()
      return Number(process.hrtime.bigint() - began) / 1e6
    }
    const least = (rounds: number, call: () => unknown): number => Math.min(...Array.from({ length: rounds }, () => milliseconds(call)))

    it('is read, verified and first asked without stopping everybody for seconds', () => {
      expect(least(3, () => readCrl(der))).to.be.lessThan(5000)
      expect(least(3, () => readCrl(der).signedBy(ca.certificate))).to.be.lessThan(5000)
      expect(least(3, () => readCrl(der).entry(leaf.serial))).to.be.lessThan(5000)
    })

    it('finds every one of them and no other', () => {
      const list = readCrl(der)
      expect(list.size).to.equal(serials.length)
      expect(serials.every(serial => list.entry(serial)?.reason === 4)).to.equal(true)
      expect(serials.slice(0, 1000).some(serial => list.entry(`01${serial}`) !== undefined || list.entry(serial.slice(2)) !== undefined)).to.equal(
        false,
      )
    })

    it('is not read through to answer: two hundred times the entries take nowhere near two hundred times as long', () => {
      const big = readCrl(der)
      const small = readCrl(make({ entries: serials.slice(0, 1000).map(serial => ({ serial, at: from, reason: 'superseded' as const })) }))
      const strangers = Array.from({ length: 5000 }, () => newSerial().toString('hex'))
      const all = (list: typeof big) => () => strangers.some(serial => list.entry(serial) !== undefined)
      all(big)()
      all(small)()
      // how near is the bench's to show (`npm run bench -- trust`): 1.15 on a quiet machine, which the tests' is not
      expect(least(15, all(big))).to.be.lessThan(10 * least(15, all(small)))
    })
  })

  it('that names one serial over and over, to make looking it up slow, is answered at once', () => {
    const entries = Array.from({ length: 50_000 }, () => ({ serial: '11', at: from }))
    const list = readCrl(make({ entries: [...entries, entry] }))
    const began = process.cpuUsage()
    for (let i = 0; i < 20; i++) expect([list.entry('11'), list.entry(leaf.serial)?.reason]).to.deep.equal([{ at: from, reason: undefined }, 1])
    expect(process.cpuUsage(began).user / 1000).to.be.lessThan(5000)
  })

  it('that names the issuer of every entry is read at once; one of too many issuers, or with a name of megabytes, is refused', () => {
    const scope = sequence(write(0x84, Buffer.of(0xff)))
    const other = makeRoot('Other').certificate
    const entries = Array.from({ length: 30_000 }, (_, i) => ({ serial: (0x1000 + i).toString(16), at: from, issuer: other }))
    const der = make({ entries, scope })
    const began = process.cpuUsage()
    const list = readCrl(der)
    expect(list.entry('1234', other.subject.key)).to.include({ reason: undefined })
    expect(list.entry('1234')).to.equal(undefined)
    expect(process.cpuUsage(began).user / 1000).to.be.lessThan(5000)

    const names = Array.from({ length: 1100 }, (_, i) => extension('2.5.29.29', sequence(context(4, writeName([['CN', `${i}`]]))), true))
    const raw = (entryExtensions: Buffer[], issuer: Buffer) => {
      const algorithm = algorithmFor(ca.privateKey)
      const revoked = entryExtensions.map((each, i) => sequence(integer(i + 1), time(from), sequence(each)))
      const list = context(0, sequence(extension('2.5.29.28', scope, true)))
      const tbs = sequence(integer(1), algorithm.identifier, issuer, time(thisUpdate), time(nextUpdate), sequence(...revoked), list)
      return sequence(tbs, algorithm.identifier, bits(algorithm.sign(ca.privateKey, tbs)))
    }
    expect(codeOf(() => readCrl(raw(names.slice(0, 900), ca.certificate.subject.der)))).to.equal('accepted')
    expect(codeOf(() => readCrl(raw(names, ca.certificate.subject.der)))).to.equal('certificate_malformed')
    const huge = writeName([['CN', '\ufdfa'.repeat(1_000_000)]])
    expect(codeOf(() => readCrl(raw([], huge)))).to.equal('certificate_malformed')
  })

  it('tells -1 from 255, and a number is the same with needless zeros before it', () => {
    const negative = readCrl(make({ entries: [{ serial: '-01', at: from }] }))
    expect([negative.entry('-01') !== undefined, negative.entry('ff') !== undefined]).to.deep.equal([true, false])
    const positive = readCrl(make({ entries: [{ serial: 'ff', at: from }] }))
    expect([positive.entry('-01') !== undefined, positive.entry('ff') !== undefined]).to.deep.equal([false, true])
    const padded = make({ entries: [{ serial: '11', at: from }] })
    expect(readCrl(Buffer.from(padded)).entry('0011')).to.deep.equal({ at: from, reason: undefined })
  })

  it('is unknown before thisUpdate, after nextUpdate, and without nextUpdate', () => {
    const when = (first: string, next: string) => judge(make({ thisUpdate: new Date(first), nextUpdate: new Date(next) })).state
    expect(when('2027-05-01', '2027-05-20')).to.equal('unknown')
    expect(when('2027-06-10', '2027-06-20')).to.equal('unknown')
    expect(when('2027-06-01', '2027-06-02')).to.equal('good')
  })

  it('says nothing when another CA issued it, another key signed it, or the CA may not sign lists', () => {
    expect(judge(make({ issuer: makeRoot('Other') })).state).to.equal('unknown')
    expect(judge(make({ issuer: makeRoot('CA') })).state).to.equal('unknown')
    const shield = makeUnder(ca, 'no CA')
    const list = readCrl(make({ issuer: shield }))
    expect(list.unfitFor(makeUnder(shield, 'x').certificate, shield.certificate)).to.equal('its issuer may not sign CRLs')
  })

  it('says nothing when it is a delta alone, for other certificates or some reasons only, or holds what nobody understands', () => {
    const point = (...parts: Buffer[]) => extension('2.5.29.28', sequence(...parts), true)
    const unusable: Record<string, Buffer> = {
      delta: handmade([extension('2.5.29.27', integer(1), true)]),
      'a critical extension': handmade([extension('1.2.3', boolean(true), true)]),
      'attribute certificates only': handmade([point(write(0x85, Buffer.of(0xff)))]),
      'some reasons': handmade([point(write(0x83, Buffer.of(1, 0x40)))]),
      'CAs only': handmade([point(write(0x82, Buffer.of(0xff)))]),
      'another distribution point': handmade([point(context(0, context(0, write(0x86, Buffer.from('http://crl.example/2.crl')))))]),
      'an entry of another issuer': handmade([], extension('2.5.29.29', sequence(), true)),
      'a critical entry extension': handmade([], extension('1.2.3', boolean(true), true)),
    }
    for (const [what, der] of Object.entries(unusable)) expect(judge(der).state, what).to.equal('unknown')
    expect(judge(handmade([point(context(0, context(0, write(0x86, Buffer.from('http://crl.example/1.crl')))))])).state).to.equal('good')
    expect(judge(handmade([point(write(0x81, Buffer.of(0xff)))])).state).to.equal('good')
    // indirect, and still about its issuer's own certificates
    expect(judge(handmade([point(write(0x84, Buffer.of(0xff)))])).state).to.equal('good')
  })

  it('refuses with a code, never with anything else, whatever octet is changed; and never says good', () => {
    const der = make({ entries: [entry] })
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(der)
        changed[index] = (changed[index] ?? 0) ^ change
        try {
          return judge(changed).state !== 'good'
        } catch (error) {
          return error instanceof BrokerError
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('of the national roots verifies, and is stale since 2022', function () {
    const folder = needsShared(this, 'trust')
    for (const [root, size] of [
      ['rootca', 18],
      ['civil-servant-root', 1],
      ['device-root', 1],
    ] as const) {
      const list = readCrl(readFileSync(join(folder, 'crl', `nrcac-${root}.crl`)))
      expect(list.signedBy(readCertificate(readFileSync(join(folder, 'roots', `nrcac-${root}.pem`))))).to.equal(true)
      expect(list.size).to.equal(size)
      expect(list.isFresh(new Date('2022-05-20'))).to.equal(true)
      expect(list.isFresh(new Date('2026-01-01'))).to.equal(false)
    }
  })
})

describe('an OCSP answer', () => {
  const id = certificateId(ca.certificate, leaf.serial)
  const nonce = Buffer.alloc(16, 7)
  const responder = makeUnder(ca, 'responder', { profile: 'ocsp' })
  const answer = (wishes: Partial<Parameters<typeof issueOcspResponse>[0]> = {}, status: OcspAnswer['status'] = 'good') =>
    issueOcspResponse({ responder: ca, answers: [{ id, status }], producedAt: thisUpdate, thisUpdate, nextUpdate, nonce, ...wishes })
  const verdict = (der: Uint8Array) => readOcspResponse(der).verdict(leaf, ca.certificate, at, nonce)

  it('says good, revoked and unknown; by the CA, and by a responder the CA named', () => {
    expect(verdict(answer())).to.include({ status: 'good' })
    expect(verdict(answer({ responder }))).to.include({ status: 'good' })
    expect(verdict(answer({}, { revokedAt: from, reason: 'superseded' }))).to.deep.include({ status: 'revoked', revokedAt: from })
    expect(verdict(answer({}, 'unknown'))).to.include({ status: 'unknown' })
  })

  it('is asked with a nonce, in a request that the issuer’s side and openssl read', function () {
    const request = writeOcspRequest(id, nonce)
    expect(readOcspRequest(request)).to.deep.equal({ ids: [id], nonce })
    const { out } = openssl(this, { 'request.der': request }, 'ocsp', '-reqin', 'request.der', '-text')
    expect(out).to.include(leaf.serial.toUpperCase())
  })

  it('is read by openssl', function () {
    const { out } = openssl(
      this,
      { 'answer.der': answer({}, { revokedAt: from, reason: 'superseded' }) },
      'ocsp',
      '-respin',
      'answer.der',
      '-text',
      '-noverify',
    )
    expect(out).to.include('Cert Status: revoked').and.include('superseded')
  })

  const stranger = makeRoot('Other')
  const refusals: Record<string, () => Uint8Array> = {
    'without our nonce': () => answer({ nonce: undefined }),
    'with another nonce': () => answer({ nonce: Buffer.alloc(16, 8) }),
    'signed by a stranger': () => answer({ responder: stranger }),
    'signed by a shield of the same CA': () => answer({ responder: makeUnder(ca, 'shield 2') }),
    'signed by a responder of another CA': () => answer({ responder: makeUnder(stranger, 'responder', { profile: 'ocsp' }) }),
    'signed by a responder whose certificate expired': () =>
      answer({ responder: makeUnder(ca, 'late', { profile: 'ocsp', notAfter: new Date('2027-01-01') }) }),
    'signed by a responder whose certificate is not in it': () => answer({ responder, includeCertificate: false }),
    'about another serial': () => answer({ answers: [{ id: certificateId(ca.certificate, '0a'), status: 'good' }] }),
    'about the same serial of another CA': () => answer({ answers: [{ id: certificateId(stranger.certificate, leaf.serial), status: 'good' }] }),
    'of yesterday': () => answer({ thisUpdate: new Date('2027-05-30'), nextUpdate: new Date('2027-05-31') }),
    'of tomorrow': () => answer({ thisUpdate: new Date('2027-06-03'), nextUpdate: new Date('2027-06-04') }),
  }
  for (const [what, make] of Object.entries(refusals)) {
    it(`${what} is not believed`, () => expect(codeOf(() => verdict(make()))).to.equal('revocation_unknown'))
  }

  it('that only carries an error, or is no answer, is refused', () => {
    expect(codeOf(() => verdict(issueOcspError('tryLater')))).to.equal('certificate_malformed')
    expect(codeOf(() => verdict(Buffer.from('<html>')))).to.equal('certificate_malformed')
    expect(codeOf(() => verdict(Buffer.alloc(300_000)))).to.equal('certificate_malformed')
    expect(codeOf(() => readOcspRequest(sequence(oid('1.2.3'))))).to.equal('certificate_malformed')
  })

  it('with any changed octet never says good', () => {
    const der = answer()
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(der)
        changed[index] = (changed[index] ?? 0) ^ change
        try {
          const said = verdict(changed)
          // the certificates that come along are not under the signature, and the CA's own is not needed
          return said.status !== 'good' || index > der.length - ca.certificate.der.length - 8
        } catch (error) {
          return error instanceof BrokerError
        }
      }),
      { numRuns: 1000 },
    )
  })
})
