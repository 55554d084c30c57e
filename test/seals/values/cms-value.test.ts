import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { pem } from '../../../server/pki/certificate.ts'
import { verifyCms } from '../../../server/pki/cms.ts'
import { outsideToSign, writeOutsideMessage } from '../../../server/pki/cms-outside.ts'
import { signCmsBy } from '../../../server/pki/cms-sign.ts'
import { judgeCms } from '../../../server/pki/cms-verify.ts'
import { children, elementAt, onlyElement, readOid } from '../../../server/pki/der.ts'
import { verifyTimestamp } from '../../../server/pki/timestamp.ts'
import type { Signed } from '../../../server/seals/contract.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { codeOf, makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { openssl } from '../../pki/outside.ts'
import { root as timeRoot } from '../../pki/timestamp-stage.ts'
import { at, ca, document, type Party, set, signBy } from '../ses/stage.ts'

const parties = {
  SM2: makeUnder(ca, '演示 SM2'),
  RSA: makeUnder(ca, '演示 RSA', {}, 'RSA'),
  ECDSA: makeUnder(ca, '演示 ECDSA', {}, 'ECDSA'),
}
const signedBy = (digest: string): Signed => ({ digest: createHash(digest).update(document).digest(), property: '', at })
const cmsValueOf = ({ certificate }: Party) => createCmsValue({ certificate, chain: [ca.certificate] })

describe('a signed message by a key that is elsewhere', () => {
  for (const [kind, party] of Object.entries(parties)) {
    const value = cmsValueOf(party)
    const of = signedBy(value.digest)

    it(`of ${kind} verifies over the document, names its certificate and no time, and fits its room`, () => {
      const cms = set(value, party, of)
      const { signers, certificates } = judgeCms({ cms, content: document })
      const [signer] = signers
      if (signer?.ok !== true) throw new Error('not good')
      expect(signer.certificate.thumbprint).to.equal(party.certificate.thumbprint)
      expect(signer.signingTime).to.equal(undefined)
      expect([...signer.signedAttributes.keys()]).to.have.members(['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4', '1.2.840.113549.1.9.16.2.47'])
      expect(certificates.map(({ thumbprint }) => thumbprint)).to.include(ca.certificate.thumbprint)
      const [type] = children(onlyElement(cms))
      expect(type === undefined ? '' : readOid(type)).to.equal(kind === 'SM2' ? '1.2.156.10197.6.1.4.2.2' : '1.2.840.113549.1.7.2')
      expect(codeOf(() => verifyCms({ cms, content: Buffer.from('another') }))).to.equal('signature_invalid')
    })

    it(`of ${kind} takes the stamp of its signature and stays within its room, whatever the stamp's size`, () => {
      const stamped = set(value, party, of, at)
      const [signer] = judgeCms({ cms: stamped, content: document }).signers
      if (signer?.ok !== true) throw new Error('not good')
      const [token] = signer.unsignedAttributes.get('1.2.840.113549.1.9.16.2.14') ?? []
      const verdict = verifyTimestamp({ token: token ?? Buffer.of(), of: { data: signer.signature }, roots: [timeRoot.certificate], at })
      expect(verdict.ok).to.equal(true)
      const signature = signBy(party, value.toSign(of))
      const largest = value.write(of, signature, Buffer.concat([Buffer.from('30823ffc', 'hex'), Buffer.alloc(16 * 1024 - 4)]))
      expect(largest.length).to.be.at.most(value.room)
      expect(value.room - largest.length).to.be.below(700)
      expect(codeOf(() => value.write(of, signature, Buffer.alloc(16 * 1024 + 1)))).to.equal('timestamp_malformed')
    })

    it(`of ${kind} asks the shield for the same bytes each time`, () => {
      expect(value.toSign(of)).to.deep.equal(cmsValueOf(party).toSign(of))
      expect(elementAt(value.toSign(of)).tag).to.equal(0x31)
    })
  }

  it('is what a key at hand makes, to the byte', () => {
    const { RSA } = parties
    const signer = { certificate: RSA.certificate, signingTime: at }
    const digest = createHash('sha256').update(document).digest()
    const outside = writeOutsideMessage({ signer, digest }, signBy(RSA, outsideToSign({ signer, digest })))
    expect(outside).to.deep.equal(signCmsBy({ signers: [{ ...signer, privateKey: RSA.privateKey }], content: document, detached: true }))
  })

  it('says the time where it is asked to, and carries the digest where the format wants that', () => {
    const { SM2 } = parties
    const of = signedBy('sm3')
    const timed = set(createCmsValue({ certificate: SM2.certificate, signingTime: true }), SM2, of)
    expect(verifyCms({ cms: timed, content: document }).signingTime).to.deep.equal(at)
    const carrying = set(createCmsValue({ certificate: SM2.certificate, carries: 'digest' }), SM2, of)
    expect(verifyCms({ cms: carrying }).content).to.deep.equal(of.digest)
  })

  it('takes SM2 signatures in the forms that drivers give, writes DER, and refuses what is none', () => {
    const { SM2 } = parties
    const value = cmsValueOf(SM2)
    const of = signedBy('sm3')
    const der = signBy(SM2, value.toSign(of))
    const raw = Buffer.concat(children(onlyElement(der)).map(({ content }) => Buffer.concat([Buffer.alloc(32), content]).subarray(-32)))
    expect(value.write(of, raw)).to.deep.equal(value.write(of, der))
    // a stamp of the other form would be of bytes that are nowhere
    expect(codeOf(() => value.write(of, raw, Buffer.of(0x30, 0)))).to.equal('signature_invalid')
    expect(codeOf(() => value.write(of, Buffer.alloc(64)))).to.equal('signature_invalid')
  })

  it('refuses a certificate that is for encryption, and a digest of another length', () => {
    const encrypting = makeUnder(ca, '演示', { profile: 'encrypt' })
    expect(codeOf(() => cmsValueOf(encrypting))).to.equal('certificate_wrong_use')
    const short = { ...signedBy('sm3'), digest: Buffer.alloc(20) }
    expect(codeOf(() => cmsValueOf(parties.SM2).toSign(short))).to.equal('bad_request')
  })

  it('by RSA verifies in openssl as CAdES, which asks for the certificate’s name in it', function () {
    const root = makeRoot('演示 RSA CA', {}, 'RSA')
    const party = makeUnder(root, '演示 RSA', {}, 'RSA')
    const value = createCmsValue({ certificate: party.certificate })
    const files = { 'ca.pem': pem(root.certificate.der), 'message.der': set(value, party, signedBy('sha256'), at), data: document }
    const wanted = ['-verify', '-cades', '-binary', '-CAfile', 'ca.pem', '-purpose', 'any', '-no_check_time']
    const { out } = openssl(this, files, 'cms', ...wanted, '-inform', 'DER', '-in', 'message.der', '-content', 'data')
    expect(out).to.include('successful')
  })
})
