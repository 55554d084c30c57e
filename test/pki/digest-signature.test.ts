import { createHash, createSign, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmOf } from '../../server/pki/algorithms.ts'
import { verifyDigest } from '../../server/pki/digest-signature.ts'
import { generateSm2, publicFromPoint, signSm2 } from '../../server/pki/sm2.ts'
import { za } from '../../server/pki/sm2-key.ts'
import { codeOf, newKey } from './hierarchy.ts'

const data = Buffer.from('投标文件 bid document')
const sm2 = generateSm2()

describe('a signature over a digest', () => {
  for (const [namedCurve, hash, dotted] of [
    ['P-256', 'sha256', '1.2.840.10045.4.3.2'],
    ['P-256', 'sha512', '1.2.840.10045.4.3.4'],
    ['P-384', 'sha384', '1.2.840.10045.4.3.3'],
    ['P-384', 'sha256', '1.2.840.10045.4.3.2'],
    ['P-521', 'sha512', '1.2.840.10045.4.3.4'],
  ] as const) {
    it(`${namedCurve} with ${hash}: says what OpenSSL says over the data, for good and changed signatures`, () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
      const row = algorithmOf(dotted)
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(), fc.nat(255), (message, place, flip) => {
          const signature = createSign(hash).update(message).sign(privateKey)
          const index = place % signature.length
          signature[index] = (signature[index] ?? 0) ^ flip
          expect(verifyDigest(row, publicKey, createHash(hash).update(message).digest(), signature)).to.equal(
            row.verify(publicKey, message, signature),
          )
        }),
        { numRuns: 40 },
      )
    })
  }

  it('SM2: says what OpenSSL says over the data', () => {
    const row = algorithmOf('1.2.156.10197.1.501')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(), fc.nat(255), (message, place, flip) => {
        const signature = signSm2(sm2.privateKey, message)
        const index = place % signature.length
        signature[index] = (signature[index] ?? 0) ^ flip
        const e = createHash('sm3').update(za(sm2.publicKey)).update(message).digest()
        expect(verifyDigest(row, sm2.publicKey, e, signature)).to.equal(row.verify(sm2.publicKey, message, signature))
      }),
      { numRuns: 60 },
    )
  })

  it('SM2: the example of GB/T 32918.5 A.2', () => {
    const key = publicFromPoint(
      Buffer.from(
        '09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13',
        'hex',
      ),
    )
    const signature = Buffer.from(
      'F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA',
      'hex',
    )
    const e = Buffer.from('F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640', 'hex')
    expect(verifyDigest(algorithmOf('1.2.156.10197.1.501'), key, e, signature)).to.equal(true)
  })

  it('refuses a digest of another length and a key of another kind', () => {
    const row = algorithmOf('1.2.840.10045.4.3.2')
    const [ecdsa, rsa] = [newKey.ECDSA(), newKey.RSA()]
    const signature = createSign('sha256').update(data).sign(ecdsa.privateKey)
    expect(codeOf(() => verifyDigest(row, ecdsa.publicKey, Buffer.alloc(31), signature))).to.equal('algorithm_refused')
    expect(codeOf(() => verifyDigest(row, rsa.publicKey, Buffer.alloc(32), signature))).to.equal('algorithm_refused')
  })

  it('RSA: a padding with something behind the digest is no signature', () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const row = algorithmOf('1.2.840.113549.1.1.11')
    const digest = createHash('sha256').update(data).digest()
    const good = createSign('sha256').update(data).sign(key.privateKey)
    expect(verifyDigest(row, key.publicKey, digest, good)).to.equal(true)
    expect(verifyDigest(row, key.publicKey, digest, Buffer.concat([good, Buffer.of(0)]))).to.equal(false)
    expect(verifyDigest(row, key.publicKey, digest, createSign('sha512').update(data).sign(key.privateKey))).to.equal(false)
  })
})
