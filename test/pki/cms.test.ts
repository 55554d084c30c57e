import { expect } from 'chai'
import fc from 'fast-check'
import { BrokerError } from '../../server/kernel/errors.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { pem } from '../../server/pki/certificate.ts'
import { signCms, verifyCms } from '../../server/pki/cms.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { context, integer, nothing, octets, oid, sequence, setOf } from '../../server/pki/der-write.ts'
import { readSignature } from '../../server/pki/sm2-signature.ts'
import { at, codeOf, makeRoot, makeUnder } from './hierarchy.ts'
import { openssl } from './outside.ts'

const content = Buffer.from('登录挑战 login challenge')
const ca = makeRoot('CA')
const parties = { SM2: makeUnder(ca, 'SM2'), RSA: makeUnder(ca, 'RSA', {}, 'RSA'), ECDSA: makeUnder(ca, 'ECDSA', {}, 'ECDSA') }
const { SM2 } = parties

/** A GB/T 35275 message without attributes, as CFCA's tools write it. */
function bareMessage(options: { signature?: Buffer; named?: string; content?: Buffer; digest?: string } = {}): Buffer {
  const { certificate, privateKey } = SM2
  const digest = sequence(oid(options.digest ?? '1.2.156.10197.1.401'), nothing())
  const signer = sequence(
    integer(1),
    sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex'))),
    digest,
    sequence(oid(options.named ?? '1.2.156.10197.1.301.1')),
    octets(options.signature ?? algorithmFor(privateKey).sign(privateKey, content)),
  )
  const data = sequence(
    integer(1),
    setOf(digest),
    sequence(oid('1.2.840.113549.1.7.1'), context(0, octets(options.content ?? content))),
    context(0, certificate.der),
    setOf(signer),
  )
  return sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, data))
}

describe('a signed message', () => {
  for (const [algorithm, party] of Object.entries(parties)) {
    it(`by ${algorithm} verifies, attached and detached, and gives content and signer`, () => {
      const attached = verifyCms({ cms: signCms({ content, ...party, detached: false, signingTime: at, chain: [ca.certificate] }) })
      expect(attached.content).to.deep.equal(content)
      expect(attached.signer.thumbprint).to.equal(party.certificate.thumbprint)
      expect(attached.signingTime).to.deep.equal(at)
      expect(attached.certificates.map(each => each.thumbprint)).to.include(ca.certificate.thumbprint)
      const detached = signCms({ content, ...party, detached: true })
      expect(verifyCms({ cms: detached.toString('base64'), content }).signer.serial).to.equal(party.certificate.serial)
    })
  }

  it('by RSA verifies in openssl, and openssl’s in ours', function () {
    const { RSA } = parties
    const files = {
      'ca.pem': pem(ca.certificate.der),
      'cert.pem': pem(RSA.certificate.der),
      'key.pem': RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'message.der': signCms({ content, ...RSA, detached: true }),
      data: content,
    }
    const verified = openssl(this, files, 'cms', '-verify', '-inform', 'DER', '-in', 'message.der', '-content', 'data', '-binary', '-noverify')
    expect(verified.out).to.include('successful')
    const signed = openssl(
      this,
      files,
      'cms',
      '-sign',
      '-binary',
      '-nodetach',
      '-in',
      'data',
      '-signer',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-outform',
      'PEM',
    )
    expect(verifyCms({ cms: signed.out }).content).to.deep.equal(content)
  })

  it('by SM2 carries the national object identifiers, and is a structure openssl can walk', function () {
    const { out } = openssl(this, { m: signCms({ content, ...SM2, detached: false }) }, 'asn1parse', '-inform', 'DER', '-in', 'm')
    expect(out).to.include('1.2.156.10197.6.1.4.2.2').and.include('1.2.156.10197.6.1.4.2.1').and.include('sm3')
  })

  it('without attributes, with a raw signature, and with the other name of the algorithm is read', () => {
    const raw = readSignature(algorithmFor(SM2.privateKey).sign(SM2.privateKey, content))
    expect(verifyCms({ cms: bareMessage() }).content).to.deep.equal(content)
    expect(verifyCms({ cms: bareMessage({ signature: raw ?? Buffer.of() }) }).content).to.deep.equal(content)
    expect(verifyCms({ cms: bareMessage({ named: '1.2.156.10197.1.501' }) }).content).to.deep.equal(content)
  })
})

describe('a signed message is refused', () => {
  const attached = signCms({ content, ...SM2, detached: false })
  const detached = signCms({ content, ...SM2, detached: true })
  const replaced = (message: Buffer, what: Buffer, by: Buffer) => {
    const changed = Buffer.from(message)
    by.copy(changed, changed.indexOf(what))
    return changed
  }

  it('with other content, inside or beside', () => {
    expect(codeOf(() => verifyCms({ cms: replaced(attached, content, Buffer.from(content).reverse()) }))).to.equal('signature_invalid')
    expect(codeOf(() => verifyCms({ cms: detached, content: Buffer.from('other') }))).to.equal('signature_invalid')
    expect(codeOf(() => verifyCms({ cms: attached, content: Buffer.from('other') }))).to.equal('signature_invalid')
    expect(codeOf(() => verifyCms({ cms: bareMessage({ content: Buffer.from('other') }) }))).to.equal('signature_invalid')
  })

  it('without its content', () => expect(codeOf(() => verifyCms({ cms: detached }))).to.equal('signature_invalid'))

  it('when its signed attributes are sent again as content', () => {
    const signerInfo = children(
      children(children(children(onlyElement(attached))[1]?.content ?? Buffer.of())[0]?.content ?? Buffer.of()).at(-1)?.content ?? Buffer.of(),
    )[0]
    const parts = children(signerInfo?.content ?? Buffer.of())
    const attributes = Buffer.concat([Buffer.of(0x31), parts[3]?.raw.subarray(1) ?? Buffer.of()])
    const signature = parts[5]?.content ?? Buffer.of()
    expect(codeOf(() => verifyCms({ cms: bareMessage({ content: attributes, signature }) }))).to.equal('signature_invalid')
  })

  it('when an encryption certificate signed', () => {
    const party = makeUnder(ca, 'encrypt', { profile: 'encrypt' })
    expect(codeOf(() => verifyCms({ cms: signCms({ content, ...party, detached: false }) }))).to.equal('certificate_wrong_use')
  })

  it('when another key signed than the certificate’s', () => {
    const cms = signCms({ content, certificate: SM2.certificate, privateKey: makeUnder(ca, 'other').privateKey, detached: false })
    expect(codeOf(() => verifyCms({ cms }))).to.equal('signature_invalid')
  })

  it('with a digest or signature algorithm that does not fit', () => {
    expect(codeOf(() => verifyCms({ cms: bareMessage({ digest: '1.3.14.3.2.26' }) }))).to.equal('algorithm_refused')
    expect(codeOf(() => verifyCms({ cms: bareMessage({ digest: '2.16.840.1.101.3.4.2.1' }) }))).to.equal('algorithm_refused')
    expect(codeOf(() => verifyCms({ cms: bareMessage({ named: '1.2.840.113549.1.1.1' }) }))).to.equal('algorithm_refused')
  })

  it('when it is no message, or larger than allowed', () => {
    for (const cms of [Buffer.of(), Buffer.from('junk!'), SM2.certificate.der, Buffer.alloc(17 * 1024 * 1024, 0x30)]) {
      expect(codeOf(() => verifyCms({ cms }))).to.equal('signature_invalid')
    }
  })

  it('or says the same, whatever octet is changed', () => {
    fc.assert(
      fc.property(fc.nat(attached.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(attached)
        changed[index] = (changed[index] ?? 0) ^ change
        try {
          return verifyCms({ cms: changed }).content.equals(content)
        } catch (error) {
          return error instanceof BrokerError
        }
      }),
      { numRuns: 1000 },
    )
  })
})
