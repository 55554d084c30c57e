import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import { pem } from '../../server/pki/certificate.ts'
import { integer, nothing, oid, sequence } from '../../server/pki/der-write.ts'
import { EXTENSION } from '../../server/pki/extensions.ts'
import { certificateId, issueOcspResponse, type OcspAnswer, readOcspRequest } from '../../server/pki/issue-revocation.ts'
import { readOcspResponse } from '../../server/pki/ocsp.ts'
import { idHashFor, ocspGetUrl, writeOcspRequest } from '../../server/pki/ocsp-id.ts'
import { at, codeOf, from, makeRoot, makeUnder } from './hierarchy.ts'
import { openssl } from './outside.ts'

const root = makeRoot('Root')
const ca = makeUnder(root, 'CA', { profile: 'ca' })
const leaf = makeUnder(ca, 'shield').certificate
const id = certificateId(ca.certificate, leaf.serial)
const nonce = Buffer.alloc(32, 7)
const responder = makeUnder(ca, 'responder', { profile: 'ocsp' })
const hours = (count: number) => new Date(at.getTime() + count * 3_600_000)
const USAGE = { oid: EXTENSION.extendedKeyUsage, der: sequence(oid('1.3.6.1.5.5.7.3.9')) }
const NO_CHECK = { oid: EXTENSION.ocspNoCheck, der: nothing() }

type Wishes = Partial<Parameters<typeof issueOcspResponse>[0]>
const answer = (wishes: Wishes = {}, status: OcspAnswer['status'] = 'good') =>
  issueOcspResponse({ responder: ca, answers: [{ id, status }], producedAt: at, thisUpdate: hours(-1), nextUpdate: hours(1), nonce, ...wishes })
const verdict = (der: Uint8Array, without?: 'accepted') => readOcspResponse(der).verdict(leaf, ca.certificate, at, nonce, without)

describe('who may sign an OCSP answer', () => {
  it('is the CA or its responder, named by subject or by key', () => {
    for (const signer of [ca, responder]) {
      for (const responderId of ['name', 'key'] as const) expect(verdict(answer({ responder: signer, responderId }))).to.include({ status: 'good' })
    }
  })

  it('is a responder of an RSA or ECDSA key as well', () => {
    for (const algorithm of ['RSA', 'ECDSA'] as const) {
      const other = makeUnder(ca, algorithm, { profile: 'ocsp' }, algorithm)
      expect(verdict(answer({ responder: other }))).to.include({ status: 'good' })
    }
  })

  const strangers: Record<string, () => Wishes> = {
    'a responder named by the CA above, not by this one': () => ({ responder: makeUnder(root, 'responder', { profile: 'ocsp' }) }),
    'a responder one CA further down': () => ({
      responder: makeUnder(makeUnder(ca, 'CA below', { profile: 'ca' }), 'responder', { profile: 'ocsp' }),
    }),
    'a certificate of this CA for nothing special': () => ({ responder: makeUnder(ca, 'shield 2', { extensions: [NO_CHECK] }) }),
    'a certificate for any extended use': () => ({
      responder: makeUnder(ca, 'any', { extensions: [{ oid: EXTENSION.extendedKeyUsage, der: sequence(oid('2.5.29.37.0')) }, NO_CHECK] }),
    }),
    'a responder that may itself be revoked without our knowing': () => ({ responder: makeUnder(ca, 'checked', { extensions: [USAGE] }) }),
    'a responder whose key may not sign': () => ({ responder: makeUnder(ca, 'encrypt', { profile: 'encrypt', extensions: [USAGE, NO_CHECK] }) }),
    'a responder with a critical extension nobody knows': () => ({
      responder: makeUnder(ca, 'odd', { profile: 'ocsp', extensions: [{ oid: '1.2.3.4', der: integer(1), critical: true }] }),
    }),
    'a responder of tomorrow': () => ({ responder: makeUnder(ca, 'young', { profile: 'ocsp', notBefore: hours(24) }) }),
    'a responder of a CA that only has the same name': () => ({
      responder: makeUnder(makeUnder(root, 'CA', { profile: 'ca' }), 'responder', { profile: 'ocsp' }),
    }),
  }
  for (const [who, wishes] of Object.entries(strangers)) {
    it(`is not ${who}`, () => expect(codeOf(() => verdict(answer(wishes())))).to.equal('revocation_unknown'))
  }

  it('is not the CA where the answer names another responder', () => {
    const other = { ...ca, certificate: makeUnder(ca, 'another').certificate }
    expect(codeOf(() => verdict(answer({ responder: other, includeCertificate: false })))).to.equal('revocation_unknown')
  })

  it('is found among certificates that cannot be read or used', () => {
    const junk = sequence(integer(1), integer(2))
    const weak = makeUnder(ca, 'responder', { profile: 'ocsp', notAfter: from }).certificate.der
    expect(verdict(answer({ responder, certificates: [junk, weak, leaf.der] }))).to.include({ status: 'good' })
  })

  it('is not looked for among more than eight certificates', () => {
    const crowd = Array.from({ length: 8 }, () => leaf.der)
    expect(codeOf(() => verdict(answer({ responder, certificates: crowd })))).to.equal('revocation_unknown')
  })
})

describe('what an OCSP answer is worth', () => {
  it('gives date and reason of a revocation', () => {
    expect(verdict(answer({}, { revokedAt: from, reason: 'keyCompromise' }))).to.deep.include({ status: 'revoked', revokedAt: from, reason: 1 })
    expect(verdict(answer({}, { revokedAt: from }))).to.deep.include({ status: 'revoked', revokedAt: from, reason: undefined })
  })

  it('counts the revocation where it says both, whichever stands first', () => {
    const [good, revoked] = [{ id, status: 'good' } as const, { id, status: { revokedAt: from } } as const]
    for (const answers of [
      [good, revoked],
      [revoked, good],
    ])
      expect(verdict(answer({ answers }))).to.include({ status: 'revoked' })
  })

  it('ends with its nextUpdate, and after five minutes without one', () => {
    const until = (wishes: Wishes) => verdict(answer(wishes)).until.getTime() - at.getTime()
    expect(until({})).to.equal(3_600_000)
    expect(until({ thisUpdate: at, nextUpdate: undefined })).to.equal(300_000)
    expect(codeOf(() => verdict(answer({ thisUpdate: hours(-1), nextUpdate: undefined })))).to.equal('revocation_unknown')
  })

  it('bears a responder’s clock a minute ahead and no more', () => {
    expect(verdict(answer({ thisUpdate: new Date(at.getTime() + 59_000) }))).to.include({ status: 'good' })
    expect(codeOf(() => verdict(answer({ thisUpdate: new Date(at.getTime() + 61_000) })))).to.equal('revocation_unknown')
  })

  it('needs our nonce; where that may be missing, another still refuses, and good news must be of the last day', () => {
    const bare = answer({ nonce: undefined })
    expect(codeOf(() => verdict(bare))).to.equal('revocation_unknown')
    expect(verdict(bare, 'accepted')).to.include({ status: 'good' })
    expect(codeOf(() => verdict(answer({ nonce: Buffer.alloc(32, 8) }), 'accepted'))).to.equal('revocation_unknown')
    const old = { nonce: undefined, thisUpdate: hours(-25), nextUpdate: hours(24) }
    expect(codeOf(() => verdict(answer(old), 'accepted'))).to.equal('revocation_unknown')
    expect(verdict(answer(old, { revokedAt: from }), 'accepted')).to.include({ status: 'revoked' })
    expect(verdict(answer({ ...old, nonce }), 'accepted')).to.include({ status: 'good' })
  })

  it('is read with any certificate id hash we know, and refused with others', () => {
    for (const hash of ['1.2.156.10197.1.401', '2.16.840.1.101.3.4.2.1', '1.3.14.3.2.26']) {
      const answers = [{ id: certificateId(ca.certificate, leaf.serial, hash), status: 'good' } as const]
      expect(verdict(answer({ answers }))).to.include({ status: 'good' })
    }
    const answers = [{ id: { ...id, hash: '1.2.840.113549.2.5' }, status: 'good' } as const]
    expect(codeOf(() => verdict(answer({ answers })))).to.equal('revocation_unknown')
  })

  it('throws nothing but a BrokerError, wherever it is cut off', () => {
    const der = answer({ responder, responderId: 'key' }, { revokedAt: from, reason: 'superseded' })
    for (let length = 0; length < der.length; length++) {
      try {
        verdict(der.subarray(0, length))
        expect.fail(`${length} of ${der.length} bytes were taken for an answer`)
      } catch (error) {
        expect(error).to.be.instanceOf(BrokerError)
      }
    }
  })

  it('of a delegated responder is believed by openssl too', function () {
    const rsaRoot = makeRoot('RSA', {}, 'RSA')
    const subject = makeUnder(rsaRoot, 'site', {}, 'RSA').certificate
    const delegate = makeUnder(rsaRoot, 'responder', { profile: 'ocsp' }, 'RSA')
    const request = writeOcspRequest(certificateId(rsaRoot.certificate, subject.serial, idHashFor(rsaRoot.certificate)), nonce)
    const { ids } = readOcspRequest(request)
    const now = Date.now()
    const der = issueOcspResponse({
      responder: delegate,
      answers: ids.map(each => ({ id: each, status: 'good' as const })),
      producedAt: new Date(now),
      thisUpdate: new Date(now - 60_000),
      nextUpdate: new Date(now + 3_600_000),
      nonce,
      responderId: 'key',
    })
    const { out } = openssl(
      this,
      { 'answer.der': der, 'request.der': request, 'root.pem': pem(rsaRoot.certificate.der), 'site.pem': pem(subject.der) },
      ...'ocsp -respin answer.der -reqin request.der -CAfile root.pem -issuer root.pem -cert site.pem -no_nonce'.split(' '),
    )
    expect(out).to.include('Response verify OK').and.include('site.pem: good')
  })
})

describe('asking OCSP by GET', () => {
  it('puts the request into the path so that the issuer’s side reads it back', () => {
    const url = ocspGetUrl('http://ocsp.example/base/', writeOcspRequest(id, nonce)) ?? ''
    expect(url).to.match(/^http:\/\/ocsp\.example\/base\/[A-Za-z0-9%]+$/)
    const request = Buffer.from(decodeURIComponent(new URL(url).pathname.slice('/base/'.length)), 'base64')
    expect(readOcspRequest(request)).to.deep.equal({ ids: [id], nonce })
  })

  it('does without where the address would be too long, or has a query', () => {
    const long = { ...id, serial: '7f'.repeat(40) }
    expect(ocspGetUrl('http://ocsp.example', writeOcspRequest(long, nonce))).to.equal(undefined)
    expect(ocspGetUrl('http://ocsp.example/?ca=1', writeOcspRequest(id))).to.equal(undefined)
  })

  it('asks an SM2 CA with SM3 and others with SHA-1, which RFC 5019 responders know', () => {
    expect(idHashFor(ca.certificate)).to.equal('1.2.156.10197.1.401')
    expect(idHashFor(makeRoot('RSA', {}, 'RSA').certificate)).to.equal('1.3.14.3.2.26')
  })
})
