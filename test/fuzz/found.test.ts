import { expect } from 'chai'
import { Certificate, pem } from '../../server/pki/certificate.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { bits, integer, nothing, octets, oid, sequence } from '../../server/pki/der-write.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { readPrivateKey } from '../../server/pki/pkcs8.ts'
import { at, codeOfAsync, makeRoot, newKey } from '../pki/hierarchy.ts'

/** What a campaign found once, made small: it stays found. */
const rsa = makeRoot('RSA', {}, 'RSA')
const LONG = integer(Buffer.alloc(60_000, 0x61))
const LIMIT = 200

/** The modulus of a SubjectPublicKeyInfo of RSA. */
const modulusOf = (spki: Buffer): Buffer => {
  const key = children(onlyElement(spki))[1]?.content.subarray(1) ?? Buffer.of()
  return children(onlyElement(key))[0]?.raw ?? Buffer.of()
}

function withExponent(exponent: Buffer): Certificate {
  const { der, spki } = rsa.certificate
  const hostile = sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing()), bits(sequence(modulusOf(spki), exponent)))
  const [tbs, algorithm, signature] = children(onlyElement(der)).map(each => each.raw)
  const inner = children(onlyElement(tbs ?? Buffer.of())).map(each => (each.raw.equals(spki) ? hostile : each.raw))
  return new Certificate(sequence(sequence(...inner), algorithm ?? Buffer.of(), signature ?? Buffer.of()))
}

describe('found by fuzzing', () => {
  it('a certificate whose RSA exponent has 60,000 octets is refused before anybody looks at it', () => {
    const leaf = withExponent(LONG)
    const began = performance.now()
    expect(verifyChain({ leaf, roots: [], intermediates: [], at })).to.include({ ok: false, code: 'algorithm_refused' })
    expect(performance.now() - began).to.be.lessThan(LIMIT)
    // and nothing is left behind in OpenSSL for the next one to stumble over
    expect(() => newKey.SM2()).not.to.throw()
  })

  it('a certificate whose RSA exponent has 2,100 octets leaves no error behind in OpenSSL', () => {
    const leaf = withExponent(integer(Buffer.alloc(2100, 0x61)))
    expect(verifyChain({ leaf, roots: [], intermediates: [], at })).to.include({ ok: false, code: 'algorithm_refused' })
    expect(() => newKey.SM2()).not.to.throw()
  })

  it('a private key of such length is refused as well', async () => {
    const numbers = children(onlyElement(rsa.privateKey.export({ type: 'pkcs1', format: 'der' }))).map(each => each.raw)
    const changed = sequence(...numbers.map((number, i) => (i === 2 ? integer(Buffer.alloc(2100, 0x61)) : number)))
    const der = sequence(integer(0), sequence(oid('1.2.840.113549.1.1.1'), nothing()), octets(changed))
    const began = performance.now()
    for (const key of [der, pem(changed, 'RSA PRIVATE KEY'), sequence(integer(0), LONG)])
      expect(await codeOfAsync(() => readPrivateKey(key))).to.equal('key_file_malformed')
    expect(() => newKey.SM2()).not.to.throw()
    expect(performance.now() - began).to.be.lessThan(LIMIT)
  })
})
